"""The log's leaves in runs that lie side by side, so that reading a million of them makes no million of objects."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from ledger.merkle import HASH_BYTES

# Read at once. The server sorts no more than these, and Python holds no more.
LEAVES_AT_ONCE = 65_536
FIRST_INDEX = -(2**63)

NEXT = "SELECT min(index) FROM ledger_leaf WHERE index >= %s"
COUNT_FROM = "SELECT count(*) FROM ledger_leaf WHERE index >= %s"

RUNS = """
SELECT min(index), max(index), count(*), checkpoint, string_agg(hash, ''::bytea ORDER BY index)
FROM ledger_leaf WHERE index >= %s AND index < %s GROUP BY checkpoint ORDER BY 1"""

SINGLE = "SELECT index, checkpoint, hash FROM ledger_leaf WHERE index >= %s AND index < %s ORDER BY index"


@dataclass(frozen=True, slots=True)
class LeafRun:
    """Leaves from `first` on, without a gap, that say the same checkpoint."""

    first: int
    checkpoint: int
    hashes: list[bytes]

    @property
    def past(self) -> int:
        """The index behind the last one."""
        return self.first + len(self.hashes)

    def split(self, index: int) -> tuple["LeafRun", "LeafRun | None"]:
        """What lies before `index`, and what from there on, if anything does."""
        if self.past <= index:
            return self, None
        count = max(0, index - self.first)
        rest = LeafRun(self.first + count, self.checkpoint, self.hashes[count:])
        return LeafRun(self.first, self.checkpoint, self.hashes[:count]), rest


def leaf_runs() -> Iterator[LeafRun]:
    """All leaves, by their index."""
    first = _number(NEXT, FIRST_INDEX)
    while first is not None:
        yield from _between(first, first + LEAVES_AT_ONCE)
        # One that stands far behind the others, where somebody put it, is not walked to.
        first = _number(NEXT, first + LEAVES_AT_ONCE)


def count_from(index: int) -> int:
    """How many leaves there are from `index` on."""
    return _number(COUNT_FROM, index) or 0


def _number(sql: str, index: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, [index])
        row = cursor.fetchone()
    return row[0] if row else None


def _between(first: int, past: int) -> Iterator[LeafRun]:
    with connection.cursor() as cursor:
        cursor.execute(RUNS, [first, past])
        rows = cursor.fetchall()
        if all(_is_run(begin, end, count, hashes) for begin, end, count, _, hashes in rows):
            yield from (LeafRun(begin, number, _cut(bytes(hashes))) for begin, _, _, number, hashes in rows)
            return
        # Something is wrong with these: each by itself, so that it can be said with what.
        cursor.execute(SINGLE, [first, past])
        yield from (LeafRun(index, number, [bytes(digest)]) for index, number, digest in cursor.fetchall())


def _is_run(begin: int, end: int, count: int, hashes: bytes) -> bool:
    return end - begin + 1 == count and len(hashes) == count * HASH_BYTES


def _cut(hashes: bytes) -> list[bytes]:
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
