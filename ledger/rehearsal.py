"""Trying what would happen: the same code on the same locks, watched, and rolled back at its end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from django.db import transaction

from ledger.models import Account, Entry

T = TypeVar("T")

_watched: ContextVar[list[tuple[Account, Entry]] | None] = ContextVar("watched", default=None)


def note(account: Account, entry: Entry) -> None:
    """An entry was written: whoever watches is told, with the account as it stands."""
    watched = _watched.get()
    if watched is not None:
        watched.append((account, entry))


@contextmanager
def watching() -> Iterator[list[tuple[Account, Entry]]]:
    """The entries written inside, each with its account, in their order."""
    watched: list[tuple[Account, Entry]] = []
    token = _watched.set(watched)
    try:
        yield watched
    finally:
        _watched.reset(token)


def rehearse(work: Callable[[], T]) -> T:
    """What `work` returns, and nothing of what it wrote. Call it as the innermost part of a transaction of its own."""
    with transaction.atomic():
        result = work()
        transaction.set_rollback(True)
    return result
