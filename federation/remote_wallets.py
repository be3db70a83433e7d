"""Wallets as a main site tells of them: read exactly or not at all."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeGuard

from federation.models import NAME_MAX
from federation.remote import legible
from ledger.money import BALANCE_MAX, Currency

STATES = {1: True, 0: False, "1": True, "0": False, "active": True, "inactive": False}
DIGITS_MAX = 25
NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")


@dataclass(frozen=True, slots=True)
class RemoteWallet:
    """One wallet of the site. `minor` are its points, in minor units of the points currency."""

    name: str
    minor: int
    is_active: bool
    wallet_id: str = ""
    user_id: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Unusable:
    """What the site says of a wallet, where it cannot be used; `name` as far as there is one."""

    name: str
    why: str


def read_wallet(told: Any, unit: Currency) -> RemoteWallet | Unusable:
    """What the site tells of one wallet; nothing of it is guessed."""
    if not isinstance(told, dict):
        return Unusable("", "it is not told of as a wallet")
    name = told.get("wallet_name")
    if not _is_name(name):
        return Unusable(legible(str(name))[:NAME_MAX] if isinstance(name, str) else "", "its name cannot be one here")
    status = told.get("status")
    is_active = STATES.get(status) if isinstance(status, int | str) else None
    if is_active is None:
        return Unusable(name, "its status is neither 1 nor 0")
    minor = _minor(told.get("points"), unit)
    if isinstance(minor, str):
        return Unusable(name, minor)
    extra = {column: _short(told.get(column)) for column in ("wallet_id", "user_id")}
    return RemoteWallet(name, minor, is_active, **extra, email=_email(told.get("user_email")))


def _is_name(name: Any) -> TypeGuard[str]:
    if not isinstance(name, str) or not 1 <= len(name) <= NAME_MAX or name != legible(name):
        return False
    # Digits alone are a wallet's number.
    return not re.fullmatch("[0-9]*", name) and name.isprintable() and name == name.strip()


def _minor(points: Any, unit: Currency) -> int | str:
    """In minor units; else why it is no figure of this currency."""
    if isinstance(points, bool) or not isinstance(points, int | str | Decimal):
        return "its points are no number"
    try:
        value = Decimal(points) if not isinstance(points, str) or NUMBER.fullmatch(points) else Decimal("NaN")
        # More digits than arithmetic keeps would be rounded.
        if not value.is_finite() or len(value.as_tuple().digits) > DIGITS_MAX:
            return "its points are no number"
        minor = value.scaleb(unit.decimals)
        if abs(minor) > BALANCE_MAX:
            return "it has more points than a wallet may hold"
        if minor < 0:
            return "its points are negative"
        return int(minor) if minor == int(minor) else f"its points have more than {unit.decimals} decimals"
    except (ArithmeticError, ValueError):
        return "its points are no number"


def _short(told: Any) -> str:
    is_one = isinstance(told, int | str) and not isinstance(told, bool) and abs(told if isinstance(told, int) else 0) < 10**20
    return legible(str(told))[:NAME_MAX] if is_one else ""


def _email(told: Any) -> str:
    return told if isinstance(told, str) and len(told) <= 254 and told == legible(told) and "@" in told else ""
