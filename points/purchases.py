"""Points for a purchase, and points as a discount: what they come to in the site's currency, and the movements.

`points_per_purchase` points are given for each major unit of a purchase; `points_per_money` points are worth one.
"""

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from django.db import transaction

from ledger.book import lock_accounts
from ledger.errors import AmountOutOfRange, CurrencyMismatch
from ledger.kinds import Kind
from ledger.models import Entry
from ledger.money import AMOUNT_MAX, Currency, Money
from ledger.movements import Circumstances, Event
from points.errors import NoPoints
from points.services import give_points, take_points
from site_settings.reading import current_settings, default_currency, points_currency
from wallets.models import Wallet

# What the entries of points for an order are called: once for all calls.
PURCHASE = "purchase:"


def points_given_for(total: Money) -> Money:
    """What a purchase of `total`, in the site's currency, brings: rounded down to what points have.

    Raises:
        NoPoints: nothing.
        AmountOutOfRange: more than one movement may carry.
        CurrencyMismatch: `total` is not in the site's currency.
    """
    return _points(floor(_exact(total, current_settings().points_per_purchase, points_currency())))


def points_worth(discount: Money) -> Money:
    """What a discount of `discount`, in the site's currency, costs: rounded up to what points have.

    Raises:
        NoPoints, AmountOutOfRange, CurrencyMismatch: as for what a purchase brings.
    """
    return _points(ceil(_exact(discount, current_settings().points_per_money, points_currency())))


def was_granted(*, wallet: Wallet, order_id: int) -> bool:
    """Whether the wallet has its points for this order: `grant_for_purchase` moves nothing any more."""
    return Entry.objects.filter(account_id=wallet.pk, key=_key(order_id)).exists()


@transaction.atomic(savepoint=False)
def grant_for_purchase(*, wallet: Wallet, order_id: int, total: Money, why: Circumstances) -> Entry:
    """Give the wallet its points for an order of `total`, once per order and wallet, whatever the ratio is by then.

    They lose the fee on added points. A refund of the order leaves them: who wants them back reverses the grant.

    Raises:
        EventReused: points were given for this order with another total.
        NoPoints: an order of so much brings none.
        AccountFrozen, AmountOutOfRange, CurrencyMismatch, BalanceLimitExceeded: see `add_points`.
    """
    event = Event.named(_key(order_id), total.minor, total.currency.code)
    book = lock_accounts(wallet.pk)
    if earlier := book.entries_of(event):
        return earlier[0]
    return give_points(book, wallet.pk, points_given_for(total), kind=Kind.GRANT, event=event, why=why)


@transaction.atomic(savepoint=False)
def spend_as_discount(*, wallet: Wallet, discount: Money, event: Event, why: Circumstances) -> Entry:
    """Take the points that `discount` is worth, the fee on top, once per `event`, whatever the ratio is by then: for the
    order that `why` names.

    A refund of that order gives them back, as whatever was paid for it; the fee it does not.

    Raises:
        EventReused: the event was another one.
        NoPoints: so much is worth none.
        As `withdraw_points`.
    """
    book = lock_accounts(wallet.pk)
    if earlier := book.entries_of(event):
        return earlier[0]
    return take_points(book, wallet.pk, points_worth(discount), event=event, why=why)


def _key(order_id: int) -> str:
    return f"{PURCHASE}{order_id}"


def _exact(money: Money, ratio: Decimal, unit: Currency) -> Fraction:
    """Minor units of points, without rounding."""
    site = default_currency()
    if money.currency != site:
        raise CurrencyMismatch(account_id=0, holds=site.code, asked=money.currency.code)
    scale: Fraction = Fraction(10) ** (unit.decimals - site.decimals)
    return Fraction(money.minor) * Fraction(ratio) * scale


def _points(minor: int) -> Money:
    if minor <= 0:
        raise NoPoints
    if minor > AMOUNT_MAX:
        raise AmountOutOfRange(minor)
    return Money(minor, points_currency())
