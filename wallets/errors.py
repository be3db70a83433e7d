"""What the wallets refuse, beyond what the ledger does.

* Refusal
  - TransferLocked
  - SpendingLimitExceeded
  - VelocityCapExceeded
  - AppliedExceedsTotal
  - ExpiryPassed
  - AtLiesAhead
  - WalletExists
  - NameInvalid
  - NameTaken
  - AutoReloadIncomplete
  - ApprovalRequired
  - MayNotDecide
    + ManagerRequired
    + OwnWallet
    + OwnApproval
    + NotYourAdjustment
  - AlreadyDecided
"""

from ledger.errors import Refusal
from ledger.money import Money


class TransferLocked(Refusal):
    """The holder has locked his account's transfers: nothing is sent from it until he unlocks them."""


class SpendingLimitExceeded(Refusal):
    """One debit would take more than the wallet's spending limit."""

    def __init__(self, *, wallet_id: int, limit: Money, requested: Money) -> None:
        super().__init__(f"{requested} requested, {limit} is the limit")
        self.wallet_id = wallet_id
        self.limit = limit
        self.requested = requested


class VelocityCapExceeded(Refusal):
    """With what left the wallet lately it is too often (`limit` is a count) or too much (`limit` is money)."""

    def __init__(self, *, limit: Money | int, requested: Money, window_minutes: int, retry_after: int) -> None:
        super().__init__(f"{limit} in {window_minutes} minutes is the limit; there is room in {retry_after} s")
        self.limit = limit
        self.requested = requested
        self.window_minutes = window_minutes
        self.retry_after = retry_after


class AppliedExceedsTotal(Refusal):
    """More would go towards an order than it costs."""

    def __init__(self, *, total: Money, requested: Money) -> None:
        super().__init__(f"{requested} requested, {total} is the total")
        self.total = total
        self.requested = requested


class ExpiryPassed(Refusal):
    """Credit cannot expire before it is given."""


class AtLiesAhead(Refusal):
    """What a wallet will hold, nobody knows."""


class WalletExists(Refusal):
    """The user has a wallet in this currency, or as many as he may have of points; it names his oldest."""

    def __init__(self, wallet_id: int) -> None:
        super().__init__(f"wallet {wallet_id} is there already")
        self.wallet_id = wallet_id


class NameInvalid(Refusal):
    """A wallet cannot be called so: it is too long, cannot be printed, or would pass for a number or a generated name."""


class NameTaken(Refusal):
    """Another wallet is called so, by its name or its nickname."""


class AutoReloadIncomplete(Refusal):
    """Auto-reload needs to know below what it reloads, and how much."""

    def __init__(self, missing: str) -> None:
        super().__init__(f"{missing} is not set")
        self.missing = missing


class ApprovalRequired(Refusal):
    """A person alone adjusts a wallet by so much only; above it a second manager decides."""

    def __init__(self, *, limit: Money, requested: Money) -> None:
        super().__init__(f"{requested} requested, above {limit} a second manager decides")
        self.limit = limit
        self.requested = requested


class MayNotDecide(Refusal):
    """Somebody else has to ask for this adjustment, or to decide on it."""


class ManagerRequired(MayNotDecide):
    """Only a shop manager asks for an adjustment and decides on one, and he must be one now."""


class OwnWallet(MayNotDecide):
    """Nobody asks for an approval, gives or refuses one where the wallet is his own."""


class OwnApproval(MayNotDecide):
    """Nobody decides on what he asked for himself."""


class NotYourAdjustment(MayNotDecide):
    """Only who asked for an adjustment takes it back."""


class AlreadyDecided(Refusal):
    """Somebody approved, rejected or withdrew it before."""

    def __init__(self, status: str) -> None:
        super().__init__(f"it is {status} already")
        self.status = status
