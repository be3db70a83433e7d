"""Entries as the server copies them out, in binary: their tail is the encoding that the MAC covers, byte by byte.

`COPY … (FORMAT BINARY)` writes each column behind its length in four bytes,
big-endian, NULL as FFFFFFFF: just what `ledger.encoding` does. So nothing is
decoded and encoded again but what has to be looked at. Three things differ:
version, key, account and sequence stand without lengths in the encoding; the
server counts time from 2000; and lots are JSON here.

An entry as it comes, in columns:

    account, sequence, version, key id, flags, mac, leaf       read, and put before the encoding where it wants them
    id … metadata_digest                                       the encoding's own columns, in its order
    acts                                                       of few entries, see ACTS
"""

import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from django.db import connection

from ledger.encoding import LotRow, encode_lots, lot_rows
from ledger.findings import UNREADABLE
from ledger.models import ACTS_ONCE

# Flags: what the server has seen of an entry.
LOTS, ACTS, REASON, NOTE, METADATA, SEALED = 1, 2, 4, 8, 16, 128
TEXTS = {"reason": REASON, "note": NOTE, "metadata": METADATA}
# Erased texts are counted in the two bits between.
ERASED, ERASED_SHIFT = 96, 5

_HEADER_BYTES = 19  # of the file: a signature, flags, and the length of nothing
_TRAILER = b"\xff\xff"
_TOLD_AFTER = 2000

# account, sequence, version, key id, flags, mac, leaf, (id,) at, amount, held_change, owed_change, balance, held; the
# lengths before them are left out.
_NUMBERS = struct.Struct(">2x 4xq 4xq 4xh 4xh 4xi 4x32s 4x32s 12x 4xq 4xq 4xq 4xq 4xq 4xq")
_ID = slice(118, 134)  # with the length of the time behind it
_AFTER_TIME = 142
_KIND = 214
_LOTS_FIELD = 9
_FIELDS = 16

# Microseconds from 1970 to 2000.
_TIME_SHIFT = 946_684_800_000_000
_HEADER = struct.Struct(">BIqq")
_EIGHT = struct.Struct(">q")
_LENGTH = struct.Struct(">i")


def microseconds(column: str) -> str:
    """SQL for a time as the encoding has it. What Python cannot read becomes a number that no entry carries."""
    readable = f"{column} BETWEEN '0001-01-01' AND '9999-12-31 23:59:59.999999'"
    return (
        f"CASE WHEN {column} IS NULL THEN NULL WHEN {readable} THEN (extract(epoch FROM {column}) * 1000000)::int8"
        f" ELSE {-(2**63)} END"
    )


def _bytes32(column: str) -> str:
    """Another length than 32 matches nothing."""
    return f"CASE WHEN length({column}) = 32 THEN {column} ELSE decode(repeat('00', 32), 'hex') END"


def _text_flag(name: str) -> str:
    return f"""CASE
        WHEN e.{name} IS NULL AND e.{name}_salt IS NULL THEN CASE WHEN e.{name}_digest IS NULL THEN 0 ELSE {1 << ERASED_SHIFT} END
        WHEN sha256(e.{name}_salt || convert_to(e.{name}, 'UTF8')) = e.{name}_digest THEN 0 ELSE {TEXTS[name]} END"""


_ACTS = """(e.kind = 'hold' OR e."of" IS NOT NULL OR e.held_change <> 0 OR e.owed_change <> 0
    OR e.kind = 'debt' OR e.counter_account_id IS NOT NULL)"""
_ONCE = ", ".join(f"'{kind.value}'" for kind in ACTS_ONCE)

# What an entry that holds, owes, or acts on another one, must be compared with: the kind that `of` names, whether that was
# acted on before, and the hold that stands for it, `[amount, end, closed by]`.
_ACTS_COLUMN = f"""CASE WHEN {_ACTS} THEN convert_to(json_build_array(
    (SELECT o.kind FROM ledger_entry o WHERE o.account_id = e.account_id AND o.sequence = e."of"),
    e."of" IS NOT NULL AND e.kind IN ({_ONCE}) AND EXISTS (SELECT FROM ledger_entry o WHERE o.account_id = e.account_id
        AND o."of" = e."of" AND o.kind IN ({_ONCE}) AND o.sequence < e.sequence),
    CASE WHEN e.held_change > 0 THEN (SELECT json_build_array(h.amount, {microseconds("h.ends")}, h.closed_by)
        FROM ledger_hold h WHERE h.id = e.id AND h.account_id = e.account_id AND h.sequence = e.sequence) END
    )::text, 'UTF8') END"""  # noqa: S608

_FLAGS = f"""(CASE WHEN e.lots = '[]'::jsonb THEN 0 ELSE {LOTS} END + CASE WHEN {_ACTS} THEN {ACTS} ELSE 0 END
    + {" + ".join(_text_flag(name) for name in TEXTS)}
    + CASE WHEN leaf.row IS NULL THEN 0 ELSE {SEALED} END)::int4"""

_COLUMNS = f"""e.account_id, e.sequence, e.version, e.key_id, {_FLAGS}, {_bytes32("e.mac")}, {_bytes32("leaf.hash")},
    e.id, CASE WHEN e.at BETWEEN '0001-01-01' AND '9999-12-31 23:59:59.999999' THEN e.at ELSE '0001-01-01' END,
    e.amount, e.held_change, e.owed_change, e.balance, e.held, e.xid,
    e.kind, e.house, e.counter_account_id, e."group", e.key, e.asked, e.leg::int8, e."of", {microseconds("e.ends")},
    CASE WHEN e.lots = '[]'::jsonb THEN ''::bytea ELSE convert_to(e.lots::text, 'UTF8') END,
    e.actor, e.order_id, e.reference, e.reason_digest, e.note_digest, e.metadata_digest, {_ACTS_COLUMN}"""

# Source 0 is entries (ledger.models.Leaf). The range is said once more: it does not follow from the equality by itself, and
# the leaves of all accounts before would be read.
_LEAF = """LEFT JOIN ledger_leaf leaf ON leaf.source = 0 AND leaf.account_id = e.account_id AND leaf.row = e.sequence
    AND leaf.account_id BETWEEN {first} AND {last}"""

ALL_ENTRIES = f"""COPY (SELECT {_COLUMNS} FROM ledger_entry e {_LEAF}
WHERE e.account_id BETWEEN {{first}} AND {{last}} ORDER BY e.account_id, e.sequence) TO STDOUT (FORMAT BINARY)"""  # noqa: S608

# The last sealed entry comes first: what follows is chained to it.
ENTRIES_SINCE_CHECKPOINT = f"""COPY (SELECT {_COLUMNS} FROM (
    SELECT id, coalesce((SELECT max(row) FROM ledger_leaf WHERE source = 0 AND account_id = ledger_account.id), 0) AS sealed
    FROM ledger_account WHERE id BETWEEN {{first}} AND {{last}}) AS account
JOIN ledger_entry e ON e.account_id = account.id AND e.sequence >= account.sealed {_LEAF}
ORDER BY e.account_id, e.sequence) TO STDOUT (FORMAT BINARY)"""  # noqa: S608


class Numbers(NamedTuple):
    """What is read of every entry. `at` counts from 2000 (see `moment`)."""

    account_id: int
    sequence: int
    version: int
    key_id: int
    flags: int
    mac: bytes
    leaf: bytes
    at: int
    amount: int
    held_change: int
    owed_change: int
    balance: int
    held: int

    @property
    def moment(self) -> int:
        """Microseconds since 1970."""
        return self.at + _TIME_SHIFT


@dataclass(frozen=True, slots=True)
class Details:
    """What is read of an entry that has lots, or acts on something. `tail` is its encoding from `amount` on."""

    tail: bytes
    lots: list[LotRow]
    kind: str
    counter_account_id: int | None
    of: int | None
    ends: int | None
    # The kind that `of` names, whether it was acted on before, and the hold's row.
    acts: list[Any] | None


def numbers(row: bytes) -> Numbers:
    """What is read of every entry."""
    return Numbers._make(_NUMBERS.unpack_from(row))


def account_of(row: bytes) -> int:
    """Whose entry it is."""
    return cast(int, _EIGHT.unpack_from(row, 6)[0])


def encoding(row: bytes, entry: Numbers, found: Details | None) -> bytes:
    """What the MAC covers: `ledger.encoding.encode_entry` of this row."""
    return b"".join(
        (
            _HEADER.pack(entry.version, entry.key_id, entry.account_id, entry.sequence),
            row[_ID],
            _EIGHT.pack(entry.at + _TIME_SHIFT),
            row[_AFTER_TIME:-4] if found is None else found.tail,
        )
    )


def copied(sql: str, progress: Callable[[int], object]) -> Iterator[bytes]:
    """The rows of a binary COPY, one at a time; `progress` is told how many there were since it was last told."""
    count = 0
    with connection.cursor() as cursor, cursor.copy(sql) as copy:
        first = bytes(copy.read())[_HEADER_BYTES:]
        row = first or bytes(copy.read())
        while row and row != _TRAILER:
            yield row
            count += 1
            if count % _TOLD_AFTER == 0:
                progress(_TOLD_AFTER)
            row = bytes(copy.read())
        progress(count % _TOLD_AFTER)
        while copy.read():
            pass  # the end is behind the trailer


def details(row: bytes) -> Details:
    """Take apart what stands behind the numbers. Lots that cannot be read stay as they are, which no MAC covers."""
    fields, starts = _split(row)
    kind, _, counter, _, _, _, _, of, ends, lots = fields[: _LOTS_FIELD + 1]
    begin, end = starts[_LOTS_FIELD], starts[_LOTS_FIELD + 1]
    try:
        shares = _lot_rows(lots or b"")
        blob = encode_lots(shares)
    except UNREADABLE:
        shares, blob = [], row[begin:end]
    return Details(
        tail=row[_AFTER_TIME:begin] + blob + row[end : starts[_FIELDS]],
        lots=shares,
        kind=(kind or b"").decode(),
        counter_account_id=_number(counter),
        of=_number(of),
        ends=_number(ends),
        acts=json.loads(fields[_FIELDS] or b"null"),
    )


def _split(row: bytes) -> tuple[list[bytes | None], list[int]]:
    """The columns from `kind` on, and where each begins with its length."""
    fields: list[bytes | None] = []
    starts = [_KIND]
    for _ in range(_FIELDS + 1):
        start = starts[-1] + 4
        (length,) = _LENGTH.unpack_from(row, start - 4)
        fields.append(None if length < 0 else row[start : start + length])
        starts.append(start + max(0, length))
    return fields, starts


def _lot_rows(text: bytes) -> list[LotRow]:
    """Strictly: a number that would be rounded is not what was written."""
    rows = json.loads(text or b"[]")
    if not isinstance(rows, list):
        raise ValueError("lots are a list")
    for sequence, ends, amount in rows:
        if type(sequence) is not int or type(amount) is not int or not isinstance(ends, str | None):
            raise ValueError("a lot is a sequence, an end and an amount")
    return lot_rows(rows)


def _number(field: bytes | None) -> int | None:
    return None if field is None else cast(int, _EIGHT.unpack(field)[0])
