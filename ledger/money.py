"""Money: integers of a currency's minor units inside, exact text at the edge, never a float."""

from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation
from functools import lru_cache

import iso4217
from babel import Locale
from babel.numbers import format_currency
from django.conf import settings

from ledger.errors import CurrencyUnknown

# The most that one movement may carry, and the most that an account may hold, in minor units.
AMOUNT_MAX = 10**15
BALANCE_MAX = 10**18

# Far more digits than any amount has.
DIGITS_MAX = 40

# How many decimals a unit of the operator's own has unless it says.
OWN_DECIMALS = 2

LOCALE = Locale("en", "US")


@dataclass(frozen=True, slots=True)
class Currency:
    """A unit of account: ISO 4217's, or one of the operator's own (points)."""

    code: str
    decimals: int
    name: str
    is_iso: bool


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` minor units of `currency`: 8500 of USD is $85.00."""

    minor: int
    currency: Currency

    @property
    def decimal(self) -> Decimal:
        """In major units, exactly, with the currency's decimals."""
        return Decimal(self.minor).scaleb(-self.currency.decimals)

    def __str__(self) -> str:
        """For people: `$85.00`, `¥500`, `1,250.00 Points`."""
        if not self.currency.is_iso:
            return f"{self.decimal:,f} {self.currency.name}"
        # The decimals are ISO's: CLDR's differ for a dozen currencies, by up to three digits.
        pattern = _pattern(self.currency.decimals)
        return format_currency(self.decimal, self.currency.code, format=pattern, locale=LOCALE, currency_digits=False)


def minor_of(amount: Decimal, unit: Currency) -> int | None:
    """An amount of major units, of at most 40 digits before its point, in minor ones; None where it has a fraction of one."""
    try:
        minor = exactly().scaleb(amount, unit.decimals)
        return int(minor) if minor == minor.to_integral_value() else None
    except Inexact:
        return None


def exactly() -> Context:
    """Computes without rounding, or raises Inexact."""
    return Context(prec=2 * DIGITS_MAX, traps=[Inexact, InvalidOperation])


@lru_cache(maxsize=16)
def _pattern(decimals: int) -> str:
    standard: str = LOCALE.currency_formats["standard"].pattern
    return standard.replace("0.00", "0" + ("." + "0" * decimals if decimals else ""))


def currency(code: str) -> Currency:
    """The currency called `code`, in upper case.

    Raises:
        CurrencyUnknown: no such currency, or one without minor units (gold).
    """
    return _currencies(tuple(settings.OWN_UNITS)).get(code) or _unknown(code)


def _unknown(code: str) -> Currency:
    raise CurrencyUnknown(code)


@lru_cache(maxsize=4)
def _currencies(own_units: tuple[str, ...]) -> dict[str, Currency]:
    known = {
        iso.code: Currency(iso.code, iso.exponent, iso.currency_name, is_iso=True)
        for iso in iso4217.Currency
        if iso.exponent is not None
    }
    for unit in own_units:
        code, name, *decimals = unit.split(":")
        known[code] = Currency(code, int(decimals[0]) if decimals else OWN_DECIMALS, name, is_iso=False)
    return known
