"""Money as this family takes and shows it: exact numbers of major units. A float is nowhere on the way."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, Inexact
from typing import Any

from ledger.money import AMOUNT_MAX, BALANCE_MAX, DIGITS_MAX, Currency, Money, exactly, minor_of
from wallet_service.api.arguments import NUMBER, Argument, Invalid, InvalidArguments, Schema, not_of_type


def major(minor: int, unit: Currency) -> Decimal:
    """An amount as it is shown: in major units, with the currency's decimals."""
    return Money(minor, unit).decimal


def moment(at: datetime | None) -> str | None:
    """ISO 8601 in UTC with a Z, microseconds dropped."""
    return f"{at.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z" if at else None


@dataclass(frozen=True, kw_only=True)
class MajorUnits(Argument):
    """An amount in major units, above 0 unless `is_signed`: a JSON number, or one as a string.

    `in_minor` tells what it is in a currency. Two spellings of one amount (`100`, `"100.00"`, `1e2`) are the same value,
    also to `repr`.
    """

    is_signed: bool = False

    def parse(self, name: str, value: Any) -> Decimal:
        number = self._number(name, value)
        if number and number.adjusted() >= DIGITS_MAX:
            raise Invalid("rest_out_of_bounds", f"{name} is larger than any amount.")
        if number <= 0 and not self.is_signed:
            raise Invalid("rest_out_of_bounds", f"{name} must be greater than 0")
        try:
            return exactly().normalize(number) or Decimal(0)
        except Inexact:
            raise Invalid("rest_too_many_decimals", f"{name} has more decimals than any currency.") from None

    def _number(self, name: str, value: Any) -> Decimal:
        if isinstance(value, str) and NUMBER.fullmatch(value):
            return Decimal(value.strip())
        if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
            return Decimal(value)
        raise not_of_type(name, "number")

    def schema(self) -> Schema:
        """Bounds are those of a currency without decimals."""
        if self.is_signed:
            return {"type": "number", "minimum": -BALANCE_MAX, "maximum": BALANCE_MAX}
        return {"type": "number", "exclusiveMinimum": 0, "maximum": AMOUNT_MAX}


AMOUNT = MajorUnits(description="Major units: `12.5` of USD is $12.50. A numeric string is taken too.", required=True)


def in_minor(name: str, value: Decimal, unit: Currency, *, least: int = 1, most: int = AMOUNT_MAX) -> int:
    """What the argument `name` is in minor units of `unit`, exactly; bounds are minor units.

    Raises:
        InvalidArguments: it has more decimals than the currency, or is not within the bounds.
    """
    minor = minor_of(value, unit)
    if minor is None:
        raise _wrong(name, "rest_too_many_decimals", f"{name} has more decimals than {unit.code}, which has {unit.decimals}.")
    if not least <= minor <= most:
        between = f"between {major(least, unit):f} (inclusive) and {major(most, unit):f} (inclusive)"
        raise _wrong(name, "rest_out_of_bounds", f"{name} must be {between}")
    return minor


def _wrong(name: str, code: str, message: str) -> InvalidArguments:
    return InvalidArguments({name: Invalid(code, message)})
