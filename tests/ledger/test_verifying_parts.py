"""`verify_ledger` by mutation: holds, what acts on another entry, and the two sides of a transfer."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from ledger.kinds import Kind
from ledger.models import Account, Entry, Hold
from ledger.movements import Event
from ledger.reversals import reverse
from ledger.verifying import verify
from tests.conftest import WHY
from tests.ledger.transfers import switch_on, transfer
from wallets.holds import capture_hold, place_hold, void_hold
from wallets.models import Wallet
from wallets.services import debit

pytestmark = pytest.mark.django_db

Sql = Callable[[str], int]


def hold(wallet: Wallet, amount: int) -> Hold:
    entry = place_hold(
        wallet=wallet, amount=wallet.money(amount), event=Event.once("test"), why=WHY, expires_in=timedelta(hours=1)
    )
    return Hold.objects.get(pk=entry.pk)


@pytest.fixture
def holding(wallet: Wallet, give: Callable[..., Entry]) -> Account:
    """Alice's account: 1 a credit, 2 a hold, 3 its capture, 4 a hold, 5 its release, 6 a debit, 7 its reversal, 8 a live hold."""
    give(wallet, 1000)
    capture_hold(hold=hold(wallet, 100), amount=wallet.money(60), event=Event.once("test"), why=WHY)
    void_hold(hold=hold(wallet, 50), event=Event.once("test"), why=WHY)
    spent = debit(wallet=wallet, amount=wallet.money(20), event=Event.once("test"), why=WHY)
    reverse(entry=spent, event=Event.once("test"), why=WHY)
    hold(wallet, 30)
    return Account.objects.get(pk=wallet.pk)


def findings() -> list[str]:
    return [str(finding) for finding in verify().findings]


def test_finds_nothing_on_honest_data(holding: Account, bobs_wallet: Wallet, wallet: Wallet):
    switch_on(fee=2)
    transfer(wallet, bobs_wallet, 100)

    report = verify()

    assert report.findings == []
    assert report.entries == 11
    assert Entry.objects.filter(account=holding).values_list("kind", flat=True).order_by("sequence")[7] == Kind.HOLD


HOLD_EDITS = [
    (
        "UPDATE ledger_hold SET amount = 31 WHERE account_id = {0} AND sequence = 8",
        "the hold of entry 8 is not what the entry says",
    ),
    (
        "UPDATE ledger_hold SET ends = NULL WHERE account_id = {0} AND sequence = 8",
        "the hold of entry 8 is not what the entry says",
    ),
    ("DELETE FROM ledger_hold WHERE account_id = {0} AND sequence = 8", "the hold of entry 8 is missing"),
    ("DELETE FROM ledger_hold WHERE account_id = {0} AND sequence = 2", "the hold of entry 2 is missing"),
    (
        "UPDATE ledger_hold SET closed_by = 9 WHERE account_id = {0} AND sequence = 8",
        "the hold of entry 8 says that entry 9 closed it, its entries do not",
    ),
    (
        "UPDATE ledger_hold SET closed_by = NULL WHERE account_id = {0} AND sequence = 2",
        "the hold of entry 2 says that it is live: entry 3 closed it",
    ),
    (
        "UPDATE ledger_hold SET closed_by = 5 WHERE account_id = {0} AND sequence = 2",
        "the hold of entry 2 says that it was closed by entry 5: entry 3 closed it",
    ),
    (
        "INSERT INTO ledger_hold (id, account_id, sequence, amount) VALUES (77, {0}, 1, 5)",
        "its hold 1 has no entry",
    ),
]


@pytest.mark.parametrize(("edit", "said"), HOLD_EDITS)
def test_names_a_hold_that_was_edited_alone(holding: Account, sql: Sql, edit: str, said: str):
    assert sql(edit.format(holding.pk)) == 1

    assert findings() == [f"account {holding.pk}: {said}"]


def test_names_a_hold_and_what_is_held_that_were_edited_together(holding: Account, sql: Sql):
    sql(f"UPDATE ledger_hold SET amount = 31 WHERE account_id = {holding.pk} AND sequence = 8")
    sql(f"UPDATE ledger_account SET held = 31 WHERE id = {holding.pk}")

    assert {
        f"account {holding.pk}: the hold of entry 8 is not what the entry says",
        f"account {holding.pk}: its held is 31, its entries say 30",
        f"account {holding.pk}: its row does not carry the MAC of what it says",
    } <= set(findings())


def test_names_a_time_that_nothing_falls_due_at(holding: Account, sql: Sql):
    sql(f"UPDATE ledger_account SET due_at = NULL WHERE id = {holding.pk}")

    assert any("its due_at is None" in finding for finding in findings())


# By somebody who has the key the chain can be kept whole; what entries may act on still holds.
@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ("of = 99 WHERE sequence = 3", "entry 3 acts on entry 99, which is not before it"),
        ("of = 1 WHERE sequence = 3", "entry 3 is a capture of a credit"),
        ("of = NULL WHERE sequence = 3", "entry 3 is a capture of nothing"),
        ("of = 2 WHERE sequence = 5", "entry 5 acts on entry 2, which was acted on before"),
        ("of = 2 WHERE sequence = 7", "entry 7 is a reversal of a hold"),
        ("held_change = -49 WHERE sequence = 5", "entry 5 does not free what its hold holds"),
        ("kind = 'debit' WHERE sequence = 2", "entry 2 holds, and is no hold"),
    ],
)
def test_names_an_entry_that_acts_on_what_it_may_not(holding: Account, sql: Sql, edit: str, said: str):
    sql("DROP INDEX ledger_entry_of_once")
    assert sql(f"UPDATE ledger_entry SET {edit} AND account_id = {holding.pk}") == 1

    assert f"account {holding.pk}: {said}" in findings()


class TestMirrors:
    def test_names_the_side_that_is_left_when_the_other_was_removed(self, holding: Account, bobs_wallet: Wallet, sql: Sql):
        wallet = Wallet.objects.get(pk=holding.pk)
        switch_on()
        transfer(wallet, bobs_wallet, 100)
        sql(f"DELETE FROM ledger_entry WHERE account_id = {bobs_wallet.pk}")

        found = findings()
        assert f"account {holding.pk}: entry 9 has no other side in account {bobs_wallet.pk}" in found
        assert f"account {bobs_wallet.pk}: entries after sequence 0 are missing" in found
        assert "USD: entries between wallets leave -100 over" in found
        assert any("has no other side" in str(finding) for finding in verify(holding.pk).findings)

    @pytest.mark.parametrize("edit", ["amount = 99, balance = 99", '"group" = gen_random_uuid()', "counter_account_id = 1"])
    def test_names_sides_that_do_not_fit(self, holding: Account, bobs_wallet: Wallet, sql: Sql, edit: str):
        switch_on()
        transfer(Wallet.objects.get(pk=holding.pk), bobs_wallet, 100)
        sql(f"UPDATE ledger_entry SET {edit} WHERE account_id = {bobs_wallet.pk}")

        assert f"account {holding.pk}: entry 9 has no other side in account {bobs_wallet.pk}" in findings()

    def test_finds_nothing_in_a_transfer_that_was_given_back(self, holding: Account, bobs_wallet: Wallet):
        switch_on(fee=3)
        sent = transfer(Wallet.objects.get(pk=holding.pk), bobs_wallet, 100)[0]
        reverse(entry=sent, event=Event.once("test"), why=WHY)

        assert findings() == []
        assert verify(holding.pk).findings == verify(bobs_wallet.pk).findings == []
