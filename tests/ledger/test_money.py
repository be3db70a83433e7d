"""Money: whole minor units, and ISO's decimals rather than the locale's."""

from typing import Any

import pytest

from ledger.errors import CurrencyUnknown
from ledger.money import Money, currency


@pytest.mark.parametrize(
    ("minor", "code", "shown"),
    [
        (8500, "USD", "$85.00"),
        (-1, "USD", "-$0.01"),
        (500, "JPY", "¥500"),
        (1234567, "KWD", "KWD1,234.567"),
        (1234567, "IQD", "IQD1,234.567"),
        (123456, "RSD", "RSD1,234.56"),
        (10**18, "USD", "$10,000,000,000,000,000.00"),
    ],
)
def test_is_shown_with_the_currencys_own_decimals(minor: int, code: str, shown: str):
    assert str(Money(minor, currency(code))) == shown


def test_a_unit_of_the_shops_own_has_its_name_and_decimals(settings: Any):
    settings.OWN_UNITS = ["PTS:Points:2"]

    assert str(Money(125000, currency("PTS"))) == "1,250.00 Points"


@pytest.mark.parametrize("code", ["XYZ", "XAU", "usd", "", "US", "PTS"])
def test_refuses_what_has_no_minor_units_here(code: str):
    with pytest.raises(CurrencyUnknown):
        currency(code)
