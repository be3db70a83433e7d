"""Wallets in points: several where the site allows it, what they begin with, and those that were missing."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from rest_framework.test import APIClient

from audit.models import Act
from ledger.errors import Refusal
from ledger.models import Entry
from ledger.money import currency
from ledger.retry import in_transaction
from ledger.verifying import verify
from people.models import User
from points.finding import points_wallet
from site_settings.services import change_settings
from tests.conftest import PASSWORD
from tests.payments.conftest import all_at_once
from wallets.errors import WalletExists
from wallets.missing import open_missing, without_wallet
from wallets.models import Wallet
from wallets.services import open_wallet, wallet_in

pytestmark = pytest.mark.django_db

Site = Callable[..., None]


@pytest.fixture
def points(settings: Any, site: Site) -> Any:
    """The site counts in points of its own, of which each wallet begins with 5.00."""
    settings.OWN_UNITS = ["PTS:Points"]
    site(points_currency="PTS", points_initial=500)
    return currency("PTS")


def test_as_many_as_the_setting_allows(points: Any, site: Site, alice: User, as_manager: APIClient):
    first = open_wallet(user=alice, currency=points)
    body = {"user_id": alice.pk, "currency": "PTS"}
    refused = as_manager.post("/wp-json/walletpro/v1/wallets", body, format="json")
    assert (refused.status_code, refused.json()["data"]["wallet_id"]) == (409, first.pk)

    site(points_wallets_per_user=3)
    assert as_manager.post("/wp-json/walletpro/v1/wallets", body, format="json").status_code == 201
    open_wallet(user=alice, currency=points)
    with pytest.raises(WalletExists), transaction.atomic():
        open_wallet(user=alice, currency=points)
    with pytest.raises(WalletExists), transaction.atomic():
        open_wallet(user=alice)

    held = Wallet.objects.filter(user=alice, currency_code="PTS").order_by("pk")
    assert [wallet.is_default for wallet in held] == [True, False, False]
    # The oldest is the one that is meant, and nobody who asks for it opens another.
    assert wallet_in(alice, points) == first
    assert verify().findings == []


def test_a_wallet_begins_with_points_once(points: Any, alice: User, bob: User, sql: Callable[[str], int]):
    wallet = open_wallet(user=alice, currency=points, actor="test")
    mirrored = open_wallet(user=bob, currency=points, with_initial_points=False)

    (entry,) = Entry.objects.all()
    assert (entry.account_id, entry.kind, entry.amount, entry.house, entry.actor) == (wallet.pk, "grant", 500, "issued", "test")
    assert (wallet.account.balance, mirrored.account.balance) == (500, 0)
    assert verify().findings == []

    (act,) = Act.objects.filter(act="wallet.opened", subject=f"wallet:{wallet.pk}")
    assert json.loads(act.facts)["initial_minor"] == 500
    sql(f"UPDATE ledger_entry SET key = 'wallet:{mirrored.pk}:initial' WHERE id = {entry.pk}")
    assert f"account {wallet.pk}: entry 1 is not what its wallet began with" in map(str, verify().findings)


@pytest.mark.parametrize(("units", "now"), [(["PTS:Points:0"], "0"), ([], "no name any more")])
def test_a_unit_whose_decimals_were_changed_is_named(points: Any, alice: User, settings: Any, units: list[str], now: str):
    wallet = open_wallet(user=alice, currency=points)
    assert verify().findings == []

    settings.OWN_UNITS = units
    said = f"account {wallet.pk}: its unit had 2 decimals when its wallet was opened, and has {now}"
    assert [str(finding) for finding in verify().findings] == [said]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_many_at_once_open_no_more_than_allowed(settings: Any, alice: User):
    settings.OWN_UNITS = ["PTS:Points"]
    change_settings({"points_currency": "PTS", "points_wallets_per_user": 2}, actor="test")

    def attempt(_: int) -> bool:
        try:
            in_transaction(lambda: open_wallet(user=alice, currency=currency("PTS")))
        except Refusal:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(attempt, range(6))) == 2


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_missing_ones_are_opened_once_whoever_is_at_it(settings: Any, alice: User, bob: User):
    """Two commands, and two calls of the gateway that name his e-mail."""
    settings.OWN_UNITS = ["PTS:Points"]
    change_settings({"points_currency": "PTS", "points_initial": 500, "points_wallets_per_user": 3}, actor="test")
    by_email = [
        lambda email=user.email: in_transaction(lambda: points_wallet(wallet_id=None, email=email)).pk for user in (alice, bob)
    ]
    *opened, hers, his = all_at_once([open_missing, open_missing, *by_email])

    assert sum(opened) <= 2
    wallets = Wallet.objects.filter(currency_code="PTS").select_related("account")
    assert {wallet.pk: wallet.account.balance for wallet in wallets} == {hers: 500, his: 500}
    assert verify().findings == []


class TestMissing:
    @pytest.fixture
    def crowd(self, db: None) -> list[User]:
        users = [User.objects.create_user(f"u{number}", f"u{number}@example.test", PASSWORD) for number in range(5)]
        User.objects.filter(pk=users[0].pk).update(is_active=False)
        return users[1:]

    def test_each_active_user_gets_one(
        self, points: Any, crowd: list[User], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ):
        monkeypatch.setattr("wallets.missing.BATCH", 2)
        seen: list[int] = []
        open_wallet(user=crowd[0], currency=points)

        assert open_missing(limit=1, progress=seen.append) == 1
        call_command("open_missing_wallets")
        assert capsys.readouterr().out == "2 wallets opened in PTS\n"

        assert {wallet.user_id: wallet.account.balance for wallet in Wallet.objects.select_related("account")} == {
            user.pk: 500 for user in crowd
        }
        assert (seen, list(without_wallet()), open_missing()) == ([1], [], 0)
        assert verify().findings == []
