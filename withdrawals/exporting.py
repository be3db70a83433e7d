"""Withdrawals as a CSV file, in rows that no spreadsheet takes for formulas. Where they go is masked."""

from collections.abc import Iterable, Iterator

from ledger.errors import CurrencyUnknown, LedgerUnavailable
from ledger.money import Money, currency
from people.spreadsheets import csv_line
from withdrawals.details import masked, opened
from withdrawals.errors import DetailsMissing
from withdrawals.models import Withdrawal

HEADERS = (
    *("id", "user_id", "wallet_id", "amount", "fee", "net", "currency", "method", "goes_to", "status", "note"),
    *("payout_reference", "return_reference", "created_at", "decided_at", "payable_at", "paid_at", "failed_at"),
)
TIMES = ("created_at", "decided_at", "payable_at", "paid_at", "failed_at")


def csv_lines(withdrawals: Iterable[Withdrawal]) -> Iterator[str]:
    """One line each, below a line of names."""
    yield csv_line(HEADERS)
    for withdrawal in withdrawals:
        minor = (withdrawal.amount_minor, withdrawal.fee_minor, withdrawal.amount_minor - withdrawal.fee_minor)
        times = (getattr(withdrawal, name) for name in TIMES)
        yield csv_line(
            (
                *(withdrawal.pk, withdrawal.wallet.user_id, withdrawal.wallet_id),
                *(_major(amount, withdrawal.currency_code) for amount in minor),
                *(withdrawal.currency_code, withdrawal.method, where(withdrawal), withdrawal.status, withdrawal.note),
                *(withdrawal.payout_reference, withdrawal.return_reference),
                *(time.isoformat() if time else "" for time in times),
            )
        )


def where(withdrawal: Withdrawal) -> str:
    """Where it goes, masked; of one whose seal is broken, that."""
    try:
        return masked(withdrawal.method, opened(withdrawal))
    except DetailsMissing:
        return "erased"
    except LedgerUnavailable:
        return "its seal is broken"


def _major(minor: int, code: str) -> str:
    try:
        return f"{Money(minor, currency(code)).decimal:f}"
    except CurrencyUnknown:
        return str(minor)
