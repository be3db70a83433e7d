"""A file of `email,points`, line by line, in bounded memory: what each says, or what is wrong with how it says it."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from ledger.money import AMOUNT_MAX, BALANCE_MAX, Currency, minor_of
from people.spreadsheets import read_cell
from points.importing.errors import FileUnreadable
from points.models import Import
from points.models.imports import EMAIL_MAX, POINTS_MAX

HEADER = ["email", "points"]
LINES_MAX = 1_000_000
# Of a longer line the rest is passed over: no line that is meant comes near.
LINE_MAX = 2000
SEPARATOR = ","
OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
OTHER_ENCODINGS = (b"\xff\xfe", b"\xfe\xff")
# Of an address that is none; unless somebody has it all the same, as `points.importing.checking` finds.
NO_ADDRESS = "not a valid e-mail"
TOO_LONG = "the e-mail is too long"
NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)
# What no text in the database may hold.
NUL = "\x00"


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it stands in the file; `problem` is empty where nothing is wrong with how it is written."""

    number: int
    email: str
    points: str
    points_minor: int | None
    problem: str


class Reader:
    """The lines of `file`, once; `sha256` is that of what was read, and whole when all of them were."""

    def __init__(self, file: IO[bytes], *, mode: str, unit: Currency) -> None:
        self._bytes = _Digesting(file)
        self._mode, self._unit = mode, unit

    @property
    def sha256(self) -> bytes:
        return self._bytes.digest.digest()

    def __iter__(self) -> Iterator[Line]:
        """Without the header and empty lines.

        Raises:
            FileUnreadable: another encoding, another separator, no line, or more than LINES_MAX.
        """
        count = 0
        for number, text, cells in self._rows():
            count += 1
            if count > LINES_MAX:
                raise FileUnreadable(f"the file has more than {LINES_MAX} lines; cut it")
            yield self._line(number, text, cells)
        if not count:
            raise FileUnreadable("the file has no lines")

    def _rows(self) -> Iterator[tuple[int, str, list[str] | None]]:
        is_first = True
        for number, text in self._physical_lines():
            cells = _cells(text)
            if cells is not None and not any(cell.strip() for cell in cells):
                # As spreadsheets write an empty row: a comma.
                continue
            if is_first:
                is_first = False
                _require_commas(text, cells or [])
                if [cell.strip().lower() for cell in cells or []] == HEADER:
                    continue
            yield number, text, cells

    def _physical_lines(self) -> Iterator[tuple[int, str]]:
        """A quoted line break is none: one quote that is not closed would swallow the rest of the file."""
        text = io.TextIOWrapper(io.BufferedReader(self._bytes), encoding="utf-8-sig", errors="replace", newline=None)
        number = 0
        while line := text.readline(LINE_MAX):
            number += 1
            while not line.endswith("\n") and (rest := text.readline(LINE_MAX)):
                line = line[:LINE_MAX] + rest[-1:]
            if number == 1:
                self._require_utf8()
            if line.strip():
                yield number, line.replace(NUL, "\ufffd")

    def _require_utf8(self) -> None:
        if self._bytes.beginning.startswith(OTHER_ENCODINGS):
            raise FileUnreadable("the file is UTF-16; save it as UTF-8")

    def _line(self, number: int, text: str, cells: list[str] | None) -> Line:
        if cells is None or len(cells) != len(HEADER):
            return Line(number, text.strip()[:EMAIL_MAX], "", None, "not two columns, email and points")
        email, points = (read_cell(cell.strip()) for cell in cells)
        minor, problem = _points(points, self._mode, self._unit)
        return Line(number, email[:EMAIL_MAX], points[:POINTS_MAX], minor, problem or _email_problem(email))


class _Digesting(io.RawIOBase):
    """Hands bytes on, and takes their digest in passing."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = sha256()
        self.beginning = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(len(buffer))
        self.beginning = self.beginning or data[:4]
        self.digest.update(data)
        buffer[: len(data)] = data
        return len(data)


def _cells(text: str) -> list[str] | None:
    """None where the quotes do not close, or it is far too long. Empty cells at the end, as spreadsheets write them, are none."""
    if len(text) > LINE_MAX:
        return None
    try:
        cells = next(csv.reader([text], strict=True))
    except csv.Error:
        return None
    while len(cells) > len(HEADER) and not cells[-1].strip():
        cells.pop()
    return cells


def _require_commas(text: str, cells: list[str]) -> None:
    if len(cells) != 1:
        return
    for separator, name in OTHER_SEPARATORS.items():
        if separator in text:
            raise FileUnreadable(f"the columns are separated by {name}; save the file with commas")


def _email_problem(email: str) -> str:
    if not email:
        return "no e-mail"
    if len(email) > EMAIL_MAX:
        return TOO_LONG
    try:
        validate_email(email)
    except ValidationError:
        return NO_ADDRESS
    return ""


def _points(text: str, mode: str, unit: Currency) -> tuple[int | None, str]:
    """In minor units, or what is wrong with them."""
    if not NUMBER.fullmatch(text):
        return None, "no points" if not text else "not a number"
    minor = minor_of(Decimal(text), unit)
    if minor is None:
        return None, f"more than {unit.decimals} decimals" if unit.decimals else "has decimals"
    if abs(minor) > (AMOUNT_MAX if mode == Import.Mode.GRANT else BALANCE_MAX):
        return None, "too many points"
    if mode == Import.Mode.GRANT and not minor:
        return None, "zero points"
    if mode == Import.Mode.SET and minor < 0:
        return None, "negative points cannot be set"
    return minor, ""
