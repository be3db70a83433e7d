"""How much of a payment is left to go back is believed of no row that somebody edited, also before anybody verifies."""

from collections.abc import Callable

import pytest
from django.db import transaction
from django.utils import timezone

from ledger.errors import AccountNotIntact
from ledger.models import Entry
from payments.models import TakeBack, Topup
from payments.refunds import request_refund, settle_refunds
from payments.services import confirm_topup
from payments.taking_back import take_back_by_provider
from people.models import User
from tests.payments.bank import Bank
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

Sql = Callable[[str], int]


@pytest.fixture
def paid(wallet: Wallet, bank: Bank, start: Callable[..., Topup], give: Callable[..., Entry]) -> Topup:
    """$50.00 through the bank, in a wallet that has more, beside another payment."""
    give(wallet, 50000)
    other, topup = start(wallet, 777), start(wallet, 5000)
    confirm_topup(topup_id=other.pk, paid=other.amount, actor="test")
    return confirm_topup(topup_id=topup.pk, paid=topup.amount, actor="test", reference="pay_1")


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE payments_takeback SET amount_minor = 1",
        "UPDATE payments_takeback SET topup_id = (SELECT id FROM payments_topup WHERE amount_minor = 777)",
        "UPDATE payments_takeback SET taken_minor = 0",
        "UPDATE payments_takeback SET status = 'failed'",
        "UPDATE payments_takeback SET \"case\" = 're_x'",
        "DELETE FROM payments_takeback",
        "UPDATE payments_topup SET amount_minor = 90000 WHERE amount_minor = 5000",
        "UPDATE payments_topup SET reference = 'pay_2' WHERE amount_minor = 5000",
    ],
)
def test_nothing_goes_back_twice(wallet: Wallet, paid: Topup, bank: Bank, manager: User, sql: Sql, edit: str):
    request_refund(topup=paid, by=manager)
    before = Entry.objects.count()
    assert sql(edit) == 1

    with pytest.raises(AccountNotIntact):
        request_refund(topup=paid, amount=wallet.money(500), by=manager)
    with pytest.raises(AccountNotIntact), transaction.atomic():
        take_back_by_provider(topup=paid, case="dp_1", amount=wallet.money(500))
    assert (len(bank.refunds), Entry.objects.count()) == (1, before)


def test_a_dispute_whose_name_was_edited_is_not_booked_twice(wallet: Wallet, paid: Topup, sql: Sql):
    take_back_by_provider(topup=paid, case="dp_1", amount=wallet.money(2000), reference="pay_1")
    before = Entry.objects.count()
    assert sql("UPDATE payments_takeback SET \"case\" = 'dp_x'") == 1

    with pytest.raises(AccountNotIntact), transaction.atomic():
        take_back_by_provider(topup=paid, case="dp_1", amount=wallet.money(2000), reference="pay_1")
    assert Entry.objects.count() == before


def test_no_other_amount_is_asked_of_the_provider(wallet: Wallet, paid: Topup, bank: Bank, manager: User, sql: Sql):
    bank.next("away")
    request_refund(topup=paid, amount=wallet.money(500), by=manager)
    sql("UPDATE payments_takeback SET amount_minor = 5000")
    TakeBack.objects.update(next_attempt_at=timezone.now())

    settle_refunds()
    assert (bank.refunds, len(bank.calls)) == ([], 1)
