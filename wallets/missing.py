"""Opening the wallets that active users lack in the points currency, a batch at a time."""

from collections.abc import Callable
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from audit.context import COMMAND
from ledger.retry import in_transaction
from people.models import User
from site_settings.reading import points_currency
from wallets.errors import WalletExists
from wallets.models import Wallet
from wallets.services import open_wallet

# One transaction opens so many; who is killed in the middle of it has lost these.
BATCH = 100


def without_wallet() -> QuerySet[User]:
    """The active users who have no wallet in the points currency."""
    own = Wallet.objects.filter(user=OuterRef("pk"), currency_code=points_currency().code)
    return User.objects.filter(~Exists(own), is_active=True)


def open_missing(
    *, limit: int | None = None, actor: str = COMMAND, progress: Callable[[int], object] = lambda opened: None
) -> int:
    """Open a wallet for each active user who has none in the points currency, for `limit` of them at most; how many.

    Called again after it was stopped it goes on with those who still have none; run beside itself nobody gets two.
    """
    opened = after = 0
    while limit is None or opened < limit:
        size = BATCH if limit is None else min(BATCH, limit - opened)
        users = list(without_wallet().filter(pk__gt=after).order_by("pk")[:size])
        if not users:
            return opened
        after = users[-1].pk
        count = in_transaction(partial(_open_batch, users, actor))
        opened += count
        progress(count)
    return opened


def _open_batch(users: list[User], actor: str) -> int:
    return sum(_open(user, actor) for user in users)


def _open(user: User, actor: str) -> bool:
    try:
        with transaction.atomic():
            open_wallet(user=user, currency=points_currency(), is_only=True, actor=actor)
    except WalletExists:
        # Somebody else was quicker.
        return False
    return True
