"""Debts that bear interest and are nobody's loans: the ledger alone, without who lends."""

import pytest

from ledger.verifying import passes


def nobodys_loans(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks for the loans that debts were made by (bnpl.verifying)."""
    monkeypatch.delitem(passes._passes, "loans")
