"""Money that goes back, with everything at once and with processes that are killed: never twice, never lost."""

import contextlib
import signal
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from ledger.errors import Refusal
from ledger.kinds import Kind
from ledger.models import Entry
from ledger.movements import Event
from ledger.retry import in_transaction
from ledger.verifying import verify
from payments.models import TakeBack, Topup
from payments.refunds import request_refund, settle_refunds
from payments.services import confirm_topup
from payments.taking_back import take_back_by_provider
from tests.conftest import WHY
from tests.payments.bank import Bank
from tests.payments.processes import at_once, elsewhere
from wallets.models import Wallet
from wallets.services import debit

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def paid(wallet: Wallet, bank: Bank, start: Callable[..., Topup], site: Callable[..., None]) -> Topup:
    """$50.00 with $5.00 on top."""
    site(topup_bonus_percent=10)
    topup = start(wallet, 5000)
    return in_transaction(lambda: confirm_topup(topup_id=topup.pk, paid=topup.amount, actor="test", reference="pay_1"))


def state(wallet: Wallet) -> tuple[int, int, int]:
    wallet.account.refresh_from_db()
    return wallet.account.balance, wallet.account.held, wallet.account.owed


def told(topup: Topup, amount: int, case: str) -> Callable[[], object]:
    """A notice of the provider's."""
    money = topup.wallet.money(amount)
    return lambda: in_transaction(lambda: take_back_by_provider(topup=topup, case=case, amount=money))


def refused_or(work: Callable[[], object]) -> Callable[[], object]:
    def run() -> None:
        with contextlib.suppress(Refusal):
            work()

    return run


def come_due() -> None:
    TakeBack.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=timezone.now() - timedelta(seconds=1))


def test_one_case_told_ten_times_at_once_is_taken_once(wallet: Wallet, paid: Topup):
    at_once(*[told(paid, 2000, "dp_1")] * 10)

    assert TakeBack.objects.count() == 1
    assert state(wallet) == (5500 - 2200, 0, 0)
    assert verify().findings == []


def test_cases_at_once_take_no_more_than_was_paid(wallet: Wallet, paid: Topup):
    at_once(*[told(paid, 2000, f"dp_{number}") for number in range(6)])

    assert Entry.objects.filter(kind=Kind.REVERSAL).count() == 2
    assert state(wallet) == (0, 0, 0)
    assert verify().findings == []


def test_refunds_at_once_are_one(wallet: Wallet, paid: Topup, bank: Bank):
    at_once(*[refused_or(lambda: request_refund(topup=paid, by=None))] * 5)

    assert len(bank.refunds) == 1
    assert state(wallet) == (0, 0, 0)


def test_refund_and_purchase_at_once_never_spend_the_same(wallet: Wallet, paid: Topup, bank: Bank):
    def buy() -> None:
        in_transaction(lambda: debit(wallet=wallet, amount=wallet.money(5500), event=Event.once("test"), why=WHY))

    at_once(refused_or(buy), refused_or(lambda: request_refund(topup=paid, by=None)), refused_or(buy))

    assert state(wallet) == (0, 0, 0)
    assert len(bank.refunds) + Entry.objects.filter(kind=Kind.DEBIT).count() == 1


@pytest.mark.parametrize(("mood", "paid_back"), [("die before", 0), ("die", 1)])
def test_a_process_that_was_killed_while_it_refunded_leaves_one_refund(
    wallet: Wallet, paid: Topup, bank: Bank, mood: str, paid_back: int
):
    bank.next(mood)
    assert elsewhere("refund", str(paid.pk)) == -signal.SIGKILL
    assert (len(bank.refunds), TakeBack.objects.get().status) == (paid_back, "requested")
    assert state(wallet) == (5500, 5500, 0)
    # Nobody comes by before the lease is over.
    assert settle_refunds() == 0

    come_due()
    bank.next(mood)
    assert elsewhere("settle") == -signal.SIGKILL
    come_due()
    at_once(settle_refunds, settle_refunds, settle_refunds)

    assert len(bank.refunds) == 1
    assert state(wallet) == (0, 0, 0)
    assert TakeBack.objects.get().status == "done"
    assert verify().findings == []


def test_the_notice_and_the_answer_of_a_refund_are_booked_once(wallet: Wallet, paid: Topup, bank: Bank):
    bank.next("lose")
    asked = request_refund(topup=paid, by=None)
    come_due()

    at_once(settle_refunds, *[told(paid, 5000, str(asked.pk))] * 4)

    assert Entry.objects.filter(kind=Kind.REVERSAL).count() == 2
    assert state(wallet) == (0, 0, 0)
    assert verify().findings == []
