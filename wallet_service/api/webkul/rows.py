"""Rows as this family writes them: signed exact numbers of major units, times in UTC with a Z."""

from typing import Any

from django.db.models import Q

from kyc.models import Verification
from kyc.services import NOT_SUBMITTED
from ledger.kinds import Kind
from ledger.models import Account, Entry
from ledger.money import Currency, currency
from people.models import User
from wallet_service.api.webkul.fields import major, moment

# A kind that is none of these is a credit or a debit by its sign. Interest is paid by repaying.
NAMED_KINDS = {
    Kind.REFUND: "refund",
    Kind.CASHBACK: "cashback",
    Kind.TRANSFER: "transfer",
    Kind.WITHDRAWAL: "withdrawal",
    Kind.REPAYMENT: "bnpl_repay",
    Kind.INTEREST: "bnpl_repay",
    Kind.TOPUP: "topup",
}
TYPES = ("credit", "debit", *dict.fromkeys(NAMED_KINDS.values()))
_NAMELESS = ~Q(kind__in=list(NAMED_KINDS))
ROWS_OF_TYPE = {
    **{name: Q(kind__in=[kind for kind in NAMED_KINDS if NAMED_KINDS[kind] == name]) for name in TYPES[2:]},
    "credit": _NAMELESS & Q(amount__gt=0),
    "debit": _NAMELESS & Q(amount__lt=0),
}
KYC_STATUSES = (*Verification.Status.values, NOT_SUBMITTED)


def type_of(entry: Entry) -> str:
    return NAMED_KINDS.get(Kind(entry.kind)) or ("credit" if entry.amount > 0 else "debit")


def wallet_row(user: User, unit: Currency, account: Account | None, kyc_status: str | None) -> dict[str, Any]:
    """A customer's wallet in one currency; empty where he has none."""
    return {
        "user_id": user.pk,
        "email": user.email,
        "balance": major(account.balance if account else 0, unit),
        "currency": unit.code,
        "kyc_status": kyc_status or NOT_SUBMITTED,
        "last_activity_at": moment(account.last_at if account else None),
    }


def transaction_row(entry: Entry, *, user_id: int, currency_code: str) -> dict[str, Any]:
    """An entry of the ledger. Its `note` is what everybody concerned reads of why, which the ledger calls its reason."""
    unit = currency(currency_code)
    return {
        "id": entry.pk,
        "user_id": user_id,
        "amount": major(entry.amount, unit),
        "balance_after": major(entry.balance, unit),
        "currency": currency_code,
        "type": type_of(entry),
        "order_id": entry.order_id,
        "reference": entry.reference,
        "note": entry.reason,
        "created_at": moment(entry.at),
    }
