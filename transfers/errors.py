"""What transfers and money requests refuse, beyond what wallets do.

* Refusal
  - TransfersDisabled
  - RecipientNotFound
  - SelfTransfer
  - RecipientFull
  - MoneyRequestUnknown
  - MoneyRequestNotPending
  - TooManyMoneyRequests
"""

from ledger.errors import Refusal


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
