"""Loans that somebody edited in the database: `verify_ledger` names them, and no account moves on their terms."""

from collections.abc import Callable

import pytest
from django.db import transaction

from bnpl.models import Loan
from ledger.due import settle_due
from ledger.errors import AccountNotIntact
from ledger.models import Account, Entry
from ledger.verifying import verify
from tests.api.walletpro.clock import Clock
from tests.bnpl.conftest import Buy
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

Sql = Callable[[str], int]
Lends = Callable[..., None]


def findings(account: Account | None = None) -> list[str]:
    return [str(finding) for finding in verify(account.pk if account else None).findings]


@pytest.fixture
def owing(lends: Lends, wallet: Wallet, buy: Buy) -> Account:
    """Alice's account: 1 a debt of 3000, 2 the debit it paid."""
    buy(3000)
    return Account.objects.get(pk=wallet.pk)


EDITS = [
    "interest_amount = 1",
    "interest_type = 'fixed'",
    "interest_type = 'none', interest_amount = 0, bears_at = NULL",
    "bears_at = bears_at + interval '1 year'",
    "due_at = due_at - interval '1 second'",
    "principal_minor = 2999",
    "made_at = made_at - interval '1 day'",
    "order_id = 8",
    "order_id = NULL",
    "user_id = (SELECT id FROM people_user WHERE username = 'bob')",
    "key = 'another'",
    "asked = 'another'",
    "id = id + 1000",
]


@pytest.mark.parametrize("edit", EDITS)
def test_names_a_loan_that_was_edited(owing: Account, bobs_wallet: Wallet, sql: Sql, edit: str):
    assert findings() == findings(owing) == []
    assert sql(f"UPDATE bnpl_loan SET {edit}") == 1

    loan = Loan.objects.get()
    assert findings() == findings(owing) == [f"account {owing.pk}: loan {loan.pk} is not what its entry says it was made on"]


def test_names_a_loan_that_was_moved_or_deleted(owing: Account, bobs_wallet: Wallet, sql: Sql):
    number = Loan.objects.get().pk
    sql(f"UPDATE bnpl_loan SET account_id = {bobs_wallet.pk}")
    assert findings() == [
        f"account {bobs_wallet.pk}: loan {number} has no entry",
        f"account {owing.pk}: entry 1 lends, and its loan is missing",
    ]
    sql("DELETE FROM bnpl_loan")
    assert findings() == [f"account {owing.pk}: entry 1 lends, and its loan is missing"]


@pytest.mark.parametrize("edit", ["UPDATE bnpl_loan SET interest_amount = 90", "DELETE FROM bnpl_loan"])
def test_nothing_moves_on_terms_that_were_edited(
    owing: Account, wallet: Wallet, give: Callable[..., Entry], clock: Clock, sql: Sql, edit: str
):
    sql(edit)
    clock.forward(days=38)

    with pytest.raises(AccountNotIntact), transaction.atomic():
        give(wallet, 500)
    assert settle_due() == 0
    assert Account.objects.get(pk=wallet.pk).owed == 3000


def test_names_interest_that_the_terms_do_not_come_to(
    owing: Account, wallet: Wallet, give: Callable[..., Entry], clock: Clock, sql: Sql
):
    give(wallet, 1000)
    clock.forward(days=38)
    assert settle_due() == 1
    assert Account.objects.get(pk=wallet.pk).owed == 2200
    assert findings() == []

    sql(f"UPDATE ledger_entry SET owed_change = 300 WHERE kind = 'interest' AND account_id = {owing.pk}")
    number = Loan.objects.get().pk
    assert f"account {owing.pk}: loan {number} was to cost another interest than entry 5 says" in findings()


def test_names_who_was_put_on_the_list_or_taken_off_it(owing: Account, bobs_wallet: Wallet, sql: Sql):
    alice, bob = Loan.objects.get().user_id, bobs_wallet.user_id
    sql(f"UPDATE bnpl_eligible SET user_id = {bob}")
    assert set(findings()) == {
        f"user {bob} is on the list of those who may pay later, and the audit rows say otherwise",
        f"user {alice} is gone from the list of those who may pay later, and the audit rows say otherwise",
    }
