"""Transfers, money requests and QR codes, to look at. Its own page leads to where a transfer is given back."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from ledger.admin_base import ReadOnlyAdmin, as_id, badge, link, shown
from ledger.kinds import Kind
from ledger.models import Account, Entry
from people.admin_base import button, is_shop_manager
from people.models import User
from transfers.models import MoneyRequest, QrCode, Transfer
from wallets.admin_entries import may_be_given_back
from wallets.models import Wallet

Status = MoneyRequest.Status
COLOURS = {
    Status.PENDING: "warning",
    Status.ACCEPTED: "success",
    Status.DECLINED: "danger",
    Status.EXPIRED: "info",
    Status.CANCELLED: "info",
    Status.FAILED: "danger",
}


def wallet_link(wallet: Wallet) -> SafeString:
    return link(reverse("admin:wallets_wallet_change", args=[wallet.pk]), f"{wallet.user}, wallet {wallet.pk}")


def user_link(user: User | None) -> SafeString | str:
    return link(reverse("admin:people_user_change", args=[user.pk]), user) if user else "-"


def in_money(code: str, minor: int) -> str:
    return shown(Account(currency_code=code), minor)


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin, ModelAdmin):
    """Who sent what to whom."""

    actions_detail = ("give_back",)
    list_display = ("number", "created_at", "from_link", "to_link", "amount_shown", "fee_shown")
    list_filter = (("created_at", admin.DateFieldListFilter), "currency_code")
    search_fields = ("sender__user__username", "sender__user__email", "recipient__user__username", "recipient__user__email")
    search_help_text = "Transfer, wallet number, or name or e-mail of either of them"
    ordering = ("-created_at", "-group")
    fieldsets = (
        (None, {"fields": (("number", "created_at"), ("from_link", "to_link"), ("amount_shown", "fee_shown"), "note")}),
        ("Behind it", {"fields": ("request_link", "entries_shown", "given_back")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transfer]:
        return Transfer.objects.select_related("sender__user", "recipient__user", "money_request")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        found, may_have_duplicates = super().get_search_results(request, queryset, search_term)
        if (number := as_id(search_term)) is not None:
            found = found | queryset.filter(sender=number) | queryset.filter(recipient=number)
        if (group := _as_uuid(search_term)) is not None:
            found = queryset.filter(pk=group)
        return found, may_have_duplicates

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        transfer = self.get_object(request, str(object_id)) if is_shop_manager(request) else None
        sent = transfer and sent_of(transfer)
        return super().get_actions_detail(request, object_id) if sent and may_be_given_back(sent) else []

    @button("Give back", icon="undo")
    def give_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The form is that of the sender's entry."""
        if not is_shop_manager(request):
            raise PermissionDenied
        transfer = self.get_object(request, object_id)
        sent = transfer and sent_of(transfer)
        if sent is None:
            raise Http404
        return redirect(reverse("admin:ledger_entry_give_back", args=[sent.pk]))

    @admin.display(description="Transfer", ordering="group")
    def number(self, transfer: Transfer) -> str:
        return str(transfer.pk)

    @admin.display(description="From", ordering="sender")
    def from_link(self, transfer: Transfer) -> SafeString:
        return wallet_link(transfer.sender)

    @admin.display(description="To", ordering="recipient")
    def to_link(self, transfer: Transfer) -> SafeString:
        return wallet_link(transfer.recipient)

    @admin.display(description="Amount", ordering="amount_minor")
    def amount_shown(self, transfer: Transfer) -> str:
        return in_money(transfer.currency_code, transfer.amount_minor)

    @admin.display(description="Fee", ordering="fee_minor")
    def fee_shown(self, transfer: Transfer) -> str:
        return in_money(transfer.currency_code, transfer.fee_minor)

    @admin.display(description="Money request")
    def request_link(self, transfer: Transfer) -> SafeString | str:
        request = getattr(transfer, "money_request", None)
        return link(reverse("admin:transfers_moneyrequest_change", args=[request.pk]), request) if request else "-"

    @admin.display(description="Entries")
    def entries_shown(self, transfer: Transfer) -> SafeString:
        rows = [(_entry_link(entry, _told(entry, transfer.currency_code)),) for entry in entries_of(transfer)]
        return format_html_join(", ", "{}", rows)

    @admin.display(description="Given back")
    def given_back(self, transfer: Transfer) -> SafeString | str:
        sent = sent_of(transfer)
        back = sent and Entry.objects.filter(account_id=sent.account_id, of=sent.sequence, kind=Kind.REVERSAL).first()
        return _entry_link(back, f"by entry {back.pk}") if back else "-"


@admin.register(MoneyRequest)
class MoneyRequestAdmin(ReadOnlyAdmin, ModelAdmin):
    """Who asked whom for what, and what came of it."""

    list_display = ("id", "state_shown", "requester", "payer_email", "amount_shown", "created_at", "expires_at", "decided_at")
    list_filter = ("status", ("created_at", admin.DateFieldListFilter), "currency_code")
    search_fields = ("requester__username", "requester__email", "payer_email")
    search_help_text = "Who asked, or the address that was asked"
    ordering = ("-pk",)
    fieldsets = (
        (None, {"fields": (("id", "state_shown"), ("requester_link", "amount_shown"), ("payer_email", "payer_link"), "note")}),
        ("Dates", {"fields": (("created_at", "expires_at", "decided_at"),)}),
        ("What came of it", {"fields": ("transfer_link",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[MoneyRequest]:
        return MoneyRequest.objects.select_related("requester", "payer")

    @badge("State", {state.label: colour for state, colour in COLOURS.items()}, ordering="status")
    def state_shown(self, request: MoneyRequest) -> str:
        return str(request.state.label)

    @admin.display(description="Amount", ordering="amount_minor")
    def amount_shown(self, request: MoneyRequest) -> str:
        return in_money(request.currency_code, request.amount_minor)

    @admin.display(description="Asked by")
    def requester_link(self, request: MoneyRequest) -> SafeString | str:
        return user_link(request.requester)

    @admin.display(description="Is to pay")
    def payer_link(self, request: MoneyRequest) -> SafeString | str:
        return user_link(request.payer)

    @admin.display(description="Paid by transfer")
    def transfer_link(self, request: MoneyRequest) -> SafeString | str:
        number = request.transfer_id
        return link(reverse("admin:transfers_transfer_change", args=[number]), number) if number else "-"


@admin.register(QrCode)
class QrCodeAdmin(ReadOnlyAdmin, ModelAdmin):
    """Which wallets are paid by scanning, and since when. No code is on any page: its holder shows it himself."""

    list_display = ("holder", "created_at")
    list_filter = (("created_at", admin.DateFieldListFilter),)
    list_select_related = ("wallet__user",)
    search_fields = ("=wallet__user__username", "=wallet__user__email")
    search_help_text = "User name or e-mail address of the holder, in full"
    ordering = ("-created_at", "-pk")
    sortable_by = ()
    fields = ("holder", "number", "created_at")
    exclude = ("secret",)

    @admin.display(description="Wallet")
    def holder(self, code: QrCode) -> SafeString:
        return wallet_link(code.wallet)


def entries_of(transfer: Transfer) -> QuerySet[Entry]:
    """Of its two accounts, which is how they are found without reading all entries."""
    sides = [transfer.sender_id, transfer.recipient_id]
    return Entry.objects.filter(account_id__in=sides, group=transfer.pk, at=transfer.created_at).order_by("pk")


def sent_of(transfer: Transfer) -> Entry | None:
    """What went out of the sender's wallet."""
    return entries_of(transfer).filter(amount__lt=0, kind=Kind.TRANSFER).first()


def _told(entry: Entry, currency_code: str) -> str:
    way = "in" if entry.amount > 0 else "out"
    return f"{entry.get_kind_display()} of {in_money(currency_code, abs(entry.amount))} {way}"


def _entry_link(entry: Entry, text: str) -> SafeString:
    return link(reverse("admin:ledger_entry_change", args=[entry.pk]), text)


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None
