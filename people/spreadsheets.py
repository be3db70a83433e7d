"""Tables as CSV, in cells that no spreadsheet takes for formulas."""

import csv
from collections.abc import Iterable
from io import StringIO

# What a spreadsheet reads as the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
APOSTROPHE = "'"


def safe_cell(value: object) -> str:
    """A cell that is shown as it is: an apostrophe keeps a spreadsheet from reckoning with it."""
    text = str(value)
    return f"{APOSTROPHE}{text}" if text.startswith(FORMULA) else text


def csv_line(cells: Iterable[object]) -> str:
    """One row."""
    return exact_line(safe_cell(cell) for cell in cells)


def exact_line(cells: Iterable[object]) -> str:
    """One row of cells that are safe as they are, or were made so."""
    line = StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def marked_cell(text: str) -> str:
    """`safe_cell` for what is read in again: `read_cell` gives exactly `text` back."""
    return f"{APOSTROPHE}{text}" if text.lstrip(APOSTROPHE).startswith(FORMULA) else text


def read_cell(cell: str) -> str:
    """What a cell says that `marked_cell` or `safe_cell` may have written."""
    is_marked = cell.startswith(APOSTROPHE) and cell.lstrip(APOSTROPHE).startswith(FORMULA)
    return cell[1:] if is_marked else cell
