"""What a used idempotency key is refused for.

* Refusal
  - IdempotencyKeyReused
  - IdempotencyInProgress
"""

from ledger.errors import Refusal


class IdempotencyKeyReused(Refusal):
    """The key named another call within its lifetime."""


class IdempotencyInProgress(Refusal):
    """The first call with this key has not finished yet."""
