"""The encoding under a MAC: pinned, because rows written today must verify for ever, and injective."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.encoding import encode_entry, genesis, lot_rows, mac
from ledger.models import Entry

SAMPLE: dict[str, Any] = {
    "version": 1,
    "key_id": 1,
    "account_id": 42,
    "sequence": 3,
    "id": 1891,
    "at": 1_781_949_933_000_001,
    "amount": -1000,
    "held_change": 0,
    "owed_change": 0,
    "balance": 9500,
    "held": 0,
    "xid": 777,
    "kind": "debit",
    "house": "spent",
    "counter_account_id": None,
    "group": UUID("550e8400-e29b-41d4-a716-446655440000"),
    "key": "call:1",
    "asked": b"\x01\x02",
    "leg": 0,
    "of": None,
    "ends": None,
    "lots": [(2, None, -10), (1, 1_781_949_933_000_000, -990)],
    "actor": "key:1 user:2",
    "order_id": 8812,
    "reference": "Größe",
    "reason_digest": b"\x00" * 32,
    "note_digest": None,
    "metadata_digest": None,
}
COLUMNS = [name for name in SAMPLE if name != "version"]


def other(value: Any) -> Any:
    """A value of the same column that is not this one."""
    if value is None:
        return 1
    if isinstance(value, int):
        return value + 1
    return None if isinstance(value, UUID | bytes) else value + value


def test_is_pinned():
    key = bytes(range(32))
    before = genesis(key, 42, "USD")

    assert before.hex() == "0f79cd05cd39816dea0d7337c4b91a6ef35a90083c3b0f8f1800eba576c78a82"
    assert mac(key, before, encode_entry(**SAMPLE)).hex() == "88f480dd7462559ad6bee51bbc30378d55832302109b9fc7cafc2b7b7ded1b07"


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_counts(column: str):
    changed = {**SAMPLE, column: b"1" if column.endswith("digest") and SAMPLE[column] is None else other(SAMPLE[column])}

    assert encode_entry(**changed) != encode_entry(**SAMPLE)


def test_every_immutable_column_of_the_table_is_encoded():
    stored = {field.column for field in Entry._meta.concrete_fields}
    erasable = {name + part for name in ("reason", "note", "metadata") for part in ("", "_salt")}

    assert stored - erasable - {"mac"} == set(SAMPLE)


@given(st.text(), st.text(), st.text(), st.text())
def test_no_two_texts_look_alike_when_their_border_moves(kind: str, key: str, other_kind: str, other_key: str):
    one = encode_entry(**{**SAMPLE, "kind": kind, "house": key})
    two = encode_entry(**{**SAMPLE, "kind": other_kind, "house": other_key})

    assert (one == two) == ((kind, key) == (other_kind, other_key))


def test_null_is_not_empty():
    assert encode_entry(**{**SAMPLE, "reference": None}) != encode_entry(**{**SAMPLE, "reference": ""})


def test_a_version_that_is_not_known_is_not_guessed():
    with pytest.raises(ValueError, match="encoding 2"):
        encode_entry(**{**SAMPLE, "version": 2})


def test_lots_keep_their_microseconds():
    ((sequence, ends, amount),) = lot_rows([[7, "2026-12-31T23:59:59.000001+00:00", -5]])

    assert (sequence, amount) == (7, -5)
    assert ends == 1_798_761_599_000_001
