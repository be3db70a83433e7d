"""What keeps the order of webhooks, for who looks beneath: what waits per wallet, the last position, the hours' figures."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from unfold.admin import ModelAdmin

from ledger.admin_base import ReadOnlyAdmin, as_id, link
from webhooks.models import Dispatch, Queue, Tally


class WaitingFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", "Something waits"), ("leased", "A worker is at it")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Queue]) -> QuerySet[Queue]:
        wanted = {"waiting": "next_attempt_at", "leased": "lease"}.get(str(self.value()))
        return queryset.filter(**{f"{wanted}__isnull": False}) if wanted else queryset


@admin.register(Queue)
class QueueAdmin(ReadOnlyAdmin, ModelAdmin):  # type: ignore[misc]
    """One webhook's way through one wallet's events."""

    list_display = ("id", "endpoint", "wallet", "position", "last_position", "attempts", "next_attempt_at", "leased_until")
    list_filter = (WaitingFilter, "endpoint")
    list_select_related = ("endpoint",)
    search_fields = ("=account_id",)
    search_help_text = "A wallet's number"
    ordering = ("-id",)
    sortable_by = ()
    fields = (("endpoint", "wallet"), ("position", "last_position"), ("attempts", "next_attempt_at"), "leased_until")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return (queryset.filter(account_id=as_id(search_term) or 0) if search_term else queryset), False

    @admin.display(description="Wallet")
    def wallet(self, queue: Queue) -> str:
        events = f"{reverse('admin:webhooks_event_changelist')}?account_id={queue.account_id}"
        return link(events, queue.account_id or "none")


@admin.register(Dispatch)
class DispatchAdmin(ReadOnlyAdmin, ModelAdmin):  # type: ignore[misc]
    """How far the order of all events goes."""

    list_display = ("__str__",)
    fields = ("position",)


@admin.register(Tally)
class TallyAdmin(ReadOnlyAdmin, ModelAdmin):  # type: ignore[misc]
    """What each webhook was sent, hour by hour."""

    list_display = ("hour", "endpoint", "delivered", "failed", "parked", "duration_ms")
    list_filter = ("endpoint", ("hour", admin.DateFieldListFilter))
    list_select_related = ("endpoint",)
    ordering = ("-hour", "endpoint")
    fields = (("endpoint", "hour"), ("delivered", "failed"), ("parked", "duration_ms"))
