"""Why nothing is sealed.

* ledger.errors.LedgerUnavailable
  - SealingRefused
    - NoSigningKey
    - SigningKeyRefused
    - AnchorMismatch
    - AnchorUnreadable
"""

from ledger.errors import LedgerUnavailable


class SealingRefused(LedgerUnavailable):
    """Nothing is signed until a person has looked."""


class NoSigningKey(SealingRefused):
    """This process has no key that signs."""

    def __init__(self) -> None:
        super().__init__("LEDGER_SIGNING_KEYS is not set: this process cannot sign checkpoints")


class SigningKeyRefused(SealingRefused):
    """The key that would sign is not the one that the checkpoints so far, or the key before, name."""


class AnchorMismatch(SealingRefused):
    """An anchor holds a checkpoint that this database does not: it was restored or cut, or the anchor changed."""


class AnchorUnreadable(SealingRefused):
    """An anchor that says what it holds does not say so now: whether it is ahead is not known. The next round asks again."""
