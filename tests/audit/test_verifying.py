"""`verify_ledger` over audit rows: each change behind the service's back is named, and none on honest data."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from audit.acts import ActName
from audit.encoding import sign
from audit.models import Act, Unsealed
from audit.sealing import AuditRows, leaf_data
from audit.services import erase_texts, record, record_attempt
from ledger.checkpoints.services import seal_ledger, sweep_ledger
from ledger.merkle import leaf_hash
from ledger.models import Alarm, Checkpoint, Entry, Leaf
from ledger.services import erase_texts as erase_in_silence
from ledger.verifying import verify
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

Sql = Callable[[str], int]


def some(count: int = 4) -> list[Act]:
    return [record(ActName.KEY_REVOKED, actor="user:1 admin", subject=f"key:{number}") for number in range(1, count + 1)]


def seal() -> list[int]:
    """What the sealer does with the source."""
    rows = AuditRows().unsealed(0, 100)
    start = Leaf.objects.count()
    Leaf.objects.bulk_create(
        Leaf(index=start + place, source=AuditRows.number, account_id=0, row=row, hash=leaf_hash(data), checkpoint=1)
        for place, (row, data) in enumerate(rows)
    )
    return [row for row, _ in rows]


def waiting() -> set[int]:
    return set(Unsealed.objects.values_list("pk", flat=True))


def findings() -> list[str]:
    return [str(finding) for finding in verify().findings if "audit row" in str(finding)]


def test_finds_nothing_on_honest_rows():
    some()
    record_attempt(ActName.SIGN_IN_FAILED, network="192.0.2.7/32")
    assert findings() == []

    assert len(seal()) == 4
    some()
    assert findings() == []


@pytest.mark.parametrize(
    "edit", ["actor = 'nobody'", "facts = '{}x'", "at = now()", "mac = ''", "version = 1", "count = 1, subject = ''"]
)
@pytest.mark.parametrize("is_sealed", [False, True])
def test_names_an_edited_row(sql: Sql, edit: str, is_sealed: bool):
    rows = some()
    if is_sealed:
        seal()
    sql(f"UPDATE audit_act SET {edit} WHERE id = {rows[1].pk}")

    assert findings() == [f"audit row {rows[1].pk}: it does not carry the MAC of what it says"]


@pytest.mark.parametrize("gone", [[0], [1], [3], [0, 1, 2, 3]], ids=["first", "middle", "last", "all"])
def test_names_sealed_rows_that_are_gone(sql: Sql, gone: list[int]):
    rows = some()
    seal()
    for place in gone:
        sql(f"DELETE FROM audit_act WHERE id = {rows[place].pk}")

    assert findings() == [f"audit row {rows[place].pk}: it was sealed, and is gone" for place in gone]


def resign(sql: Sql, row_id: int) -> None:
    """What an attacker with the key does behind a change."""
    row = Act.objects.get(pk=row_id)
    sign(row)
    sql(f"UPDATE audit_act SET mac = '\\x{bytes(row.mac).hex()}' WHERE id = {row_id}")


def test_names_a_row_that_was_rewritten_with_the_key_after_it_was_sealed(sql: Sql):
    row, _ = some(2)
    seal()
    sql(f"UPDATE audit_act SET actor = 'user:2 admin' WHERE id = {row.pk}")
    resign(sql, row.pk)

    assert findings() == [f"audit row {row.pk}: it is not what was sealed"]


def test_names_a_row_that_no_checkpoint_would_take(sql: Sql):
    row, _ = some(2)
    sql(f"DELETE FROM audit_unsealed WHERE act_id = {row.pk}")

    assert findings() == [f"audit row {row.pk}: it is neither sealed nor waiting to be"]


@pytest.mark.parametrize("left", ["the row", "nothing"])
def test_names_a_leaf_that_was_hidden_under_an_account(sql: Sql, left: str):
    row, _ = some(2)
    seal()
    sql(f'UPDATE ledger_leaf SET account_id = 7 WHERE source = 1 AND "row" = {row.pk}')
    if left == "nothing":
        sql(f"DELETE FROM audit_act WHERE id = {row.pk}")

    assert f"leaf 0 of audit row {row.pk} says account 7, and such rows have none" in map(str, verify().findings)


def test_names_a_leaf_of_a_source_that_nobody_knows(sql: Sql):
    row, _ = some(2)
    seal()
    sql(f'UPDATE ledger_leaf SET source = 3 WHERE source = 1 AND "row" = {row.pk}')

    assert "leaf 0 is of source 3, which nobody knows" in map(str, verify().findings)


def test_names_a_row_that_waited_for_its_seal_and_is_gone(sql: Sql):
    row, _ = some(2)
    sql(f"DELETE FROM audit_act WHERE id = {row.pk}")

    assert findings() == [f"audit row {row.pk}: it waits for its seal, and is gone"]


class TestRetiredKeys:
    """What is written with a key that was stolen and is retired."""

    @pytest.fixture(autouse=True)
    def _rings(self, settings: Any, tmp_path: Path) -> None:
        settings.LEDGER_SIGNING_KEYS = f"1:{'11' * 32}"
        settings.ANCHOR_FILE = str(tmp_path / "checkpoints.jsonl")
        self.old = settings.LEDGER_HMAC_KEYS
        self.new = f"7:{'77' * 32},{self.old}"

    def retire(self, settings: Any) -> Checkpoint:
        sweep_ledger()
        settings.LEDGER_HMAC_KEYS = self.new
        sweep_ledger()
        return Checkpoint.objects.latest("number")

    def under_the_old(self, settings: Any) -> Act:
        settings.LEDGER_HMAC_KEYS = self.old
        (row,) = some(1)
        settings.LEDGER_HMAC_KEYS = self.new
        return row

    def test_a_row_from_before_is_sealed_behind_the_retirement(self, settings: Any):
        before, *_ = some(2)
        self.retire(settings)
        some(1)
        sweep_ledger()

        assert findings() == []
        assert Leaf.objects.filter(source=AuditRows.number, row=before.pk).exists()

    def test_a_later_row_is_not_sealed_and_is_named(self, settings: Any, sql: Sql):
        some(1)
        self.retire(settings)
        row = self.under_the_old(settings)
        sweep_ledger()

        assert not Leaf.objects.filter(source=AuditRows.number, row=row.pk).exists()
        assert Alarm.objects.filter(subject=f"audit row {row.pk}").exists()
        assert findings() == [f"audit row {row.pk}: it was written under key 1 after that was retired"]

    @pytest.mark.parametrize("is_closed", [False, True])
    def test_a_row_that_says_it_is_earlier_is_believed_until_a_later_checkpoint(self, settings: Any, sql: Sql, is_closed: bool):
        some(1)
        retiring = self.retire(settings)
        row = self.under_the_old(settings)
        sql(f"UPDATE audit_act SET at = '{(retiring.created_at - timedelta(seconds=1)).isoformat()}' WHERE id = {row.pk}")
        row = Act.objects.get(pk=row.pk)
        settings.LEDGER_HMAC_KEYS = self.old
        resign(sql, row.pk)
        settings.LEDGER_HMAC_KEYS = self.new
        said = [f"audit row {row.pk}: it was written under key 1 after that was retired"]
        if is_closed:
            later = retiring.created_at + timedelta(minutes=6)
            Checkpoint.objects.create(
                **{**Checkpoint.objects.filter(pk=retiring.pk).values().get(), "number": retiring.pk + 1, "hash": b"later"}
                | {"created_at": later}
            )

        assert findings() == (said if is_closed else [])
        assert [number for number, _ in AuditRows().unsealed(0, 9)] == ([] if is_closed else [row.pk])


def test_an_account_alone_is_verified_without_them(sql: Sql, wallet: Wallet):
    some()
    sql("UPDATE audit_act SET actor = 'nobody'")

    assert verify(wallet.pk).findings == []


class TestErasedTexts:
    def test_gone_with_a_row_is_no_finding(self, wallet: Wallet, give: Callable[..., Entry]):
        give(wallet, 1)
        assert erase_texts(Entry.objects.all(), actor="test") == 1

        assert verify().findings == []

    def test_gone_without_one_is(self, wallet: Wallet, give: Callable[..., Entry]):
        give(wallet, 1)
        entry = give(wallet, 2)
        erase_texts(Entry.objects.filter(sequence=1), actor="test")
        erase_in_silence([entry])

        (finding,) = verify().findings
        said = f"account {wallet.pk}: entry 2 has lost its words, and no audit row says who erased them"
        assert (str(finding), finding.sequence) == (said, 2)

    def test_a_row_about_other_words_of_the_entry_is_not_enough(self, wallet: Wallet, give: Callable[..., Entry]):
        entry = give(wallet, 1)
        record(ActName.TEXTS_ERASED, actor="test", subject=f"entry:{entry.pk}", facts={"texts": ["note"]})
        erase_in_silence([entry])

        assert len(verify().findings) == 1


class TestSealing:
    def test_takes_what_waits_in_order_and_each_once(self):
        rows = some()

        assert [row for row, _ in AuditRows().unsealed(0, 3)] == [row.pk for row in rows[:3]]
        assert [row for row, _ in AuditRows().unsealed(rows[2].pk, 3)] == [rows[3].pk]
        assert seal() == [row.pk for row in rows]
        assert seal() == []
        assert not waiting()

    def test_a_leaf_is_the_row_and_its_mac(self):
        (row,) = some(1)

        assert AuditRows().unsealed(0, 1) == [(row.pk, leaf_data(Act.objects.get()))]

    def test_a_row_that_commits_late_is_taken_though_later_ones_are_sealed(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('audit_act_id_seq')")
        early, *_ = some(3)
        late = early.pk - 1
        seal()
        made = Act.objects.get(pk=early.pk)
        made.pk = late
        sign(made)
        made.save(force_insert=True)

        assert seal() == [late]

    def test_leaves_out_a_row_that_was_changed_and_tells_of_it(self, sql: Sql):
        rows = some()
        sql(f"UPDATE audit_act SET actor = 'nobody' WHERE id = {rows[0].pk}")

        assert [row for row, _ in AuditRows().unsealed(0, 3)] == [row.pk for row in rows[1:]]
        assert Alarm.objects.get().subject == f"audit row {rows[0].pk}"

    def test_a_minute_is_sealed_when_nothing_can_be_added_to_it(self, sql: Sql):
        record_attempt(ActName.SIGN_IN_FAILED, network="192.0.2.7/32")
        assert AuditRows().unsealed(0, 10) == []

        sql("UPDATE audit_act SET minute = minute - interval '2 minutes'")
        row = Act.objects.get()
        resign(sql, row.pk)
        assert seal() == [row.pk]

    def test_the_sealer_takes_them(self, sql: Sql, settings: Any):
        settings.LEDGER_SIGNING_KEYS = f"1:{'11' * 32}"
        settings.ANCHOR_FILE = ""
        rows = some()
        seal_ledger()

        assert list(Leaf.objects.filter(source=AuditRows.number).order_by("row").values_list("row", flat=True)) == [
            r.pk for r in rows
        ]
        sql(f"DELETE FROM audit_act WHERE id = {rows[3].pk}")
        assert f"audit row {rows[3].pk}: it was sealed, and is gone" in findings()
