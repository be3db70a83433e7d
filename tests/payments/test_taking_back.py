"""Money that a provider takes back of a top-up, with its bonus: as far as it is there, and the rest is owed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from audit.models import Act
from ledger.kinds import Kind
from ledger.models import Alarm, Debt, Entry
from ledger.money import Money, currency
from ledger.movements import Event
from ledger.reversals import reverse
from ledger.verifying import verify
from notices.models import Notice
from payments.errors import TopupNotCompleted
from payments.models import Reload, TakeBack, Topup
from payments.port import NoticeKind, ProviderNotice
from payments.receiving import take_notice
from payments.services import confirm_topup
from payments.taking_back import DEBT_ALARM, mark_seen, take_back_by_provider
from payments.unbooked import EXCESS_ALARM
from people.models import User
from tests.conftest import WHY
from wallets.holds import place_hold
from wallets.models import Wallet
from wallets.services import change_wallet, debit
from webhooks.dispatching import dispatch_waiting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _books_are_right() -> Any:
    """Whatever a test did, the ledger bears it out."""
    yield
    assert verify().findings == []


@pytest.fixture
def paid(wallet: Wallet, start: Callable[..., Topup], site: Callable[..., None]) -> Topup:
    """$50.00 with $5.00 on top."""
    site(topup_bonus_percent=10)
    topup = start(wallet, 5000)
    return confirm_topup(topup_id=topup.pk, paid=topup.amount, actor="test", reference="pay_1")


def take(topup: Topup, amount: int, case: str = "dp_1") -> TakeBack:
    return take_back_by_provider(topup=topup, case=case, amount=topup.wallet.money(amount), reason="fraudulent")


def spend(wallet: Wallet, amount: int) -> Entry:
    return debit(wallet=wallet, amount=wallet.money(amount), event=Event.once("test"), why=WHY)


def state(wallet: Wallet) -> tuple[int, int, int]:
    """Balance, what of it is in lots, and what is owed."""
    account = wallet.account
    account.refresh_from_db()
    return account.balance, account.in_lots, account.owed


def written(take_back: TakeBack) -> list[tuple[str, int, int | None]]:
    entries = Entry.objects.filter(key=f"takeback:{take_back.pk}").order_by("leg")
    return [(entry.kind, entry.amount, entry.of) for entry in entries]


def test_takes_the_payment_and_its_bonus_each_as_a_reversal(wallet: Wallet, paid: Topup):
    done = take(paid, 5000)

    assert written(done) == [("reversal", -5000, 1), ("reversal", -500, 2)]
    assert (done.status, done.taken_minor, done.debt_minor, done.actor) == ("done", 5500, 0, "provider:manual")
    assert state(wallet) == (0, 0, 0)
    assert Entry.objects.get(kind=Kind.REVERSAL, of=1).reference == "dp_1"
    assert Notice.objects.filter(kind="topup.dispute").count() == 1
    assert not Alarm.objects.exists()


def test_makes_a_debt_of_what_is_missing(wallet: Wallet, paid: Topup):
    spend(wallet, 4000)
    done = take(paid, 5000)

    assert written(done) == [("debt", 4000, None), ("reversal", -5000, 1), ("reversal", -500, 2)]
    assert (done.taken_minor, done.debt_minor) == (1500, 4000)
    assert state(wallet) == (0, 0, 4000)
    assert Debt.objects.get().rest == 4000
    assert Alarm.objects.open().get().name == DEBT_ALARM


def test_what_comes_in_pays_for_it_first(wallet: Wallet, paid: Topup, give: Callable[..., Entry]):
    spend(wallet, 5500)
    take(paid, 5000)
    give(wallet, 6000)

    assert state(wallet) == (500, 0, 0)


def test_is_booked_once_for_each_case(wallet: Wallet, paid: Topup):
    first = take(paid, 2000)

    assert [take(paid, 2000).pk for _ in range(4)] == [first.pk] * 4
    assert state(wallet) == (5500 - 2200, 300, 0)
    assert Notice.objects.filter(kind="topup.dispute").count() == 1


def test_a_part_takes_its_part_of_the_bonus_and_the_last_one_all_of_it(wallet: Wallet, paid: Topup):
    Topup.objects.update(amount_minor=5000)
    parts = [take(paid, amount, case=f"re_{number}") for number, amount in enumerate((1234, 1766, 2000))]

    assert [part.taken_minor - part.amount_minor for part in parts] == [123, 177, 200]
    assert written(parts[0]) == [("reversal", -1234, 1), ("reversal", -123, 2)]
    # An entry is given back once: what goes back later is charged for.
    assert written(parts[1]) == [("charge", -1766, None), ("charge", -177, None)]
    assert state(wallet) == (0, 0, 0)


def test_a_later_part_takes_the_lots_that_a_reversal_would(wallet: Wallet, paid: Topup, give: Callable[..., Entry]):
    give(wallet, 1000, kind=Kind.BONUS)
    take(paid, 1000, case="re_1")
    take(paid, 1000, case="re_2")

    # $32.00 in all are left of it: money outside lots, and of two bonuses the one that came with it has paid.
    assert state(wallet) == (6500 - 2200, 1000 + 300, 0)


def test_more_than_was_paid_is_for_a_person_and_taken_from_nobody(wallet: Wallet, paid: Topup):
    take(paid, 4000, case="dp_1")
    second = take(paid, 5000, case="dp_2")
    third = take(paid, 1, case="dp_3")

    assert (second.amount_minor, second.taken_minor) == (1000, 1100)
    assert (third.amount_minor, third.booked_minor, third.status) == (1, 0, "done")
    assert state(wallet) == (0, 0, 0)
    assert Alarm.objects.open().filter(name=EXCESS_ALARM).count() == 2


def test_another_currency_is_for_a_person(wallet: Wallet, paid: Topup):
    told = ProviderNotice("evt_1", NoticeKind.TAKEN_BACK, paid.pk, case="dp_1", amount=Money(5000, currency("EUR")))
    for number in ("evt_1", "evt_1", "evt_2"):
        take_notice(provider="manual", notice=replace(told, id=number))

    assert TakeBack.objects.get().booked_minor == 0
    assert state(wallet) == (5500, 500, 0)
    assert Alarm.objects.open().get().name == EXCESS_ALARM


def test_a_frozen_wallet_gives_back_too(wallet: Wallet, paid: Topup):
    spend(wallet, 1000)
    change_wallet(wallet=wallet, status="frozen")
    take(paid, 5000)

    assert state(wallet) == (0, 0, 1000)


@pytest.mark.parametrize("amounts", [(5000,), (2000, 3000)])
def test_a_bonus_that_somebody_took_back_by_hand_is_not_taken_again(wallet: Wallet, paid: Topup, amounts: tuple[int, ...]):
    bonus = Entry.objects.get(kind=Kind.BONUS)
    reverse(entry=bonus, amount=wallet.money(400), event=Event.once("test"), why=WHY)
    for number, amount in enumerate(amounts):
        take(paid, amount, case=f"re_{number}")

    assert state(wallet) == (0, 0, 0)


def test_what_is_held_is_not_available(wallet: Wallet, paid: Topup):
    place_hold(wallet=wallet, amount=wallet.money(2000), event=Event.once("test"), why=WHY, expires_in=None)
    done = take(paid, 5000)

    assert (done.taken_minor, done.debt_minor) == (3500, 2000)
    assert state(wallet) == (2000, 2000, 2000)
    assert wallet.account.held == 2000


def test_nothing_goes_back_of_what_was_not_credited(wallet: Wallet, start: Callable[..., Topup]):
    topup = start(wallet, 5000)

    with pytest.raises(TopupNotCompleted), transaction.atomic():
        take(topup, 5000)
    assert not TakeBack.objects.exists()


def test_without_a_bonus_there_is_none_to_take(wallet: Wallet, start: Callable[..., Topup]):
    topup = start(wallet, 5000)
    confirm_topup(topup_id=topup.pk, paid=topup.amount, actor="test")

    assert written(take(topup, 5000)) == [("reversal", -5000, 1)]


def test_calls_for_no_reload(wallet: Wallet, paid: Topup):
    """Who disputes a charge is not charged again for it."""
    change_wallet(wallet=wallet, auto_reload_enabled=True, auto_reload_threshold=1000, auto_reload_amount=2000)
    take(paid, 2000, case="re_1")
    take(paid, 3000, case="re_2")
    dispatch_waiting()

    assert not Reload.objects.exists()


def test_somebody_looks_at_what_is_owed(wallet: Wallet, paid: Topup, manager: User):
    spend(wallet, 5500)
    done = take(paid, 5000)
    for _ in range(2):
        seen = mark_seen(take_back_id=done.pk, by=manager)

    assert seen.seen_by == manager
    assert not Alarm.objects.open().exists()
    assert Act.objects.filter(act="topup.take_back_seen", subject=f"topup:{paid.pk}").count() == 1


def test_a_case_that_looks_like_another_refund_is_a_case_of_its_own(wallet: Wallet, paid: Topup):
    take(paid, 1000, case=str(uuid4()))

    assert TakeBack.objects.get().kind == "dispute"
