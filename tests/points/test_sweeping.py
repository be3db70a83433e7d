"""The sweep brings to the fee wallet exactly what the house account `fees` has, and nothing twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum

from ledger.models import Account, Alarm, Entry
from ledger.movements import Event
from ledger.verifying import verify
from people.models import User
from points import sweeping
from points.models import FeeSweep
from points.services import charge_points
from points.sweeping import sweep_fees
from site_settings.services import change_settings
from tests.conftest import WHY
from tests.points.meeting import meeting
from wallets.models import Wallet
from wallets.naming import name_wallet
from wallets.services import change_wallet

pytestmark = pytest.mark.django_db

Seal = Callable[[], Any]
FEES = {
    "points_add_fee_type": "percent",
    "points_add_fee_amount": Decimal(10),
    "points_subtract_fee_type": "fixed",
    "points_subtract_fee_amount": Decimal(1),
}


@pytest.fixture
def house(site: Callable[..., None], bobs_wallet: Wallet) -> Wallet:
    """Bob's wallet is the fee wallet, which the setting knows by its nickname."""
    name_wallet(wallet=bobs_wallet, nickname="House")
    site(**FEES, fee_wallet="hOUSE")
    return bobs_wallet


def charge(wallet: Wallet, minor: int) -> Entry:
    return charge_points(wallet=wallet, points=wallet.money(minor), event=Event.once("test"), why=WHY)


def balance(wallet: Wallet) -> int:
    return Account.objects.get(pk=wallet.pk).balance


def in_house() -> int:
    """What the house account has, added up from nothing."""
    return -(Entry.objects.filter(house="fees").aggregate(sum=Sum("amount"))["sum"] or 0)


def findings() -> list[str]:
    return [str(finding) for finding in verify().findings]


def test_brings_what_was_sealed_and_nothing_twice(wallet: Wallet, house: Wallet, seal: Seal):
    charge(wallet, 1000)
    assert sweep_fees() == 0, "nothing is sealed yet"
    seal()
    charge(wallet, -200)
    assert (sweep_fees(), balance(house), in_house()) == (100, 100, 1)

    # The checkpoint still says 100: until the sweep is sealed itself, nothing moves.
    assert [sweep_fees() for _ in range(3)] == [0, 0, 0]
    seal()
    assert [sweep_fees(), sweep_fees()] == [1, 0]
    seal()
    assert (sweep_fees(), balance(house), in_house()) == (0, 101, 0)

    keys = Entry.objects.filter(account_id=house.pk).order_by("sequence").values_list("key", "kind", "amount", "house")
    assert list(keys) == [("fees:USD:1", "credit", 100, "fees"), ("fees:USD:2", "credit", 1, "fees")]
    assert findings() == []


def test_another_fee_wallet_gets_what_the_one_before_did_not(wallet: Wallet, house: Wallet, seal: Seal):
    charge(wallet, 1000)
    seal()
    sweep_fees()
    seal()
    name_wallet(wallet=house, nickname="")
    name_wallet(wallet=wallet, nickname="House")
    assert sweep_fees() == 0
    charge(wallet, 500)
    seal()
    assert (sweep_fees(), in_house()) == (50, 0)
    assert [(sweep.number, sweep.wallet_id) for sweep in FeeSweep.objects.order_by("number")] == [(1, house.pk), (2, wallet.pk)]
    assert findings() == []


@pytest.mark.parametrize("word", ["nobody", "0", "9" * 19, "9" * 60, "a\0b"])
def test_an_alarm_tells_of_a_fee_wallet_that_is_not_there(
    wallet: Wallet, house: Wallet, seal: Seal, monkeypatch: pytest.MonkeyPatch, word: str
):
    charge(wallet, 1000)
    seal()
    with monkeypatch.context() as patch:
        patch.setattr("points.sweeping.current_settings", lambda: type("Site", (), {"fee_wallet": word}))
        assert sweep_fees() == 0
    assert Alarm.objects.open().get().name == "fee wallet"

    change_wallet(wallet=house, status="frozen")
    assert sweep_fees() == 0
    assert "frozen" in Alarm.objects.open().get().message
    change_wallet(wallet=house, status="active")
    assert sweep_fees() == 100
    assert not Alarm.objects.open().exists()


def test_without_a_fee_wallet_fees_stay(wallet: Wallet, site: Callable[..., None], seal: Seal):
    site(**FEES)
    charge(wallet, 1000)
    seal()

    assert (sweep_fees(), in_house(), Alarm.objects.open().count()) == (0, 100, 0)


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE points_feesweep SET amount_minor = 99",
        "UPDATE points_feesweep SET number = 2",
        "UPDATE points_feesweep SET sequence = 2",
        "UPDATE points_feesweep SET swept_at = swept_at + interval '1 second'",
        "UPDATE points_feesweep SET wallet_id = {wallet}",
        "DELETE FROM points_feesweep",
    ],
)
def test_a_sweep_that_was_edited_is_named(wallet: Wallet, house: Wallet, seal: Seal, sql: Callable[[str], int], edit: str):
    charge(wallet, 1000)
    seal()
    sweep_fees()
    assert findings() == []

    assert sql(edit.format(wallet=wallet.pk)) == 1
    assert any("fee sweep" in finding for finding in findings())


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_nothing_is_lost_or_brought_twice_while_everybody_moves(wallet: Wallet, bobs_wallet: Wallet, seal: Seal, alice: User):
    change_settings({**FEES, "fee_wallet": str(bobs_wallet.pk)}, actor="test")
    charge(wallet, 10_000)

    def move(seed: int) -> int:
        dice = Random(seed)
        try:
            for _ in range(8):
                charge(wallet, dice.randint(10, 90) * dice.choice([1, -1]))
            return sweep_fees()
        finally:
            connection.close()

    def sweep(_: int) -> int:
        try:
            return sum(sweep_fees() for _ in range(4))
        finally:
            connection.close()

    swept = 0
    for round_ in range(3):
        seal()
        with ThreadPoolExecutor(6) as pool:
            works = [pool.submit(work, round_ * 10 + number) for number, work in enumerate([move, move, sweep, sweep, sweep])]
            swept += sum(work.result() for work in works)
    seal()
    swept += sweep_fees()

    assert (in_house(), balance(bobs_wallet)) == (0, swept)
    assert findings() == []


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_two_sweeps_at_once_one_finds_nothing(
    wallet: Wallet, bobs_wallet: Wallet, seal: Seal, monkeypatch: pytest.MonkeyPatch
):
    change_settings({**FEES, "fee_wallet": str(bobs_wallet.pk)}, actor="test")
    charge(wallet, 1000)
    seal()
    monkeypatch.setattr(sweeping, "_fees_in", meeting(sweeping._fees_in))

    def sweep(_: int) -> int:
        try:
            return sweep_fees()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(sweep, range(2))) == [0, 100]
    assert (balance(bobs_wallet), findings()) == (100, [])
