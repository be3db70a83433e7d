"""What the site takes of points that are added, and on top of points that leave: rows of their own, to the house `fees`."""

from dataclasses import replace
from uuid import uuid4

from ledger.kinds import House, Kind
from ledger.money import Money
from ledger.movements import Circumstances, Movement
from site_settings.fees import fee_on, fee_out_of
from site_settings.reading import current_settings

# The words are the same for everybody, so they need no erasing.
ADD_FEE, SUBTRACT_FEE = "Fee on added points", "Fee on subtracted points"


def add_fee(points: Money) -> Money:
    """What is taken out of `points` that are added: never more than they are."""
    now = current_settings()
    return fee_out_of(points, now.points_add_fee_type, now.points_add_fee_amount)


def subtract_fee(points: Money) -> Money:
    """What `points` that leave cost on top.

    Raises:
        AmountOutOfRange: it is more than one movement may carry.
    """
    now = current_settings()
    return fee_on(points, now.points_subtract_fee_type, now.points_subtract_fee_amount)


def cost_of(points: Money) -> Money:
    """What withdrawing `points` takes out of a wallet: the fee with them.

    Raises:
        AmountOutOfRange: the fee is more than one movement may carry.
    """
    return Money(points.minor + subtract_fee(points).minor, points.currency)


def less_add_fee(gain: Movement) -> Movement:
    """`gain` with the fee that is taken out of it: in its group, before debts are repaid, of a frozen account where it is."""
    fee = add_fee(gain.amount)
    if not fee.minor:
        return gain
    group = gain.group or uuid4()
    return replace(gain, group=group, fee=_row(replace(gain, group=group), fee, ADD_FEE))


def with_subtract_fee(spent: Movement) -> list[Movement]:
    """`spent`, and behind it the fee in its group."""
    fee = subtract_fee(Money(-spent.amount.minor, spent.amount.currency))
    if not fee.minor:
        return [spent]
    spent = replace(spent, group=spent.group or uuid4())
    return [spent, _row(spent, fee, SUBTRACT_FEE)]


def _row(beside: Movement, fee: Money, reason: str) -> Movement:
    why = Circumstances(beside.why.actor, reason=reason)
    minus = Money(-fee.minor, fee.currency)
    return Movement(beside.account_id, Kind.FEE, minus, House.FEES, why, group=beside.group, is_bound=beside.is_bound)
