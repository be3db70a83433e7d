"""Points in a unit of their own, and files of them."""

from collections.abc import Callable
from io import BytesIO
from typing import Any, Protocol

import pytest

from ledger.models import Account
from ledger.money import currency
from points.importing.running import advance
from points.importing.services import start_import
from points.importing.staging import stage_import
from points.models import Import
from wallets.models import Wallet
from wallets.services import open_wallet


class Load(Protocol):
    def __call__(self, text: str | bytes, mode: str = "grant", **extra: Any) -> Import: ...


@pytest.fixture
def points(settings: Any, site: Callable[..., None]) -> None:
    """PTS, with two decimals, is what the site counts points in."""
    settings.OWN_UNITS = ["PTS:Points:2"]
    site(points_currency="PTS")


@pytest.fixture
def hers(points: None, wallet: Wallet) -> Wallet:
    """Alice's wallet for points, empty."""
    return open_wallet(user=wallet.user, currency=currency("PTS"))


@pytest.fixture
def his(points: None, bobs_wallet: Wallet) -> Wallet:
    return open_wallet(user=bobs_wallet.user, currency=currency("PTS"))


@pytest.fixture
def load(points: None) -> Load:
    """`load("email,points\\n…")`: a file, read and checked."""

    def load(text: str | bytes, mode: str = "grant", **extra: Any) -> Import:
        data = text.encode() if isinstance(text, str) else text
        return advance(stage_import(file=BytesIO(data), mode=mode, **extra).pk)

    return load


def run(checked: Import) -> Import:
    """Start it at the console, and book it to its end."""
    start_import(number=checked.pk)
    return advance(checked.pk)


def balance(wallet: Wallet) -> int:
    return Account.objects.get(pk=wallet.pk).balance


def problems(of: Import) -> list[tuple[int, str]]:
    return list(of.rows.exclude(problem="").order_by("number").values_list("number", "problem"))
