"""Money that went back of what was not credited: nobody is charged for it, and a person is told."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from ledger.models import Alarm
from ledger.retry import in_transaction
from ledger.verifying import verify
from payments.errors import TopupNotCompleted
from payments.models import TakeBack, Topup
from payments.port import NoticeKind, ProviderNotice
from payments.receiving import take_notice
from payments.refunds import request_refund, settle_refund_by_hand
from payments.services import confirm_topup
from payments.taking_back import mark_seen
from people.models import User
from tests.payments.bank import Bank
from wallets.models import Wallet

pytestmark = pytest.mark.django_db
BACK, PAID, WON = NoticeKind.TAKEN_BACK, NoticeKind.PAID, NoticeKind.WON


@pytest.fixture(autouse=True)
def _books_are_right() -> Any:
    yield
    assert verify().findings == []


def tell(topup: Topup, kind: NoticeKind, minor: int = 5000, **said: str) -> str:
    """A notice of its own."""
    facts: dict[str, Any] = {"topup_id": topup.pk, "amount": topup.wallet.money(minor), **said}
    notice = ProviderNotice(uuid4().hex, kind, **facts)
    return in_transaction(lambda: take_notice(provider=topup.provider, notice=notice))


def balance(wallet: Wallet) -> tuple[int, int]:
    """And what is owed."""
    wallet.account.refresh_from_db()
    return wallet.account.balance, wallet.account.owed


def alarms() -> list[str]:
    return list(Alarm.objects.open().order_by("name").values_list("name", flat=True))


def kept() -> list[tuple[str, str, int]]:
    return [(row.status, row.reason, row.booked_minor) for row in TakeBack.objects.order_by("created_at")]


def by_hand(topup: Topup) -> Topup:
    with transaction.atomic():
        return confirm_topup(topup_id=topup.pk, paid=topup.amount, actor="command")


class TestASecondPayment:
    @pytest.fixture
    def twice(self, topup: Topup) -> Topup:
        tell(topup, PAID, reference="pi_1")
        tell(topup, PAID, reference="pi_2")
        return topup

    def test_takes_nothing_of_the_first_when_it_goes_back(self, wallet: Wallet, twice: Topup):
        assert alarms() == ["topup_paid_again"]
        assert {tell(twice, BACK, reference="pi_2", case="re_2") for _ in range(3)} == {"other_payment"}

        assert (balance(wallet), alarms()) == ((5000, 0), [])
        assert kept() == [("done", "other_payment", 0)]

    def test_is_still_to_be_given_back_while_a_part_of_it_is(self, twice: Topup):
        tell(twice, BACK, 2000, reference="pi_2", case="re_2")
        assert alarms() == ["topup_paid_again"]
        tell(twice, BACK, 3000, reference="pi_2", case="re_3")
        assert alarms() == []

    def test_is_no_news_when_it_has_gone_back(self, wallet: Wallet, twice: Topup):
        tell(twice, BACK, reference="pi_2", case="re_2")
        tell(twice, PAID, reference="pi_2")

        assert (balance(wallet), alarms()) == ((5000, 0), [])

    @pytest.mark.parametrize("reference", ["pi_1", ""])
    def test_leaves_the_first_one_to_go_back(self, wallet: Wallet, twice: Topup, reference: str):
        assert tell(twice, BACK, reference=reference, case="re_1") == "taken back"

        assert (balance(wallet), alarms()) == ((0, 0), ["topup_paid_again"])

    def test_is_one_behind_what_a_person_confirmed_and_a_notice_told_of(self, wallet: Wallet, topup: Topup):
        by_hand(topup)
        tell(topup, PAID, reference="till-1")
        tell(topup, PAID, reference="till-1")
        assert alarms() == []
        tell(topup, PAID, reference="till-2")
        assert (balance(wallet), alarms()) == ((5000, 0), ["topup_paid_again"])

        tell(topup, BACK, reference="till-2", case="b-2")
        assert (balance(wallet), alarms()) == ((5000, 0), [])

    def test_is_seen_while_the_first_is_looked_at(self, topup: Topup):
        tell(topup, PAID, 4000, reference="till-1")
        tell(topup, PAID, 4000, reference="till-1")
        assert alarms() == ["topup_review"]
        tell(topup, PAID, 4000, reference="till-2")
        assert alarms() == ["topup_paid_again", "topup_review"]


class TestWhatWasNeverBooked:
    @pytest.fixture(params=["review", "failed", "failed, and was paid"])
    def unbooked(self, topup: Topup, request: pytest.FixtureRequest) -> Topup:
        if request.param == "failed":
            assert tell(topup, NoticeKind.FAILED) == "failed"
        else:
            assert tell(topup, PAID, 4000, reference="pi_1") == "review"
        if request.param != "review":
            Topup.objects.update(status="failed")
        return topup

    def test_goes_back_without_a_word_of_trying_again(self, wallet: Wallet, unbooked: Topup, manager: User):
        assert {tell(unbooked, BACK, 4000, reference="pi_1", case="re_1") for _ in range(3)} == {"never_booked"}

        assert kept() == [("done", "never_booked", 0)]
        assert balance(wallet) == (0, 0)
        assert "take_back_unbooked" in alarms()
        with transaction.atomic():
            mark_seen(take_back_id=TakeBack.objects.get().pk, by=manager)
        assert "take_back_unbooked" not in alarms()

    @pytest.mark.parametrize(("told", "paid"), [("pi_1", "pi_1"), ("", "pi_1"), ("pi_1", "")])
    def test_is_not_credited_when_it_is_told_late(self, wallet: Wallet, topup: Topup, told: str, paid: str):
        tell(topup, NoticeKind.FAILED)
        tell(topup, BACK, reference=told, case="re_1")

        assert tell(topup, PAID, reference=paid) == "review"
        assert (balance(wallet), Topup.objects.get().failure) == ((0, 0), "went_back")
        assert alarms() == ["take_back_unbooked", "topup_review"]

    def test_does_not_stop_another_payment(self, wallet: Wallet, topup: Topup):
        tell(topup, NoticeKind.FAILED)
        tell(topup, BACK, reference="pi_1", case="re_1")

        assert tell(topup, PAID, reference="pi_2") == "completed"
        assert balance(wallet) == (5000, 0)

    @pytest.mark.parametrize("status", ["created", "pending", "charging", "unknown"])
    def test_may_be_booked_yet(self, topup: Topup, status: str):
        Topup.objects.update(status=status)
        with pytest.raises(TopupNotCompleted), transaction.atomic():
            tell(topup, BACK, case="re_1")


class TestACase:
    def test_of_more_than_it_was_told_to_be_is_looked_at_again(self, wallet: Wallet, topup: Topup, manager: User):
        by_hand(topup)
        tell(topup, BACK, 1000, case="b-1")
        with transaction.atomic():
            mark_seen(take_back_id=TakeBack.objects.get().pk, by=manager)
        tell(topup, BACK, 900, case="b-1")
        assert alarms() == []
        tell(topup, BACK, 5000, case="b-1")

        assert (balance(wallet), alarms()) == ((4000, 0), ["take_back_excess"])
        assert TakeBack.objects.get().seen_at is None

    def test_that_was_won_is_not_lost_any_more(self, wallet: Wallet, topup: Topup):
        by_hand(topup)
        assert [tell(topup, kind, case="dp_1") for kind in (WON, WON, BACK)] == ["won", "won", "won"]

        assert (balance(wallet), kept()) == ((5000, 0), [("done", "won", 0)])

    def test_that_is_won_behind_what_it_took_is_for_a_person(self, wallet: Wallet, topup: Topup):
        by_hand(topup)
        assert [tell(topup, kind, case="dp_1") for kind in (BACK, WON)] == ["taken back", "won"]

        assert (balance(wallet), alarms(), len(kept())) == ((0, 0), ["dispute_won"], 1)


class TestARefundThatHadFailed:
    def test_is_for_a_person_when_it_is_told_of(self, wallet: Wallet, bank: Bank, start: Callable[..., Topup], manager: User):
        topup = by_hand(start(wallet, 5000))
        bank.next("refuse")
        failed = request_refund(topup=topup, by=manager)
        assert {tell(topup, BACK, case=str(failed.pk)) for _ in range(3)} == {"refund_failed"}

        assert balance(wallet) == (5000, 0)
        assert [row[:2] for row in kept()] == [("failed", "card_declined"), ("done", "refund_failed")]
        assert alarms() == ["take_back_unbooked"]


class TestARefundByHand:
    """What the shop hands back, its bank tells of under a name of its own."""

    @pytest.fixture
    def waiting(self, wallet: Wallet, topup: Topup, manager: User) -> TakeBack:
        return request_refund(topup=by_hand(topup), amount=wallet.money(2000), by=manager)

    @pytest.mark.parametrize("is_first", [True, False])
    def test_is_what_the_bank_tells_of(self, wallet: Wallet, topup: Topup, waiting: TakeBack, manager: User, is_first: bool):
        def tells() -> None:
            tell(topup, BACK, 2000, case="bank-77")

        def says() -> None:
            in_transaction(lambda: settle_refund_by_hand(take_back_id=waiting.pk, was_refunded=True, by=manager))

        for word in (tells, says, tells) if is_first else (says, tells, tells):
            word()

        row = TakeBack.objects.get()
        assert (row.kind, row.status, row.case, row.taken_minor) == ("refund", "done", "bank-77", 2000)
        assert balance(wallet) == (3000, 0)

    def test_is_told_of_by_its_id(self, wallet: Wallet, topup: Topup, waiting: TakeBack):
        tell(topup, BACK, 2000, case=str(waiting.pk))

        assert (TakeBack.objects.get().status, balance(wallet)) == ("done", (3000, 0))

    def test_is_not_what_is_of_another_amount(self, wallet: Wallet, topup: Topup, waiting: TakeBack):
        tell(topup, BACK, 1000, case="bank-78")

        waiting.refresh_from_db()
        assert (waiting.status, TakeBack.objects.count()) == ("unknown", 2)

    def test_is_told_of_once(self, wallet: Wallet, topup: Topup, waiting: TakeBack):
        tell(topup, BACK, 2000, case="bank-77")
        tell(topup, BACK, 2000, case="bank-78")

        assert (TakeBack.objects.count(), balance(wallet)) == (2, (1000, 0))
