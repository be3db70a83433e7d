"""How the scheduled jobs went, and a button that has one run now. Times are UTC, as in the whole admin."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from unfold.admin import ModelAdmin

from audit.services import actor_of
from ledger.admin_base import ReadOnlyAdmin, badge
from ledger.retry import in_transaction
from people.admin_base import ShopAdmin, button, is_shop_manager, posted, signed_in
from wallet_service.asked_jobs import ask_for_job
from wallet_service.job_runs import late_jobs
from wallet_service.jobs import JOBS, Job
from wallet_service.models import JobRun

SCHEDULED = {job.name: job for job in JOBS}
COLOURS = {"OK": "success", "Failed": "danger", "Has not run": "info"}


@admin.register(JobRun)
class JobRunAdmin(ReadOnlyAdmin, ShopAdmin, ModelAdmin):  # type: ignore[misc]
    """How the scheduled jobs went. What does not run at all is on the overview."""

    actions_detail = ("run_now",)
    list_display = ("name", "schedule", "outcome_shown", "told", "finished_at", "duration", "failures", "next_run")
    list_filter = ("outcome",)
    search_fields = ("name",)
    ordering = ("name",)
    fields = (
        *(("name", "schedule", "queue"), ("outcome_shown", "failures"), "told"),
        *(("started_at", "finished_at", "duration"), ("last_success_at", "next_run", "asked_at")),
    )

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        is_here = str(object_id) in SCHEDULED and is_shop_manager(request)
        return super().get_actions_detail(request, object_id) if is_here else []

    @button("Run now", icon="play_arrow")
    def run_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Not here, but by a worker: it is asked for."""
        run, back = self._found(request, object_id), reverse("admin:wallet_service_jobrun_change", args=[object_id])
        form = forms.Form(posted(request))
        if form.is_valid():
            in_transaction(lambda: ask_for_job(name=run.name, actor=actor_of(signed_in(request))))
            messages.success(request, _asked(run))
            return redirect(back)
        facts = (("What it does", "runs by itself as well, and twice does no harm"), ("Its next run", self.next_run(run)))
        return self.form_page(request, form, title=f"Run {run.name!r} now?", submit="Run it", cancel=back, obj=run, facts=facts)

    def _found(self, request: HttpRequest, object_id: str) -> JobRun:
        if not is_shop_manager(request):
            raise PermissionDenied
        run: JobRun | None = self.get_object(request, object_id)
        if run is None or run.name not in SCHEDULED:
            raise Http404
        return run

    @badge("Outcome", COLOURS, ordering="outcome")
    def outcome_shown(self, run: JobRun) -> str:
        return run.get_outcome_display() or "Has not run"

    @admin.display(description="Runs")
    def schedule(self, run: JobRun) -> str:
        job = SCHEDULED.get(run.name)
        return job.schedule.words if job else "no more"

    @admin.display(description="Queue")
    def queue(self, run: JobRun) -> str:
        job = SCHEDULED.get(run.name)
        return job.queue if job else "-"

    @admin.display(description="Took")
    def duration(self, run: JobRun) -> str:
        if run.started_at is None or run.finished_at is None:
            return "-"
        return f"{(run.finished_at - run.started_at).total_seconds():.1f} s"

    @admin.display(description="Next run")
    def next_run(self, run: JobRun) -> str:
        if run.asked_at:
            return "as soon as a worker sees that it was asked for"
        job = SCHEDULED.get(run.name)
        return date_format(job.schedule.next_after(timezone.now()), "DATETIME_FORMAT") if job else "-"


def _asked(run: JobRun) -> str:
    job: Job = SCHEDULED[run.name]
    is_late = job in late_jobs()
    return f"{run.name!r} runs in a few seconds." + (" If a worker runs: it is late already." if is_late else "")
