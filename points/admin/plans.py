"""Periodic plans in the admin: made, changed, switched, run by hand, and what each run has done."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from ledger.admin_base import ReadOnlyAdmin, badge, link, shown
from ledger.models import Account, Alarm
from people.admin_base import Facts, ShopAdmin, button, is_shop_manager, posted, signed_in
from points.admin.plan_facts import MISSED_SHOWN, approval_wanted, facts_of, facts_of_change, more_than_one_moves, shown_time
from points.admin.plan_forms import ApproveForm, MissedForm, NextForm, PlanForm, SwitchForm
from points.models import Plan, PlanRun
from points.plans.approving import WAITING_ALARM, approve_plan
from points.plans.beginning import start_run
from points.plans.periods import current_period, due_at, is_due, missed_periods, next_period
from points.plans.rows import digest_of
from points.plans.services import change_plan, create_plan, switch_plan
from points.plans.wallets import own_wallets
from wallets.admin_actions import attempt
from wallets.approvals import approval_limit

LIST = "admin:points_plan_changelist"
RUNS = "admin:points_planrun_changelist"
# The page of a run that is under way shows itself anew.
REFRESH_SECONDS = 3
WAITS = "Waits for a second manager"
COLOURS = {
    **{"Enabled": "success", WAITS: "warning", "Switched off": "danger"},
    **{"Finished": "success", "Running": "info", "Stopped": "danger"},
}


@admin.register(Plan)
class PlanAdmin(ReadOnlyAdmin, ShopAdmin, ModelAdmin):
    """The buttons are there for who may press them. A worker goes through the wallets."""

    actions_detail = ("edit", "approve", "switch_on", "switch_off", "run_now", "run_missed")
    list_display = ("name", "state", "amount", "interval_days", "group", "next_due")
    list_filter = ("is_enabled",)
    list_select_related = ("group", "terms_by", "approved_by")
    search_fields = ("name",)
    ordering = ("-pk",)
    fieldsets = (
        (None, {"fields": (("name", "state"), ("amount", "interval_days", "group"), ("grant_label", "charge_label"))}),
        ("Four eyes", {"fields": (("terms_by", "approval"),)}),
        ("Periods", {"fields": (("starts_at", "next_due"), "missed", "runs_link")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        """With what the job has found of each: to foresee all runs of a list takes a while."""
        subject = Concat(Value("plan "), Cast(OuterRef("pk"), CharField()))
        waiting = Alarm.objects.open().filter(name=WAITING_ALARM, subject=subject)
        return super().get_queryset(request).annotate(is_waiting=Exists(waiting))  # type: ignore[no-any-return]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_shop_manager(request)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        plan = self.get_object(request, str(object_id)) if is_shop_manager(request) else None
        names = {f"points_plan_{name}" for name in open_to(plan)} if plan else set()
        return [shown for shown in super().get_actions_detail(request, object_id) if shown.action_name in names]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not is_shop_manager(request):
            raise PermissionDenied
        form, by = PlanForm(posted(request)), signed_in(request)
        if form.is_valid() and (plan := attempt(form, lambda: create_plan(by=by, **form.terms()))):
            messages.success(request, f"{plan}: the first period is due at {shown_time(due_at(plan, 1))}.")
            warn_of_approval(request, plan)
            return redirect(_page(plan))
        return self.form_page(request, form, title="Make a periodic plan", submit="Make it", cancel=reverse(LIST))

    @button("Edit", icon="tune")
    def edit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        plan, by = self._plan(request, object_id), signed_in(request)
        form = PlanForm(posted(request), plan=plan)
        if form.is_valid() and (changed := attempt(form, lambda: change_plan(plan_id=plan.pk, by=by, **form.terms()))):
            messages.success(request, f"{changed} is as you set it.")
            warn_of_approval(request, changed)
            return redirect(_page(changed))
        return self._asked(request, plan, form, f"Edit {plan}", "Save", facts_of_change(plan))

    @button("Approve", icon="check")
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A second manager's word on the terms that the page shows."""
        plan, by = self._plan(request, object_id), signed_in(request)
        form = ApproveForm(posted(request), initial={"seen": digest_of(plan)})
        if form.is_valid() and (approved := attempt(form, lambda: approve_plan(plan_id=plan.pk, by=by, **form.cleaned_data))):
            messages.success(request, f"{approved} is approved; what is due begins within a minute.")
            return redirect(_page(approved))
        facts: Facts = (
            *(("Set by", str(plan.terms_by or "-")), ("Every so many days", str(plan.interval_days))),
            *(("Group", str(plan.group or "Everybody")), ("Your own wallets among them", str(own_wallets(plan, by).count()))),
            *facts_of(plan, next_period(plan, timezone.now())),
        )
        return self._asked(request, plan, form, f"Approve {plan}?", "Approve", facts)

    @button("Switch on", icon="play_arrow")
    def switch_on(self, request: HttpRequest, object_id: str) -> HttpResponse:
        facts: Facts = (
            ("Its interval", "counts from now; what was due or missed before is given up"),
            ("A run that was stopped", "goes on, as far as one manager moves alone without a second one's approval"),
        )
        return self._switch(request, object_id, "Switch on", facts, is_enabled=True)

    @button("Switch off", icon="pause")
    def switch_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        facts: Facts = (("A run under way", "stops, too"), ("What is due and not begun", "is not begun any more"))
        return self._switch(request, object_id, "Switch off", facts, is_enabled=False)

    @button("Run now", icon="play_circle")
    def run_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The current period, or where that is done the next one, ahead of its time."""
        plan = self._plan(request, object_id)
        period = next_period(plan, timezone.now())
        return self._run(request, plan, NextForm(posted(request), initial={"period": period}), "Run now", period)

    @button("Run missed", icon="history")
    def run_missed(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """One of the periods during which nobody ran it."""
        plan = self._plan(request, object_id)
        periods = missed_periods(plan, timezone.now(), limit=MISSED_SHOWN)
        choices = [(period, f"{period}, due {shown_time(due_at(plan, period))}") for period in periods]
        form = MissedForm(posted(request), choices=choices)
        return self._run(request, plan, form, "Run the missed period", periods[0] if periods else None)

    def _run(self, request: HttpRequest, plan: Plan, form: NextForm, title: str, period: int | None) -> HttpResponse:
        by = signed_in(request)
        if form.is_valid() and (run := attempt(form, lambda: start_run(plan_id=plan.pk, by=by, **form.cleaned_data))):
            messages.success(request, f"{run} is begun: a worker goes through {run.wallets} wallets.")
            return redirect(_page_of_run(run))
        facts = facts_of(plan, period) if period is not None else (("Missed", "no period was"),)
        return self._asked(request, plan, form, f"{title}: {plan}", title, facts)

    def _switch(self, request: HttpRequest, object_id: str, title: str, facts: Facts, *, is_enabled: bool) -> HttpResponse:
        plan, by = self._plan(request, object_id), signed_in(request)
        form, switch = SwitchForm(posted(request)), partial(switch_plan, plan_id=plan.pk, is_enabled=is_enabled, by=by)
        if form.is_valid() and (switched := attempt(form, switch)):
            messages.success(request, f"{switched} is {'on' if is_enabled else 'off'}.")
            warn_of_approval(request, switched)
            return redirect(_page(switched))
        return self._asked(request, plan, form, f"{title} {plan}?", title, facts, is_dangerous=not is_enabled)

    def _asked(
        self, request: HttpRequest, plan: Plan, form: Any, title: str, submit: str, facts: Facts, *, is_dangerous: bool = False
    ) -> HttpResponse:
        about: dict[str, Any] = {"obj": plan, "facts": facts, "is_dangerous": is_dangerous, "cancel": _page(plan)}
        return self.form_page(request, form, title=title, submit=submit, **about)

    def _plan(self, request: HttpRequest, object_id: str) -> Plan:
        if not is_shop_manager(request):
            raise PermissionDenied
        plan = self.get_object(request, object_id)
        if plan is None:
            raise Http404
        return plan  # type: ignore[no-any-return]

    @badge("State", COLOURS, ordering="is_enabled")
    def state(self, plan: Plan) -> str:
        if not plan.is_enabled:
            return "Switched off"
        return WAITS if plan.is_waiting else "Enabled"  # type: ignore[attr-defined]

    @admin.display(description="Approval")
    def approval(self, plan: Plan) -> str:
        if plan.approved_at is not None:
            return f"By {plan.approved_by or 'the operator at the console'}, {shown_time(plan.approved_at)}"
        missing = approval_wanted(plan)
        return f"Wanted: {more_than_one_moves(missing)}" if missing else "Not wanted"

    @admin.display(description="Amount")
    def amount(self, plan: Plan) -> str:
        return plan.told

    @admin.display(description="Next due (UTC)")
    def next_due(self, plan: Plan) -> str:
        return shown_time(due_at(plan, current_period(plan, timezone.now()) + 1)) if plan.is_enabled else "-"

    @admin.display(description="Missed periods")
    def missed(self, plan: Plan) -> str:
        periods = missed_periods(plan, timezone.now(), limit=MISSED_SHOWN)
        return ", ".join(f"{period} (due {shown_time(due_at(plan, period))})" for period in periods) or "None"

    @admin.display(description="Runs")
    def runs_link(self, plan: Plan) -> SafeString:
        return link(f"{reverse(RUNS)}?plan__id__exact={plan.pk}", "The runs of this plan")


@admin.register(PlanRun)
class PlanRunAdmin(ReadOnlyAdmin, ShopAdmin, ModelAdmin):
    list_display = ("__str__", "state", "progress", "moved_total", "moved", "short", "skipped", "due_at")
    list_filter = (("plan", admin.RelatedOnlyFieldListFilter), ("started_at", admin.DateFieldListFilter))
    list_select_related = ("plan",)
    ordering = ("-pk",)
    fieldsets = (
        (None, {"fields": (("plan", "period", "due_at"), ("state", "progress"), ("amount", "label", "group_number"))}),
        ("Wallets", {"fields": (("wallets", "moved", "moved_total"), ("short", "empty", "skipped"), "waiting")}),
        ("Behind it", {"fields": (("started_at", "finished_at"), ("actor", "cursor"))}),
    )

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().change_view(request, object_id, *args, **kwargs)
        run = self.get_object(request, object_id)
        if run is not None and run.finished_at is None:
            response["Refresh"] = str(REFRESH_SECONDS)
        return response

    @badge("State", COLOURS)
    def state(self, run: PlanRun) -> str:
        if run.finished_at is not None:
            return "Finished"
        return "Running" if run.plan.is_enabled else "Stopped"

    @admin.display(description="Progress")
    def progress(self, run: PlanRun) -> SafeString:
        bar = '<progress max="{}" value="{}"></progress> {} of {}'
        return format_html(bar, max(run.wallets, 1), run.through, run.through, run.wallets)

    @admin.display(description="Amount")
    def amount(self, run: PlanRun) -> str:
        return run.told

    @admin.display(description="Moved in all")
    def moved_total(self, run: PlanRun) -> str:
        return shown(Account(currency_code=run.currency_code), int(run.moved_minor))

    @admin.display(description="Held by somebody, tried again")
    def waiting(self, run: PlanRun) -> int:
        return len(run.left_behind)


def open_to(plan: Plan) -> set[str]:
    """What a manager can do with it now."""
    if not plan.is_enabled:
        return {"edit", "switch_on"}
    now = timezone.now()
    missed = {"run_missed"} if is_due(plan, now) and missed_periods(plan, now, limit=1) else set()
    # In advance, too: the shop grows. And for a run that has its limit of when there was one.
    is_limited = approval_limit(plan.currency) or plan.runs.filter(finished_at=None, limit_minor__isnull=False).exists()
    approve = {"approve"} if is_limited and not plan.is_approved else set()
    return {"edit", "switch_off", "run_now"} | missed | approve


def warn_of_approval(request: HttpRequest, plan: Plan) -> None:
    missing = approval_wanted(plan) if plan.is_enabled else None
    if missing:
        messages.warning(request, f"A second manager has to approve it first: {more_than_one_moves(missing)}.")


def _page(plan: Plan) -> str:
    return reverse("admin:points_plan_change", args=[plan.pk])


def _page_of_run(run: PlanRun) -> str:
    return reverse("admin:points_planrun_change", args=[run.pk])
