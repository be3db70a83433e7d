"""Asking what a file is, in another process (child.py)."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore

from kyc.files.verdicts import Reason, Unfit

ROOT = Path(__file__).resolve().parent.parent.parent
CONTENT_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "application/pdf"})
# It writes no bytecode, and takes nothing from somebody's home.
COMMAND = [sys.executable, "-B", "-s", "-m", "kyc.files.child"]
# By the clock on the wall; its processor time is bounded by itself.
WAIT_SECONDS = 30
# Of one server process at a time: each may take a gigabyte, and a thread that waits for it answers nobody else. Fewer than
# the threads of such a process (`WEB_THREADS`), so that one is left for everybody else.
AT_ONCE = 1

_turns = BoundedSemaphore(AT_ONCE)


class InspectionFailed(Exception):
    """Nobody could look at the file; it says nothing about it."""


class NoTurn(InspectionFailed):
    """As many files are looked at as may be. Nobody waits: a thread that does is one less for everything else."""


@contextmanager
def turn() -> Iterator[None]:
    """One of the few turns to look at files, for all the files of a submission.

    Raises:
        NoTurn: all of them are taken.
    """
    if not _turns.acquire(blocking=False):
        raise NoTurn("too many at once")
    try:
        yield
    finally:
        _turns.release()


def inspected(content: bytes) -> str:
    """The content type that the bytes have. Call it inside a `turn`.

    Raises:
        Unfit: they are no document that is taken.
        InspectionFailed: the other process could not be started, or is broken.
    """
    word = _asked(content)
    if word in CONTENT_TYPES:
        return word
    try:
        raise Unfit(Reason(word))
    except ValueError:
        raise InspectionFailed(f"it answered {word!r:.100}") from None


def _asked(content: bytes) -> str:
    try:
        done = subprocess.run(COMMAND, input=content, capture_output=True, timeout=WAIT_SECONDS, cwd=ROOT, env={}, check=False)
    except subprocess.TimeoutExpired:
        return Reason.TOO_COMPLEX.value
    except OSError as failure:
        raise InspectionFailed(str(failure)) from failure
    if done.returncode < 0:
        # Ended by a signal: it was at the end of its time or memory.
        return Reason.TOO_COMPLEX.value
    if done.returncode:
        raise InspectionFailed(done.stderr.decode(errors="replace")[-500:])
    return done.stdout.decode(errors="replace")
