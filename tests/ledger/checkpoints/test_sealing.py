"""Sealing: what goes into the log and when, and what is left out.

A test that runs in one transaction sweeps: to the horizon its own entries are not committed.
"""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from ledger.checkpoints import services
from ledger.checkpoints.services import seal_ledger, status, sweep_ledger
from ledger.log_paths import path_of
from ledger.merkle import leaf_hash, verify_inclusion
from ledger.models import Alarm, AnchorReceipt, Checkpoint, Entry, Leaf, LogNode, SealedAccount, SigningKey
from ledger.seals import entry_bytes
from tests.ledger.checkpoints.conftest import SEEDS
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

Sql = Callable[[str], int]


def body_of(number: int) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(Checkpoint.objects.get(pk=number).body)
    return body


def test_a_round_seals_signs_and_anchors(moved: Wallet, bobs_wallet: Wallet, anchor_file: Path):
    outcome = seal_ledger()

    assert str(outcome) == "4 rows sealed, checkpoint 1"
    body = body_of(1)
    assert body["accounts"] == "2"
    assert body["leaves"] == {"entry": "4"}
    assert body["totals"] == {"USD": "1570"}
    assert body["houses"] == {"USD": {"issued": "-1570"}}
    assert body["previous"] is None
    made = Checkpoint.objects.get()
    Ed25519PrivateKey.from_private_bytes(bytes.fromhex(SEEDS[1])).public_key().verify(bytes(made.signature), made.body.encode())
    anchored = [json.loads(line) for line in anchor_file.read_text().splitlines()]
    assert [line["hash"] for line in anchored] == [bytes(made.hash).hex()]
    assert anchor_file.stat().st_mode & 0o777 == 0o600
    assert AnchorReceipt.objects.get().receipt == "checkpoints.jsonl, byte 0"


def test_checkpoints_follow_each_other(moved: Wallet, give: Callable[..., Entry]):
    sweep_ledger()
    give(moved, 5)
    sweep_ledger()

    first, second = Checkpoint.objects.order_by("number")
    assert bytes(second.previous or b"") == bytes(first.hash)
    assert body_of(2)["previous"] == bytes(first.hash).hex()
    assert (second.size, body_of(2)["totals"]) == (5, {"USD": "1575"})


def test_nothing_new_makes_no_checkpoint(moved: Wallet):
    seal_ledger()

    assert str(seal_ledger()) == str(sweep_ledger()) == "nothing new to seal"
    assert Checkpoint.objects.count() == 1


def test_every_entry_is_proved_by_its_path(moved: Wallet, give: Callable[..., Entry], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(services, "BATCH", 100)
    for amount in range(1, 301):
        give(moved, amount)
    seal_ledger()

    last = Checkpoint.objects.latest("number")
    assert (last.number, last.size) == (4, 304)
    assert LogNode.objects.get().level == 8
    for leaf in Leaf.objects.order_by("index"):
        entry = Entry.objects.get(account_id=leaf.account_id, sequence=leaf.row)
        digest = leaf_hash(entry_bytes(entry) + bytes(entry.mac))
        assert digest == bytes(leaf.hash)
        assert verify_inclusion(digest, leaf.index, last.size, path_of(leaf.index, last.size), bytes(last.root))


def test_a_page_of_accounts_is_sealed_in_order(moved: Wallet, bobs_wallet: Wallet, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(services, "BATCH", 2)
    seal_ledger()

    places = list(Leaf.objects.order_by("index").values_list("account_id", "row", "checkpoint"))
    first, second = sorted([moved.pk, bobs_wallet.pk])
    expected = [(moved.pk, 1), (moved.pk, 2), (moved.pk, 3), (bobs_wallet.pk, 1)]
    assert sorted(places) == sorted((*row, number) for row, number in zip(expected, (1, 1, 2, 2), strict=True)), (first, second)


def sealed_by_the_horizon() -> int:
    """What a round without a sweep seals, once no older transaction of another test on this server is open."""
    for _ in range(200):
        if sealed := seal_ledger().leaves:
            return sealed
        time.sleep(0.1)
    return 0


class TestLateCommit:
    @pytest.mark.django_db(transaction=True, serialized_rollback=True)
    def test_an_entry_that_drew_its_id_early_and_was_committed_late_is_sealed_next(
        self, wallet: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry]
    ):
        give(wallet, 1)
        sweep_ledger()
        written, go_on = threading.Event(), threading.Event()

        def late() -> None:
            try:
                with transaction.atomic():
                    give(wallet, 10)
                    written.set()
                    go_on.wait(20)
            finally:
                connection.close()

        thread = threading.Thread(target=late)
        thread.start()
        assert written.wait(20)
        give(bobs_wallet, 20)
        seal_ledger()
        sweep_ledger()
        sealed_meanwhile = Leaf.objects.count()
        go_on.set()
        thread.join()
        late_id, early_id = Entry.objects.get(amount=10).pk, Entry.objects.get(amount=20).pk

        assert late_id < early_id
        assert sealed_meanwhile == 2
        assert sealed_by_the_horizon() == 1
        assert status().unsealed_entries == 0

    def test_what_the_horizon_misses_is_found_by_the_sweep(self, moved: Wallet, give: Callable[..., Entry]):
        seal_ledger()
        give(moved, 5)

        assert seal_ledger().leaves == 0
        assert sweep_ledger().leaves == 1

    @pytest.mark.django_db(transaction=True, serialized_rollback=True)
    def test_a_horizon_of_another_server_is_not_believed(self, moved: Wallet, give: Callable[..., Entry], sql: Sql):
        seal_ledger()
        give(moved, 5)
        sql("UPDATE ledger_sealinghorizon SET system_identifier = '1', xid = (SELECT max(xid) + 1 FROM ledger_entry)")

        assert seal_ledger().leaves == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_one_seals_at_a_time_and_the_others_do_not_wait(moved: Wallet):
    outcomes: list[str] = []
    holding, release = threading.Event(), threading.Event()

    def hold() -> None:
        with services._only_sealer() as is_ours:
            assert is_ours
            holding.set()
            release.wait(20)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert holding.wait(20)
    outcomes.append(str(seal_ledger()))
    release.set()
    holder.join()
    outcomes.append(str(seal_ledger()))

    assert outcomes == ["somebody else is sealing", "4 rows sealed, checkpoint 1"]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_many_sealers_at_once_leave_one_log(moved: Wallet, give: Callable[..., Entry], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(services, "BATCH", 1)
    failures: list[BaseException] = []

    def seal() -> None:
        try:
            for _ in range(5):
                sweep_ledger()
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=seal) for _ in range(3)]
    for thread in threads:
        thread.start()
    for amount in range(1, 10):
        give(moved, amount)
    for thread in threads:
        thread.join()
    sweep_ledger()

    assert failures == []
    assert list(Leaf.objects.order_by("index").values_list("index", flat=True)) == list(range(13))
    assert list(Checkpoint.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 14))


BROKEN = {
    "entry": (
        "UPDATE ledger_entry SET actor = 'x' WHERE account_id = {id} AND sequence = 2",
        "entry 2 does not continue the chain",
    ),
    "hole": ("DELETE FROM ledger_entry WHERE account_id = {id} AND sequence = 2", "entries between 0 and 3 are missing"),
    "row": ("UPDATE ledger_account SET balance = 1 WHERE id = {id}", "its row does not carry the MAC of what it says"),
    "version": ("UPDATE ledger_entry SET version = 9 WHERE account_id = {id}", "entry encoding 9 is not known"),
    "key": ("UPDATE ledger_entry SET key_id = 9 WHERE account_id = {id}", "LEDGER_HMAC_KEYS has no key 9"),
}


@pytest.mark.parametrize(("statement", "problem"), BROKEN.values(), ids=BROKEN)
def test_an_account_that_does_not_hold_is_left_out_and_the_others_go_on(moved: Wallet, sql: Sql, statement: str, problem: str):
    sql(statement.format(id=moved.pk))
    outcome = seal_ledger()

    assert outcome.left_out == {moved.pk: problem}
    assert outcome.leaves == 1
    alarm = Alarm.objects.open().get(name="unsealable")
    assert (alarm.subject, alarm.message) == (f"account {moved.pk}", problem)


def test_an_account_that_holds_again_is_sealed_and_its_alarm_cleared(moved: Wallet, sql: Sql):
    sql(f"UPDATE ledger_account SET balance = balance + 1 WHERE id = {moved.pk}")
    seal_ledger()
    sql(f"UPDATE ledger_account SET balance = balance - 1 WHERE id = {moved.pk}")

    assert sweep_ledger().leaves == 3
    assert not Alarm.objects.open().exists()


def test_a_break_right_behind_what_is_sealed_is_seen(moved: Wallet, give: Callable[..., Entry], sql: Sql):
    seal_ledger()
    give(moved, 5)
    sql(f"UPDATE ledger_entry SET mac = sha256(mac) WHERE account_id = {moved.pk} AND sequence = 3")

    assert sweep_ledger().left_out == {moved.pk: "entry 4 does not continue the chain"}


DAMAGE = {
    "the last checkpoint": "UPDATE ledger_checkpoint SET body = replace(body, '1570', '1571')",
    "a leaf": "UPDATE ledger_leaf SET hash = sha256(hash) WHERE index = 2",
    "a leaf gone": "DELETE FROM ledger_leaf WHERE index = 2",
    "the checkpoint cut, its leaves not": "DELETE FROM ledger_checkpoint",
}


@pytest.mark.parametrize("statement", DAMAGE.values(), ids=DAMAGE)
def test_nothing_is_signed_on_top_of_a_log_that_does_not_hold(
    moved: Wallet, give: Callable[..., Entry], sql: Sql, statement: str, settings: Any
):
    settings.ANCHOR_FILE = ""
    seal_ledger()
    sql(statement)
    give(moved, 5)

    with pytest.raises(CommandError, match="nothing was signed: .*(checkpoint|leaf|missing)") as ended:
        call_command("seal_ledger", "--sweep")
    assert ended.value.returncode == 2
    assert Alarm.objects.open().filter(name="sealing failing").exists()
    assert Leaf.objects.filter(checkpoint=2).count() == 0


@pytest.mark.parametrize("table", ["ledger_leaf", "ledger_checkpoint", "ledger_signingkey"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_database_refuses_to_change_what_was_sealed(moved: Wallet, table: str, statement: str):
    seal_ledger()
    column = {"ledger_leaf": "row = 1", "ledger_checkpoint": "size = 1", "ledger_signingkey": "first_checkpoint = 2"}[table]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table, column))
    assert SigningKey.objects.count() == Checkpoint.objects.count() == 1


def test_without_a_key_it_says_so_and_ends_with_2(moved: Wallet, settings: Any):
    settings.LEDGER_SIGNING_KEYS = ""
    with pytest.raises(CommandError, match="LEDGER_SIGNING_KEYS is not set") as ended:
        call_command("seal_ledger")

    assert ended.value.returncode == 2
    assert not Leaf.objects.exists()
    assert not SealedAccount.objects.exists()


def test_the_command_says_what_it_did(moved: Wallet, sql: Sql, capsys: pytest.CaptureFixture[str]):
    sql(f"UPDATE ledger_account SET balance = 1 WHERE id = {moved.pk}")
    with pytest.raises(SystemExit) as ended:
        call_command("seal_ledger", "--sweep")

    assert ended.value.code == 1
    said = capsys.readouterr()
    assert said.out == "1 rows sealed, checkpoint 1; 1 accounts left out\n"
    assert f"account {moved.pk}: its row does not carry the MAC" in said.err


def test_a_sealing_that_lags_is_alarmed_and_the_alarm_cleared(moved: Wallet, settings: Any, sql: Sql):
    settings.SEAL_LAG_ALARM_SECONDS = 0
    sql(f"UPDATE ledger_account SET balance = balance + 1 WHERE id = {moved.pk}")
    sweep_ledger()
    assert "3 entries are not sealed" in Alarm.objects.open().get(name="sealing late").message

    sql(f"UPDATE ledger_account SET balance = balance - 1 WHERE id = {moved.pk}")
    sweep_ledger()
    assert not Alarm.objects.open().exists()
