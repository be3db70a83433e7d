"""What paying later refuses. Who may not is answered as if there were no such thing: his money is too little.

* Refusal
  - NothingOwed
  - DebtNotFound
  - RepaymentExceedsDebt
"""

from ledger.errors import Refusal
from ledger.money import Money


class NothingOwed(Refusal):
    """There is nothing to repay, or nothing more of this debt."""


class DebtNotFound(Refusal):
    """The account never had such a debt: it is somebody else's, or nobody's."""


class RepaymentExceedsDebt(Refusal):
    """More would be repaid than is owed."""

    def __init__(self, *, owed: Money, requested: Money) -> None:
        super().__init__(f"{requested} requested, {owed} is owed")
        self.owed = owed
        self.requested = requested
