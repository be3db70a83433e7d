"""Growing the log of everything sealed (RFC 6962): what is read and written depends on what is new, not on what is there."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.db import connection

from ledger.errors import LogNotIntact
from ledger.log_paths import KEPT_EVERY
from ledger.merkle import Frontier, Node, node_hash, subtree_root

# A level, and from where to where: as numbers, which the planner looks up in the index however many rows there are.
READ_LEAVES = "SELECT index, hash FROM ledger_leaf WHERE %s = 0 AND index >= %s AND index < %s ORDER BY index"
READ_NODES = "SELECT index, hash FROM ledger_lognode WHERE level = %s AND index >= %s AND index < %s ORDER BY index"

INSERT_LEAVES = """
INSERT INTO ledger_leaf (index, source, account_id, "row", hash, checkpoint)
SELECT %s + given.position - 1, given.source, given.account_id, given."row", given.hash, %s
FROM unnest(%s::smallint[], %s::bigint[], %s::bigint[], %s::bytea[])
    WITH ORDINALITY AS given (source, account_id, "row", hash, position)"""

INSERT_NODES = """
INSERT INTO ledger_lognode (level, index, hash)
SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[])"""


class Sealed(NamedTuple):
    """A row about to become a leaf: which, and the hash of its leaf."""

    source: int
    account_id: int
    row: int
    hash: bytes


def frontier(size: int) -> Frontier:
    """The log as it was at `size`, ready to grow.

    Raises:
        LogNotIntact: a leaf or a node that it takes is not there.
    """
    tree = Frontier()
    for level in reversed(range(0, size.bit_length(), KEPT_EVERY)):
        # What the level above has, this one need not.
        first, past = size >> (level + KEPT_EVERY) << KEPT_EVERY, size >> level
        for node in _read(level, first, past):
            _add(tree, node)
    return tree


def append(tree: Frontier, rows: Sequence[Sealed], checkpoint: int) -> None:
    """Write `rows` behind the log that `tree` stands for, and let it grow by them."""
    if not rows:
        return
    first = tree.size
    completed = grow(tree, [row.hash for row in rows])
    with connection.cursor() as cursor:
        cursor.execute(INSERT_LEAVES, [first, checkpoint, *columns(rows)])
        if completed:
            cursor.execute(INSERT_NODES, columns(completed))


def grow(tree: Frontier, leaves: Sequence[bytes]) -> list[Node]:
    """Let `tree` grow by these leaf hashes, by whole subtrees where it can; the nodes to keep that this completes, in order."""
    completed, position = [], 0
    while position < len(leaves):
        level = min(KEPT_EVERY, (len(leaves) - position).bit_length() - 1, _alignment(tree.size))
        past = position + (1 << level)
        completed += _add(tree, Node(level, tree.size >> level, subtree_root(leaves[position:past])))
        position = past
    return completed


def is_kept(node: Node) -> bool:
    """Whether a complete subtree has a row of its own beside the leaves."""
    return node.level > 0 and node.level % KEPT_EVERY == 0


def columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    """Rows as the arrays that `unnest` takes: one statement however many there are."""
    return [list(column) for column in zip(*rows, strict=True)]


def _read(level: int, first: int, past: int) -> Iterator[Node]:
    if first == past:
        return
    with connection.cursor() as cursor:
        cursor.execute(READ_NODES if level else READ_LEAVES, [level, first, past])
        found = dict(cursor.fetchall())
    for index in range(first, past):
        if index not in found:
            raise LogNotIntact(f"the log has no {f'node of level {level},' if level else 'leaf'} {index}")
        yield Node(level, index, bytes(found[index]))


def _alignment(size: int) -> int:
    """The level of the largest complete subtree that may begin behind `size` leaves; any may at the beginning."""
    return (size & -size).bit_length() - 1 if size else KEPT_EVERY


def _add(tree: Frontier, node: Node) -> list[Node]:
    """`Frontier.append` of a whole subtree: no larger than the last of which the tree consists."""
    tree.size += 1 << node.level
    completed = [node]
    while node.index & 1:
        node = Node(node.level + 1, node.index >> 1, node_hash(tree.peaks.pop(), node.hash))
        completed.append(node)
    tree.peaks.append(node.hash)
    return [node for node in completed if is_kept(node)]
