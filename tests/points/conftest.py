"""Points in a unit of their own, and files of them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any, Protocol

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from audit.acts import ActName
from audit.services import record
from ledger.models import Account
from ledger.money import currency
from people.models import User
from people.rights import SHOP_MANAGER
from points.importing.running import advance
from points.importing.services import start_import
from points.importing.staging import stage_import
from points.models import Import, Plan
from points.plans.rows import facts_of, subject_of
from points.plans.services import create_plan
from tests.conftest import PASSWORD
from wallets.models import Wallet
from wallets.services import open_wallet

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def second(db: None) -> User:
    """Another shop manager."""
    user = User.objects.create_user("second", "second@example.test", PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=SHOP_MANAGER))
    return user


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


def planned(**terms: Any) -> Plan:
    """A weekly plan whose first period was due an hour ago, and wallets that were there by then."""
    week_ago = timezone.now() - timedelta(days=7, hours=1)
    Wallet.objects.filter(created_at__gt=week_ago).exclude(user__wallets__created_at__lt=week_ago).update(created_at=LONG_AGO)
    asked = {"name": "Weekly", "amount_type": "fixed", "percent": None, "interval_days": 7, "starts_at": week_ago}
    return create_plan(**{**asked, "grant_label": "Bread", "charge_label": "Rent", **terms})


def an_interval_later(plan: Plan) -> None:
    """As if so much time had passed since it was saved."""
    plan.refresh_from_db()
    plan.starts_at -= plan.interval
    plan.save()
    record(ActName.PLAN_CHANGED, actor="test", subject=subject_of(plan), facts=facts_of(plan))
