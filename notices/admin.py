"""The outbox, to look at: what waits, was sent, or was given up. What a notice says stays sealed."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from ledger.admin_base import ReadOnlyAdmin, badge
from notices.models import Contact, Notice, OptOut
from notices.services import send_again
from people.admin_base import ShopAdmin, is_shop_manager

STATES = {"Waiting": "info", "Sent": "success", "Parked": "danger", "Too late": "warning"}
COLUMNS = {"waiting": "next_attempt_at", "sent": "sent_at", "parked": "parked_at", "missed": "missed_at"}


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", "Waiting"), ("sent", "Sent"), ("parked", "Parked"), ("missed", "Too late")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notice]) -> QuerySet[Notice]:
        column = COLUMNS.get(str(self.value()))
        return queryset.filter(**{f"{column}__isnull": False}) if column else queryset


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ("id", "state", "kind", "channel", "subject", "address", "created_at", "attempts", "last_error")
    list_filter = (StateFilter, "channel", "kind")
    search_fields = ("address",)
    search_help_text = "Address or user name, in full"
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        *(("id", "state", "kind", "channel"), ("user", "address"), "subject", ("created_at", "expires_at")),
        *(("attempts", "next_attempt_at", "last_error"), ("sent_at", "parked_at", "missed_at")),
    )
    exclude = ("text",)
    actions = ("send_again",)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        term = search_term.replace("\0", "").strip()
        if not term:
            return queryset, False
        return queryset.filter(Q(address__iexact=term) | Q(user__username__iexact=term)), False

    def has_send_permission(self, request: HttpRequest) -> bool:
        return is_shop_manager(request)

    @admin.action(description="Send again: what was parked", permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Notice]) -> None:
        sent = [notice for notice in queryset if send_again(notice)]
        for notice in sent:
            self.log_change(request, notice, "Sent again.")
        if sent:
            messages.success(request, f"{len(sent)} wait to be sent.")
        else:
            messages.warning(request, "Only parked mails can be sent again: none of these is.")

    @badge("State", STATES)
    def state(self, notice: Notice) -> str:
        if notice.sent_at:
            return "Sent"
        if notice.parked_at:
            return "Parked"
        return "Too late" if notice.missed_at else "Waiting"


@admin.register(Contact)
class ContactAdmin(ReadOnlyAdmin, ShopAdmin, ModelAdmin):
    """Telephone numbers and languages."""

    list_display = ("user", "phone", "language")
    search_fields = ("user__username", "user__email", "phone")
    search_help_text = "User name, e-mail or number"
    ordering = ("user_id",)
    list_select_related = ("user",)


@admin.register(OptOut)
class OptOutAdmin(ReadOnlyAdmin, ShopAdmin, ModelAdmin):
    """What customers have said that they do not want."""

    list_display = ("user", "key", "created_at")
    list_filter = ("key",)
    search_fields = ("user__username", "user__email")
    search_help_text = "User name or e-mail"
    ordering = ("-pk",)
    list_select_related = ("user",)
