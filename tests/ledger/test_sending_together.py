"""Many accounts in one batch: locked and written in one round trip each, and the ledger is the same."""

import pytest
from django.db import transaction

from ledger.book import lock_accounts
from ledger.errors import AccountFrozen, InsufficientFunds
from ledger.kinds import House, Kind
from ledger.models import Account, Entry, Outbox
from ledger.money import currency
from ledger.movements import Circumstances, Event, Movement
from ledger.services import open_account
from ledger.verifying import verify

pytestmark = pytest.mark.django_db

USD = currency("USD")
WHY = Circumstances("test", reason="test")


def credit_of(account: Account, minor: int) -> Movement:
    return Movement(account.pk, Kind.CREDIT, account.money(minor), House.ISSUED, WHY)


def test_writes_what_one_by_one_would_have_written():
    accounts = [open_account(currency=USD) for _ in range(5)]
    with transaction.atomic():
        book = lock_accounts(*(account.pk for account in reversed(accounts)))
        with book.sending_together():
            for account in (*accounts, accounts[2]):
                book.post(credit_of(account, 100), event=Event.once("test"))
            with pytest.raises(InsufficientFunds):
                spent = Movement(accounts[0].pk, Kind.DEBIT, accounts[0].money(-101), House.SPENT, WHY)
                book.post(spent, event=Event.once("test"))
            assert not Entry.objects.exists()
        assert book[accounts[2].pk].balance == 200

    assert Entry.objects.count() == Outbox.objects.filter(type="wallet.credited").count() == 6
    assert [account.sequence for account in Account.objects.order_by("pk")] == [1, 1, 2, 1, 1]
    assert {finding.problem for finding in verify().findings} == {"its wallet is missing"}


def test_whoever_leaves_by_a_refusal_has_written_nothing():
    accounts = [open_account(currency=USD) for _ in range(3)]
    with pytest.raises(AccountFrozen), transaction.atomic():
        book = lock_accounts(*(account.pk for account in accounts))
        book.set_terms(accounts[1].pk, status=Account.Status.FROZEN)
        with book.sending_together():
            for account in accounts:
                book.post(credit_of(account, 100), event=Event.once("test"))

    assert not Entry.objects.exists()
    assert set(Account.objects.values_list("balance", "status")) == {(0, "active")}


def test_an_account_that_is_not_there_is_named():
    accounts = [open_account(currency=USD) for _ in range(3)]
    with pytest.raises(Account.DoesNotExist, match="999999999"), transaction.atomic():
        lock_accounts(999_999_999, *(account.pk for account in accounts))
