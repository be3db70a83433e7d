"""A batch as a CSV file, in rows that no spreadsheet takes for formulas."""

import csv
from collections.abc import Iterator
from datetime import datetime
from io import StringIO

from codes.models import Batch, Code
from codes.terms import unseal_terms
from ledger.errors import LedgerUnavailable

HEADERS = ("code", "amount_minor", "currency", "status", "redemptions", "max_redemptions", "expires_at")
# What a spreadsheet reads as the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(batch: Batch, now: datetime) -> Iterator[str]:
    """The batch's codes in full, with what has become of each; for managers only."""
    yield _line(HEADERS)
    for code in Code.objects.filter(batch=batch).order_by("pk"):
        ends = code.expires_at.isoformat() if code.expires_at else ""
        terms = (code.amount_minor, code.currency_code, code.status_at(now).value, code.redemptions, code.max_redemptions, ends)
        yield _line((full_text(code), *terms))


def full_text(code: Code) -> str:
    """The code itself; of one whose seal is broken what the row says of it."""
    try:
        return unseal_terms(code).text
    except LedgerUnavailable:
        return code.masked


def safe_cell(value: object) -> str:
    """A cell that is shown as it is: an apostrophe keeps a spreadsheet from reckoning with it."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _line(cells: tuple[object, ...]) -> str:
    line = StringIO()
    csv.writer(line).writerow([safe_cell(cell) for cell in cells])
    return line.getvalue()
