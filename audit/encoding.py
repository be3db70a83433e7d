"""What an audit row's MAC covers: each of its columns, so that no two rows look alike, nor one of another table.

A row is: 0xA0 (1 byte, its version too; a logged request's is 0xA1), key id (4),
then the columns in the order of COLUMNS (REQUEST_COLUMNS), each behind its length
in 4 bytes. Numbers are big-endian and signed in 8 bytes, times microseconds since
1970-01-01 UTC, texts UTF-8, UUIDs 16 bytes; NULL has the length 0xFFFFFFFF and no
bytes. Rows are not chained to the row before, so
that nobody waits for it: that none is gone is seen by the checkpoints.
"""

import hmac
import struct
from datetime import datetime
from uuid import UUID

from audit.models import Act, RequestLog
from ledger.encoding import NULL, mac, microseconds
from ledger.keys import keyring

ACT_VERSION = 0xA0

# All but what stands in the header, and the MAC itself.
COLUMNS = ("id", "act", "at", "actor", "address", "request_id", "subject", "facts", "count", "minute")

REQUEST_VERSION = 0xA1
REQUEST_COLUMNS = (
    *("id", "at", "request_id", "method", "path", "query", "operation", "status", "duration_ms", "caller", "user_id"),
    *("address", "request_body", "response_body"),
)

Row = Act | RequestLog
_VERSIONS: dict[type[Row], int] = {Act: ACT_VERSION, RequestLog: REQUEST_VERSION}
_COLUMNS: dict[type[Row], tuple[str, ...]] = {Act: COLUMNS, RequestLog: REQUEST_COLUMNS}

_HEADER = struct.Struct(">BI")
_LENGTH = struct.Struct(">I")


def act_bytes(act: Act) -> bytes:
    """The encoding of a row: all that its MAC covers.

    Raises:
        ValueError: it was written in a version that nobody knows.
    """
    return _row_bytes(act)


def sign(row: Row) -> None:
    """Give the row the MAC of what it says, under the key that writes."""
    row.version = _VERSIONS[type(row)]
    row.key_id = keyring().current
    row.mac = _mac(row)


def is_intact(row: Row) -> bool:
    """Whether the row carries the MAC of what it says.

    Raises:
        KeyMissing: it was written under a key that is not in the ring.
    """
    if row.version != _VERSIONS[type(row)]:
        return False
    return hmac.compare_digest(_mac(row), bytes(row.mac))


def _row_bytes(row: Row) -> bytes:
    if row.version != _VERSIONS[type(row)]:
        raise ValueError(f"audit encoding {row.version} is not known")
    return _HEADER.pack(row.version, row.key_id) + b"".join(_field(getattr(row, name)) for name in _COLUMNS[type(row)])


def _mac(row: Row) -> bytes:
    return mac(keyring().key(row.key_id), _row_bytes(row))


def _field(value: int | str | datetime | UUID | None) -> bytes:
    if value is None:
        return NULL
    if isinstance(value, str):
        encoded = value.encode()
    elif isinstance(value, UUID):
        encoded = value.bytes
    else:
        encoded = struct.pack(">q", microseconds(value) if isinstance(value, datetime) else value)
    return _LENGTH.pack(len(encoded)) + encoded
