"""What the service asks of whoever pays withdrawals out, and in what words it is answered.

An adapter (`withdrawals.adapters`) speaks to one provider. It is called without a lock
or a transaction, and never decides anything about the ledger.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ledger.effects import Outcome
from ledger.money import Money


@dataclass(frozen=True, slots=True)
class Payout:
    """Money to be paid out. `key` is the one under which the provider knows it, for ever; `details` are where it goes."""

    key: UUID
    withdrawal_id: int
    amount: Money
    method: str
    details: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a payout; `reason` is a short code of ours or the provider's, never an answer's text."""

    outcome: Outcome
    reference: str = ""
    reason: str = ""


class PayoutProvider(Protocol):
    """One payout provider."""

    name: str
    # The ways in which it pays by itself. All others wait for a person, who pays and says so.
    methods: frozenset[str]

    def pay(self, payout: Payout) -> Answered:
        """Pay it out. The same key again never pays again. Raises nothing."""

    def ask(self, payout: Payout, since: datetime) -> Answered:
        """What became of a payout, tried at `since`; UNKNOWN where it cannot be told. Raises nothing.

        NO is final: nothing of that key is on its way any more. As long as the provider is sure to know the key, it may be
        tried again under it: so a first try that never arrived is what pays now. Later it is only looked up.
        """
