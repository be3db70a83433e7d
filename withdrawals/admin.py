"""Withdrawals in the admin: found, shown with where they go masked, decided and settled through the services."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.admin import ModelAdmin

from audit.acts import ActName
from audit.services import actor_of, record
from ledger.admin_base import ReadOnlyAdmin, as_id, badge, link, shown
from ledger.models import Entry
from ledger.retry import in_transaction
from people.admin_base import Facts, ShopAdmin, button, is_shop_manager, posted, signed_in
from wallets.admin_actions import attempt, page_of
from withdrawals.acts import subject_of
from withdrawals.admin_forms import FailedForm, NoteForm, PaidForm
from withdrawals.details import Details, opened
from withdrawals.exporting import csv_lines, where
from withdrawals.models import Withdrawal
from withdrawals.services import approve_withdrawal, mark_failed, mark_paid, reject_withdrawal

Status = Withdrawal.Status
COLOURS = {"waiting": "warning", "approved": "info", "paid": "success", "rejected": "danger", "failed": "danger"}
LIST = "admin:withdrawals_withdrawal_changelist"
# What a detail is called where its name says too little.
DETAILS = {"ifsc": "Bank code (IFSC, BIC)"}
# What a manager can do with one that is so.
OPEN_TO = {
    Status.PENDING: {"approve", "reject"},
    Status.APPROVED: {"paid", "failed"},
    Status.PAID: {"failed"},
}
Verb = Callable[..., Withdrawal]


@admin.register(Withdrawal)
class WithdrawalAdmin(ReadOnlyAdmin, ShopAdmin, ModelAdmin):
    """The buttons are there for who may press them; the services refuse everybody else as well."""

    actions_list = ("export",)
    actions_detail = ("approve", "reject", "paid", "failed", "show_details")
    list_display = ("__str__", "state", "wallet_link", "amount_shown", "net_shown", "method", "goes_to", "created_at")
    list_filter = ("status", "method", "currency_code", ("created_at", admin.DateFieldListFilter))
    search_fields = ("=payout_reference", "=return_reference", "wallet__user__username", "wallet__user__email")
    search_help_text = "Withdrawal or wallet number, reference, or name or e-mail of the holder"
    ordering = ("-pk",)
    # Sealed, and shown on purpose only.
    exclude = ("details",)
    fieldsets = (
        (None, {"fields": (("state", "wallet_link"), ("amount_shown", "fee_shown", "net_shown"), ("method", "goes_to"), "note")}),
        ("Decision", {"fields": (("decided_at", "decided_by"), "payable_at")}),
        (
            "Payout",
            {
                "fields": (
                    *(("payout_reference", "paid_at"), ("return_reference", "failed_at"), "failure"),
                    ("provider", "payout_began_at", "next_attempt_at"),
                )
            },
        ),
        ("Behind it", {"fields": (("created_at", "entry_link"), "group")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Withdrawal]:
        return Withdrawal.objects.select_related("wallet__account", "wallet__user", "decided_by")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        found, may_have_duplicates = super().get_search_results(request, queryset, search_term)
        if (number := as_id(search_term)) is not None:
            found = found | queryset.filter(pk=number) | queryset.filter(wallet=number)
        return found, may_have_duplicates

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "wallet__exact" or super().lookup_allowed(lookup, value, request)

    def get_actions_list(self, request: HttpRequest) -> Any:
        return super().get_actions_list(request) if is_shop_manager(request) else []

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        withdrawal = self.get_object(request, str(object_id)) if is_shop_manager(request) else None
        names = {f"withdrawals_withdrawal_{name}" for name in open_to(withdrawal)} if withdrawal else set()
        return [shown for shown in super().get_actions_detail(request, object_id) if shown.action_name in names]

    @button("Approve", icon="check")
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._settle(request, object_id, NoteForm(posted(request)), approve_withdrawal, "Approve")

    @button("Reject", icon="block")
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._settle(request, object_id, NoteForm(posted(request)), reject_withdrawal, "Reject", is_dangerous=True)

    @button("Mark as paid", icon="paid")
    def paid(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._settle(request, object_id, PaidForm(posted(request)), mark_paid, "Mark as paid")

    @button("Mark as failed", icon="undo")
    def failed(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._settle(request, object_id, FailedForm(posted(request)), mark_failed, "Mark as failed", is_dangerous=True)

    @button("Show details", icon="visibility")
    def show_details(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Where it goes, in full, on the answer to a POST alone. That somebody looked is kept."""
        withdrawal = self._withdrawal(request, object_id)
        form, page = forms.Form(posted(request)), _page(withdrawal)
        details = attempt(form, lambda: _shown(withdrawal, actor_of(signed_in(request)))) if form.is_valid() else None
        if details is None:
            facts = (("It goes to", where(withdrawal)), ("That you look", "is written into the audit trail"))
            title = f"Show where {withdrawal} goes?"
            return self.form_page(request, form, title=title, submit="Show", cancel=page, obj=withdrawal, facts=facts)
        secrets = [(DETAILS.get(name) or name.replace("_", " ").capitalize(), value) for name, value in details.items()]
        return self.opened_page(request, title=f"{withdrawal} goes to", secrets=secrets, obj=withdrawal, back=page)

    @button("Export", icon="download")
    def export(self, request: HttpRequest) -> HttpResponse:
        """All of them as a CSV file, newest first, where they go masked. That somebody took it is kept."""
        if not is_shop_manager(request):
            raise PermissionDenied
        in_transaction(lambda: record(ActName.WITHDRAWALS_EXPORTED, actor=actor_of(signed_in(request))))
        rows = self.get_queryset(request).order_by("-pk").iterator(chunk_size=1000)
        response = HttpResponse("".join(csv_lines(rows)), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="withdrawals.csv"'
        response["Cache-Control"] = "no-store"
        return response

    def _settle(
        self, request: HttpRequest, object_id: str, form: forms.Form, verb: Verb, title: str, *, is_dangerous: bool = False
    ) -> HttpResponse:
        withdrawal = self._withdrawal(request, object_id)
        by = signed_in(request)
        asked = {"withdrawal_id": withdrawal.pk, "by": by, "actor": actor_of(by)}
        if form.is_valid() and (done := attempt(form, lambda: verb(**asked, **form.cleaned_data))):
            messages.success(request, f"{done} is {done.get_status_display()}.")
            return redirect(_page(withdrawal))
        page: dict[str, Any] = {"cancel": _page(withdrawal), "obj": withdrawal, "facts": facts_of(withdrawal)}
        return self.form_page(request, form, title=f"{title} {withdrawal}?", submit=title, is_dangerous=is_dangerous, **page)

    def _withdrawal(self, request: HttpRequest, object_id: str) -> Withdrawal:
        if not is_shop_manager(request):
            raise PermissionDenied
        withdrawal = self.get_object(request, object_id)
        if withdrawal is None:
            raise Http404
        return withdrawal  # type: ignore[no-any-return]

    @badge("State", COLOURS, ordering="status")
    def state(self, withdrawal: Withdrawal) -> str:
        return withdrawal.get_status_display()

    @admin.display(description="Wallet", ordering="wallet")
    def wallet_link(self, withdrawal: Withdrawal) -> str:
        return link(page_of(withdrawal.wallet), f"{withdrawal.wallet.user}, wallet {withdrawal.wallet_id}")

    @admin.display(description="Amount", ordering="amount_minor")
    def amount_shown(self, withdrawal: Withdrawal) -> str:
        return shown(withdrawal.wallet.account, withdrawal.amount_minor)

    @admin.display(description="Fee", ordering="fee_minor")
    def fee_shown(self, withdrawal: Withdrawal) -> str:
        return shown(withdrawal.wallet.account, withdrawal.fee_minor)

    @admin.display(description="Paid out")
    def net_shown(self, withdrawal: Withdrawal) -> str:
        return shown(withdrawal.wallet.account, withdrawal.amount_minor - withdrawal.fee_minor)

    @admin.display(description="Goes to")
    def goes_to(self, withdrawal: Withdrawal) -> str:
        return where(withdrawal)

    @admin.display(description="Entry")
    def entry_link(self, withdrawal: Withdrawal) -> str:
        entry = Entry.objects.filter(account_id=withdrawal.wallet_id, sequence=withdrawal.sequence).first()
        return link(reverse("admin:ledger_entry_change", args=[entry.pk]), entry.pk) if entry else "-"


def open_to(withdrawal: Withdrawal) -> set[str]:
    """What a manager can do with it now."""
    settled = set() if withdrawal.is_under_way else OPEN_TO.get(Status(withdrawal.status), set())
    return settled | ({"show_details"} if withdrawal.details is not None else set())


def facts_of(withdrawal: Withdrawal) -> Facts:
    """What a manager confirms: method and net amount above all."""
    account = withdrawal.wallet.account
    return (
        ("Customer", str(withdrawal.wallet.user)),
        ("Method", withdrawal.get_method_display()),
        ("Goes to", where(withdrawal)),
        ("Amount", shown(account, withdrawal.amount_minor)),
        ("Fee", shown(account, withdrawal.fee_minor)),
        ("Paid out", shown(account, withdrawal.amount_minor - withdrawal.fee_minor)),
    )


def _shown(withdrawal: Withdrawal, actor: str) -> Details:
    record(ActName.WITHDRAWAL_DETAILS_SHOWN, actor=actor, subject=subject_of(withdrawal.pk))
    return opened(withdrawal)


def _page(withdrawal: Withdrawal) -> str:
    return reverse("admin:withdrawals_withdrawal_change", args=[withdrawal.pk])
