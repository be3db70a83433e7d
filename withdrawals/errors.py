"""What withdrawals refuse, beyond what the wallets and the ledger do.

* Refusal
  - WithdrawalsDisabled
  - MethodNotOffered
  - DetailsInvalid
    + DetailsMissing
  - WithdrawalOutOfBounds
  - FeeTakesAll
  - MonthlyCapExceeded
  - InsufficientFunds (ledger)
    + WithdrawableExceeded
  - WithdrawalUnknown
  - WithdrawalNotPending
  - WithdrawalNotApproved
  - PayoutNotDue
  - PayoutUnderWay
"""

from collections.abc import Mapping
from datetime import datetime

from ledger.errors import InsufficientFunds, Refusal
from ledger.money import Money


class WithdrawalsDisabled(Refusal):
    """Nobody may ask for money to be paid out now."""


class MethodNotOffered(Refusal):
    """The shop does not pay out in this way now."""

    def __init__(self, method: str) -> None:
        super().__init__(f"{method} is not offered")
        self.method = method


class DetailsInvalid(Refusal):
    """Where to pay is not said as the method wants it. `problems` is member -> `missing`, `unknown` or `invalid`."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{name}: {problem}" for name, problem in problems.items()))
        self.problems = dict(problems)


class DetailsMissing(DetailsInvalid):
    """Nobody said where to pay, and he has not used the method before."""

    def __init__(self) -> None:
        super().__init__({"details": "missing"})


class WithdrawalOutOfBounds(Refusal):
    """One withdrawal is between the least and the most that the shop pays out at once; `most` is None where there is none."""

    def __init__(self, *, least: Money, most: Money | None, requested: Money) -> None:
        super().__init__(f"{requested} requested, a withdrawal is at least {least}, at most {most or 'anything'}")
        self.least = least
        self.most = most
        self.requested = requested


class FeeTakesAll(Refusal):
    """The fee comes out of what is paid out, and would leave nothing of it."""

    def __init__(self, *, fee: Money, requested: Money) -> None:
        super().__init__(f"{requested} requested, the fee is {fee}")
        self.fee = fee
        self.requested = requested


class MonthlyCapExceeded(Refusal):
    """With what he has withdrawn in this calendar month it is too much."""

    def __init__(self, *, limit: Money, left: Money, requested: Money) -> None:
        super().__init__(f"{requested} requested, {left} is left of {limit} this month")
        self.limit = limit
        self.left = left
        self.requested = requested


class WithdrawableExceeded(InsufficientFunds):
    """It is more than may be paid out, however much the wallet holds. `available` is what may be paid out."""


class WithdrawalUnknown(Refusal):
    """There is no such withdrawal."""


class WithdrawalNotPending(Refusal):
    """It was approved or rejected before."""

    def __init__(self, status: str) -> None:
        super().__init__(f"the withdrawal is {status}")
        self.status = status


class WithdrawalNotApproved(Refusal):
    """It is not in a state in which it can be paid, or come back."""

    def __init__(self, status: str) -> None:
        super().__init__(f"the withdrawal is {status}")
        self.status = status


class PayoutNotDue(Refusal):
    """An approved withdrawal waits some days before it is paid out, and they are not over."""

    def __init__(self, payable_at: datetime) -> None:
        super().__init__(f"it is paid out from {payable_at} on")
        self.payable_at = payable_at


class PayoutUnderWay(Refusal):
    """It is being paid out, or its provider is asked whether it was: nobody decides by hand meanwhile."""
