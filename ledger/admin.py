"""Accounts, entries, lots and debts, to look at. Nothing here can be written through the admin."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from unfold.admin import ModelAdmin

from ledger import admin_alarms, admin_checkpoints, admin_holds, admin_outbox  # noqa: F401  register their pages
from ledger.admin_base import STATUS_COLOURS, ReadOnlyAdmin, as_id, badge, link, shown
from ledger.lots import shares_of
from ledger.models import Account, Debt, Entry, Lot

MONTHS = 12
SHORT = 12


def chain_value(mac: bytes | memoryview | None) -> str:
    """A link of the chain, as receipts show it."""
    return f"sha256:{bytes(mac).hex()}" if mac else "-"


def account_link(account_id: int | None) -> str:
    """The way to an account's page."""
    if account_id is None:
        return "-"
    return link(reverse("admin:ledger_account_change", args=[account_id]), account_id)


class MonthFilter(admin.SimpleListFilter):
    """Entries of one month, found by the block ranges of their times."""

    title = "month"
    parameter_name = "month"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        months = [timezone.now().replace(day=1)]
        while len(months) < MONTHS:
            months.append(_month_before(months[-1]))
        return [(f"{month:%Y-%m}", f"{month:%B %Y}") for month in months]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        if self.value() not in {month for month, _ in self.lookup_choices}:
            return queryset
        start = datetime.strptime(f"{self.value()}-01 +0000", "%Y-%m-%d %z")
        end = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
        return queryset.filter(at__gte=start, at__lt=end)


def _month_before(month: datetime) -> datetime:
    return month.replace(month=month.month - 1) if month.month > 1 else month.replace(year=month.year - 1, month=12)


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin, ModelAdmin):
    """What each account holds. Wallets have a page of their own, with what can be done."""

    list_display = ("id", "currency_code", "balance_shown", "held_shown", "available_shown", "status_shown", "last_at")
    list_filter = ("status",)
    search_fields = ("=id",)
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("id", "status_shown"), ("currency_code", "created_at"))}),
        (
            "Money",
            {"fields": (("balance_shown", "available_shown"), ("held_shown", "in_lots_shown"), ("owed_shown", "line_shown"))},
        ),
        (
            "Chain",
            {"fields": (("sequence", "last_at"), "head_shown", "mac_shown", ("key_id", "version"), ("due_at", "entries_link"))},
        ),
    )
    exclude = ("head", "mac")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return (queryset.filter(pk=as_id(search_term) or 0) if search_term else queryset), False

    @admin.display(description="Balance", ordering="balance")
    def balance_shown(self, account: Account) -> str:
        return shown(account, account.balance)

    @admin.display(description="Held", ordering="held")
    def held_shown(self, account: Account) -> str:
        return shown(account, account.held)

    @admin.display(description="Available")
    def available_shown(self, account: Account) -> str:
        return shown(account, account.available)

    @admin.display(description="In lots")
    def in_lots_shown(self, account: Account) -> str:
        return shown(account, account.in_lots)

    @admin.display(description="Owed")
    def owed_shown(self, account: Account) -> str:
        return shown(account, account.owed)

    @admin.display(description="Credit line")
    def line_shown(self, account: Account) -> str:
        return shown(account, account.credit_line)

    @badge("Status", STATUS_COLOURS, ordering="status")
    def status_shown(self, account: Account) -> str:
        return account.get_status_display()

    @admin.display(description="Chain head")
    def head_shown(self, account: Account) -> str:
        return chain_value(account.head)

    @admin.display(description="This row's own MAC")
    def mac_shown(self, account: Account) -> str:
        return chain_value(account.mac)

    @admin.display(description="Entries")
    def entries_link(self, account: Account) -> str:
        entries = reverse("admin:ledger_entry_changelist")
        return link(f"{entries}?account__id__exact={account.pk}", "All of them")


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin, ModelAdmin):
    """The newest first. Search takes a whole account number, order number or reference."""

    list_display = (
        *("id", "account_shown", "sequence", "kind", "amount_shown", "balance_shown"),
        *("at", "reason_shown", "order_id", "chain_short"),
    )
    list_filter = ("kind", ("at", admin.DateFieldListFilter), MonthFilter)
    list_select_related = ("account",)
    search_fields = ("=account__id", "=order_id", "=reference")
    search_help_text = "Account number, order number or reference, in full"
    ordering = ("-id",)
    sortable_by = ("id",)
    fieldsets = (
        (None, {"fields": (("id", "account_shown"), ("sequence", "kind"), ("at", "actor"))}),
        (
            "Money",
            {
                "fields": (
                    *(("amount_shown", "other_side"), ("balance_before_shown", "balance_shown")),
                    *(("held_change_shown", "held_shown"), ("owed_change_shown", "ends"), "lots_shown"),
                )
            },
        ),
        ("Why", {"fields": ("reason_shown", "note_shown", "metadata_shown", ("order_id", "reference"))}),
        ("Chain", {"fields": ("mac_shown", ("key", "leg"), ("group", "of"), ("xid", "key_id", "version"))}),
    )
    exclude = (
        *("asked", "mac", "reason_salt", "reason_digest", "note_salt", "note_digest"),
        *("metadata_salt", "metadata_digest"),
    )

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        if not search_term:
            return queryset, False
        wanted = Q(reference=search_term.replace("\0", ""))
        if (number := as_id(search_term)) is not None:
            wanted |= Q(account_id=number) | Q(order_id=number)
        return queryset.filter(wanted), False

    @admin.display(description="Amount")
    def amount_shown(self, entry: Entry) -> str:
        return ("+" if entry.amount > 0 else "") + shown(entry.account, entry.amount)

    @admin.display(description="Balance after")
    def balance_shown(self, entry: Entry) -> str:
        return shown(entry.account, entry.balance)

    @admin.display(description="Balance before")
    def balance_before_shown(self, entry: Entry) -> str:
        return shown(entry.account, entry.balance_before)

    @admin.display(description="Held after")
    def held_shown(self, entry: Entry) -> str:
        return shown(entry.account, entry.held)

    @admin.display(description="Change of what is held")
    def held_change_shown(self, entry: Entry) -> str:
        return shown(entry.account, entry.held_change)

    @admin.display(description="Change of what is owed")
    def owed_change_shown(self, entry: Entry) -> str:
        return shown(entry.account, entry.owed_change)

    @admin.display(description="Account")
    def account_shown(self, entry: Entry) -> str:
        return account_link(entry.account_id)

    @admin.display(description="Other side")
    def other_side(self, entry: Entry) -> str:
        if entry.house:
            return f"the shop: {entry.get_house_display()}"
        return account_link(entry.counter_account_id)

    @admin.display(description="Lots")
    def lots_shown(self, entry: Entry) -> str:
        return "; ".join(
            f"{shown(entry.account, share.amount)} of lot {share.sequence}"
            + (f", ends {share.ends:%Y-%m-%d %H:%M} UTC" if share.ends else "")
            for share in shares_of(entry)
        )

    @admin.display(description="Reason")
    def reason_shown(self, entry: Entry) -> str:
        return _text(entry.reason, entry.reason_digest)

    @admin.display(description="Note")
    def note_shown(self, entry: Entry) -> str:
        return _text(entry.note, entry.note_digest)

    @admin.display(description="Metadata")
    def metadata_shown(self, entry: Entry) -> str:
        return _text(entry.metadata, entry.metadata_digest)

    @admin.display(description="Chain")
    def chain_short(self, entry: Entry) -> str:
        return bytes(entry.mac).hex()[:SHORT]

    @admin.display(description="Chain value")
    def mac_shown(self, entry: Entry) -> str:
        return chain_value(entry.mac)


def _text(text: str | None, digest: bytes | memoryview | None) -> str:
    return text if text is not None else "(erased)" if digest else "-"


@admin.register(Lot)
class LotAdmin(ReadOnlyAdmin, ModelAdmin):
    """What is left of credit that expires, or that may be spent but not paid out."""

    list_display = ("id", "account_shown", "sequence", "rest_shown", "ends")
    list_filter = (("ends", admin.DateFieldListFilter),)
    list_select_related = ("account",)
    search_fields = ("=account__id",)
    search_help_text = "Account number"
    ordering = ("-id",)
    fields = (("account_shown", "sequence"), ("rest_shown", "ends"))

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return (queryset.filter(account_id=as_id(search_term) or 0) if search_term else queryset), False

    @admin.display(description="Account")
    def account_shown(self, lot: Lot) -> str:
        return account_link(lot.account_id)

    @admin.display(description="Rest", ordering="rest")
    def rest_shown(self, lot: Lot) -> str:
        return shown(lot.account, lot.rest)


@admin.register(Debt)
class DebtAdmin(ReadOnlyAdmin, ModelAdmin):
    """What is still owed, debt by debt. One that is repaid is not here: its entries are."""

    list_display = ("id", "account_shown", "sequence", "principal_shown", "interest_shown", "ends")
    list_select_related = ("account",)
    search_fields = ("=account__id",)
    search_help_text = "Account number"
    ordering = ("-id",)
    fields = (("account_shown", "made_by"), ("principal_shown", "interest_shown"), "ends")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return (queryset.filter(account_id=as_id(search_term) or 0) if search_term else queryset), False

    @admin.display(description="Account")
    def account_shown(self, debt: Debt) -> str:
        return account_link(debt.account_id)

    @admin.display(description="Made by entry")
    def made_by(self, debt: Debt) -> str:
        entry = Entry.objects.filter(account_id=debt.account_id, sequence=debt.sequence).first()
        return link(reverse("admin:ledger_entry_change", args=[entry.pk]), entry.pk) if entry else "-"

    @admin.display(description="Principal", ordering="principal")
    def principal_shown(self, debt: Debt) -> str:
        return shown(debt.account, debt.principal)

    @admin.display(description="Interest", ordering="interest")
    def interest_shown(self, debt: Debt) -> str:
        return shown(debt.account, debt.interest)
