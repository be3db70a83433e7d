"""Auto-reloads in the admin: to look at. What nobody could find out is settled on its top-up's page."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from ledger.admin_base import ReadOnlyAdmin, as_id, badge, link
from payments.models import Reload
from wallets.admin_actions import page_of

Status = Reload.Status
COLOURS = {
    Status.WAITING.label: "warning",
    Status.CHARGING.label: "warning",
    Status.COMPLETED.label: "success",
    Status.FAILED.label: "danger",
    Status.NOT_NEEDED.label: "info",
}
TO_BE_SETTLED = Q(status=Status.CHARGING, next_attempt_at=None)


class OpenFilter(admin.SimpleListFilter):
    """What waits for a person: whether it was charged, nobody could say within a day."""

    title = "for a person"
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "To be settled")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Reload]) -> QuerySet[Reload]:
        return queryset.filter(TO_BE_SETTLED) if self.value() == "yes" else queryset


class ReloadPages(ReadOnlyAdmin):
    """Nothing is done here: what a person settles is the charge, on its own page."""

    list_display = ("__str__", "state", "wallet_link", "attempts", "topup_link", "failure", "created_at", "next_attempt_at")
    list_filter = (OpenFilter, "status", ("created_at", admin.DateFieldListFilter))
    search_fields = ("wallet__name", "wallet__user__username", "wallet__user__email")
    search_help_text = "Wallet number, or name or e-mail of the holder"
    ordering = ("-created_at", "-pk")
    fieldsets = (
        (None, {"fields": (("wallet_link", "state"), ("sequence", "created_at"))}),
        ("Charging", {"fields": (("attempts", "topup_link"), ("failure", "next_attempt_at"), "finished_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reload]:
        return Reload.objects.select_related("wallet__user", "topup")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        found, may_have_duplicates = super().get_search_results(request, queryset, search_term)
        if (number := as_id(search_term)) is not None:
            found = found | queryset.filter(wallet=number)
        return found, may_have_duplicates

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "wallet__exact" or super().lookup_allowed(lookup, value, request)

    @badge("State", COLOURS, ordering="status")
    def state(self, reload: Reload) -> str:
        return reload.get_status_display()

    @admin.display(description="Wallet", ordering="wallet")
    def wallet_link(self, reload: Reload) -> str:
        return link(page_of(reload.wallet), f"{reload.wallet.user}, wallet {reload.wallet_id}")

    @admin.display(description="Last charge")
    def topup_link(self, reload: Reload) -> str:
        topup = reload.topup
        return link(reverse("admin:payments_topup_change", args=[topup.pk]), topup.get_status_display()) if topup else "-"
