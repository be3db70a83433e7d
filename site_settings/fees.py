"""What a fee or an interest comes to, as the operator has set it: nothing, a fixed amount, or a share. Exact, without a float."""

from decimal import Decimal
from fractions import Fraction
from math import floor

from ledger.errors import AmountOutOfRange
from ledger.money import AMOUNT_MAX, Money


def fee_on(amount: Money, fee_type: str, figure: Decimal) -> Money:
    """`figure` is minor units of a `fixed` fee and per cent of a `percent` one; rounded half up to the minor unit.

    Raises:
        AmountOutOfRange: it is more than one movement may carry.
    """
    fee_minor = half_up(_exact(amount.minor, fee_type, figure))
    if fee_minor > AMOUNT_MAX:
        raise AmountOutOfRange(fee_minor)
    return Money(fee_minor, amount.currency)


def fee_out_of(amount: Money, fee_type: str, figure: Decimal) -> Money:
    """As `fee_on`, of a fee that is taken out of `amount` itself: never more than it is."""
    return Money(min(half_up(_exact(amount.minor, fee_type, figure)), amount.minor), amount.currency)


def half_up(value: Fraction) -> int:
    """The nearest whole number; the higher one where two are as near."""
    return floor(value + Fraction(1, 2))


def _exact(amount_minor: int, fee_type: str, figure: Decimal) -> Fraction:
    match fee_type:
        case "fixed":
            return Fraction(figure)
        case "percent":
            return amount_minor * Fraction(figure) / 100
    return Fraction(0)
