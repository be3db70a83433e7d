"""Conditional writes: what an account must be like for a movement to be wanted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    """`balance_gte` is minor units; `sequence` the number of the account's last entry. What is None is not asked."""

    balance_gte: int | None = None
    sequence: int | None = None

    def holds(self, *, balance: int, sequence: int) -> bool:
        """Whether an account with this balance and sequence is as it must be."""
        return (self.balance_gte is None or balance >= self.balance_gte) and self.sequence in (None, sequence)
