"""Counting in tests that run inside one transaction, which never ends while they look on."""

from collections.abc import Callable

import pytest

from analytics import counting
from analytics.counting import count_entries


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """`count()`: the job, to which every transaction has ended."""
    monkeypatch.setattr(counting, "_have_ended", lambda xid: True)
    return count_entries
