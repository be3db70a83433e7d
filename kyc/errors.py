"""What identity checks refuse.

* Refusal
  - KycRequired
  - RejectionNeedsNote
  - OwnVerification
"""

from ledger.errors import Refusal


class KycRequired(Refusal):
    """The feature is for customers whose identity was checked, and his was not."""

    def __init__(self, feature: str) -> None:
        super().__init__(f"{feature} needs an identity check")
        self.feature = feature


class RejectionNeedsNote(Refusal):
    """Who is rejected is told why."""


class OwnVerification(Refusal):
    """Nobody decides on himself."""
