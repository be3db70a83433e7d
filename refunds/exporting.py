"""Refund requests as a CSV file."""

from collections.abc import Iterable, Iterator

from ledger.errors import CurrencyUnknown
from ledger.money import Money, currency
from people.spreadsheets import csv_line
from refunds.models import RefundRequest

HEADERS = (
    *("id", "user_id", "wallet_id", "order_id", "amount", "approved_amount", "currency", "status", "reason", "note"),
    *("decision_note", "created_at", "decided_at", "decided_by"),
)


def csv_lines(requests: Iterable[RefundRequest]) -> Iterator[str]:
    """A row for each below the names; amounts in major units."""
    yield csv_line(HEADERS)
    for request in requests:
        amounts = (_major(minor, request.currency_code) for minor in (request.amount_minor, request.approved_minor))
        numbers = (request.pk, request.user_id, request.wallet_id, request.order_id)
        words = (request.status, request.reason, request.note, request.decision_note)
        decided = ("", "") if request.decided_at is None else (request.decided_at.isoformat(), request.decided_by_id or "")
        yield csv_line((*numbers, *amounts, request.currency_code, *words, request.created_at.isoformat(), *decided))


def _major(minor: int | None, code: str) -> str:
    """Minor units where the site knows the currency no longer."""
    if minor is None:
        return ""
    try:
        return f"{Money(minor, currency(code)).decimal:f}"
    except CurrencyUnknown:
        return str(minor)
