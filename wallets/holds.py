"""The verbs of holds: place, capture, void. Each is one transaction; who calls it makes it the outermost."""

import logging
from datetime import timedelta

from django.db import transaction

from ledger.book import Book, lock_accounts
from ledger.conditions import Condition
from ledger.errors import AccountNotIntact, CaptureExceedsHold, HoldExpired, HoldNotActive, HoldUnderWay
from ledger.holds import history_of, release
from ledger.kinds import House, Kind
from ledger.models import Entry, Hold
from ledger.money import Money
from ledger.movements import Circumstances, Event, Movement
from wallets.controls import require_allowed
from wallets.models import Wallet

logger = logging.getLogger(__name__)


@transaction.atomic(savepoint=False)
def place_hold(
    *,
    wallet: Wallet,
    amount: Money,
    event: Event,
    why: Circumstances,
    expires_in: timedelta | None,
    condition: Condition | None = None,
) -> Entry:
    """Set `amount` aside for `expires_in`, once per `event`; the entry that did, whose id is the hold's.

    Without `expires_in` it has no end: for the service itself only, while an effect outside is under way.

    Raises:
        AccountFrozen, AccountMirrored: the wallet pays nothing.
        KycRequired, SpendingLimitExceeded, VelocityCapExceeded: the holder, or the amount, is not let through.
        PreconditionFailed: the account is not as `condition` says.
        InsufficientFunds: there is less than `amount`.
        AmountOutOfRange, CurrencyMismatch, EventReused: see `Book.post`.
    """
    book = lock_accounts(wallet.pk)
    if earlier := book.entries_of(event):
        return earlier[0]
    return place_in(book, wallet.pk, amount=amount, event=event, why=why, expires_in=expires_in, condition=condition)


def place_in(
    book: Book,
    wallet_id: int,
    *,
    amount: Money,
    event: Event,
    why: Circumstances,
    expires_in: timedelta | None,
    condition: Condition | None = None,
) -> Entry:
    """As `place_hold`, on a wallet that the caller has locked, of an event that did not happen yet."""
    require_allowed(book, wallet_id, amount, feature="wallet_usage")
    book.require(wallet_id, condition)
    ends = None if expires_in is None else book.now + expires_in
    movement = Movement(wallet_id, Kind.HOLD, Money(0, amount.currency), None, why, held_change=amount.minor, ends=ends)
    return book.post(movement, event=event)[0]


@transaction.atomic(savepoint=False)
def capture_hold(*, hold: Hold, amount: Money | None = None, event: Event, why: Circumstances) -> Entry:
    """Take what is held, `amount` of it or all, once per `event`; the rest is free at once.

    It meets no limit and no freeze: the hold did.

    Raises:
        AccountNotIntact: the hold's row is not what its entries say.
        HoldExpired, HoldNotActive: its time is over, or it was captured or voided before.
        HoldUnderWay: it is the service's own.
        CaptureExceedsHold: `amount` is more than is held.
        AmountOutOfRange, CurrencyMismatch, EventReused: see `Book.post`.
    """
    book = lock_accounts(hold.account_id)
    if earlier := book.entries_of(event):
        return earlier[0]
    live = _require_active(book, hold)
    held = book[hold.account_id].money(live.amount)
    amount = amount or held
    if amount.minor > held.minor:
        raise CaptureExceedsHold(held=held, requested=amount)
    movement = Movement(
        *(hold.account_id, Kind.CAPTURE, Money(-amount.minor, amount.currency), House.SPENT, why),
        is_bound=True,
        held_change=-live.amount,
        of=live.sequence,
    )
    return book.post(movement, event=event)[0]


@transaction.atomic(savepoint=False)
def void_hold(*, hold: Hold, event: Event, why: Circumstances) -> Entry:
    """Free what is held, once per `event`.

    Raises:
        AccountNotIntact: the hold's row is not what its entries say.
        HoldExpired, HoldNotActive: its time is over, or it was captured or voided before.
        HoldUnderWay: it is the service's own.
        EventReused: see `Book.post`.
    """
    book = lock_accounts(hold.account_id)
    if earlier := book.entries_of(event):
        return earlier[0]
    return free_in(book, hold, event=event, why=why)


def free_in(book: Book, hold: Hold, *, event: Event, why: Circumstances) -> Entry:
    """As `void_hold`, on a wallet that the caller has locked, of an event that did not happen yet."""
    live = _require_active(book, hold)
    return book.post(release(live, book[hold.account_id].money(0), why), event=event)[0]


def _require_active(book: Book, hold: Hold) -> Hold:
    """The hold as it is behind its account's lock, which has settled what was due."""
    history = history_of(hold.pk)
    if not history.is_intact or history.hold.is_live != book.is_live(history.hold):
        logger.critical("account %s: %s is not what its entries say; it refuses to move", hold.account_id, hold)
        raise AccountNotIntact(hold.account_id)
    if history.closed is None:
        if history.hold.ends is None:
            raise HoldUnderWay
        return history.hold
    raise HoldExpired if history.closed.key is None else HoldNotActive
