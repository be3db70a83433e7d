"""Codes for tests."""

from typing import Any

from codes.models import Code
from codes.services import find_code, generate_codes, redeem_code
from ledger.models import Account
from ledger.money import Money, currency
from ledger.movements import Event
from people.models import User


def new_codes(amount_minor: int = 2000, *, currency_code: str = "USD", **terms: Any) -> list[str]:
    """What somebody is handed."""
    amount = Money(amount_minor, currency(currency_code))
    return generate_codes(amount=amount, event=Event.once("test"), actor="test", made_by=None, **terms)[1]


def new_code(amount_minor: int = 2000, **terms: Any) -> str:
    return new_codes(amount_minor, **terms)[0]


def redeem(code: str, user: User, event: Event | None = None) -> Any:
    return redeem_code(code=code, user=user, event=event or Event.once("test"), actor="test")


def row_of(code: str) -> Code:
    return find_code(code)


def balance_of(wallet: Any) -> int:
    return Account.objects.get(pk=wallet.pk).balance
