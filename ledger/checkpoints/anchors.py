"""Where checkpoints are taken to, off this database: a file that only grows, and an address that takes a POST.

An anchor holds statements (`statements.as_statement`). What it took last is compared
before anything new is signed: a database that was put back to yesterday is behind it.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from django.conf import settings

from ledger.checkpoints.statements import Body, checkpoint_hash, read_body
from ledger.outbound import OutboundFailed, call

RECEIPT_CHARS_MAX = 2000
BLOCK_BYTES = 64 * 1024
NUMBER_PAST = 1 << 63
# Not found, and not a method of this address.
CANNOT_SAY = {404, 405}


class AnchorFailed(Exception):
    """The anchor took nothing, or could not be read."""


@dataclass(frozen=True, slots=True)
class Anchored:
    """A line as an anchor holds it. `hash` is hex.

    A checkpoint's statement has a number, and `hash` is that of its body and
    signature: who signed it is for the reader to ask. Any other line has number 0,
    and the hash of the line itself.
    """

    number: int
    hash: str
    body: str = ""
    signature: bytes = b""

    @classmethod
    def read(cls, line: bytes) -> "Anchored":
        """A line that came back."""
        try:
            return cls._of(json.loads(line))
        except (TypeError, KeyError, ValueError, RecursionError):
            return cls(0, sha256(line.strip()).hexdigest())

    @classmethod
    def _of(cls, statement: Any) -> "Anchored":
        body, signature, number = statement["body"], bytes.fromhex(statement["signature"]), int(statement["number"])
        is_whole = checkpoint_hash(body, signature).hex() == statement["hash"]
        if not is_whole or str(number) != read_body(body).get("number") or not 0 < number < NUMBER_PAST:
            raise ValueError("not a checkpoint's statement")
        return cls(number, statement["hash"], body, signature)

    def said(self) -> Body:
        """The body of a checkpoint's statement."""
        return read_body(self.body)


class Anchor(Protocol):
    """A place that keeps what it was given. All of them raise AnchorFailed."""

    name: str

    def last(self) -> Anchored | None:
        """What it took last; None where it has taken nothing, or never says."""

    def append(self, statement: dict[str, str]) -> str:
        """Hand over a checkpoint; what the anchor says to that. The same one again does no harm."""

    def all(self, receipt: str = "") -> Iterator[Anchored]:
        """Everything that it can say it took, oldest first; from where this receipt points to, if it points to a place."""

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
        return Anchored.read(line) if line else None

    def all(self, receipt: str = "") -> Iterator[Anchored]:
        place = re.search(r"byte ([0-9]{1,18})$", receipt)
        try:
            with self._path.open("rb") as lines:
                lines.seek(int(place[1]) if place else 0)
                yield from (Anchored.read(line) for line in lines if line.strip() and not _is_cut_short(line))
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
        except OutboundFailed as failure:
            raise AnchorFailed(str(failure)) from failure
        if answer.status in CANNOT_SAY:
            return None
        if not answer.is_success:
            raise AnchorFailed(f"answered {answer.status}")
        if not (held := Anchored.read(answer.body)).number:
            raise AnchorFailed("answered with what is not a checkpoint's statement")
        return held

    def all(self, receipt: str = "") -> Iterator[Anchored]:
        if last := self.last():
            yield last

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


def _is_cut_short(line: bytes) -> bool:
    """What a crash cut short was never taken, and is handed over again behind it."""
    if not line.startswith(b"{"):
        return not line.endswith(b"\n")
    try:
        json.loads(line)
    except ValueError:
        return True
    except RecursionError:
        return False
    return False


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
