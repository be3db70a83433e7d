"""Rows as this family writes them: money as strings of minor units, times in UTC with a Z."""

from datetime import UTC, datetime
from typing import Any

from django.db.models import Q

from ledger.kinds import Kind
from ledger.lots import shares_of
from ledger.models import Account, Entry
from ledger.money import Money
from wallets.models import Wallet

# The document's ten types. A kind that is none of them is a credit or a debit by its sign.
NAMED_KINDS = {
    Kind.TOPUP: "topup",
    Kind.CASHBACK: "cashback",
    Kind.MILESTONE: "milestone",
    Kind.REFERRAL: "referral",
    Kind.WITHDRAWAL: "withdrawal",
    Kind.EXPIRY: "expiry",
}
TYPES = ("credit", "debit", "topup", "transfer_in", "transfer_out", "cashback", "milestone", "referral", "withdrawal", "expiry")
# The types that a credit may be given as.
CREDIT_TYPES = {"credit": Kind.CREDIT, **{NAMED_KINDS[kind]: kind for kind in list(NAMED_KINDS)[:4]}}
CREDIT_TYPE_NAMES = tuple(CREDIT_TYPES)
STATUSES = tuple(Account.Status.values)

_NAMELESS = ~Q(kind__in=[*NAMED_KINDS, Kind.TRANSFER])
ROWS_OF_TYPE = {
    **{name: Q(kind=kind) for kind, name in NAMED_KINDS.items()},
    "transfer_in": Q(kind=Kind.TRANSFER, amount__gt=0),
    "transfer_out": Q(kind=Kind.TRANSFER, amount__lt=0),
    "credit": _NAMELESS & Q(amount__gt=0),
    "debit": _NAMELESS & Q(amount__lt=0),
}


def type_of(entry: Entry) -> str:
    if entry.kind == Kind.TRANSFER:
        return "transfer_in" if entry.amount > 0 else "transfer_out"
    return NAMED_KINDS.get(Kind(entry.kind)) or ("credit" if entry.amount > 0 else "debit")


def minor(amount: int | None) -> str | None:
    """Minor units as text; an unset limit stays null."""
    return None if amount is None else str(amount)


def moment(at: datetime | None) -> str | None:
    """ISO 8601 in UTC with a Z, microseconds dropped."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def hmac_chain(entry: Entry) -> str:
    return f"sha256:{bytes(entry.mac).hex()}"


def expiry_date(entry: Entry) -> str | None:
    """When the credit that this entry brought ends."""
    brought = [share.ends for share in shares_of(entry) if share.amount > 0 and share.ends]
    return moment(brought[0]) if brought else None


def wallet_row(wallet: Wallet) -> dict[str, Any]:
    account = wallet.account
    return {
        "id": wallet.pk,
        "user_id": wallet.user_id,
        "currency": wallet.currency_code,
        "balance": str(account.balance),
        "balance_formatted": str(Money(account.balance, account.currency)),
        "available": str(account.available),
        "spending_limit": minor(wallet.spending_limit),
        "auto_reload_enabled": wallet.auto_reload_enabled,
        "auto_reload_threshold": minor(wallet.auto_reload_threshold),
        "auto_reload_amount": minor(wallet.auto_reload_amount),
        "status": account.status,
        "name": wallet.name,
        "is_default": wallet.is_default,
        "created_at": moment(wallet.created_at),
        "updated_at": moment(max(wallet.updated_at, account.last_at or wallet.updated_at)),
    }


def movement_row(entry: Entry, wallet: Wallet) -> dict[str, Any]:
    """What a credit or debit answers."""
    return {
        "transaction_id": entry.pk,
        "wallet_id": wallet.pk,
        "type": type_of(entry),
        "amount": str(abs(entry.amount)),
        "currency": wallet.currency_code,
        "balance_after": str(entry.balance),
        "reason": entry.reason,
        "expiry_date": expiry_date(entry),
        "hmac_chain": hmac_chain(entry),
        "created_at": moment(entry.at),
    }


def transaction_row(entry: Entry, currency_code: str, *, with_note: bool) -> dict[str, Any]:
    """A transaction as it is listed; its note only for managers."""
    row = {
        "id": entry.pk,
        "wallet_id": entry.account_id,
        "type": type_of(entry),
        "amount": str(abs(entry.amount)),
        "balance_before": str(entry.balance_before),
        "balance_after": str(entry.balance),
        "reason": entry.reason,
        "order_id": entry.order_id,
        "reference": entry.reference,
        "transfer_group_id": str(entry.group) if entry.kind == Kind.TRANSFER and entry.group else None,
        "expiry_date": expiry_date(entry),
        "currency": currency_code,
        "sequence": entry.sequence,
        "hmac_chain": hmac_chain(entry),
        "created_at": moment(entry.at),
    }
    return {**row, "note": entry.note} if with_note else row
