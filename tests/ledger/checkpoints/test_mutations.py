"""What was sealed, changed behind the service's back: each of it named; and nothing on honest data."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ledger.checkpoints import services
from ledger.checkpoints.services import sweep_ledger
from ledger.checkpoints.verifying import verify_last_checkpoint
from ledger.models import Account, Checkpoint, Entry
from ledger.seals import seal_account
from ledger.verifying import verify
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

Sql = Callable[[str], int]


@pytest.fixture
def sealed(moved: Wallet, give: Callable[..., Entry]) -> Wallet:
    """Three checkpoints: over the first four entries, then one more, then two."""
    sweep_ledger()
    give(moved, 5)
    sweep_ledger()
    give(moved, 6)
    give(moved, 7)
    sweep_ledger()
    assert Checkpoint.objects.count() == 3
    return moved


def findings() -> list[str]:
    report = verify()
    assert report.unreadable == []
    return [str(finding) for finding in report.findings]


def test_finds_nothing_on_honest_data(sealed: Wallet, give: Callable[..., Entry]):
    assert findings() == []
    give(sealed, 8)
    assert findings() == []
    assert list(verify_last_checkpoint(None)) == []


def test_finds_nothing_in_a_log_of_many_levels(moved: Wallet, give: Callable[..., Entry], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(services, "BATCH", 50)
    for amount in range(1, 301):
        give(moved, amount)
    sweep_ledger()

    assert findings() == []


# ruff: noqa: E501  a line, a mutation
EDITS = {
    "body": ("ledger_checkpoint SET body = replace(body, '1575', '1576') WHERE number = 2", "checkpoint 2: it does not carry the signature"),
    "body that cannot be read": ("ledger_checkpoint SET body = '{}' WHERE number = 2", "checkpoint 2: what it says cannot be read"),
    "no json": ("ledger_checkpoint SET body = 'x' WHERE number = 3", "checkpoint 3: what it says cannot be read"),
    "signature": ("ledger_checkpoint SET signature = '\\x00' WHERE number = 1", "checkpoint 1: it does not carry the signature"),
    "hash": ("ledger_checkpoint SET hash = sha256(hash) WHERE number = 1", "checkpoint 1: its hash is not that of what it says"),
    "previous": ("ledger_checkpoint SET previous = sha256(hash) WHERE number = 2", "checkpoint 2: its previous is not what was signed"),
    "size": ("ledger_checkpoint SET size = 6 WHERE number = 3", "checkpoint 3: its size is not what was signed"),
    "root": ("ledger_checkpoint SET root = sha256(root) WHERE number = 2", "checkpoint 2: its root is not what was signed"),
    "time": ("ledger_checkpoint SET created_at = now() WHERE number = 2", "checkpoint 2: its time is not what was signed"),
    "given up": ("ledger_checkpoint SET replaces = '{ab}' WHERE number = 2", "checkpoint 2: what it gives up is not what was signed"),
    "key": ("ledger_signingkey SET public_key = sha256(public_key)", "checkpoint 1: it does not carry the signature"),
    "key's beginning": ("ledger_signingkey SET first_checkpoint = 2", "signing key 1 is said to sign from checkpoint 2 on"),
    "leaf": ("ledger_leaf SET hash = sha256(hash) WHERE index = 4", "checkpoint 2: the log does not come to its root"),
    "leaf's checkpoint": ("ledger_leaf SET checkpoint = 1 WHERE index = 4", "leaf 4 says checkpoint 1, and 2 sealed it"),
    "checkpoint of a leaf among others": ("ledger_leaf SET checkpoint = 3 WHERE index = 1", "leaf 1 says checkpoint 3, and 1 sealed it"),
    "leaf's length": ("ledger_leaf SET hash = '\\x00' WHERE index = 4", "checkpoint 2: the log does not come to its root"),
    "leaf far behind": ("ledger_leaf SET index = 1::bigint << 62 WHERE index = 6", "leaf 6 of the log is missing"),
    "position": ("ledger_sealedaccount SET sequence = sequence - 1", "is said to be sealed up to sequence"),
}  # fmt: skip


@pytest.mark.parametrize(("edit", "said"), EDITS.values(), ids=EDITS)
def test_names_an_edit(sealed: Wallet, sql: Sql, edit: str, said: str):
    assert sql(f"UPDATE {edit}") > 0

    found = findings()
    assert any(said in finding for finding in found), found


def test_names_a_leaf_far_behind_all_others(sealed: Wallet, sql: Sql):
    sql(f"INSERT INTO ledger_leaf SELECT 1::bigint << 62, 0, {sealed.pk}, 99, hash, 3 FROM ledger_leaf WHERE index = 0")

    assert "the log has 1 leaves behind checkpoint 3: the last checkpoints were cut" in findings()


def test_names_the_entry_whose_leaf_was_edited(sealed: Wallet, sql: Sql):
    sql(f"UPDATE ledger_leaf SET hash = sha256(hash) WHERE account_id = {sealed.pk} AND row = 4")

    assert f"account {sealed.pk}: entry 4 is not what was sealed" in findings()


DELETIONS = {
    "first checkpoint": ("ledger_checkpoint WHERE number = 1", "checkpoint 1 is missing"),
    "middle checkpoint": ("ledger_checkpoint WHERE number = 2", "checkpoint 2 is missing"),
    "last checkpoint": ("ledger_checkpoint WHERE number = 3", "the log has 2 leaves behind checkpoint 2: the last checkpoints were cut"),
    "all checkpoints": ("ledger_checkpoint", "the log has 7 leaves behind checkpoint 0"),
    "leaf": ("ledger_leaf WHERE index = 4", "leaf 4 of the log is missing"),
    "last leaf": ("ledger_leaf WHERE index = 6", "checkpoint 3: the log has 6 leaves, it says 7"),
    "position": ("ledger_sealedaccount", "is said to be sealed up to sequence 0"),
}  # fmt: skip


@pytest.mark.parametrize(("which", "said"), DELETIONS.values(), ids=DELETIONS)
def test_names_what_is_gone(sealed: Wallet, sql: Sql, which: str, said: str):
    # Receipts go with their checkpoints, or the database would say it first.
    sql("DELETE FROM ledger_anchorreceipt")
    sql(f"DELETE FROM {which}")

    found = findings()
    assert any(said in finding for finding in found), found


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE ledger_lognode SET hash = sha256(hash)", "node 0 of level 8 is not what its leaves come to"),
        ("DELETE FROM ledger_lognode", "node 0 of level 8 is not what its leaves come to"),
        ("INSERT INTO ledger_lognode (level, index, hash) VALUES (8, 7, '\\x00')", "node 7 of level 8 is not of this log"),
    ],
)
def test_names_a_node_that_is_not_what_its_leaves_come_to(
    moved: Wallet, give: Callable[..., Entry], sql: Sql, statement: str, said: str
):
    for amount in range(1, 261):
        give(moved, amount)
    sweep_ledger()
    sql(statement)

    assert findings() == [said]


def cut(sql: Sql, wallet: Wallet, sequence: int) -> None:
    """Cut the account back to `sequence` as an attacker with the HMAC key does: nothing is left that does not fit."""
    sql(f"DELETE FROM ledger_entry WHERE account_id = {wallet.pk} AND sequence > {sequence}")
    last = Entry.objects.get(account_id=wallet.pk, sequence=sequence)
    account = Account.objects.get(pk=wallet.pk)
    account.sequence, account.head, account.balance, account.last_at = sequence, last.mac, last.balance, last.at
    account.in_lots, account.due_at = 0, None
    seal_account(account)
    sql(f"DELETE FROM ledger_lot WHERE account_id = {wallet.pk}")
    account.save()
    sql("DELETE FROM idempotency_claim")


def test_names_a_sealed_tail_that_was_cut_with_head_sum_and_claims_put_back_to_fit(sealed: Wallet, sql: Sql):
    cut(sql, sealed, 4)

    assert f"account {sealed.pk}: entries after sequence 4 are missing" in findings()


def test_names_a_tail_that_was_cut_with_its_leaves_and_checkpoint(sealed: Wallet, sql: Sql):
    cut(sql, sealed, 4)
    sql("DELETE FROM ledger_leaf WHERE checkpoint = 3")
    sql("DELETE FROM ledger_anchorreceipt")
    sql("DELETE FROM ledger_checkpoint WHERE number = 3")
    sql(f"UPDATE ledger_sealedaccount SET sequence = 4 WHERE account_id = {sealed.pk}")

    (found,) = findings()
    assert found == (
        "the file anchor holds checkpoint 3, which is not here:"
        " the last checkpoints were cut, or this database is older than its anchor (a backup was restored)"
    )


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_names_an_account_that_was_deleted_together_with_its_wallet(sealed: Wallet, sql: Sql):
    for table, column in (("wallets_wallet", "id"), ("ledger_lot", "account_id"), ("ledger_entry", "account_id")):
        sql(f"DELETE FROM {table} WHERE {column} = {sealed.pk}")
    sql(f"DELETE FROM ledger_account WHERE id = {sealed.pk}")

    assert any(
        finding.startswith(f"account {sealed.pk}: ") and "6 entries of it were sealed" in finding for finding in findings()
    )


def test_an_account_that_was_deleted_with_its_leaves_changes_the_root(sealed: Wallet, sql: Sql, bobs_wallet: Wallet):
    sql(f"DELETE FROM ledger_leaf WHERE account_id = {bobs_wallet.pk}")

    assert any("of the log is missing" in finding for finding in findings())


def test_a_hole_in_what_is_sealed_of_an_account_is_named(sealed: Wallet, sql: Sql):
    sql(f"UPDATE ledger_leaf SET row = 9 WHERE account_id = {sealed.pk} AND row = 6")

    assert f"account {sealed.pk}: 6 entries of it are sealed, up to sequence 9: the log has a hole" in findings()


class TestAnchors:
    def test_an_anchor_that_was_edited_is_named(self, sealed: Wallet, anchor_file: Path):
        lines = [json.loads(line) for line in anchor_file.read_text().splitlines()]
        lines[1]["hash"] = "00" * 32
        anchor_file.write_text("".join(json.dumps(line) + "\n" for line in lines))

        (found,) = findings()
        assert found.startswith("the file anchor holds a line that is not a checkpoint of this database's keys (")

    def test_a_rewrite_with_all_our_keys_is_named(self, moved: Wallet, sql: Sql, anchor_file: Path, settings: Any):
        sweep_ledger()
        for table in ("ledger_anchorreceipt", "ledger_leaf", "ledger_lognode", "ledger_sealedaccount", "ledger_checkpoint"):
            sql(f"DELETE FROM {table}")
        settings.ANCHOR_FILE, kept = "", settings.ANCHOR_FILE
        sweep_ledger()
        settings.ANCHOR_FILE = kept

        assert findings() == ["the file anchor holds another checkpoint 1 than this database"]

    @pytest.mark.parametrize("content", [None, "", "rubbish\n"])
    def test_an_anchor_that_is_gone_empty_or_rubbish_is_not_passed_over(
        self, sealed: Wallet, anchor_file: Path, content: str | None
    ):
        anchor_file.unlink() if content is None else anchor_file.write_text(content)

        report = verify()
        told = [str(finding) for finding in [*report.findings, *report.unreadable]]
        said = (
            "the file anchor holds a line that is not a"
            if content == "rubbish\n"
            else "the file anchor is empty, and took checkpoint 3"
        )
        assert any(said in finding for finding in told), told

    def test_without_an_anchor_nobody_knows(self, sealed: Wallet, settings: Any):
        settings.ANCHOR_FILE = ""
        with pytest.raises(CommandError, match="could not look: no anchor says what it holds") as ended:
            call_command("verify_ledger")

        assert ended.value.returncode == 2

    def test_a_line_that_a_crash_cut_short_does_no_harm(self, moved: Wallet, give: Callable[..., Entry], anchor_file: Path):
        sweep_ledger()
        with anchor_file.open("a") as file:
            file.write('{"number": "2", "ha')
        give(moved, 5)
        sweep_ledger()

        assert findings() == []
        assert json.loads(anchor_file.read_text().splitlines()[-1])["number"] == "2"
