"""Reading the log's tree: what of it is kept (leaves, and the roots of 256, 256² … of them), and what that comes to."""

from collections.abc import Iterable, Sequence

from django.db import connection

from ledger.errors import LogNotIntact
from ledger.merkle import Place, inclusion_path, subtree_root

# A node is kept at every eighth level (ledger.models.LogNode): at most 255 hashes lie between two of them.
KEPT_EVERY = 8

# A run at a time and bounded: the planner, who cannot know how short the runs are, would else read the whole log.
READ_LEAVES = """
SELECT 0, leaf.index, leaf.hash FROM unnest(%s::bigint[], %s::bigint[]) AS run (first, past) CROSS JOIN LATERAL (
    SELECT index, hash FROM ledger_leaf WHERE index >= run.first AND index < run.past ORDER BY index LIMIT run.past - run.first
) AS leaf"""
READ_NODES = """
SELECT run.level, node.index, node.hash
FROM unnest(%s::smallint[], %s::bigint[], %s::bigint[]) AS run (level, first, past) CROSS JOIN LATERAL (
    SELECT index, hash FROM ledger_lognode WHERE level = run.level AND index >= run.first AND index < run.past
    ORDER BY index LIMIT run.past - run.first
) AS node"""

# Kept hashes side by side: their level, the first one, and the one behind the last.
Run = tuple[int, int, int]


def path_of(index: int, size: int) -> list[bytes]:
    """What proves that leaf `index` is among the first `size`, in two statements and some hundred hashes at most.

    Raises:
        LogNotIntact: a hash that the path takes is not there.
    """
    return inclusion_path(index, size, kept_subtrees)


def kept_subtrees(places: Sequence[Place]) -> dict[Place, bytes]:
    """The hashes of complete subtrees, each from the largest kept ones that it consists of.

    Raises:
        LogNotIntact: a leaf or a node that they take is not there.
    """
    runs = {place: _run_below(place) for place in places}
    kept = _read(runs.values())
    return {place: _root_over(run, kept) for place, run in runs.items()}


def _run_below(place: Place) -> Run:
    level, index = place
    above = level % KEPT_EVERY
    return level - above, index << above, (index + 1) << above


def _root_over(run: Run, kept: dict[Place, bytes]) -> bytes:
    level, first, past = run
    try:
        return subtree_root([kept[level, index] for index in range(first, past)])
    except KeyError as missing:
        _, index = missing.args[0]
        raise LogNotIntact(f"the log has no {f'node of level {level},' if level else 'leaf'} {index}") from None


def _read(runs: Iterable[Run]) -> dict[Place, bytes]:
    """All hashes of these runs: one statement for leaves, one for nodes, each only where some are wanted."""
    leaves = [(first, past) for level, first, past in runs if level == 0]
    nodes = [run for run in runs if run[0] > 0]
    found: dict[Place, bytes] = {}
    with connection.cursor() as cursor:
        for statement, wanted in ((READ_LEAVES, leaves), (READ_NODES, nodes)):
            if wanted:
                cursor.execute(statement, [list(column) for column in zip(*wanted, strict=True)])
                found |= {(level, index): bytes(digest) for level, index, digest in cursor.fetchall()}
    return found
