"""A payout provider of the tests' own: it remembers what it was asked, and whether a transaction was open meanwhile."""

from collections.abc import Callable
from datetime import datetime

from django.db import connection

from ledger.effects import Outcome
from withdrawals.port import Answered, Payout


class DoublePayouts:
    name = "double"
    methods = frozenset({"bank"})

    def __init__(self) -> None:
        self.paid: list[Payout] = []
        self.asked: list[Payout] = []
        self.savepoints: list[int] = []
        self.answer = Answered(Outcome.YES, reference="PO-1")
        # What happens elsewhere while it is called.
        self.meanwhile: Callable[[], object] = lambda: None

    def pay(self, payout: Payout) -> Answered:
        self.paid.append(payout)
        return self._answered()

    def ask(self, payout: Payout, since: datetime) -> Answered:
        self.asked.append(payout)
        return self._answered()

    def _answered(self) -> Answered:
        self.savepoints.append(len(connection.savepoint_ids))
        self.meanwhile()
        return self.answer
