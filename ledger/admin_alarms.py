"""Alarms, the open ones first. A shop manager clears what he has looked after; what is still wrong is raised again."""

import logging
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from ledger.admin_base import ReadOnlyAdmin, badge, is_shop_manager
from ledger.alarms import clear_alarm
from ledger.models import Alarm

logger = logging.getLogger(__name__)


class OpenFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open"), ("cleared", "Cleared")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alarm]) -> QuerySet[Alarm]:
        wanted = {"open": True, "cleared": False}.get(str(self.value()))
        return queryset if wanted is None else queryset.filter(cleared_at__isnull=wanted)


@admin.register(Alarm)
class AlarmAdmin(ReadOnlyAdmin, ModelAdmin):  # type: ignore[misc]
    list_display = ("state", "name", "subject", "message", "times", "raised_at", "last_seen_at", "cleared_at")
    list_display_links = ("name",)
    list_filter = (OpenFilter, "name")
    search_fields = ("=name", "=subject")
    search_help_text = "Name or subject, in full"
    sortable_by = ()
    fields = (("state", "name", "subject"), "message", ("times", "raised_at", "last_seen_at", "cleared_at"))
    actions = ("clear",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Alarm]:
        return Alarm.objects.open_first()

    def get_ordering(self, request: HttpRequest) -> tuple[()]:
        """As `open_first` has it."""
        return ()

    def has_clear_permission(self, request: HttpRequest) -> bool:
        return is_shop_manager(request)

    @admin.action(description="Clear: it has been looked after", permissions=["clear"])
    def clear(self, request: HttpRequest, queryset: QuerySet[Alarm]) -> None:
        cleared = sum(clear_alarm(alarm.name, alarm.subject) for alarm in queryset if alarm.is_open)
        logger.warning("%d alarms cleared by %s", cleared, request.user.get_username())
        messages.success(request, f"{cleared} cleared. What is still wrong will be raised again.")

    @badge("State", {"Open": "danger", "Cleared": "success"})
    def state(self, alarm: Alarm) -> str:
        return "Open" if alarm.is_open else "Cleared"
