"""What transfers and money requests refuse, beyond what wallets do.

* Refusal
  - TransfersDisabled
  - RecipientNotFound
  - SelfTransfer
  - RecipientFull
  - TransferLimitExceeded
    + TransferTooSmall
    + TransferTooLarge
    + DailyCapExceeded
  - QrPayDisabled
  - FixedAmountDiffers
  - PaymentCodeNeeded
  - MoneyRequestUnknown
  - MoneyRequestNotPending
  - TooManyMoneyRequests
"""

from ledger.errors import Refusal
from ledger.money import Money


class TransfersDisabled(Refusal):
    """The operator has not switched transfers on."""


class RecipientNotFound(Refusal):
    """Nobody is there to take the money: no such customer, one who is inactive, or a frozen wallet.

    One refusal for them all: who sends learns of somebody else's wallet only that it cannot be sent to.
    """


class SelfTransfer(Refusal):
    """Nobody sends money to himself, or asks himself for it."""


class RecipientFull(Refusal):
    """The recipient would hold more than any account may. What he holds is not told: it is not the sender's business."""


class TransferLimitExceeded(Refusal):
    """It is not within what the operator lets anybody send. Fees are apart."""

    def __init__(self, *, limit: Money, requested: Money) -> None:
        super().__init__(f"{requested} requested, {limit} is the limit")
        self.limit = limit
        self.requested = requested


class TransferTooSmall(TransferLimitExceeded):
    """It is less than `limit`, the least that is sent this way."""


class TransferTooLarge(TransferLimitExceeded):
    """It is more than `limit`, the most that is sent at once."""


class DailyCapExceeded(TransferLimitExceeded):
    """With what the customer has sent since midnight, UTC, it is more than `limit`."""


class QrPayDisabled(Refusal):
    """The operator has not switched paying by QR code on."""


class FixedAmountDiffers(Refusal):
    """The QR code says how much is to be paid, and it is another amount."""

    def __init__(self, fixed: Money) -> None:
        super().__init__(f"the code says {fixed}")
        self.fixed = fixed


class PaymentCodeNeeded(Refusal):
    """Above `threshold` a payment by QR code needs a code that was sent to who pays."""

    def __init__(self, threshold: Money) -> None:
        super().__init__(f"needed above {threshold}")
        self.threshold = threshold


class MoneyRequestUnknown(Refusal):
    """There is no such request, or it is not the caller's to do this with: the same to him."""


class MoneyRequestNotPending(Refusal):
    """It was answered, taken back or has expired. `status` says which."""

    def __init__(self, status: str) -> None:
        super().__init__(f"it is {status} already")
        self.status = status


class TooManyMoneyRequests(Refusal):
    """One customer has so many open, or has asked so often within a day."""

    def __init__(self, *, limit: int, retry_after: int) -> None:
        super().__init__(f"{limit} are the most")
        self.limit = limit
        self.retry_after = retry_after
