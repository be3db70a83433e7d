"""What a transfer costs its sender: nothing, a fixed amount, or a share. Exact, without a float."""

from fractions import Fraction
from math import floor

from ledger.errors import AmountOutOfRange
from ledger.money import AMOUNT_MAX, Money
from site_settings.declared import SiteSettings
from site_settings.reading import current_settings


def transfer_fee(amount: Money) -> Money:
    """The fee of sending `amount`, as the operator has set it; rounded half up to the minor unit.

    Raises:
        AmountOutOfRange: it is more than one movement may carry.
    """
    fee_minor = half_up(_exact_fee(amount.minor, current_settings()))
    if fee_minor > AMOUNT_MAX:
        raise AmountOutOfRange(fee_minor)
    return Money(fee_minor, amount.currency)


def half_up(value: Fraction) -> int:
    """The nearest whole number; the higher one where two are as near."""
    return floor(value + Fraction(1, 2))


def _exact_fee(amount_minor: int, settings: SiteSettings) -> Fraction:
    match settings.transfer_fee_type:
        case "fixed":
            return Fraction(settings.transfer_fee_amount)
        case "percent":
            return amount_minor * Fraction(settings.transfer_fee_amount) / 100
    return Fraction(0)
