"""Holds, to look at. What can be done to one is on the floors above (wallets.admin_entries)."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now
from django.http import HttpRequest
from django.urls import reverse
from unfold.admin import ModelAdmin

from ledger.admin_base import ReadOnlyAdmin, as_id, badge, link, shown
from ledger.holds import State
from ledger.kinds import Kind
from ledger.models import Entry, Hold

COLOURS = {State.ACTIVE: "info", State.CAPTURED: "success", State.VOIDED: "warning", State.EXPIRED: "danger"}


class StateFilter(admin.SimpleListFilter):
    """Holds that are live, and those that are over."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("live", "Active"), ("over", "Over")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Hold]) -> QuerySet[Hold]:
        live = Q(closed_by=None) & (Q(ends=None) | Q(ends__gt=Now()))
        return {"live": queryset.filter(live), "over": queryset.exclude(live)}.get(self.value() or "", queryset)


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin, ModelAdmin):  # type: ignore[misc]
    """Money that is set aside, and what became of it."""

    list_display = ("id", "account_shown", "amount_shown", "state_shown", "ends", "taken_shown")
    list_filter = (StateFilter, ("ends", admin.DateFieldListFilter))
    search_fields = ("=account__id",)
    search_help_text = "Account number"
    ordering = ("-id",)
    fields = (("id", "account_shown"), ("amount_shown", "state_shown"), ("ends", "taken_shown"), ("placed_link", "closed_link"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Hold]:
        closing = Entry.objects.filter(account_id=OuterRef("account_id"), sequence=OuterRef("closed_by"))
        columns = {f"closing_{name}": Subquery(closing.values(name)[:1]) for name in ("id", "kind", "key", "amount")}
        return Hold.objects.select_related("account").annotate(**columns, now=Now())

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return (queryset.filter(account_id=as_id(search_term) or 0) if search_term else queryset), False

    @admin.display(description="Account")
    def account_shown(self, hold: Hold) -> str:
        return link(reverse("admin:ledger_account_change", args=[hold.account_id]), hold.account_id)

    @admin.display(description="Amount", ordering="amount")
    def amount_shown(self, hold: Hold) -> str:
        return shown(hold.account, hold.amount)

    @badge("State", {state.label: colour for state, colour in COLOURS.items()})
    def state_shown(self, hold: Any) -> str:
        if hold.closing_kind is None:
            state = State.EXPIRED if hold.ends and hold.ends <= hold.now else State.ACTIVE
        elif hold.closing_kind == Kind.CAPTURE:
            state = State.CAPTURED
        else:
            state = State.EXPIRED if hold.closing_key is None else State.VOIDED
        return str(state.label)

    @admin.display(description="Taken")
    def taken_shown(self, hold: Any) -> str:
        return shown(hold.account, -hold.closing_amount) if hold.closing_kind == Kind.CAPTURE else "-"

    @admin.display(description="Placed by entry")
    def placed_link(self, hold: Hold) -> str:
        return link(reverse("admin:ledger_entry_change", args=[hold.pk]), hold.pk)

    @admin.display(description="Ended by entry")
    def closed_link(self, hold: Any) -> str:
        number = hold.closing_id
        return link(reverse("admin:ledger_entry_change", args=[number]), number) if number else "-"
