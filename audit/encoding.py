"""What an audit row's MAC covers: each of its columns, so that no two rows look alike, nor one of another table.

A row is: 0xA0 (1 byte, its version too), key id (4), then the columns in the
order of COLUMNS, each behind its length in 4 bytes. Numbers are big-endian and
signed in 8 bytes, times microseconds since 1970-01-01 UTC, texts UTF-8; NULL has
the length 0xFFFFFFFF and no bytes. Rows are not chained to the row before, so
that nobody waits for it: that none is gone is seen by the checkpoints.
"""

import hmac
import struct
from datetime import datetime

from audit.models import Act
from ledger.encoding import NULL, mac, microseconds
from ledger.keys import keyring

ACT_VERSION = 0xA0

# All but what stands in the header, and the MAC itself.
COLUMNS = ("id", "act", "at", "actor", "address", "request_id", "subject", "facts", "count", "minute")

_HEADER = struct.Struct(">BI")
_LENGTH = struct.Struct(">I")


def act_bytes(act: Act) -> bytes:
    """The encoding of a row: all that its MAC covers.

    Raises:
        ValueError: it was written in a version that nobody knows.
    """
    if act.version != ACT_VERSION:
        raise ValueError(f"audit encoding {act.version} is not known")
    return _HEADER.pack(act.version, act.key_id) + b"".join(_field(getattr(act, name)) for name in COLUMNS)


def sign(act: Act) -> None:
    """Give the row the MAC of what it says, under the key that writes."""
    act.version = ACT_VERSION
    act.key_id = keyring().current
    act.mac = _mac(act)


def is_intact(act: Act) -> bool:
    """Whether the row carries the MAC of what it says.

    Raises:
        KeyMissing: it was written under a key that is not in the ring.
    """
    if act.version != ACT_VERSION:
        return False
    return hmac.compare_digest(_mac(act), bytes(act.mac))


def _mac(act: Act) -> bytes:
    return mac(keyring().key(act.key_id), act_bytes(act))


def _field(value: int | str | datetime | None) -> bytes:
    if value is None:
        return NULL
    if isinstance(value, str):
        encoded = value.encode()
    else:
        encoded = struct.pack(">q", microseconds(value) if isinstance(value, datetime) else value)
    return _LENGTH.pack(len(encoded)) + encoded
