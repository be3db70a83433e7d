"""What a customer sets aside for an order at the checkout: one live hold an order, and his own ones only.

A hold is his where the entry that placed it names him as its actor: that stands in
the chain, and nobody else places one by that name.
"""

from datetime import datetime, timedelta

from django.db import transaction

from ledger.book import lock_accounts
from ledger.holds import HoldHistory, State, history_of
from ledger.kinds import Kind
from ledger.models import Entry, Hold
from ledger.money import Money
from ledger.movements import Circumstances, Event
from wallets.errors import AppliedExceedsTotal
from wallets.holds import free_in, place_in
from wallets.models import Wallet

EXPIRES_IN = timedelta(minutes=15)
# The same amount for the same order, so soon after, and no key to tell calls apart by: a second click, which gets what the
# first one placed.
SAME_CLICK = timedelta(seconds=10)


@transaction.atomic(savepoint=False)
def apply_to_order(
    *, wallet: Wallet, amount: Money, order_id: int, event: Event, actor: str, total: Money | None = None, has_key: bool
) -> Entry:
    """Set `amount` aside for the order, once per `event`; the entry that did. What `actor` had set aside for it is free again.

    `total` is what the order costs, as far as it is known. `has_key`: `event` has a key of the caller's, so that it is no
    second click, and writes entries of its own. `wallet.account` is then as this leaves it.

    Raises:
        AppliedExceedsTotal: it is more than the order costs.
        AccountNotIntact: an earlier hold's row is not what its entries say.
        AccountFrozen, KycRequired, SpendingLimitExceeded, VelocityCapExceeded, InsufficientFunds: see `place_hold`.
        AmountOutOfRange, CurrencyMismatch, EventReused: see `Book.post`.
    """
    if total is not None and amount.minor > total.minor:
        raise AppliedExceedsTotal(total=total, requested=amount)
    book = lock_accounts(wallet.pk)
    wallet.account = book[wallet.pk]
    if done := book.entries_of(event):
        return done[-1]
    why = Circumstances(actor, reason=f"Order #{order_id}", order_id=order_id)
    earlier = applied_to_order(wallet, order_id=order_id, actor=actor, now=book.now)
    if earlier is not None:
        is_same = earlier.placed.held_change == amount.minor and book.now - earlier.placed.at < SAME_CLICK
        # A reply is kept under the key: it must tell of what was done under it.
        if is_same and not has_key:
            return earlier.placed
        # An event of its own: the caller's is the hold that takes its place.
        free_in(book, earlier.hold, event=Event.once("replaced"), why=why)
    return place_in(book, wallet.pk, amount=amount, event=event, why=why, expires_in=EXPIRES_IN)


@transaction.atomic(savepoint=False)
def remove_from_order(*, wallet: Wallet, hold: Hold, order_id: int | None, event: Event, actor: str) -> None:
    """Free what was set aside, once per `event`. `wallet.account` is then as this leaves it.

    Raises:
        AccountNotIntact, HoldExpired, HoldNotActive, EventReused: see `void_hold`.
    """
    book = lock_accounts(wallet.pk)
    wallet.account = book[wallet.pk]
    if not book.entries_of(event):
        free_in(book, hold, event=event, why=Circumstances(actor, reason=f"Order #{order_id}", order_id=order_id))


def applied_to_order(wallet: Wallet, *, order_id: int, actor: str, now: datetime) -> HoldHistory | None:
    """The hold that `actor` placed for this order, if it is live. Nothing is read where nothing is held."""
    if not wallet.account.held:
        return None
    try:
        latest = placed_for_order(wallet, order_id=order_id, actor=actor)
    except Hold.DoesNotExist:
        return None
    return latest if latest.state(now) is State.ACTIVE else None


def last_applied(wallet: Wallet, *, actor: str) -> HoldHistory:
    """The last of the live holds that `actor` placed, for whatever order.

    Raises:
        Hold.DoesNotExist: none is live.
    """
    live = Hold.objects.filter(account_id=wallet.pk, closed_by=None).values("pk")
    placed = Entry.objects.filter(account_id=wallet.pk, pk__in=live, actor=actor).order_by("-sequence").first()
    if placed is None:
        raise Hold.DoesNotExist("nothing is set aside")
    return history_of(placed.pk)


def placed_for_order(wallet: Wallet, *, order_id: int, actor: str) -> HoldHistory:
    """The last hold that `actor` placed for this order, live or not.

    Raises:
        Hold.DoesNotExist: he placed none.
    """
    mine = Entry.objects.filter(account_id=wallet.pk, kind=Kind.HOLD, order_id=order_id, actor=actor)
    placed = mine.order_by("-sequence").first()
    if placed is None:
        raise Hold.DoesNotExist(f"nothing was set aside for order {order_id}")
    return history_of(placed.pk)


def placed_by(hold_id: int, *, wallet: Wallet, actor: str) -> HoldHistory:
    """The hold of this id, if `actor` placed it on this wallet.

    Raises:
        Hold.DoesNotExist: he did not.
    """
    found = history_of(hold_id)
    if (found.hold.account_id, found.placed.actor) != (wallet.pk, actor):
        raise Hold.DoesNotExist(f"hold {hold_id} is not of {actor}")
    return found
