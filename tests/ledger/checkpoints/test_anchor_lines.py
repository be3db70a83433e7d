"""What others write: into an anchor, into the receipts, into the columns that nobody signed; and what is sealed meanwhile."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from ledger.checkpoints.errors import AnchorMismatch
from ledger.checkpoints.services import seal_ledger, sweep_ledger
from ledger.checkpoints.verifying import verify_last_checkpoint
from ledger.checkpoints.verifying_anchors import anchor_findings
from ledger.errors import LogNotIntact
from ledger.models import AnchorReceipt, Checkpoint, Entry
from ledger.verifying import verify
from ledger.verifying.processes import snapshot
from tests.ledger.checkpoints.test_anchoring import restored
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

Sql = Callable[[str], int]


@pytest.fixture
def sealed(moved: Wallet, give: Callable[..., Entry]) -> Wallet:
    """Three checkpoints, all of them anchored."""
    sweep_ledger()
    for amount in (5, 6):
        give(moved, amount)
        sweep_ledger()
    return moved


def findings() -> list[str]:
    return [str(finding) for finding in verify().findings]


def add_line(anchor_file: Path, line: bytes) -> None:
    with anchor_file.open("ab") as file:
        file.write(line + b"\n")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("only_last", [False, True])
def test_a_checkpoint_that_is_anchored_while_verifying_is_no_finding(sealed: Wallet, give: Callable[..., Entry], only_last: bool):
    def seal() -> None:
        give(sealed, 9)
        sweep_ledger()
        connection.close()

    with snapshot():
        assert Checkpoint.objects.count() == 3
        writer = threading.Thread(target=seal)
        writer.start()
        writer.join()

        assert Checkpoint.objects.count() == 3
        assert list(anchor_findings(only_last=only_last)) == []
    assert Checkpoint.objects.count() == 4


class TestLines:
    def test_what_a_line_gives_up_unsigned_is_not_given_up(self, sealed: Wallet, sql: Sql, anchor_file: Path):
        lost = bytes(Checkpoint.objects.get(pk=3).hash).hex()
        restored(sql, 2)
        forged = {
            "number": "2",
            "hash": bytes(Checkpoint.objects.get(pk=2).hash).hex(),
            "body": json.dumps({"replaces": [{"hash": lost}]}),
            "signature": "",
        }
        add_line(anchor_file, json.dumps(forged).encode())

        with pytest.raises(AnchorMismatch, match="holds checkpoint 3, which is not here"):
            sweep_ledger()
        assert any("holds checkpoint 3, which is not here" in finding for finding in findings())

    def test_an_old_line_once_more_hides_no_newer_one(self, sealed: Wallet, sql: Sql, anchor_file: Path):
        restored(sql, 2)
        add_line(anchor_file, anchor_file.read_bytes().splitlines()[1])

        with pytest.raises(AnchorMismatch, match="holds checkpoint 3, which is not here"):
            sweep_ledger()

    def test_a_given_up_line_once_more_hides_no_newer_one(
        self, sealed: Wallet, sql: Sql, anchor_file: Path, give: Callable[..., Entry]
    ):
        restored(sql, 1)
        given_up = anchor_file.read_bytes().splitlines()[2]
        seal_ledger(sweep=True, accept_restore="lost")
        give(sealed, 9)
        sweep_ledger()
        restored(sql, 2)
        add_line(anchor_file, given_up)

        with pytest.raises(AnchorMismatch, match="holds checkpoint 3, which is not here"):
            sweep_ledger()
        assert any("holds checkpoint 3, which is not here" in finding for finding in findings())

    @pytest.mark.parametrize(
        "line",
        [
            b"garbage",
            b"\xff\xfe",
            b"[" * 200_000,
            b"[]",
            b"null",
            b'{"number": "3", "hash": "%s", "body": "{}", "signature": ""}' % (b"ab" * 32),
            b'{"number": "1", "hash": "ab"}',
            b'{"number": "99999999999999999999999", "hash": "ab"}',
            b'{"number": 3, "hash": null, "body": 7, "signature": "\\u0000"}',
        ],
    )
    def test_a_line_that_is_no_checkpoint_stops_sealing_until_it_is_given_up(
        self, sealed: Wallet, anchor_file: Path, give: Callable[..., Entry], line: bytes
    ):
        add_line(anchor_file, line)
        with pytest.raises(AnchorMismatch, match="a line that is not a checkpoint"):
            sweep_ledger()
        assert any("a line that is not a checkpoint" in finding for finding in findings())

        call_command("seal_ledger", "--accept-restore", "somebody wrote into the anchor")
        give(sealed, 9)
        sweep_ledger()
        assert (verify().findings, verify().unreadable) == ([], [])


def test_a_newer_backup_that_turns_up_after_all_is_accepted(
    sealed: Wallet, sql: Sql, give: Callable[..., Entry], anchor_file: Path
):
    tables = ("ledger_leaf", "ledger_checkpoint", "ledger_sealedaccount", "ledger_anchorreceipt")
    for table in tables:
        sql(f"CREATE TEMP TABLE newer_{table} ON COMMIT DROP AS SELECT * FROM {table}")
    restored(sql, 1)
    seal_ledger(sweep=True, accept_restore="disk lost")
    seal_ledger(even_if_empty=True)
    for table in tables:
        sql(f"DELETE FROM {table}")
        sql(f"INSERT INTO {table} SELECT * FROM newer_{table}")

    with pytest.raises(AnchorMismatch, match="another checkpoint 3"):
        sweep_ledger()
    seal_ledger(sweep=True, accept_restore="a newer backup was found")
    give(sealed, 9)
    sweep_ledger()
    assert (findings(), Checkpoint.objects.count()) == ([], 5)


class TestUnsigned:
    def test_what_the_column_gives_up_counts_for_nothing(self, sealed: Wallet, sql: Sql):
        lost = bytes(Checkpoint.objects.get(pk=3).hash).hex()
        restored(sql, 2)
        sql(f"UPDATE ledger_checkpoint SET replaces = '{{{lost}}}' WHERE number = 1")

        with pytest.raises(AnchorMismatch, match="holds checkpoint 3, which is not here"):
            sweep_ledger()

    @pytest.mark.parametrize("edit", ["size = 5", "root = sha256(root)", "replaces = '{ab}'", "signing_key_id = 9"])
    def test_nothing_is_signed_behind_a_column_that_was_edited(self, sealed: Wallet, sql: Sql, edit: str):
        sql(f"UPDATE ledger_checkpoint SET {edit} WHERE number = 3")

        assert [str(found) for found in verify_last_checkpoint(None) if "checkpoint 3: " in str(found)]
        assert any("checkpoint 3: " in finding for finding in findings())
        with pytest.raises(LogNotIntact, match="checkpoint 3 is not what was signed"):
            seal_ledger(even_if_empty=True)


class TestReceipts:
    FORGED = "INSERT INTO ledger_anchorreceipt (checkpoint_id, anchor, receipt, at, failed_tries, last_error)"

    @pytest.mark.parametrize("numbers", ["generate_series(4, 60)", "generate_series(100000, 100000)"])
    def test_one_written_in_advance_keeps_no_checkpoint_from_the_anchor(
        self, sealed: Wallet, sql: Sql, anchor_file: Path, give: Callable[..., Entry], numbers: str
    ):
        sql(f"{self.FORGED} SELECT n, 'file', 'x', now(), 0, '' FROM {numbers} n")
        assert any(" of the file anchor names checkpoint " in finding for finding in findings())
        give(sealed, 9)
        sweep_ledger()

        assert json.loads(anchor_file.read_text().splitlines()[-1])["number"] == "4"
        assert AnchorReceipt.objects.count() == 4
        assert findings() == []

    def test_an_anchor_that_lacks_what_a_receipt_says_it_took_is_named(self, sealed: Wallet, anchor_file: Path):
        anchor_file.write_bytes(b"".join(anchor_file.read_bytes().splitlines(keepends=True)[:2]))

        said = "the file anchor does not hold what a receipt says it took: checkpoint 3"
        assert findings() == [said]
        with pytest.raises(AnchorMismatch, match=said):
            sweep_ledger()
        seal_ledger(sweep=True, accept_restore="the anchor's disk was put back")
        assert sweep_ledger().checkpoints == 0
        assert findings() == []
