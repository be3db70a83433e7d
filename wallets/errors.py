"""What the wallets refuse, beyond what the ledger does.

* Refusal
  - SpendingLimitExceeded
  - ExpiryPassed
  - WalletExists
  - AutoReloadIncomplete
"""

from ledger.errors import Refusal
from ledger.money import Money


class SpendingLimitExceeded(Refusal):
    """One debit would take more than the wallet's spending limit."""

    def __init__(self, *, limit: Money, requested: Money) -> None:
        super().__init__(f"{requested} requested, {limit} is the limit")
        self.limit = limit
        self.requested = requested


class ExpiryPassed(Refusal):
    """Credit cannot expire before it is given."""


class WalletExists(Refusal):
    """The user has a wallet in this currency."""

    def __init__(self, wallet_id: int) -> None:
        super().__init__(f"wallet {wallet_id} is there already")
        self.wallet_id = wallet_id


class AutoReloadIncomplete(Refusal):
    """Auto-reload needs to know below what it reloads, and how much."""

    def __init__(self, missing: str) -> None:
        super().__init__(f"{missing} is not set")
        self.missing = missing
