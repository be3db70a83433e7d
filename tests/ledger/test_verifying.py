"""`verify_ledger` by mutation: rows changed behind the service's back, each of them named; and nothing on honest data."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from rest_framework.test import APIClient

from audit.services import erase_texts
from ledger.book import lock_accounts
from ledger.kinds import Kind
from ledger.models import Account, Entry, Lot
from ledger.movements import Event
from ledger.seals import chain_entry, seal_account
from ledger.verifying import verify
from tests.conftest import WHY
from wallets.models import Wallet
from wallets.services import change_wallet, debit

pytestmark = pytest.mark.django_db

END = datetime(2030, 1, 1, tzinfo=UTC)
Sql = Callable[[str], int]


@pytest.fixture
def honest(wallet: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry]) -> Account:
    """Alice's account with six entries, a lot that ends and one that does not; Bob's with three."""
    give(wallet, 1000)
    give(wallet, 300, expires_at=END)
    give(wallet, 200, Kind.CASHBACK)
    for amount in (100, 50, 25):
        debit(wallet=wallet, amount=wallet.money(amount), event=Event.once("test"), why=WHY)
    for amount in (10, 20, 30):
        give(bobs_wallet, amount)
    return Account.objects.get(pk=wallet.pk)


def findings() -> list[str]:
    return [str(finding) for finding in verify().findings]


def test_finds_nothing_on_honest_data(honest: Account):
    report = verify()

    assert report.findings == []
    assert (report.accounts, report.entries) == (2, 9)


def test_finds_nothing_when_words_were_erased(honest: Account):
    erase_texts(Entry.objects.filter(account=honest, sequence=2), actor="test")
    report = verify()

    assert report.findings == []
    assert report.erased_texts == 1


def test_finds_nothing_in_an_account_without_entries(alice: Any):
    assert findings() == []


EDITS = {
    "id": "id = id + 1000",
    "at": "at = at - interval '1 microsecond'",
    "amount": "amount = amount + 1",
    "amount and balance": "amount = amount + 1, balance = balance + 1",
    "balance": "balance = balance + 1",
    "held": "held = held + 1",
    "held_change": "held_change = 1",
    "owed_change": "owed_change = 1",
    "kind": "kind = 'topup'",
    "house": "house = 'fees'",
    "counter": "house = NULL, counter_account_id = 1",
    "group": '"group" = gen_random_uuid()',
    "key": "key = 'another'",
    "asked": "asked = '\\x00'",
    "leg": "leg = 1",
    "event": "key = NULL, asked = NULL, leg = NULL",
    "of": "of = 1",
    "ends": "ends = now()",
    "lots": "lots = '[]'",
    "lots' end": "lots = '[[2, \"2031-01-01T00:00:00+00:00\", 300]]'",
    "lots beyond all numbers": "lots = '[[1e30, null, 1.5]]'",
    "lots that are none": "lots = '[[2, \"tomorrow\", 300]]'",
    "actor": "actor = 'somebody else'",
    "order_id": "order_id = 7",
    "reference": "reference = ''",
    "reason": "reason = 'another'",
    "reason and digest": "reason = 'another', reason_digest = sha256(reason_salt || 'another'::bytea)",
    "reason without salt": "reason_salt = NULL",
    "reason_digest": "reason_digest = '\\x00'",
    "note": "note = 'a note'",
    "note_digest": "note_digest = '\\x00'",
    "metadata": "metadata = '{}'",
    "metadata_digest": "metadata_digest = '\\x00'",
    "xid": "xid = xid + 1",
    "version": "version = 9",
    "mac": "mac = sha256(mac)",
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("sequence", [2, 6])
def test_names_an_edited_entry(honest: Account, sql: Sql, edit: str, sequence: int):
    # Entry 6 took from the lot of entry 2; setting its lots to what it has changes nothing.
    assert sql(f"UPDATE ledger_entry SET {edit} WHERE account_id = {honest.pk} AND sequence = {sequence}") == 1

    found = verify().findings
    assert any(finding.account_id == honest.pk and finding.sequence == sequence for finding in found), found


def test_every_column_of_an_entry_is_edited():
    edited = {column.strip().strip('"').split(" = ")[0].strip('"') for edit in EDITS.values() for column in edit.split(", ")}
    columns = {field.column for field in Entry._meta.concrete_fields}
    # What no edit of an EDITS changes alone is moved or swapped below; salts and texts go by their digests.
    assert columns - edited == {"account_id", "sequence", "key_id", "note_salt", "metadata_salt"}


@pytest.mark.parametrize(
    ("which", "said"),
    [
        ("sequence = 1", "entries 1 to 1 are missing"),
        ("sequence = 3", "entry 3 is missing"),
        ("sequence IN (3, 4)", "entries 3 to 4 are missing"),
        ("sequence = 6", "entries after sequence 5 are missing"),
        ("true", "entries after sequence 0 are missing"),
    ],
)
def test_names_deleted_entries(honest: Account, sql: Sql, which: str, said: str):
    sql(f"DELETE FROM ledger_entry WHERE account_id = {honest.pk} AND {which}")

    assert any(said.replace("entries 1 to 1 are", "entry 1 is") in finding for finding in findings())


def test_names_two_entries_that_were_swapped(honest: Account, sql: Sql):
    sql(f"UPDATE ledger_entry SET sequence = 100 + sequence WHERE account_id = {honest.pk} AND sequence IN (4, 5)")
    sql(f"UPDATE ledger_entry SET sequence = 109 - sequence WHERE account_id = {honest.pk} AND sequence > 100")

    assert f"account {honest.pk}: entry 4 does not continue the chain" in findings()


def test_names_an_entry_that_is_there_twice(honest: Account, sql: Sql):
    columns = [f'"{field.column}"' for field in Entry._meta.concrete_fields]
    chosen = [{'"id"': "id + 1000", '"key"': "'another'"}.get(column, column) for column in columns]
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql("ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_sequence")
    sql(
        f"INSERT INTO ledger_entry ({', '.join(columns)}) SELECT {', '.join(chosen)} FROM ledger_entry"
        f" WHERE account_id = {honest.pk} AND sequence = 3"
    )

    assert f"account {honest.pk}: entry 3 is there twice" in findings()


def test_an_entry_that_is_earlier_than_the_one_before_is_named_even_under_a_valid_mac(honest: Account):
    account = Account.objects.get(pk=honest.pk)
    last = Entry.objects.get(account=honest, sequence=6)
    before = Entry.objects.get(account=honest, sequence=5)
    account.head, account.last_at = before.mac, last.at - timedelta(days=1)
    last.at = account.last_at
    chain_entry(last, account)
    account.head = last.mac
    seal_account(account)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    last.save()
    account.save()

    assert findings() == [f"account {honest.pk}: entry 6 is earlier than the one before"]


def test_of_very_many_findings_some_are_kept_and_the_others_counted(honest: Account, sql: Sql, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ledger.verifying.report.KEPT_MAX", 4)
    sql("UPDATE ledger_entry SET actor = 'somebody else'")

    report = verify()

    assert (len(report.findings), report.left_out) == (4, 5)


def test_names_an_entry_that_was_moved_to_another_account(honest: Account, sql: Sql, bobs_wallet: Wallet):
    sql(f"UPDATE ledger_entry SET account_id = {bobs_wallet.pk}, sequence = 4 WHERE account_id = {honest.pk} AND sequence = 6")

    found = findings()
    assert f"account {honest.pk}: entries after sequence 5 are missing" in found
    assert f"account {bobs_wallet.pk}: entry 4 does not continue the chain" in found


def test_names_a_row_that_was_written_without_the_key(honest: Account, sql: Sql):
    columns = [f'"{field.column}"' for field in Entry._meta.concrete_fields]
    chosen = [{'"id"': "id + 1000", '"sequence"': "7", '"key"': "'forged'"}.get(column, column) for column in columns]
    sql(
        f"INSERT INTO ledger_entry ({', '.join(columns)}) SELECT {', '.join(chosen)} FROM ledger_entry"
        f" WHERE account_id = {honest.pk} AND sequence = 6"
    )

    assert f"account {honest.pk}: entry 7 does not continue the chain" in findings()


ACCOUNT_EDITS = {
    "balance": "balance = balance + 1",
    "held": "held = 1",
    "in_lots": "in_lots = in_lots + 1",
    "owed": "owed = 1",
    "status": "status = 'frozen'",
    "credit_line": "credit_line = 1000",
    "due_at": "due_at = NULL",
    "last_at": "last_at = last_at + interval '1 second'",
    "created_at": "created_at = created_at - interval '1 year'",
    "currency": "currency = 'EUR'",
    "mac": "mac = sha256(mac)",
    "version": "version = 9",
    "cut back": "sequence = 5, head = (SELECT mac FROM ledger_entry e WHERE e.account_id = a.id AND sequence = 5)",
}


@pytest.mark.parametrize("edit", ACCOUNT_EDITS.values(), ids=ACCOUNT_EDITS)
def test_names_an_edited_account(honest: Account, sql: Sql, edit: str):
    assert sql(f"UPDATE ledger_account a SET {edit} WHERE id = {honest.pk}") == 1

    assert f"account {honest.pk}: its row does not carry the MAC of what it says" in findings()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_names_an_account_whose_row_is_gone(honest: Account, sql: Sql):
    sql(f"DELETE FROM ledger_account WHERE id = {honest.pk}")

    assert f"account {honest.pk}: has entries but no row" in findings()

    sql(f"DELETE FROM ledger_entry WHERE account_id = {honest.pk}")
    assert f"account {honest.pk}: its row is missing" in findings()


def test_names_a_wallet_that_says_another_currency(honest: Account, sql: Sql):
    sql(f"UPDATE wallets_wallet SET currency = 'EUR' WHERE id = {honest.pk}")

    assert findings() == [f"account {honest.pk}: its wallet says another currency"]


@pytest.mark.parametrize(
    "edit",
    [
        "ledger_account SET last_at = 'infinity'",
        "ledger_account SET due_at = '-infinity'",
        "ledger_entry SET at = 'infinity'",
        "ledger_entry SET at = '0044-03-15 BC'",
        "ledger_lot SET ends = 'infinity'",
    ],
)
def test_a_time_that_nobody_can_read_is_refused_even_with_the_triggers_off(honest: Account, sql: Sql, edit: str):
    with pytest.raises(IntegrityError):
        sql(f"UPDATE {edit}")


def test_names_a_lot_that_was_edited_alone_and_together_with_its_account(honest: Account, sql: Sql):
    sql(f"UPDATE ledger_lot SET rest = rest + 5 WHERE account_id = {honest.pk} AND ends IS NULL")
    assert findings() == [f"account {honest.pk}: its lots are not what its entries leave of them"]

    sql(f"UPDATE ledger_account SET in_lots = in_lots + 5 WHERE id = {honest.pk}")
    assert f"account {honest.pk}: its in_lots is 330, its entries say 325" in findings()


def test_names_a_lot_that_is_gone(honest: Account, sql: Sql):
    sql(f"DELETE FROM ledger_lot WHERE account_id = {honest.pk}")

    assert f"account {honest.pk}: its lots are not what its entries leave of them" in findings()


def test_names_the_lots_of_an_account_that_is_not_there(honest: Account, sql: Sql):
    sql(f"UPDATE ledger_lot SET account_id = 4711 WHERE account_id = {honest.pk} AND ends IS NULL")

    assert "account 4711: has lots but no row" in findings()


def test_names_the_hold_of_an_account_that_is_not_there(honest: Account, sql: Sql):
    sql("INSERT INTO ledger_hold (id, account_id, sequence, amount) VALUES (77, 4711, 1, 5)")

    assert findings() == ["account 4711: its hold 1 has no entry"]


class TestWallets:
    def test_names_an_account_whose_wallet_is_gone(self, honest: Account, sql: Sql):
        sql(f"DELETE FROM wallets_wallet WHERE id = {honest.pk}")

        assert findings() == [f"account {honest.pk}: its wallet is missing"]

    @pytest.mark.parametrize(
        ("edit", "said"),
        [
            ("user_id = (SELECT max(user_id) + 1 FROM wallets_wallet)", "user is "),
            ("spending_limit = 999", "spending_limit is 999, its audit rows say 500"),
            ("spending_limit = NULL", "spending_limit is None, its audit rows say 500"),
            ("auto_reload_enabled = true", "auto_reload_enabled is True, its audit rows say False"),
            ("auto_reload_threshold = 7", "auto_reload_threshold is 7, its audit rows say None"),
            ("auto_reload_amount = 7", "auto_reload_amount is 7, its audit rows say None"),
        ],
    )
    def test_names_a_wallet_whose_holder_or_terms_were_edited(
        self, honest: Account, wallet: Wallet, sql: Sql, edit: str, said: str
    ):
        change_wallet(wallet=wallet, spending_limit=200)
        change_wallet(wallet=wallet, spending_limit=500)
        assert findings() == []

        sql(f"UPDATE wallets_wallet SET {edit} WHERE id = {honest.pk}")

        (found,) = findings()
        assert found.startswith(f"account {honest.pk}: its wallet's {said}")
        assert [str(finding) for finding in verify(honest.pk).findings] == [found]
        # Once the test ends, foreign keys count again.
        Wallet.objects.filter(pk=honest.pk).update(user=wallet.user)

    def test_names_a_wallet_that_nobody_opened(self, honest: Account, sql: Sql):
        sql(f"DELETE FROM audit_act WHERE act = 'wallet.opened' AND subject = 'wallet:{honest.pk}'")

        assert f"account {honest.pk}: no audit row says that its wallet was opened" in findings()


def test_one_account_is_verified_alone(honest: Account, sql: Sql, bobs_wallet: Wallet):
    sql(f"UPDATE ledger_account SET balance = balance + 1 WHERE id = {honest.pk}")

    assert verify(bobs_wallet.pk).findings == []
    assert verify(honest.pk).findings != []


def test_a_stored_reply_that_says_what_the_ledger_does_not_is_named(honest: Account, as_manager: APIClient, sql: Sql):
    path = f"/wp-json/walletpro/v1/wallets/{honest.pk}/credit"
    body = {"amount": "5", "reason": "x", "idempotency_key": "550e8400-e29b-41d4-a716-446655440000"}
    assert as_manager.post(path, body, format="json").status_code == 201
    assert findings() == []

    sql("UPDATE ledger_entry SET key = 'call:another' WHERE sequence = 7")
    assert any("names a transaction that is not there" in finding for finding in findings())

    sql("UPDATE idempotency_claim SET body = sha256(body)")
    assert any("does not open" in finding for finding in findings())


class TestCommand:
    def test_says_that_all_is_intact(self, honest: Account, capsys: pytest.CaptureFixture[str]):
        call_command("verify_ledger", "--json")

        said = json.loads(capsys.readouterr().out)
        assert 0 < said.pop("oldest_unsealed_seconds") < 3600
        assert said.pop("seconds") > 0
        assert said.pop("entries_per_second") > 0
        assert said == {
            "intact": True,
            "since_checkpoint": False,
            "accounts": 2,
            "entries": 9,
            "erased_texts": 0,
            "unsealed": 9,
            "findings": [],
            "unreadable": [],
            "findings_left_out": 0,
            "processes": 1,
        }

    def test_says_so_in_words(self, honest: Account, capsys: pytest.CaptureFixture[str]):
        call_command("verify_ledger")

        said = capsys.readouterr().out.splitlines()
        assert said[:2] == ["Intact:", "  2 accounts, 9 entries, 0 erased texts"]
        assert said[2].startswith("  9 entries are unsealed, the oldest for ")
        assert "in 1 process, " in said[3]

    def test_ends_with_1_and_says_where(self, honest: Account, sql: Sql, capsys: pytest.CaptureFixture[str]):
        sql(f"UPDATE ledger_entry SET amount = amount + 1 WHERE account_id = {honest.pk} AND sequence = 3")
        with pytest.raises(SystemExit) as ended:
            call_command("verify_ledger", "--account", str(honest.pk))

        assert ended.value.code == 1
        assert f"account {honest.pk}: entry 3 does not continue the chain" in capsys.readouterr().out

    def test_ends_with_2_when_a_key_is_missing(self, honest: Account, settings: Any):
        settings.LEDGER_HMAC_KEYS = "2:" + "ab" * 32
        with pytest.raises(CommandError, match="no key 1") as ended:
            call_command("verify_ledger")

        assert ended.value.returncode == 2

    def test_names_the_row_whose_key_is_missing_and_reads_on(self, honest: Account, sql: Sql, capsys: pytest.CaptureFixture[str]):
        sql(f"UPDATE ledger_entry SET key_id = 9 WHERE account_id = {honest.pk} AND sequence = 3")
        with pytest.raises(CommandError, match=f"account {honest.pk}: entry 3: LEDGER_HMAC_KEYS has no key 9") as ended:
            call_command("verify_ledger")
        assert ended.value.returncode == 2

        sql(f"UPDATE ledger_entry SET amount = amount + 1 WHERE account_id = {honest.pk} AND sequence = 5")
        with pytest.raises(SystemExit) as broken:
            call_command("verify_ledger")
        assert broken.value.code == 1
        said = capsys.readouterr().out
        assert f"account {honest.pk}: entry 5 does not continue the chain" in said
        assert f"account {honest.pk}: entry 3: LEDGER_HMAC_KEYS has no key 9" in said

    def test_ends_with_2_when_the_database_cannot_be_reached(self):
        unreachable = {**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing"}
        ended = subprocess.run(
            [sys.executable, "manage.py", "verify_ledger", "--json"], env=unreachable, capture_output=True, text=True
        )

        assert ended.returncode == 2
        assert ended.stderr.splitlines()[-1].startswith("CommandError: could not look:")
        assert "Traceback" not in ended.stderr

    def test_ends_with_2_when_there_is_no_such_account(self, db: None):
        with pytest.raises(CommandError, match="no account 4711") as ended:
            call_command("verify_ledger", "--account", "4711")

        assert ended.value.returncode == 2


def test_reads_a_snapshot_that_writers_do_not_disturb(honest: Account):
    with transaction.atomic():
        lock_accounts(honest.pk)

        assert verify().findings == []
    assert Lot.objects.count() == 2
