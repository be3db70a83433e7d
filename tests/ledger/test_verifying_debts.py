"""`verify_ledger` by mutation: debts, what they cost on top, and what repays them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from ledger import interest
from ledger.book import lock_accounts
from ledger.checkpoints.services import sweep_ledger
from ledger.debts import loan
from ledger.models import Account, Debt, Entry
from ledger.movements import Event
from ledger.verifying import verify
from tests.conftest import WHY
from tests.ledger.clock import Clock
from tests.ledger.loans import nobodys_loans
from wallets.models import Wallet
from wallets.services import debit

pytestmark = pytest.mark.django_db

Sql = Callable[[str], int]


BEARS_AT = datetime(2099, 6, 1, tzinfo=UTC)


def owe(wallet: Wallet, amount: int, bears_at: datetime | None = None) -> None:
    with transaction.atomic():
        book = lock_accounts(wallet.pk)
        book.post(loan(book[wallet.pk], wallet.money(amount), WHY, bears_at=bears_at), event=Event.once("test"))


@pytest.fixture
def owing(wallet: Wallet, give: Callable[..., Entry]) -> Account:
    """Alice's account: 1 a debt of 100, 2 the debit it paid, 3 a credit of 40, 4 the repayment out of it, 5 a debt of 30."""
    owe(wallet, 100)
    debit(wallet=wallet, amount=wallet.money(100), event=Event.once("test"), why=WHY)
    give(wallet, 40)
    owe(wallet, 30)
    return Account.objects.get(pk=wallet.pk)


def findings(account: Account | None = None) -> list[str]:
    return [str(finding) for finding in verify(account.pk if account else None).findings]


def test_finds_nothing_on_honest_data(owing: Account, wallet: Wallet, give: Callable[..., Entry]):
    assert list(Debt.objects.order_by("sequence").values_list("sequence", "principal")) == [(1, 60), (5, 30)]
    assert findings() == findings(owing) == []

    give(wallet, 1000)
    assert (Account.objects.get(pk=owing.pk).owed, Debt.objects.count()) == (0, 0)
    assert findings() == []


def test_finds_nothing_behind_a_checkpoint_that_sealed_the_debt(owing: Account, wallet: Wallet, give: Callable[..., Entry]):
    sweep_ledger()
    give(wallet, 70)

    assert [str(finding) for finding in verify(since_checkpoint=True).findings] == findings() == []


@pytest.fixture
def bearing(wallet: Wallet, monkeypatch: pytest.MonkeyPatch) -> Account:
    """Alice's account: 1 a debt of 100, 2 the debit it paid, 3 its interest of 7, 4 a debt of 30 that will bear some."""
    monkeypatch.setattr(interest, "_terms", [lambda debts: {(debt.account_id, debt.sequence): 7 for debt in debts}])
    nobodys_loans(monkeypatch)
    clock = Clock(monkeypatch)
    clock.set(BEARS_AT - timedelta(days=1))
    owe(wallet, 100, BEARS_AT)
    debit(wallet=wallet, amount=wallet.money(100), event=Event.once("test"), why=WHY)
    clock.set(BEARS_AT)
    owe(wallet, 30, BEARS_AT + timedelta(days=9))
    return Account.objects.get(pk=wallet.pk)


def test_finds_nothing_of_honest_interest(bearing: Account, wallet: Wallet, give: Callable[..., Entry]):
    assert (bearing.owed, bearing.due_at) == (137, BEARS_AT + timedelta(days=9))
    assert list(Debt.objects.order_by("sequence").values_list("principal", "interest")) == [(100, 7), (30, 0)]
    assert findings() == findings(bearing) == []
    sweep_ledger()

    give(wallet, 103)
    assert list(Debt.objects.order_by("sequence").values_list("principal", "interest")) == [(0, 4), (30, 0)]
    give(wallet, 5)
    assert list(Debt.objects.values_list("principal", "interest")) == [(29, 0)]
    assert [str(finding) for finding in verify(since_checkpoint=True).findings] == findings() == []


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ("UPDATE ledger_debt SET interest = 0 WHERE sequence = 1", "the debt of entry 1 is not what its entries leave of it"),
        ("UPDATE ledger_debt SET interest = 8 WHERE sequence = 1", "the debt of entry 1 is not what its entries leave of it"),
        ("UPDATE ledger_debt SET ends = NULL WHERE sequence = 4", "the debt of entry 4 is not what its entries leave of it"),
        (
            "UPDATE ledger_debt SET principal = principal + 7, interest = 0 WHERE sequence = 1",
            "the debt of entry 1 is not what its entries leave of it",
        ),
        ("UPDATE ledger_entry SET owed_change = 8 WHERE sequence = 3", "its owed is 137, its entries say 138"),
        ("UPDATE ledger_entry SET owed_change = 0 WHERE sequence = 3", "entry 3 adds interest that debt 1 does not bear then"),
        ("UPDATE ledger_entry SET owed_change = -7 WHERE sequence = 3", "entry 3 adds interest that debt 1 does not bear then"),
        ("UPDATE ledger_entry SET of = NULL WHERE sequence = 3", "entry 3 is a interest of nothing"),
        ("UPDATE ledger_entry SET of = 2 WHERE sequence = 3", "entry 3 is a interest of a debit"),
        ("UPDATE ledger_entry SET ends = NULL WHERE sequence = 1", "entry 3 adds interest that debt 1 does not bear then"),
        (
            "UPDATE ledger_entry SET ends = ends + interval '1 day' WHERE sequence = 1",
            "entry 3 adds interest that debt 1 does not bear then",
        ),
        (
            "UPDATE ledger_entry SET amount = -7, owed_change = -7, house = 'interest', balance = -7 WHERE sequence = 3",
            "entry 3 pays interest before the principal of debt 1",
        ),
        ("UPDATE ledger_account SET due_at = NULL", "its due_at is None, its entries say 2099-06-10 00:00:00+00:00"),
        ("UPDATE ledger_account SET owed = 130", "its owed is 130, its entries say 137"),
    ],
)
def test_names_what_is_wrong_of_interest(bearing: Account, sql: Sql, edit: str, said: str):
    where = "" if "ledger_account" not in edit else f" WHERE id = {bearing.pk}"
    assert sql(edit + (where or f" AND account_id = {bearing.pk}")) == 1

    assert f"account {bearing.pk}: {said}" in findings()


def test_names_interest_taken_off_a_debt_together_with_its_account(bearing: Account, sql: Sql):
    sql("UPDATE ledger_debt SET interest = 0 WHERE sequence = 1")
    sql(f"UPDATE ledger_account SET owed = 130, due_at = '2099-06-01T00:00:00Z' WHERE id = {bearing.pk}")

    assert {
        f"account {bearing.pk}: its owed is 130, its entries say 137",
        f"account {bearing.pk}: the debt of entry 1 is not what its entries leave of it",
        f"account {bearing.pk}: its row does not carry the MAC of what it says",
    } <= set(findings())


OF = "WHERE account_id = {0} AND sequence"
ROW_EDITS = [
    (f"UPDATE ledger_debt SET principal = 61 {OF} = 1", "the debt of entry 1 is not what its entries leave of it"),
    (f"UPDATE ledger_debt SET interest = 1 {OF} = 1", "the debt of entry 1 is not what its entries leave of it"),
    (f"UPDATE ledger_debt SET ends = now() {OF} = 5", "the debt of entry 5 is not what its entries leave of it"),
    (f"DELETE FROM ledger_debt {OF} = 5", "the debt of entry 5 is missing"),
    (
        "INSERT INTO ledger_debt (account_id, sequence, principal, interest) VALUES ({0}, 3, 5, 0)",
        "its debt 3 is owed by no entry",
    ),
]


@pytest.mark.parametrize(("edit", "said"), ROW_EDITS)
def test_names_a_debt_that_was_edited_alone(owing: Account, sql: Sql, edit: str, said: str):
    assert sql(edit.format(owing.pk)) == 1

    assert findings() == [f"account {owing.pk}: {said}"]


def test_names_debts_of_which_one_was_put_upon_the_other(owing: Account, sql: Sql):
    sql(f"UPDATE ledger_debt SET principal = 90 - principal WHERE account_id = {owing.pk}")

    assert findings() == [f"account {owing.pk}: the debt of entry {n} is not what its entries leave of it" for n in (1, 5)]


def test_names_a_debt_that_was_moved_to_another_account(owing: Account, bobs_wallet: Wallet, sql: Sql):
    sql(f"UPDATE ledger_debt SET account_id = {bobs_wallet.pk} WHERE sequence = 5")

    assert set(findings()) == {
        f"account {owing.pk}: the debt of entry 5 is missing",
        f"account {bobs_wallet.pk}: its debt 5 is owed by no entry",
    }


def test_names_a_debt_of_an_account_that_is_not_there(owing: Account, sql: Sql):
    sql("INSERT INTO ledger_debt (account_id, sequence, principal, interest) VALUES (999999, 3, 5, 0)")

    assert findings() == ["account 999999: has debts but no row"]


@pytest.mark.parametrize("together", ["", "UPDATE ledger_debt SET principal = 50 WHERE sequence = 1"])
def test_names_what_is_owed_that_was_edited_alone_or_with_a_debt(owing: Account, sql: Sql, together: str):
    sql(f"UPDATE ledger_account SET owed = 80 WHERE id = {owing.pk}")
    if together:
        sql(together)

    assert {
        f"account {owing.pk}: its owed is 80, its entries say 90",
        f"account {owing.pk}: its row does not carry the MAC of what it says",
        *({f"account {owing.pk}: the debt of entry 1 is not what its entries leave of it"} if together else ()),
    } == set(findings())


# By somebody who has the key the chain can be kept whole; what entries may do to debts still holds.
@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ("of = 3 WHERE sequence = 4", "entry 4 is a repayment of a credit"),
        ("of = 2 WHERE sequence = 4", "entry 4 repays more than is owed of debt 2"),
        ("of = 5 WHERE sequence = 4", "entry 4 acts on entry 5, which is not before it"),
        ("of = NULL WHERE sequence = 4", "entry 4 is a repayment of nothing"),
        ("owed_change = -101 WHERE sequence = 4", "entry 4 repays more than is owed of debt 1"),
        ("owed_change = -39 WHERE sequence = 4", "entry 4 is a repayment of another amount than it changes what is owed"),
        ("owed_change = -39 WHERE sequence = 4", "the debt of entry 1 is not what its entries leave of it"),
        ("owed_change = 0 WHERE sequence = 4", "entry 4 is a repayment of another amount than it changes what is owed"),
        ("owed_change = 0 WHERE sequence = 1", "entry 1 is a debt of another amount than it changes what is owed"),
        ("kind = 'credit' WHERE sequence = 1", "entry 1 changes what is owed, and is a credit"),
        ("kind = 'debit' WHERE sequence = 4", "entry 4 changes what is owed, and is a debit"),
        ("owed_change = 5 WHERE sequence = 3", "entry 3 changes what is owed, and is a credit"),
        ("ends = now() WHERE sequence = 5", "the debt of entry 5 is not what its entries leave of it"),
    ],
)
def test_names_an_entry_that_does_to_debts_what_it_may_not(owing: Account, sql: Sql, edit: str, said: str):
    assert sql(f"UPDATE ledger_entry SET {edit} AND account_id = {owing.pk}") == 1

    assert f"account {owing.pk}: {said}" in findings()
    assert f"account {owing.pk}: {said}" in findings(owing)
