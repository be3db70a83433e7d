"""What outlives a refusal by a spending limit, over whatever route of whatever family."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.http import HttpRequest

from wallet_service.api import rates
from wallets.blocked import tell_blocked
from wallets.errors import SpendingLimitExceeded

# Of one wallet, in a minute. Its events go out one behind the other: a till that goes on trying, at the rate of a key that
# nobody limits, must not keep what the wallet's money has to tell waiting. The first tries say all there is to say.
TOLD_PER_MINUTE = 10


@contextmanager
def telling_blocked(request: HttpRequest) -> Iterator[None]:
    """What the spending limit refuses inside is told. Call it around the outermost transaction; not around a dry run."""
    try:
        yield
    except SpendingLimitExceeded as refusal:
        usage = rates.count(request, "blocked", f"wallet:{refusal.wallet_id}", TOLD_PER_MINUTE)
        if usage is None or not usage.is_over:
            tell_blocked(refusal)
        raise
