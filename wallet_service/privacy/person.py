"""Who is meant, and what a part of his data can be asked."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Model, QuerySet

from apikeys.models import ApiKey
from ledger.errors import CurrencyUnknown
from ledger.money import Money, currency
from ledger.streaming import stream
from people.models import User
from wallets.models import Wallet

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """A user, and what leads to the rest. Name and e-mail as they were when somebody asked."""

    user: User
    username: str
    email: str
    wallet_ids: tuple[int, ...]
    key_ids: tuple[int, ...]

    @property
    def identities(self) -> list[str]:
        """What limits, claims and actors know him by."""
        return [f"user:{self.user.pk}", *(f"key:{number}" for number in self.key_ids)]


def person_of(user: User) -> Person:
    """Who that is."""
    wallets = Wallet.objects.held_by(user).order_by("pk").values_list("pk", flat=True)
    keys = ApiKey.objects.filter(owner=user).order_by("pk").values_list("pk", flat=True)
    return Person(user, user.username, user.email, tuple(wallets), tuple(keys))


class Part:
    """One noun's share of a person's data. Parts hold no state.

    `covers` names the columns that lead to a person or hold an address, as `app.Model.field`.
    """

    name: ClassVar[str]
    covers: ClassVar[frozenset[str]] = frozenset()
    # Said on the page that asks for an erasure, and in the docs; empty: nothing.
    goes: ClassVar[str] = ""
    stays: ClassVar[str] = ""

    def rows(self, person: Person) -> Iterator[Row]:
        """All that is held, in a stable order, without secrets and digests."""
        yield from ()

    def obstacles(self, person: Person) -> Iterator[str]:
        """Why he cannot be erased now, in sentences."""
        yield from ()

    def erase(self, person: Person, *, actor: str) -> int:
        """Forget it, in the transaction around; how many rows there were to change. Nothing is left for a second time."""
        return 0


def told(rows: QuerySet, *names: str) -> Iterator[Row]:
    """These columns of each row, by a cursor on the server."""
    with stream(rows) as found:
        for row in found:
            yield columns(row, *names)


def columns(row: Model, *names: str) -> Row:
    return {name: getattr(row, name) for name in names}


def money(minor: int | None, code: str) -> Mapping[str, str] | None:
    """An amount as exact text in major units, with its currency; where the site knows that no longer, minor units."""
    if minor is None:
        return None
    try:
        return {"amount": f"{Money(minor, currency(code)).decimal:f}", "currency": code}
    except CurrencyUnknown:
        return {"minor_units": str(minor), "currency": code}


def as_json(value: Any) -> str:
    """One line."""
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in an export")
