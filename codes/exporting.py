"""A batch as a CSV file, in rows that no spreadsheet takes for formulas."""

from collections.abc import Iterator
from datetime import datetime

from codes.models import Batch, Code
from codes.terms import unseal_terms
from ledger.errors import LedgerUnavailable
from people.spreadsheets import csv_line

HEADERS = ("code", "amount_minor", "currency", "status", "redemptions", "max_redemptions", "expires_at")


def csv_lines(batch: Batch, now: datetime) -> Iterator[str]:
    """The batch's codes in full, with what has become of each; for managers only."""
    yield csv_line(HEADERS)
    for code in Code.objects.filter(batch=batch).order_by("pk"):
        ends = code.expires_at.isoformat() if code.expires_at else ""
        terms = (code.amount_minor, code.currency_code, code.status_at(now).value, code.redemptions, code.max_redemptions, ends)
        yield csv_line((full_text(code), *terms))


def full_text(code: Code) -> str:
    """The code itself; of one whose seal is broken what the row says of it."""
    try:
        return unseal_terms(code).text
    except LedgerUnavailable:
        return code.masked
