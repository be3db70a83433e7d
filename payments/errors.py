"""What top-ups refuse. What a provider refuses is in `payments.port`.

* Refusal
  - TopupsDisabled
  - TopupOutOfBounds
  - TopupUnknown
  - TopupNotOpen
    + TopupNotCompleted
  - TopupUnderWay
    + RefundUnderWay
  - RefundExceedsTopup
  - PaymentWentBack
  - OtherPrice
  - ProviderDecides
  - PaymentMethodUnknown
"""

from ledger.errors import Refusal
from ledger.money import Money


class TopupsDisabled(Refusal):
    """The shop sells no credit now."""


class TopupOutOfBounds(Refusal):
    """One top-up is between the least and the most that the shop takes."""

    def __init__(self, *, least: Money, most: Money, requested: Money) -> None:
        super().__init__(f"{requested} requested, a top-up is between {least} and {most}")
        self.least = least
        self.most = most
        self.requested = requested


class TopupUnknown(Refusal):
    """There is no such top-up."""


class TopupNotOpen(Refusal):
    """It is not in a state in which this can be decided: completed, or not paid."""

    def __init__(self, status: str) -> None:
        super().__init__(f"the top-up is {status}")
        self.status = status


class TopupNotCompleted(TopupNotOpen):
    """Nothing goes back of a top-up that was not credited, or not yet."""


class TopupUnderWay(Refusal):
    """It is being charged now: nobody decides by hand what the provider may be deciding."""


class RefundUnderWay(TopupUnderWay):
    """The provider is paying a part of it back, or is asked whether it has: one at a time, and nobody decides by hand."""


class RefundExceedsTopup(Refusal):
    """No more is paid back of a top-up than is left of it."""

    def __init__(self, *, most: Money, requested: Money) -> None:
        super().__init__(f"{requested} requested, {most} is left of it")
        self.most = most
        self.requested = requested


class PaymentWentBack(Refusal):
    """What the provider has again is not credited: no more of a payment than is left of it."""

    def __init__(self, *, gone: Money, most: Money) -> None:
        super().__init__(f"{gone} of the payment went back already, {most} is left of it")
        self.gone = gone
        self.most = most


class OtherPrice(Refusal):
    """What is sold at a price is credited for that price, whole, or not at all."""

    def __init__(self, *, price: Money, paid: Money) -> None:
        super().__init__(f"{paid} was paid, the price is {price}")
        self.price = price
        self.paid = paid


class ProviderDecides(Refusal):
    """Whether it is paid is for its provider to say, not for a person."""


class PaymentMethodUnknown(Refusal):
    """He has saved no such payment method."""
