"""Points in and out as CSV files: upload, what a check found, start, progress, report; and the export."""

from collections.abc import Callable, Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from audit.acts import ActName
from audit.services import actor_of, record
from ledger.admin_base import ReadOnlyAdmin, badge, shown
from ledger.models import Account
from ledger.retry import in_transaction
from people.admin_base import Facts, ShopAdmin, button, is_shop_manager, posted, signed_in
from points.exporting import exported, file_name
from points.importing.reports import failed_lines, report_lines
from points.importing.services import cancel_import, moves_now, needs_second, start_import, stop_import
from points.importing.staging import stage_import
from points.models import Import
from site_settings.reading import points_currency
from wallets.admin_actions import attempt

Status = Import.Status

UPLOAD_MAX_BYTES = 32 * 1024 * 1024
COLOURS = {
    **dict.fromkeys((Status.UPLOADED.label, Status.APPLYING.label, Status.UNDOING.label), "info"),
    Status.READY.label: "warning",
    Status.DONE.label: "success",
    **dict.fromkeys((Status.REFUSED.label, Status.STUCK.label), "danger"),
}
LIST = "admin:points_import_changelist"
# The page of one that goes on by itself shows itself anew.
REFRESH_SECONDS = 3
GOES_ON = (Status.UPLOADED, *Import.RUNNING)
LINES_SHOWN = 20
OPEN_TO = {
    Status.UPLOADED: {"cancel"},
    Status.READY: {"start", "cancel"},
    Status.APPLYING: {"stop"},
    Status.STUCK: {"stop"},
}
Verb = Callable[..., Import]


class UploadForm(forms.Form):
    """The file is on the disk by now, not in memory."""

    file = forms.FileField(
        help_text="CSV in UTF-8, columns email and points, separated by commas; at most 32 MB.",
        widget=UnfoldAdminFileFieldWidget(),
    )
    mode = forms.ChoiceField(choices=Import.Mode.choices, widget=UnfoldAdminSelectWidget())
    is_partial = forms.BooleanField(
        label="Import the good lines although others are bad",
        help_text="Without it a file with one bad line is not imported at all.",
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > UPLOAD_MAX_BYTES:
            raise forms.ValidationError("The file is larger than 32 MB. Cut it, or use manage.py import_points.")
        return file


@admin.register(Import)
class ImportAdmin(ReadOnlyAdmin, ShopAdmin, ModelAdmin):
    """The buttons are there for who may press them; the services refuse everybody else as well."""

    actions_list = ("upload", "export")
    actions_detail = ("start", "cancel", "stop", "report")
    list_display = ("__str__", "state", "mode", "lines", "applied", "failed", "undone", "uploaded_at", "uploaded_by")
    list_filter = ("status", "mode", ("uploaded_at", admin.DateFieldListFilter))
    list_select_related = ("uploaded_by", "started_by")
    ordering = ("-pk",)
    fieldsets = (
        (None, {"fields": (("state", "progress"), ("mode", "is_partial"), ("lines", "applied", "failed", "undone"), "amounts")}),
        ("Bad lines", {"fields": ("bad_lines",)}),
        (
            "Behind it",
            {
                "fields": (
                    *(("file_name", "digest"), ("uploaded_at", "uploaded_by"), ("started_at", "started_by")),
                    ("finished_at", "forgotten_at"),
                )
            },
        ),
    )
    exclude = ("file_sha256",)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().change_view(request, object_id, *args, **kwargs)
        found = self.get_object(request, object_id)
        if found is not None and found.status in GOES_ON:
            response["Refresh"] = str(REFRESH_SECONDS)
        return response

    def get_actions_list(self, request: HttpRequest) -> Any:
        return super().get_actions_list(request) if is_shop_manager(request) else []

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        found = self.get_object(request, str(object_id)) if is_shop_manager(request) else None
        names = {f"points_import_{name}" for name in open_to(found)} if found else set()
        return [shown for shown in super().get_actions_detail(request, object_id) if shown.action_name in names]

    @button("Import", icon="upload")
    def upload(self, request: HttpRequest) -> HttpResponse:
        """The lines are kept as they are; a worker checks them, and nothing is booked before somebody says so."""
        if not is_shop_manager(request):
            raise PermissionDenied
        form = UploadForm(posted(request), request.FILES or None)
        if form.is_valid() and (staged := attempt(form, lambda: _staged(form, request))):
            messages.success(request, f"{staged} has {staged.lines} lines, which are being checked. Nothing is imported yet.")
            return redirect(_page(staged))
        facts: Facts = (("Points are", str(points_currency().name)),)
        return self.form_page(request, form, title="Import points", submit="Upload", cancel=reverse(LIST), facts=facts)

    @button("Export", icon="download")
    def export(self, request: HttpRequest) -> HttpResponse:
        """All default wallets as a CSV file that can be imported again. That somebody took it is kept."""
        if not is_shop_manager(request):
            raise PermissionDenied
        actor = actor_of(signed_in(request))
        in_transaction(lambda: record(ActName.POINTS_EXPORTED, actor=actor))
        return _download(exported(), file_name(timezone.now()))

    @button("Start", icon="play_arrow")
    def start(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, start_import, "Start")

    @button("Cancel", icon="block")
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, cancel_import, "Cancel", is_dangerous=True)

    @button("Stop and undo", icon="undo")
    def stop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, stop_import, "Stop and undo", is_dangerous=True)

    @button("Report", icon="download")
    def report(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Every bad line with what is wrong with it, as a CSV file."""
        found = self._import(request, object_id)
        return _download(report_lines(found), f"import_{found.pk}_bad_lines.csv")

    def _decide(
        self, request: HttpRequest, object_id: str, verb: Verb, title: str, *, is_dangerous: bool = False
    ) -> HttpResponse:
        found, by = self._import(request, object_id), signed_in(request)
        form = forms.Form(posted(request))
        if form.is_valid() and (done := attempt(form, lambda: verb(number=found.pk, by=by))):
            messages.success(request, f"{done}: {done.get_status_display()}.")
            return redirect(_page(done))
        page: dict[str, Any] = {"cancel": _page(found), "obj": found, "facts": facts_of(found), "is_dangerous": is_dangerous}
        return self.form_page(request, form, title=f"{title}: {found}", submit=f"{title} it", **page)

    def _import(self, request: HttpRequest, object_id: str) -> Import:
        if not is_shop_manager(request):
            raise PermissionDenied
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        return found  # type: ignore[no-any-return]

    @badge("State", COLOURS, ordering="status")
    def state(self, of: Import) -> str:
        return of.get_status_display()

    @admin.display(description="Progress")
    def progress(self, of: Import) -> SafeString | str:
        if of.started_at is None:
            return "-"
        return format_html('<progress max="{}" value="{}"></progress> {} of {}', of.lines, done(of), done(of), of.lines)

    @admin.display(description="Moves in all")
    def amounts(self, of: Import) -> str:
        """What it would move, what it has, and how much it may."""
        at_most = "" if of.limit_minor is None else f", at most {_shown(of, of.limit_minor)} as one manager alone started it"
        booked = "" if of.started_at is None else f"; booked {_shown(of, int(of.moved_minor))}{at_most}"
        return f"{_shown(of, moves_now(of))}{booked}"

    @admin.display(description="SHA-256")
    def digest(self, of: Import) -> str:
        return bytes(of.file_sha256).hex()

    @admin.display(description="The first ones")
    def bad_lines(self, of: Import) -> SafeString | str:
        lines = failed_lines(of)[:LINES_SHOWN]
        rows = ((line.number, line.problem, line.email, line.points) for line in lines)
        return format_html_join("", "<div>Line {}: {} ({}, {})</div>", rows) or "-"


def done(of: Import) -> int:
    """How many lines are through."""
    return of.applied + of.failed


def open_to(found: Import) -> set[str]:
    """What a manager can do with it now."""
    return OPEN_TO.get(Status(found.status), set()) | ({"report"} if failed_lines(found).exists() else set())


def facts_of(found: Import) -> Facts:
    """What a manager starts."""
    second = (("More than one manager moves alone", "another one than uploaded it starts it"),) if needs_second(found) else ()
    return (
        *(("File", found.file_name or "-"), ("Mode", found.get_mode_display())),
        *(("Lines", str(found.lines)), ("Good", str(found.good)), ("Bad", str(found.failed))),
        ("Moves in all", _shown(found, moves_now(found))),
        *second,
    )


def _shown(of: Import, minor: int) -> str:
    return shown(Account(currency_code=of.currency_code), minor)


def _staged(form: UploadForm, request: HttpRequest) -> Import:
    asked = form.cleaned_data
    file = asked["file"]
    file.seek(0)
    by = signed_in(request)
    return stage_import(file=file, mode=asked["mode"], is_partial=asked["is_partial"], name=file.name, by=by)


def _download(lines: Iterator[str], name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)  # type: ignore[return-value]


def _page(of: Import) -> str:
    return reverse("admin:points_import_change", args=[of.pk])
