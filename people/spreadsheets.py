"""Tables as CSV, in cells that no spreadsheet takes for formulas."""

import csv
from collections.abc import Iterable
from io import StringIO

# What a spreadsheet reads as the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: object) -> str:
    """A cell that is shown as it is: an apostrophe keeps a spreadsheet from reckoning with it."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def csv_line(cells: Iterable[object]) -> str:
    """One row."""
    line = StringIO()
    csv.writer(line).writerow([safe_cell(cell) for cell in cells])
    return line.getvalue()
