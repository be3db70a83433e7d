"""Amounts as Stripe writes them: whole numbers, of units that are not always ISO's (docs.stripe.com/currencies)."""

from decimal import Decimal

from ledger.errors import CurrencyUnknown
from ledger.money import AMOUNT_MAX, Money, currency
from payments.port import PaymentRefused

# Without decimals. ISO gives the ariary two.
WHOLE = frozenset(["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"])
# Without decimals as well, and written in hundredths that are always 00.
WHOLE_IN_HUNDREDTHS = frozenset({"ISK", "UGX"})
# Three decimals, of which the last one is always 0.
THREE = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


def to_stripe(amount: Money) -> int:
    """What Stripe is asked for.

    Raises:
        PaymentRefused: points, or an amount that Stripe has no number for. It is never rounded.
    """
    code = amount.currency.code
    if not amount.currency.is_iso:
        raise PaymentRefused("currency_not_chargeable")
    scaled = amount.decimal.scaleb(_decimals(code))
    if scaled % _step(code) != 0:
        raise PaymentRefused("amount_not_chargeable")
    return int(scaled)


def from_stripe(amount: object, code: object) -> Money | None:
    """What Stripe speaks of; None where it is no amount of a currency of this site."""
    if not isinstance(amount, int) or isinstance(amount, bool) or not 0 < amount <= AMOUNT_MAX or not isinstance(code, str):
        return None
    try:
        found = currency(code.upper())
    except CurrencyUnknown:
        return None
    minor = Decimal(amount).scaleb(found.decimals - _decimals(found.code))
    return Money(int(minor), found) if minor % 1 == 0 and minor <= AMOUNT_MAX else None


def _decimals(code: str) -> int:
    return 0 if code in WHOLE else 3 if code in THREE else 2


def _step(code: str) -> int:
    return 100 if code in WHOLE_IN_HUNDREDTHS else 10 if code in THREE else 1
