"""What a wallet may spend at a time: KYC, spending limit and velocity, in this order, behind the lock."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from kyc.errors import KycRequired
from kyc.services import decide
from ledger.errors import AccountFrozen, InsufficientFunds
from ledger.kinds import Kind
from ledger.models import Entry, Hold
from ledger.movements import Event
from people.models import User
from tests.conftest import WHY
from tests.ledger.clock import Clock
from wallets.approvals import adjust
from wallets.errors import SpendingLimitExceeded, VelocityCapExceeded
from wallets.holds import capture_hold, place_hold, void_hold
from wallets.models import Adjustment, Wallet
from wallets.services import change_wallet, debit

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def funded(wallet: Wallet, give: Callable[..., Entry]) -> Wallet:
    give(wallet, 100_000)
    return wallet


def spend(wallet: Wallet, amount: int, **extra: Any) -> Entry:
    with transaction.atomic():
        return debit(wallet=wallet, amount=wallet.money(amount), event=Event.once("test"), why=WHY, **extra)


def hold(wallet: Wallet, amount: int, minutes: int = 15) -> Hold:
    with transaction.atomic():
        entry = place_hold(
            wallet=wallet,
            amount=wallet.money(amount),
            event=Event.once("test"),
            why=WHY,
            expires_in=timedelta(minutes=minutes),
        )
    return Hold.objects.get(pk=entry.pk)


def refused(wallet: Wallet, amount: int) -> VelocityCapExceeded:
    entries = Entry.objects.count()
    with pytest.raises(VelocityCapExceeded) as refusal:
        spend(wallet, amount)
    assert Entry.objects.count() == entries
    return refusal.value


def test_the_first_complaint_is_the_contracts(funded: Wallet, alice: User, manager: User, site: Any):
    """Wallet active, KYC, spending limit, velocity, balance: each is mended in turn, and the next one speaks."""
    site(kyc_enabled=True, kyc_required_features=["wallet_usage"], velocity_max_sum=200_000)
    change_wallet(wallet=funded, status="frozen", spending_limit=150_000)
    with pytest.raises(AccountFrozen):
        spend(funded, 300_000)
    change_wallet(wallet=funded, status="active")
    with pytest.raises(KycRequired):
        spend(funded, 300_000)
    decide(user=alice, status="approved", by=manager)
    with pytest.raises(SpendingLimitExceeded):
        spend(funded, 300_000)
    change_wallet(wallet=funded, spending_limit=None)
    with pytest.raises(VelocityCapExceeded):
        spend(funded, 300_000)
    site(velocity_max_sum=0)
    with pytest.raises(InsufficientFunds):
        spend(funded, 300_000)


def test_what_was_spent_within_the_window_is_too_often(funded: Wallet, site: Any, clock: Clock):
    site(velocity_max_count=2, velocity_window_minutes=60)
    first = spend(funded, 100)
    clock.set(first.at + timedelta(minutes=20))
    spend(funded, 100)
    clock.set(first.at + timedelta(minutes=59, seconds=59))
    refusal = refused(funded, 1)
    assert (refusal.limit, refusal.requested.minor, refusal.window_minutes, refusal.retry_after) == (2, 1, 60, 1)

    clock.set(first.at + timedelta(minutes=60))
    spend(funded, 1)
    assert refused(funded, 1).retry_after == 20 * 60


def test_or_too_much(funded: Wallet, site: Any, clock: Clock):
    site(velocity_max_sum=1000, velocity_window_minutes=10)
    first = spend(funded, 600)
    clock.set(first.at + timedelta(minutes=4))
    spend(funded, 400)
    assert refused(funded, 1).limit == funded.money(1000)
    # 600 leave after ten minutes, 400 four minutes later.
    assert refused(funded, 600).retry_after == 6 * 60
    assert refused(funded, 601).retry_after == 10 * 60
    clock.set(first.at + timedelta(minutes=10))
    spend(funded, 600)


def test_what_never_fits_waits_for_the_whole_window(funded: Wallet, site: Any):
    site(velocity_max_sum=1000, velocity_window_minutes=10)

    assert refused(funded, 1001).retry_after == 600


def test_both_caps_have_to_have_room(funded: Wallet, site: Any, clock: Clock):
    site(velocity_max_sum=1000, velocity_max_count=2, velocity_window_minutes=10)
    first = spend(funded, 10)
    clock.set(first.at + timedelta(minutes=1))
    spend(funded, 900)
    # The count has room when the first one leaves, the sum when the second does.
    assert refused(funded, 500).retry_after == 10 * 60
    assert refused(funded, 50).retry_after == 9 * 60


def test_a_hold_counts_when_it_is_placed_and_its_capture_does_not(funded: Wallet, site: Any):
    site(velocity_max_sum=1000, velocity_max_count=2)
    placed = hold(funded, 800)
    assert refused(funded, 201).limit == funded.money(1000)
    with transaction.atomic():
        capture_hold(hold=placed, amount=funded.money(300), event=Event.once("test"), why=WHY)
    spend(funded, 700)
    assert refused(funded, 1).limit == 2


def test_a_hold_that_was_freed_counts_no_more(funded: Wallet, site: Any, clock: Clock):
    site(velocity_max_sum=1000)
    voided, lapsed = hold(funded, 500), hold(funded, 500, minutes=5)
    refused(funded, 1)
    with transaction.atomic():
        void_hold(hold=voided, event=Event.once("test"), why=WHY)
    spend(funded, 500)
    refused(funded, 1)
    assert lapsed.ends
    clock.set(lapsed.ends + timedelta(seconds=1))
    spend(funded, 500)


def test_a_hold_is_held_to_the_caps_as_well(funded: Wallet, site: Any):
    site(velocity_max_count=1)
    spend(funded, 1)

    with pytest.raises(VelocityCapExceeded):
        hold(funded, 1)


def test_money_that_comes_counts_for_nothing(funded: Wallet, give: Callable[..., Entry], site: Any):
    site(velocity_max_count=1, velocity_max_sum=100)
    give(funded, 5000)
    give(funded, 5000, kind=Kind.CASHBACK)

    spend(funded, 100)


def test_another_wallets_debits_count_for_nothing(funded: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry], site: Any):
    give(bobs_wallet, 500)
    site(velocity_max_count=1)
    spend(bobs_wallet, 100)

    spend(funded, 100)


def test_a_partial_debit_is_held_to_what_it_would_take(wallet: Wallet, give: Callable[..., Entry], site: Any):
    give(wallet, 300)
    site(velocity_max_sum=300)

    assert spend(wallet, 5000, allow_partial=True).amount == -300


@pytest.mark.parametrize("holds_for_them", [False, True])
def test_adjustments_pass_the_limits_by_unless_a_setting_says_otherwise(
    funded: Wallet, manager: User, site: Any, holds_for_them: bool
):
    site(velocity_max_count=1, limits_on_adjustments=holds_for_them, kyc_enabled=True, kyc_required_features=["wallet_usage"])
    adjusting = [
        Adjustment(wallet=funded, kind=Kind.DEBIT, amount_minor=-5, reason="Correction", asked_by=manager) for _ in range(2)
    ]
    with transaction.atomic():
        adjust(adjustment=adjusting[0])
    if holds_for_them:
        with pytest.raises(VelocityCapExceeded), transaction.atomic():
            adjust(adjustment=adjusting[1])
    else:
        with transaction.atomic():
            adjust(adjustment=adjusting[1])


def test_reads_the_windows_entries_and_no_older_ones(wallet: Wallet, give: Callable[..., Entry], site: Any, clock: Clock):
    site(velocity_max_count=5)
    first = give(wallet, 5000)
    for _ in range(40):
        spend(wallet, 1) if _ < 4 else give(wallet, 1)
    clock.set(first.at + timedelta(hours=2))
    with CaptureQueriesContext(connection) as statements:
        spend(wallet, 1)

    # Lock, terms, what was spent, entry and balance.
    assert len([row for row in statements if "SAVEPOINT" not in row["sql"]]) == 4
