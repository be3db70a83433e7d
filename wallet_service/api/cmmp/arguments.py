"""Arguments as this family takes them: from query, form and JSON alike; an empty one is missing, an unreadable body is empty."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest
from django.http.request import UnreadablePostError

from ledger.money import AMOUNT_MAX, Currency, Money, minor_of
from wallet_service.api.arguments import NUMBER, Argument, Arguments, Schema, Text
from wallet_service.api.bodies import BodyIncomplete, InvalidJson, from_form, read_arguments
from wallet_service.api.cmmp.errors import ArgumentsMissing, BodyBroken, PageInvalid, PointsInvalid, RequestIdInvalid
from wallets.reading import ID_MAX

UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
UNREADABLE = (InvalidJson, RequestDataTooBig, SuspiciousOperation)
BROKEN_OFF = (BodyIncomplete, UnreadablePostError)
# Where a request keeps what came with it: the key is looked for before the operation's own arguments are.
GIVEN = "wallet_service.gateway_arguments"


@dataclass(frozen=True, kw_only=True)
class Points(Argument):
    """So many points, for the OpenAPI document; `in_points` reads them."""

    is_signed: bool = False

    def parse(self, name: str, value: Any) -> Any:
        return value

    def schema(self) -> Schema:
        return {"type": "number"} if self.is_signed else {"type": "number", "exclusiveMinimum": 0}


KEY = Text(description="The gateway's secure key.", required=True, min_length=1)
WALLET: dict[str, Argument] = {
    "wallet_id": Text(description="The wallet's name or number. This or `email`; both must agree."),
    "email": Text(description="Its owner's e-mail address: his default wallet, opened if it is missing."),
}


def with_key(arguments: dict[str, Argument]) -> Arguments:
    """What an operation takes, beside the key."""
    return Arguments({**arguments, "key": KEY})


def given_arguments(request: HttpRequest) -> dict[str, Any]:
    """All that came with the request, by name; of a body that nobody can read, nothing.

    Raises:
        BodyBroken: there is more of the body than came, or nobody can tell: an argument of it may win over the query's.
    """
    if GIVEN not in request.META:
        request.META[GIVEN] = _read(request)
    given: dict[str, Any] = request.META[GIVEN]
    return given


def _read(request: HttpRequest) -> dict[str, Any]:
    try:
        return read_arguments(request)
    except BROKEN_OFF:
        raise BodyBroken from None
    except UNREADABLE:
        pass
    try:
        return from_form(request.GET)
    except SuspiciousOperation:
        return {}


def text(given: dict[str, Any], name: str) -> str | None:
    """One argument as text; None where it is missing, empty, or nothing that is a text or a number."""
    value = given.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    return str(value).strip() or None


def is_unreadable(given: dict[str, Any], name: str) -> bool:
    """Whether it is there, and neither text nor number: true, a list, an object.

    Such a one must not count as left out where the call would do more without it.
    """
    value = given.get(name)
    return value is not None and (isinstance(value, bool) or not isinstance(value, str | int | Decimal))


def request_id_of(given: dict[str, Any]) -> UUID | None:
    """Which withdrawal it is; None where nobody said.

    Raises:
        RequestIdInvalid: it is no UUID, and what was to happen once would happen each time.
    """
    value = text(given, "request_id")
    if value is None and not is_unreadable(given, "request_id"):
        return None
    if value is None or not UUID_TEXT.fullmatch(value):
        raise RequestIdInvalid
    return UUID(value)


def whole_of(given: dict[str, Any], name: str) -> int | None:
    """A number of 0 or more, at most the highest that a wallet may have; None where it is not there.

    Raises:
        PageInvalid: it is no such number.
    """
    value = text(given, name)
    if value is None and not is_unreadable(given, name):
        return None
    if value is None or not (value.isascii() and value.isdigit()):
        raise PageInvalid
    return min(int(value.lstrip("0")[:20] or "0"), ID_MAX)


def points_of(given: dict[str, Any], unit: Currency, *, is_signed: bool = False) -> Money:
    """The argument `points` in `unit`: above nothing, or with `is_signed` other than nothing.

    Raises:
        ArgumentsMissing: there is none.
        PointsInvalid: it is no such number.
    """
    value = given.get("points")
    if value in (None, "", [], {}) or (isinstance(value, str) and not value.strip()):
        raise ArgumentsMissing
    number = _number(value)
    minor = minor_of(number, unit) if number is not None else None
    if not minor or abs(minor) > AMOUNT_MAX or (minor < 0 and not is_signed):
        raise PointsInvalid
    return Money(minor, unit)


def _number(value: Any) -> Decimal | None:
    """As PHP reads a number; None where it is none, or one with more digits than any amount has."""
    if isinstance(value, str) and NUMBER.fullmatch(value):
        number = Decimal(value.strip())
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = Decimal(value)
    else:
        return None
    return number if not number or abs(number.adjusted()) < DIGITS else None


# Of an amount: 10^15 minor units, and as many decimals as a unit may have.
DIGITS = 30
