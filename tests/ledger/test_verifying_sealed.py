"""`verify_ledger` against what was sealed: what a chain alone cannot see, and what is looked at since the last checkpoint."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from ledger.checkpoints import sources
from ledger.checkpoints.services import sweep_ledger
from ledger.encoding import genesis
from ledger.keys import keyring
from ledger.models import Account, Entry, SealedAccount
from ledger.seals import chain_entry, seal_account
from ledger.verifying import verify
from wallets.models import Wallet
from wallets.services import change_wallet

pytestmark = pytest.mark.django_db

Sql = Callable[[str], int]


@pytest.fixture(autouse=True)
def _sealing(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_sources", {})
    settings.LEDGER_SIGNING_KEYS = f"1:{'11' * 32}"
    settings.ANCHOR_FILE = str(tmp_path / "checkpoints.jsonl")
    settings.ANCHOR_URL = settings.ANCHOR_TOKEN = ""


@pytest.fixture
def sealed(wallet: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry]) -> Wallet:
    """Alice's wallet with three sealed entries and two behind them; Bob's has two sealed ones."""
    for amount in (1000, 300, 200):
        give(wallet, amount)
    give(bobs_wallet, 70)
    give(bobs_wallet, 80)
    sweep_ledger()
    give(wallet, 10)
    give(wallet, 20)
    return wallet


def findings(**extra: Any) -> list[str]:
    return [str(finding) for finding in verify(**extra).findings]


def test_says_how_much_is_unsealed_and_how_old_it_is(sealed: Wallet, bobs_wallet: Wallet):
    report = verify()

    assert report.findings == report.unreadable == []
    assert (report.entries, report.unsealed) == (7, 2)
    fourth = Entry.objects.get(account_id=sealed.pk, sequence=4)
    assert report.unsealed_since == int(fourth.at.timestamp() * 1_000_000 + 0.5)
    assert verify(bobs_wallet.pk).unsealed_since is None


def test_names_a_sealed_tail_that_was_cut_with_the_row_put_back_to_fit(wallet: Wallet, give: Callable[..., Entry], sql: Sql):
    give(wallet, 1000)
    before = Account.objects.filter(pk=wallet.pk).values().get()
    give(wallet, 300)
    sweep_ledger()
    sql(f"DELETE FROM ledger_entry WHERE account_id = {wallet.pk} AND sequence = 2")
    Account.objects.filter(pk=wallet.pk).update(**before)

    assert f"account {wallet.pk}: entries after sequence 1 are missing" in findings()
    assert f"account {wallet.pk}: entry 2 is missing" in findings(since_checkpoint=True)

    SealedAccount.objects.filter(pk=wallet.pk).update(sequence=1)
    assert f"account {wallet.pk}: entries after sequence 1 are missing" in findings()


def test_names_an_account_that_is_gone_with_all_that_stood_on_it(sealed: Wallet, bobs_wallet: Wallet, sql: Sql):
    for table, column in (("ledger_entry", "account_id"), ("wallets_wallet", "id"), ("ledger_account", "id")):
        sql(f"DELETE FROM {table} WHERE {column} = {bobs_wallet.pk}")

    assert f"account {bobs_wallet.pk}: is gone; 2 entries of it were sealed" in findings()


def rewrite(account: Account) -> None:
    """What somebody can do who has the HMAC key: the first entry doubled, everything behind it chained anew."""
    account.head, account.balance = genesis_of(account), 0
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    for entry in Entry.objects.filter(account=account).order_by("sequence"):
        entry.amount *= 2 if entry.sequence == 1 else 1
        account.balance = entry.balance = account.balance + entry.amount
        chain_entry(entry, account)
        account.head = entry.mac
        Entry.objects.filter(pk=entry.pk).update(amount=entry.amount, balance=entry.balance, mac=entry.mac)
    seal_account(account)
    account.save()


def genesis_of(account: Account) -> bytes:
    return genesis(keyring().key(keyring().current), account.pk, account.currency_code)


def test_names_what_a_holder_of_the_key_rewrote(sealed: Wallet):
    rewrite(Account.objects.get(pk=sealed.pk))

    found = findings()
    assert f"account {sealed.pk}: entry 1 is not what was sealed" in found
    assert f"account {sealed.pk}: entry 3 is not what was sealed" in found
    assert not any("does not continue the chain" in finding for finding in found)


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE ledger_leaf SET hash = sha256(hash) WHERE",
        "UPDATE ledger_leaf SET hash = '' WHERE",
        "DELETE FROM ledger_leaf WHERE",
    ],
)
def test_names_an_entry_whose_leaf_was_changed(sealed: Wallet, sql: Sql, edit: str):
    assert sql(f'{edit} account_id = {sealed.pk} AND "row" = 2') == 1

    assert f"account {sealed.pk}: entry 2 is not what was sealed" in findings()


class TestSinceCheckpoint:
    def test_reads_what_was_not_sealed_and_nothing_else(self, sealed: Wallet):
        report = verify(since_checkpoint=True)

        assert report.findings == report.unreadable == []
        assert (report.accounts, report.entries, report.unsealed) == (2, 2, 2)

    @pytest.mark.parametrize(
        ("edit", "said"),
        [
            ("UPDATE ledger_entry SET amount = 11 WHERE sequence = 4", "entry 4 does not continue the chain"),
            ("UPDATE ledger_entry SET reason = 'another' WHERE sequence = 5", "the reason of entry 5 was changed"),
            ("DELETE FROM ledger_entry WHERE sequence = 5", "entries after sequence 4 are missing"),
            ("DELETE FROM ledger_entry WHERE sequence = 4", "entry 4 is missing"),
            ("UPDATE ledger_account SET balance = 1 WHERE true", "its row does not carry the MAC of what it says"),
            # The last sealed one is what the others are chained to.
            ("UPDATE ledger_entry SET actor = 'another' WHERE sequence = 3", "entry 3 is not what was sealed"),
            ("DELETE FROM ledger_entry WHERE sequence = 3", "entry 3 is missing"),
        ],
    )
    def test_names_what_was_changed_behind_the_checkpoint(self, sealed: Wallet, sql: Sql, edit: str, said: str):
        assert sql(edit + f" AND {'id' if 'ledger_account' in edit else 'account_id'} = {sealed.pk}") == 1

        assert f"account {sealed.pk}: {said}" in findings(since_checkpoint=True)

    def test_does_not_look_at_what_is_sealed(self, sealed: Wallet, sql: Sql):
        sql(f"UPDATE ledger_entry SET actor = 'another' WHERE account_id = {sealed.pk} AND sequence = 1")

        assert findings(since_checkpoint=True) == []
        assert findings() != []

    def test_says_what_it_has_looked_at(self, sealed: Wallet, capsys: pytest.CaptureFixture[str]):
        call_command("verify_ledger", "--since-checkpoint")

        assert capsys.readouterr().out.startswith("Intact, of what no checkpoint has sealed yet:\n  2 accounts, 2 entries")

    def test_an_account_that_was_never_sealed_is_verified_whole(self, wallet: Wallet, give: Callable[..., Entry], sql: Sql):
        give(wallet, 100)
        sql("UPDATE ledger_account SET in_lots = 1")

        assert verify(since_checkpoint=True).entries == 1
        assert any("its in_lots is 1" in finding for finding in findings(since_checkpoint=True))


def test_an_unknown_key_hides_no_change_of_what_is_sealed(sealed: Wallet, sql: Sql):
    sql(f"UPDATE ledger_entry SET key_id = 99 WHERE account_id = {sealed.pk}")
    sql(f"UPDATE ledger_entry SET amount = amount + 5, balance = balance + 5 WHERE account_id = {sealed.pk} AND sequence = 1")

    report = verify()
    assert f"account {sealed.pk}: entry 1 is not what was sealed" in map(str, report.findings)
    assert f"account {sealed.pk}: entry 2 does not add up" in map(str, report.findings)
    assert f"account {sealed.pk}: entry 1: LEDGER_HMAC_KEYS has no key 99" in map(str, report.unreadable)


@pytest.mark.parametrize("extra", [{}, {"since_checkpoint": True}])
def test_a_sealed_account_that_is_gone_is_named_where_it_alone_is_asked_for(
    sealed: Wallet, bobs_wallet: Wallet, sql: Sql, extra: dict[str, Any]
):
    for table, column in (("ledger_entry", "account_id"), ("wallets_wallet", "id"), ("ledger_account", "id")):
        sql(f"DELETE FROM {table} WHERE {column} = {bobs_wallet.pk}")

    assert f"account {bobs_wallet.pk}: is gone; 2 entries of it were sealed" in findings(account_id=bobs_wallet.pk, **extra)


class TestRetiredKeys:
    @pytest.fixture
    def rings(self, settings: Any) -> tuple[str, str]:
        old = settings.LEDGER_HMAC_KEYS
        return old, f"7:{'77' * 32},{old}"

    def test_names_an_account_row_under_a_key_older_than_its_last_entrys(
        self, sealed: Wallet, settings: Any, rings: tuple[str, str], give: Callable[..., Entry]
    ):
        old, settings.LEDGER_HMAC_KEYS = rings
        sweep_ledger()
        give(sealed, 40)
        assert findings() == []

        settings.LEDGER_HMAC_KEYS = old
        account = Account.objects.get(pk=sealed.pk)
        account.credit_line = 1_000_000
        seal_account(account)
        account.save()
        settings.LEDGER_HMAC_KEYS = rings[1]

        said = f"account {sealed.pk}: its row carries key 1, which was retired before key 7 wrote its last entry"
        assert findings() == [said]
        assert findings(since_checkpoint=True) == [said]

    def test_a_row_under_a_newer_key_than_its_last_entrys_is_none(self, sealed: Wallet, settings: Any, rings: tuple[str, str]):
        _, settings.LEDGER_HMAC_KEYS = rings
        sweep_ledger()
        change_wallet(wallet=sealed, status="frozen")
        settings.LEDGER_HMAC_KEYS = f"8:{'88' * 32},{rings[1]}"
        sweep_ledger()

        assert findings() == []
