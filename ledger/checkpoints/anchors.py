"""Where checkpoints are taken to, off this database: a file that only grows, and an address that takes a POST.

An anchor holds statements (`statements.as_statement`). What it took last is compared
before anything new is signed: a database that was put back to yesterday is behind it.
"""

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from django.conf import settings

from ledger.outbound import OutboundFailed, call

RECEIPT_CHARS_MAX = 2000
BLOCK_BYTES = 64 * 1024


class AnchorFailed(Exception):
    """The anchor took nothing, or could not be read."""


@dataclass(frozen=True, slots=True)
class Anchored:
    """A checkpoint as an anchor holds it. `hash` is hex; `statement` is all of it, where the anchor keeps all of it."""

    number: int
    hash: str
    statement: dict[str, Any]

    @classmethod
    def read(cls, statement: Any) -> "Anchored":
        """A statement that came back.

        Raises:
            ValueError: it is none.
        """
        try:
            return cls(int(statement["number"]), str(statement["hash"]), statement)
        except (TypeError, KeyError, ValueError):
            raise ValueError("not a checkpoint's statement") from None


class Anchor(Protocol):
    """A place that keeps what it was given. All of them raise AnchorFailed."""

    name: str

    def last(self) -> Anchored | None:
        """What it took last; None where it has taken nothing, or cannot say."""

    def append(self, statement: dict[str, str]) -> str:
        """Hand over a checkpoint; what the anchor says to that. The same one again does no harm."""

    def all(self) -> Iterator[Anchored] | None:
        """Everything it took, oldest first; None where it cannot say."""

    @property
    def remembers(self) -> bool:
        """Whether `last` is to be relied on: None then means that it is empty."""


class FileAnchor:
    """One statement a line, appended and flushed to the disk. Best on another machine's disk, or one that is write-once."""

    name = "file"
    remembers = True

    def __init__(self, path: Path) -> None:
        self._path = path

    def last(self) -> Anchored | None:
        try:
            with self._path.open("rb") as file:
                line = _last_line(file)
        except FileNotFoundError:
            return None
        except OSError as failure:
            raise AnchorFailed(f"{self._path.name}: {failure.strerror}") from failure
        return _from_line(line) if line else None

    def all(self) -> Iterator[Anchored]:
        try:
            with self._path.open("rb") as lines:
                for line in lines:
                    # What a crash cut short was never taken, and was handed over again behind it.
                    with contextlib.suppress(ValueError):
                        yield Anchored.read(json.loads(line))
        except FileNotFoundError:
            return
        except OSError as failure:
            raise AnchorFailed(f"{self._path.name}: {failure.strerror}") from failure

    def append(self, statement: dict[str, str]) -> str:
        line = json.dumps(statement, sort_keys=True).encode() + b"\n"
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                ending = _missing_end(descriptor)
                position = os.lseek(descriptor, 0, os.SEEK_END) + len(ending)
                _write_all(descriptor, ending + line)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as failure:
            raise AnchorFailed(f"{self._path.name}: {failure.strerror}") from failure
        return f"{self._path.name}, byte {position}"


class HttpAnchor:
    """Takes a POST of the statement; where a GET of the same address answers with one, that is what it took last."""

    name = "http"
    remembers = False

    def __init__(self, url: str, token: str = "") -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def last(self) -> Anchored | None:
        try:
            answer = call("GET", self._url, headers={**self._headers, "Accept": "application/json"})
            return Anchored.read(json.loads(answer.body)) if answer.is_success else None
        except (OutboundFailed, ValueError):
            return None

    def all(self) -> None:
        return None

    def append(self, statement: dict[str, str]) -> str:
        body = json.dumps(statement, sort_keys=True).encode()
        try:
            answer = call("POST", self._url, body=body, headers={**self._headers, "Content-Type": "application/json"})
        except OutboundFailed as failure:
            raise AnchorFailed(str(failure)) from failure
        if not answer.is_success:
            raise AnchorFailed(f"answered {answer.status}")
        return f"{answer.status} {answer.text.replace(chr(0), '')}"[:RECEIPT_CHARS_MAX].strip()


def anchors() -> list[Anchor]:
    """The anchors that the settings name."""
    found: list[Anchor] = []
    if settings.ANCHOR_FILE:
        found.append(FileAnchor(Path(settings.ANCHOR_FILE)))
    if settings.ANCHOR_URL:
        found.append(HttpAnchor(settings.ANCHOR_URL, settings.ANCHOR_TOKEN))
    return found


def _from_line(line: bytes) -> Anchored:
    try:
        return Anchored.read(json.loads(line))
    except ValueError as wrong:
        raise AnchorFailed("a line is not a checkpoint's statement") from wrong


def _last_line(file: BinaryIO) -> bytes:
    """The last whole line; empty where there is none."""
    position, tail = file.seek(0, os.SEEK_END), b""
    while position and tail.count(b"\n") < 2:
        start = max(0, position - BLOCK_BYTES)
        file.seek(start)
        tail, position = file.read(position - start) + tail, start
    whole = tail[: tail.rfind(b"\n") + 1].splitlines()
    return next((line for line in reversed(whole) if line.strip()), b"")


def _missing_end(descriptor: int) -> bytes:
    """What has to stand before the next line: a line's end, where a crash left one without."""
    size = os.fstat(descriptor).st_size
    return b"\n" if size and os.pread(descriptor, 1, size - 1) != b"\n" else b""


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
