"""What refund requests refuse, beyond what giving an order back does (`ledger.errors`).

* Refusal
  - RefundRequestsDisabled
  - RefundRequestUnknown
  - RefundRequestNotPending
  - RefundAlreadyAsked
  - RefundPeriodOver
  - RefundExceedsRequest
  - OrderPaidElsewhere
  - TooManyRefundRequests
"""

from datetime import datetime

from ledger.errors import Refusal
from ledger.money import Money


class RefundRequestsDisabled(Refusal):
    """The operator has not switched them on."""


class RefundRequestUnknown(Refusal):
    """There is no such request."""


class RefundRequestNotPending(Refusal):
    """It was approved or rejected before. `status` says which."""

    def __init__(self, status: str) -> None:
        super().__init__(f"it is {status} already")
        self.status = status


class RefundAlreadyAsked(Refusal):
    """Once per order: one waits, or was approved. `status` says which."""

    def __init__(self, status: str) -> None:
        super().__init__(f"one of this order is {status}")
        self.status = status


class RefundPeriodOver(Refusal):
    """The order was paid too long ago."""

    def __init__(self, *, days: int, ended_at: datetime) -> None:
        super().__init__(f"{days} days were over at {ended_at.isoformat()}")
        self.days = days
        self.ended_at = ended_at


class RefundExceedsRequest(Refusal):
    """A manager gives what was asked for or less, never more."""

    def __init__(self, *, most: Money, requested: Money) -> None:
        super().__init__(f"{requested} is more than the {most} that were asked for")
        self.most = most
        self.requested = requested


class OrderPaidElsewhere(Refusal):
    """Another wallet of the customer has paid for the order since: giving it to this one would be a credit out of nothing."""

    def __init__(self, order_id: int) -> None:
        super().__init__(f"order {order_id} was paid from another wallet of the customer")


class TooManyRefundRequests(Refusal):
    """One customer has so many open, or has asked so often within a day."""

    def __init__(self, *, limit: int, retry_after: int) -> None:
        super().__init__(f"{limit} are the most")
        self.limit = limit
        self.retry_after = retry_after
