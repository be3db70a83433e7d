"""The admin site itself: its name, its door, the counters of the rate limits, and the queue of the background jobs."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob
from unfold.admin import ModelAdmin, StackedInline
from unfold.forms import AuthenticationForm

from ledger.admin_base import ReadOnlyAdmin, badge, is_shop_manager
from wallet_service import admin_jobs  # noqa: F401  how the scheduled jobs went
from wallet_service.models import RateCounter, UntoldMovements
from wallet_service.privacy import admin as privacy_admin  # noqa: F401  puts its pages below each user's
from wallet_service.web.forms import SignInForm


class StaffSignInForm(SignInForm, AuthenticationForm):
    """The admin's door lets staff in only, and counts wrong tries like the other one."""


admin.site.login_form = StaffSignInForm
admin.site.index_template = "admin/wallet_service_index.html"
admin.site.site_title = settings.SITE_NAME
admin.site.site_header = settings.SITE_NAME
admin.site.index_title = "Overview"


@admin.register(RateCounter)
class RateCounterAdmin(ReadOnlyAdmin, ModelAdmin):
    """Hits in the current windows. Empty where Redis counts."""

    list_display = ("key", "hits", "expires")
    search_fields = ("key",)
    ordering = ("-expires",)


@admin.register(UntoldMovements)
class UntoldMovementsAdmin(ReadOnlyAdmin, ModelAdmin):
    """What is collected for the next mail about a wallet."""

    list_display = ("account_id", "kind", "count", "due_at", "told_at")
    list_filter = ("kind",)
    ordering = ("-pk",)


class EventInline(StackedInline):
    model = ProcrastinateEvent
    fields = (("type", "at"),)
    ordering = ("-at",)
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_shop_manager(request) or super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission


# Its own page is not made for this admin's theme, and offers to meddle with the schedule.
admin.site.unregister(ProcrastinateJob)


@admin.register(ProcrastinateJob)
class QueuedJobAdmin(ReadOnlyAdmin, ModelAdmin):
    """What waits, runs, or failed in the last days. A job that went well is deleted as it ends."""

    list_display = ("id", "task_name", "queue_name", "status_shown", "scheduled_at", "attempts", "worker_id")
    list_filter = ("status", "queue_name")
    ordering = ("-id",)
    fields = (("id", "task_name", "queue_name"), ("status_shown", "attempts", "scheduled_at"), ("args", "worker_id"))
    inlines = (EventInline,)

    @badge("Status", {"todo": "info", "doing": "success", "failed": "danger", "aborted": "danger"}, ordering="status")
    def status_shown(self, job: Any) -> str:
        return str(job.status)
