"""The verbs of points: check, withdraw, charge. Each is one transaction; who calls it makes it the outermost.

The site's fees on added and subtracted points (`points.fees`) are part of each.
"""

from django.db import transaction

from ledger.book import Book, lock_accounts
from ledger.due import show_settled
from ledger.errors import AmountOutOfRange, InsufficientFunds
from ledger.kinds import House, Kind
from ledger.models import Account, Entry
from ledger.money import Money
from ledger.movements import Circumstances, Event, Movement
from points.fees import cost_of, less_add_fee, subtract_fee, with_subtract_fee
from site_settings.reading import current_settings
from wallets.controls import require_allowed
from wallets.models import Wallet


def has_enough(*, wallet: Wallet, points: Money) -> bool:
    """Whether `points` and the fee on them could be withdrawn now; as many as there are is enough. What is due is subtracted."""
    show_settled([wallet.account])
    try:
        return wallet.account.available >= cost_of(points).minor
    except AmountOutOfRange:
        # A fee that no movement may carry, nobody can pay.
        return False


@transaction.atomic(savepoint=False)
def withdraw_points(*, wallet: Wallet, points: Money, event: Event, why: Circumstances) -> Entry:
    """Take `points`, more than none, from the wallet, and the fee on top, once per `event`. What a refusal says includes it.

    Raises:
        AccountFrozen: the wallet pays nothing.
        KycRequired, SpendingLimitExceeded, VelocityCapExceeded: the holder, or what would be taken, is not let through.
        InsufficientFunds: there is less than both.
        AmountOutOfRange, CurrencyMismatch, EventReused: see `Book.post`.
    """
    book = lock_accounts(wallet.pk)
    if earlier := book.entries_of(event):
        return earlier[0]
    return take_points(book, wallet.pk, points, event=event, why=why)


@transaction.atomic(savepoint=False)
def charge_points(*, wallet: Wallet, points: Money, event: Event, why: Circumstances) -> Entry:
    """Make `points` out of nothing, or destroy them where they are negative, once per `event`. Nothing is overdrawn.

    A frozen wallet takes points where the site says so (`points_charge_inactive`), and loses none.

    Raises:
        As `withdraw_points`; and BalanceLimitExceeded.
    """
    if points.minor < 0:
        return withdraw_points(wallet=wallet, points=Money(-points.minor, points.currency), event=event, why=why)
    return add_points(wallet=wallet, points=points, kind=Kind.CREDIT, event=event, why=why)


@transaction.atomic(savepoint=False)
def add_points(*, wallet: Wallet, points: Money, kind: Kind, event: Event, why: Circumstances) -> Entry:
    """Add `points` to the wallet, the fee taken out of them, once per `event`; what is left repays the oldest debt first.

    Raises:
        AccountFrozen: the wallet is frozen, and the site does not say that such wallets take points.
        AmountOutOfRange, CurrencyMismatch, BalanceLimitExceeded, EventReused: see `Book.post`.
    """
    return give_points(lock_accounts(wallet.pk), wallet.pk, points, kind=kind, event=event, why=why)


def give_points(book: Book, wallet_id: int, points: Money, *, kind: Kind, event: Event, why: Circumstances) -> Entry:
    """As `add_points`, for who has locked the account."""
    is_bound = current_settings().points_charge_inactive
    gain = Movement(wallet_id, kind, points, House.ISSUED, why, is_bound=is_bound)
    return book.post(less_add_fee(gain), event=event)[0]


def take_points(book: Book, wallet_id: int, points: Money, *, event: Event, why: Circumstances) -> Entry:
    """As `withdraw_points`, for who has locked the account and seen that the event is new."""
    require_allowed(book, wallet_id, points, feature="wallet_usage", fee=subtract_fee(points))
    spent = Movement(wallet_id, Kind.DEBIT, Money(-points.minor, points.currency), House.SPENT, why)
    movements = with_subtract_fee(spent)
    _require_both(book[wallet_id], points, movements)
    return book.post(*movements, event=event)[0]


def _require_both(account: Account, points: Money, movements: list[Movement]) -> None:
    """One alone the book refuses itself, and knows nothing of the other."""
    required = -sum(movement.amount.minor for movement in movements)
    if len(movements) > 1 and points.currency == account.currency and required > account.available:
        raise InsufficientFunds(required=account.money(required), available=account.money(account.available))
