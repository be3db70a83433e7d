"""A clock that tests move: for the ledger behind its locks, and for its readers."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from ledger.book import Book
from ledger.models import Account


class Clock:
    """The database's clock, and as far ahead of it as the test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ahead = timedelta()
        enter, now = Book._enter, timezone.now

        def entered(book: Book, account: Account, entry_id: int, clock: datetime, xid: int) -> None:
            enter(book, account, entry_id, clock + self._ahead, xid)

        monkeypatch.setattr(Book, "_enter", entered)
        monkeypatch.setattr(timezone, "now", lambda: now() + self._ahead)

    def forward(self, **how_far: Any) -> None:
        self._ahead += timedelta(**how_far)
