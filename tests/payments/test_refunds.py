"""Refunds by a manager: set aside, paid back outside once, and then taken or freed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from audit.models import Act
from ledger.errors import HoldUnderWay, InsufficientFunds
from ledger.models import Alarm, Entry, Hold
from ledger.movements import Event
from ledger.verifying import verify
from payments.admin_take_backs import TO_BE_SEEN
from payments.errors import RefundExceedsTopup, RefundUnderWay, TopupNotCompleted
from payments.models import TakeBack, Topup
from payments.refunds import UNKNOWN_ALARM, request_refund, settle_refund_by_hand, settle_refunds
from payments.services import confirm_topup
from payments.taking_back import take_back_by_provider
from people.models import User
from tests.conftest import WHY
from tests.payments.bank import Bank
from wallets.errors import ManagerRequired
from wallets.holds import void_hold
from wallets.models import Wallet
from wallets.services import change_wallet, debit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _books_are_right() -> Any:
    yield
    assert verify().findings == []


@pytest.fixture
def paid(wallet: Wallet, bank: Bank, start: Callable[..., Topup], site: Callable[..., None]) -> Topup:
    """$50.00 with $5.00 on top, through the bank."""
    site(topup_bonus_percent=10)
    topup = start(wallet, 5000)
    return confirm_topup(topup_id=topup.pk, paid=topup.amount, actor="test", reference="pay_1")


def spend(wallet: Wallet, amount: int) -> Entry:
    return debit(wallet=wallet, amount=wallet.money(amount), event=Event.once("test"), why=WHY)


def state(wallet: Wallet) -> tuple[int, int, int]:
    """Balance, what of it is held, and what is owed."""
    account = wallet.account
    account.refresh_from_db()
    return account.balance, account.held, account.owed


def come_due() -> None:
    TakeBack.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=timezone.now() - timedelta(seconds=1))


def test_pays_back_and_takes_the_bonus_with_it(wallet: Wallet, paid: Topup, bank: Bank, manager: User):
    done = request_refund(topup=paid, by=manager)

    assert (done.status, done.kind, done.taken_minor, done.case) == ("done", "refund", 5500, f"pay_{done.pk}")
    assert bank.refunds == [str(done.pk)]
    assert state(wallet) == (0, 0, 0)
    act = Act.objects.get(act="topup.refund_asked")
    assert (act.actor, act.subject) == (f"user:{manager.pk} admin", f"topup:{paid.pk}")


def test_pays_back_a_part_and_then_the_rest(wallet: Wallet, paid: Topup, bank: Bank, manager: User):
    request_refund(topup=paid, amount=wallet.money(2000), by=manager)
    assert state(wallet) == (3300, 0, 0)
    rest = request_refund(topup=paid, by=manager)

    assert rest.amount_minor == 3000
    assert state(wallet) == (0, 0, 0)
    with pytest.raises(RefundExceedsTopup):
        request_refund(topup=paid, by=manager)
    assert len(bank.refunds) == 2


def test_refuses_what_is_not_available_and_asks_nobody(wallet: Wallet, paid: Topup, bank: Bank, manager: User):
    spend(wallet, 1)

    with pytest.raises(InsufficientFunds) as refused:
        request_refund(topup=paid, by=manager)

    assert (refused.value.required.minor, refused.value.available.minor) == (5500, 5499)
    assert not bank.calls
    assert not TakeBack.objects.exists()


def test_refuses_more_than_was_paid(wallet: Wallet, paid: Topup, manager: User):
    with pytest.raises(RefundExceedsTopup):
        request_refund(topup=paid, amount=wallet.money(5001), by=manager)


def test_refuses_what_was_not_credited(wallet: Wallet, bank: Bank, start: Callable[..., Topup], manager: User):
    topup = start(wallet, 5000)

    with pytest.raises(TopupNotCompleted):
        request_refund(topup=topup, by=manager)


def test_refuses_who_is_no_manager(paid: Topup, bob: User):
    with pytest.raises(ManagerRequired):
        request_refund(topup=paid, by=bob)


def test_a_frozen_wallet_gives_back_too(wallet: Wallet, paid: Topup, manager: User):
    change_wallet(wallet=wallet, status="frozen")

    assert request_refund(topup=paid, by=manager).status == "done"


def test_frees_what_the_provider_does_not_pay_back(wallet: Wallet, paid: Topup, bank: Bank, manager: User):
    bank.next("refuse")
    failed = request_refund(topup=paid, by=manager)

    assert (failed.status, failed.reason, failed.next_attempt_at) == ("failed", "card_declined", None)
    assert state(wallet) == (5500, 0, 0)
    assert request_refund(topup=paid, by=manager).status == "done"


class TestALostAnswer:
    @pytest.fixture
    def lost(self, paid: Topup, bank: Bank, manager: User) -> TakeBack:
        bank.next("lose")
        return request_refund(topup=paid, by=manager)

    def test_leaves_it_set_aside(self, wallet: Wallet, lost: TakeBack, manager: User):
        assert lost.status == "unknown"
        assert state(wallet) == (5500, 5500, 0)
        with pytest.raises(InsufficientFunds), transaction.atomic():
            spend(wallet, 1)

    def test_is_asked_for_under_the_same_id(self, wallet: Wallet, lost: TakeBack, bank: Bank):
        assert settle_refunds() == 0
        come_due()
        assert settle_refunds() == 1

        assert bank.refunds == [str(lost.pk)]
        assert bank.calls == ["refund", "refund"]
        assert state(wallet) == (0, 0, 0)

    def test_lets_nobody_begin_another_one(self, paid: Topup, lost: TakeBack, manager: User):
        with pytest.raises(RefundUnderWay):
            request_refund(topup=paid, by=manager)

    def test_lets_nobody_decide_meanwhile(self, lost: TakeBack, wallet: Wallet, manager: User):
        with pytest.raises(RefundUnderWay), transaction.atomic():
            settle_refund_by_hand(take_back_id=lost.pk, was_refunded=False, by=manager)
        hold = Hold.objects.get()
        with pytest.raises(HoldUnderWay), transaction.atomic():
            void_hold(hold=hold, event=Event.once("test"), why=WHY)

        assert state(wallet) == (5500, 5500, 0)

    @pytest.mark.parametrize(("was_refunded", "balance"), [(True, 0), (False, 5500)])
    def test_is_for_a_person_after_a_day(
        self, lost: TakeBack, bank: Bank, wallet: Wallet, manager: User, was_refunded: bool, balance: int
    ):
        bank.next("away")
        TakeBack.objects.update(created_at=timezone.now() - timedelta(hours=24))
        come_due()
        settle_refunds()
        assert Alarm.objects.open().get().name == UNKNOWN_ALARM
        assert settle_refunds() == 0
        for _ in range(2):
            settle_refund_by_hand(take_back_id=lost.pk, was_refunded=was_refunded, by=manager)

        assert state(wallet) == (balance, 0, 0)
        assert not Alarm.objects.open().exists()
        assert Act.objects.filter(act="topup.refund_settled").count() == 1

    def test_is_settled_by_the_providers_own_notice(self, wallet: Wallet, paid: Topup, lost: TakeBack, bank: Bank):
        for _ in range(3):
            take_back_by_provider(topup=paid, case=str(lost.pk), amount=paid.amount, reason="")
        come_due()

        assert settle_refunds() == 0
        assert TakeBack.objects.get().status == "done"
        assert state(wallet) == (0, 0, 0)


def test_a_dispute_meanwhile_takes_nothing_twice(wallet: Wallet, paid: Topup, bank: Bank, manager: User):
    bank.next("lose")
    request_refund(topup=paid, by=manager)
    take_back_by_provider(topup=paid, case="dp_1", amount=paid.amount, reason="")
    assert state(wallet) == (5500, 5500, 5500)
    come_due()
    settle_refunds()

    # Both are the provider's word. What was set aside is free and pays what is owed, and a person is told.
    assert state(wallet) == (0, 0, 0)
    assert Alarm.objects.open().count() == 2


@pytest.mark.parametrize("was_refunded", [True, False])
def test_what_is_free_again_pays_what_is_owed(
    wallet: Wallet, paid: Topup, bank: Bank, give: Callable[..., Entry], manager: User, was_refunded: bool
):
    bank.next("lose" if was_refunded else "away", *([] if was_refunded else ["refuse"]))
    request_refund(topup=paid, amount=wallet.money(4000), by=manager)
    take_back_by_provider(topup=paid, case="dp_1", amount=wallet.money(5000))
    assert state(wallet) == (4400, 4400, 4400)

    come_due()
    settle_refunds()
    refund = TakeBack.objects.get(kind="refund")
    assert (refund.status, refund.booked_minor) == ("done" if was_refunded else "failed", 0)
    assert state(wallet) == (0, 0, 0)
    assert list(TakeBack.objects.filter(TO_BE_SEEN, kind="refund")) == ([refund] if was_refunded else [])

    give(wallet, 100)
    assert state(wallet) == (100, 0, 0)


def test_what_is_free_again_pays_no_more_than_is_owed(wallet: Wallet, paid: Topup, bank: Bank, manager: User):
    bank.next("lose")
    request_refund(topup=paid, amount=wallet.money(4000), by=manager)
    take_back_by_provider(topup=paid, case="dp_1", amount=wallet.money(2000))
    assert state(wallet) == (4400, 4400, 1100)

    come_due()
    settle_refunds()
    # $30.00 were left of it, and $3.00 of its bonus; $11.00 were owed.
    assert state(wallet) == (0, 0, 0)
    assert TakeBack.objects.get(TO_BE_SEEN, kind="refund").amount_minor == 3000


def test_by_hand_it_is_settled_at_once(wallet: Wallet, start: Callable[..., Topup], manager: User):
    topup = start(wallet, 5000)
    confirm_topup(topup_id=topup.pk, paid=topup.amount, actor="test")
    waiting = request_refund(topup=topup, by=manager)

    assert (waiting.status, waiting.next_attempt_at) == ("unknown", None)
    assert not Alarm.objects.exists()
    settle_refund_by_hand(take_back_id=waiting.pk, was_refunded=True, by=manager)
    assert state(wallet) == (0, 0, 0)


def test_is_no_part_of_another_transaction(paid: Topup, bank: Bank, manager: User):
    with transaction.atomic(), pytest.raises(RuntimeError):
        request_refund(topup=paid, by=manager)

    assert not bank.calls
