"""Payouts that a person makes: at the bank, in PayPal's or Stripe's own dashboard. The local default.

He says in the admin or over the API whether it was paid, so that the outcome is always known.
"""

from datetime import datetime

from ledger.effects import Outcome
from withdrawals.port import Answered, Payout


class ManualPayouts:
    """Everything waits for a person."""

    name = "manual"
    methods: frozenset[str] = frozenset()

    def pay(self, payout: Payout) -> Answered:
        return Answered(Outcome.UNKNOWN, reason="by_hand")

    def ask(self, payout: Payout, since: datetime) -> Answered:
        return Answered(Outcome.UNKNOWN, reason="by_hand")
