"""What asks for a second proof, and what a challenge can be refused for.

* Refusal
  - StepUpRequired
  - ChallengeExpired
  - ChallengeSpent
  - NoWayToProve
  - CodeNeeded
  - PasswordWrong
"""

from ledger.errors import Refusal
from ledger.money import Money
from people.models import User


class StepUpRequired(Refusal):
    """The user has to prove that it is him, for this recipient and this amount, before this credential may send it.

    `requested` is what the transfer would take, the fee with it; `amount` where that is all. `url` is empty until
    `stepups.services.open_challenge` has opened the page for it, after the roll-back.
    """

    def __init__(self, *, user: User, credential: str, recipient: User, amount: Money, requested: Money | None = None) -> None:
        super().__init__(f"{amount} need a step-up")
        self.user = user
        self.credential = credential
        self.recipient = recipient
        self.amount = amount
        self.requested = requested or amount
        self.url = ""


class ChallengeExpired(Refusal):
    """The challenge's time is over: the transfer has to be asked for again."""


class ChallengeSpent(Refusal):
    """The challenge has paid for its transfer."""


class NoWayToProve(Refusal):
    """The user has neither an authenticator app nor an e-mail address."""


class CodeNeeded(Refusal):
    """A user with an e-mail address begins with a code that was mailed there, not with his password."""


class PasswordWrong(Refusal):
    """It is not the user's password."""
