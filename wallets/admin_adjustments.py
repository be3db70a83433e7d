"""Adjustments that wait for a second manager, and those that were decided."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from ledger.admin_base import ReadOnlyAdmin, as_id, badge, link, shown
from people.admin_base import Facts, ShopAdmin, button, is_shop_manager, posted, signed_in
from wallets.admin_actions import attempt, keeper, page_of
from wallets.admin_forms import DecisionForm
from wallets.approvals import approve_adjustment, reject_adjustment, withdraw_adjustment
from wallets.models import Adjustment

COLOURS = {"waiting": "warning", "approved": "success", "rejected": "danger", "withdrawn": "info"}
PENDING_FIRST = Case(When(status=Adjustment.Status.PENDING, then=Value(0)), default=Value(1))


class AdjustmentPages(ReadOnlyAdmin, ShopAdmin):
    """The buttons are there for who may press them; the service refuses everybody else as well."""

    actions_detail = ("approve", "reject", "withdraw")
    list_display = ("number", "state", "wallet_link", "kind", "amount", "asked_by", "asked_at", "decided_by", "decided_at")
    list_filter = ("status", "kind", "wallet__currency_code")
    search_fields = ("wallet__name", "wallet__user__username", "wallet__user__email", "asked_by__username")
    search_help_text = "Wallet number or name, holder, or who asked"
    ordering = (PENDING_FIRST, "-pk")
    fieldsets = (
        (None, {"fields": (("number", "state"), ("wallet_link", "holder"), ("kind", "amount"), "expires_at")}),
        ("Why", {"fields": ("reason", "note", ("order_id", "reference"))}),
        ("Asked", {"fields": (("asked_by", "asked_at"),)}),
        ("Decided", {"fields": (("decided_by", "decided_at"), "decision_note", "entry_link")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Adjustment]:
        return Adjustment.objects.select_related("wallet__account", "wallet__user", "asked_by", "decided_by")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        found, may_have_duplicates = super().get_search_results(request, queryset, search_term)
        number = as_id(search_term)
        return (found if number is None else found | queryset.filter(wallet=number)), may_have_duplicates

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "wallet__exact" or super().lookup_allowed(lookup, value, request)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        adjustment = self.get_object(request, str(object_id))
        if adjustment is None or not adjustment.is_pending or not is_shop_manager(request):
            return []
        names = {f"wallets_adjustment_{name}" for name in open_to(adjustment, signed_in(request).pk)}
        return [shown for shown in super().get_actions_detail(request, object_id) if shown.action_name in names]  # type: ignore[misc]

    @button("Approve", icon="check")
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, "Approve", approve_adjustment)

    @button("Reject", icon="block")
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, "Reject", reject_adjustment, is_dangerous=True)

    @button("Withdraw", icon="undo")
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, "Withdraw", withdraw_adjustment, is_dangerous=True)

    def _decide(
        self, request: HttpRequest, object_id: str, verb: str, decide: Callable[..., Adjustment], **page: Any
    ) -> HttpResponse:
        adjustment = self._adjustment(request, object_id)
        form = DecisionForm(posted(request))
        back = reverse("admin:wallets_adjustment_change", args=[adjustment.pk])
        if form.is_valid() and (
            decided := attempt(
                form,
                lambda: decide(adjustment=adjustment, by=signed_in(request), note=form.cleaned_data["note"]),
                keep=keeper(request, adjustment),
            )
        ):
            messages.success(request, f"{decided} is {decided.status}.")
            return redirect(back)
        title = f"{verb} {adjustment}?"
        return self.form_page(
            request, form, title=title, submit=verb, cancel=back, obj=adjustment, facts=facts_of(adjustment), **page
        )

    def _adjustment(self, request: HttpRequest, object_id: str) -> Adjustment:
        if not is_shop_manager(request):
            raise PermissionDenied
        adjustment = self.get_object(request, object_id)
        if adjustment is None:
            raise Http404
        return adjustment  # type: ignore[no-any-return]

    @admin.display(description="Number", ordering="pk")
    def number(self, adjustment: Adjustment) -> int:
        return int(adjustment.pk)

    @badge("State", COLOURS, ordering="status")
    def state(self, adjustment: Adjustment) -> str:
        return adjustment.get_status_display()

    @admin.display(description="Wallet", ordering="wallet")
    def wallet_link(self, adjustment: Adjustment) -> str:
        return link(page_of(adjustment.wallet), adjustment.wallet)

    @admin.display(description="Holder")
    def holder(self, adjustment: Adjustment) -> str:
        return str(adjustment.wallet.user)

    @admin.display(description="Amount", ordering="amount_minor")
    def amount(self, adjustment: Adjustment) -> str:
        return amount_of(adjustment)

    @admin.display(description="Entry")
    def entry_link(self, adjustment: Adjustment) -> str:
        number = adjustment.entry_id
        return link(reverse("admin:ledger_entry_change", args=[number]), number) if number else "-"


def open_to(adjustment: Adjustment, user_id: int) -> tuple[str, ...]:
    """What this manager can do with an adjustment that waits."""
    if adjustment.asked_by_id == user_id:
        return ("withdraw",)
    return () if adjustment.wallet.user_id == user_id else ("approve", "reject")


def amount_of(adjustment: Adjustment) -> str:
    """With its sign: what the wallet gains."""
    sign = "+" if adjustment.amount_minor > 0 else ""
    return sign + shown(adjustment.wallet.account, adjustment.amount_minor)


def facts_of(adjustment: Adjustment) -> Facts:
    """What somebody has to know who decides."""
    account = adjustment.wallet.account
    return (
        ("Wallet", link(page_of(adjustment.wallet), f"{adjustment.wallet} of {adjustment.wallet.user}")),
        ("Amount", amount_of(adjustment)),
        ("Kind", adjustment.get_kind_display()),
        ("Available", shown(account, account.available)),
        ("Asked by", f"{adjustment.asked_by}, {adjustment.asked_at:%Y-%m-%d %H:%M} UTC"),
        ("Reason", adjustment.reason),
        ("Note", adjustment.note or "-"),
        ("Expires", f"{adjustment.expires_at:%Y-%m-%d %H:%M} UTC" if adjustment.expires_at else "-"),
        ("Order", str(adjustment.order_id or "-")),
        ("Reference", adjustment.reference or "-"),
    )
