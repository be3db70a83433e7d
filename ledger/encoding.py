"""What a MAC covers: the one encoding of an entry and of an account row, in which no two rows look alike.

A row is: version (1 byte), key id (4), account id (8), sequence (8), then the
columns in the order of ENTRY_COLUMNS or ACCOUNT_COLUMNS, each behind its length
in 4 bytes. Numbers are big-endian and signed, times are microseconds since
1970-01-01 UTC in 8 bytes, texts UTF-8. NULL has the length 0xFFFFFFFF and no
bytes. A lot is 17 bytes: sequence, whether it ends (1), its end or 0; and its
amount in 8 more.

The version is kept in each row: a column added later comes with a version of
its own, and old rows are verified as they were written. Audit rows begin with
another first byte (0xA0), so that no row of one table passes for one of another.
"""

import hmac
import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

ENTRY_VERSION = 1
ACCOUNT_VERSION = 0x41
GENESIS = b"wallet-service ledger genesis"

# The immutable columns of an entry, in the order of the encoding.
ENTRY_COLUMNS = (
    *("id", "at", "amount", "held_change", "owed_change", "balance", "held", "xid"),
    *("kind", "house", "counter_account_id", "group", "key", "asked", "leg", "of", "ends", "lots"),
    *("actor", "order_id", "reference", "reason_digest", "note_digest", "metadata_digest"),
)
ACCOUNT_COLUMNS = (
    *("balance", "held", "in_lots", "owed", "credit_line", "created_at"),
    *("currency", "status", "head", "last_at", "due_at"),
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NULL = b"\xff\xff\xff\xff"

_HEADER = struct.Struct(">BIqq")
_EIGHT = struct.Struct(">Iq")
_LENGTH = struct.Struct(">I")
_ENTRY_NUMBERS = struct.Struct(">" + "Iq" * 8)
_ACCOUNT_NUMBERS = struct.Struct(">" + "Iq" * 6)
_LOT = struct.Struct(">q?qq")

LotRow = tuple[int, int | None, int]


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (moment - EPOCH) // MICROSECOND


def lot_rows(lots: Iterable[Sequence[int | str | None]]) -> list[LotRow]:
    """The `lots` of an entry as stored, `[sequence, ISO time or null, amount]`, as numbers."""
    return [
        (int(sequence or 0), None if ends is None else microseconds(datetime.fromisoformat(str(ends))), int(amount or 0))
        for sequence, ends, amount in lots
    ]


def _number(value: int | None) -> bytes:
    return NULL if value is None else _EIGHT.pack(8, value)


def _blob(value: bytes | None) -> bytes:
    return NULL if value is None else _LENGTH.pack(len(value)) + value


def _text(value: str | None) -> bytes:
    return NULL if value is None else _blob(value.encode())


def encode_lots(rows: Iterable[LotRow]) -> bytes:
    """The lots of an entry as they stand in its encoding, with their length."""
    return _blob(b"".join(_LOT.pack(sequence, ends is not None, ends or 0, amount) for sequence, ends, amount in rows))


def encode_entry(
    *,
    version: int,
    key_id: int,
    account_id: int,
    sequence: int,
    id: int,
    at: int,
    amount: int,
    held_change: int,
    owed_change: int,
    balance: int,
    held: int,
    xid: int,
    kind: str,
    house: str | None,
    counter_account_id: int | None,
    group: UUID | None,
    key: str | None,
    asked: bytes | None,
    leg: int | None,
    of: int | None,
    ends: int | None,
    lots: Iterable[LotRow],
    actor: str,
    order_id: int | None,
    reference: str | None,
    reason_digest: bytes | None,
    note_digest: bytes | None,
    metadata_digest: bytes | None,
) -> bytes:
    """The bytes of one entry that its MAC covers. `at` and `ends` are microseconds (see `microseconds`)."""
    if version != ENTRY_VERSION:
        raise ValueError(f"entry encoding {version} is not known")
    return b"".join(
        (
            _HEADER.pack(version, key_id, account_id, sequence),
            _ENTRY_NUMBERS.pack(
                8, id, 8, at, 8, amount, 8, held_change, 8, owed_change, 8, balance, 8, held, 8, xid
            ),
            _text(kind),
            _text(house),
            _number(counter_account_id),
            _blob(group.bytes if group else None),
            _text(key),
            _blob(asked),
            _number(leg),
            _number(of),
            _number(ends),
            encode_lots(lots),
            _text(actor),
            _number(order_id),
            _text(reference),
            _blob(reason_digest),
            _blob(note_digest),
            _blob(metadata_digest),
        )
    )  # fmt: skip


def encode_account(
    *,
    version: int,
    key_id: int,
    account_id: int,
    sequence: int,
    balance: int,
    held: int,
    in_lots: int,
    owed: int,
    credit_line: int,
    created_at: datetime,
    currency: str,
    status: str,
    head: bytes | None,
    last_at: datetime | None,
    due_at: datetime | None,
) -> bytes:
    """The bytes of an account row that its MAC covers."""
    if version != ACCOUNT_VERSION:
        raise ValueError(f"account encoding {version} is not known")
    return b"".join(
        (
            _HEADER.pack(version, key_id, account_id, sequence),
            _ACCOUNT_NUMBERS.pack(
                8, balance, 8, held, 8, in_lots, 8, owed, 8, credit_line, 8, microseconds(created_at)
            ),
            _text(currency),
            _text(status),
            _blob(head),
            _number(None if last_at is None else microseconds(last_at)),
            _number(None if due_at is None else microseconds(due_at)),
        )
    )  # fmt: skip


def mac(key: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA256 (RFC 2104) over the parts, one behind the other."""
    return hmac.digest(key, b"".join(parts), "sha256")


def genesis(key: bytes, account_id: int, currency: str) -> bytes:
    """What an account's first entry chains to."""
    return mac(key, GENESIS, _number(account_id), _text(currency))


def text_digest(salt: bytes, text: str) -> bytes:
    """SHA-256(salt ‖ text): what stays in the chain when a person's words are erased."""
    return sha256(salt + text.encode()).digest()
