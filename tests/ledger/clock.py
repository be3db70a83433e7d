"""The time that the ledger goes by, in a test's hands."""

from datetime import datetime
from types import SimpleNamespace

import pytest
from django.utils import timezone

import ledger.book
import ledger.due
from ledger.models import Account


class Clock:
    """What the ledger takes for the time behind its locks, and its job for the time to look; the real time until it is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at: datetime | None = None
        enter = ledger.book.Book._enter

        def entered(book: ledger.book.Book, account: Account, entry_id: int, clock: datetime, xid: int) -> None:
            enter(book, account, entry_id, self.at or clock, xid)

        monkeypatch.setattr(ledger.book.Book, "_enter", entered)
        monkeypatch.setattr(ledger.due, "timezone", SimpleNamespace(now=lambda: self.at or timezone.now()))

    def set(self, at: datetime) -> None:
        self.at = at
