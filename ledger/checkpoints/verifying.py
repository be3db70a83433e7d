"""The passes of `verify_ledger` over log, checkpoints and keys: everything that a checkpoint says, from nothing.

That each entry is what its leaf says, and is there, is seen where entries are
read (ledger.verifying.chain); that nobody cut or replaced the checkpoints
themselves, by the anchors (ledger.checkpoints.verifying_anchors).
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from typing import Any

from django.db import connection

from ledger.checkpoints.body_check import body_problems, with_key
from ledger.checkpoints.leaf_runs import LeafRun, count_from, leaf_runs
from ledger.checkpoints.log import grow
from ledger.checkpoints.statements import Body, Tally, is_retired, read_body, retired_keys
from ledger.checkpoints.verifying_anchors import anchor_findings
from ledger.findings import Finding
from ledger.merkle import Frontier, Node
from ledger.models import Checkpoint, Leaf, SigningKey
from ledger.streaming import CHUNK, stream

# In the order in which their last leaf comes.
NODES = "SELECT level, index, hash FROM ledger_lognode ORDER BY (index + 1) << level, level"
SUMS = """
SELECT leaf.checkpoint, leaf.source, account.currency, entry.house, entry.key_id,
    count(*), coalesce(sum(entry.amount), 0)::bigint, count(*) FILTER (WHERE leaf.source = 0 AND leaf."row" = 1)
FROM ledger_leaf leaf
LEFT JOIN ledger_entry entry ON leaf.source = 0 AND entry.account_id = leaf.account_id AND entry.sequence = leaf."row"
LEFT JOIN ledger_account account ON account.id = entry.account_id
GROUP BY 1, 2, 3, 4, 5 ORDER BY 1"""

POSITIONS = """
SELECT coalesce(leaf.account_id, sealed.account_id), coalesce(sealed.sequence, 0), coalesce(leaf.last, 0), coalesce(leaf.rows, 0)
FROM (SELECT account_id, max("row") AS last, count(*) AS rows FROM ledger_leaf WHERE source = 0 GROUP BY account_id) leaf
FULL JOIN ledger_sealedaccount sealed ON sealed.account_id = leaf.account_id
WHERE leaf.last IS DISTINCT FROM sealed.sequence OR leaf.last <> leaf.rows"""

UNSEALED_UNDER = """
SELECT entry.account_id, min(entry.sequence), entry.key_id FROM ledger_account account
LEFT JOIN ledger_sealedaccount sealed ON sealed.account_id = account.id
JOIN ledger_entry entry ON entry.account_id = account.id AND entry.sequence > coalesce(sealed.sequence, 0)
WHERE account.sequence > coalesce(sealed.sequence, 0) AND entry.key_id = ANY(%s)
GROUP BY entry.account_id, entry.key_id ORDER BY 1"""

SEALED_UNDER = """
SELECT entry.account_id, min(entry.sequence) FROM ledger_leaf leaf
JOIN ledger_entry entry ON entry.account_id = leaf.account_id AND entry.sequence = leaf."row"
WHERE leaf.source = 0 AND leaf.index >= %s AND leaf.index < %s AND entry.key_id = %s GROUP BY entry.account_id ORDER BY 1"""


def verify_checkpoints(account_id: int | None) -> Iterator[Finding]:
    """Log, checkpoints, keys and anchors. They belong to all accounts: for one alone there is nothing to say."""
    if account_id is not None:
        return
    yield from _log()
    yield from _positions()
    yield from _unsealed_under_retired_keys()
    yield from _idle_keys()
    yield from anchor_findings()


def verify_last_checkpoint(account_id: int | None) -> Iterator[Finding]:
    """What can be said without reading the log: the last checkpoint's own signature, and the anchors."""
    if account_id is not None:
        return
    last = Checkpoint.objects.order_by("-number").first()
    if last is not None:
        yield from (_of(last, problem) for problem in body_problems(last))
    yield from _unsealed_under_retired_keys()
    yield from anchor_findings(only_last=True)


def _log() -> Iterator[Finding]:
    with ExitStack() as cursors:
        walk = _Walk(leaf_runs(), *(cursors.enter_context(_rows(sql)) for sql in (NODES, SUMS)))
        checkpoints = cursors.enter_context(stream(Checkpoint.objects.order_by("number")))
        keys = SigningKey.objects.in_bulk()
        for checkpoint in checkpoints:
            yield from walk.take(with_key(checkpoint, keys))
        yield from walk.close()


class _Walk:
    """Goes through log and checkpoints side by side, building the tree and the sums anew.

    After a break it goes on from what the checkpoint itself says, where it can: one wrong row is one finding.
    """

    def __init__(self, runs: Iterator[LeafRun], nodes: Iterator[Any], sums: Iterator[Any]) -> None:
        self._runs, self._nodes, self._sums = runs, nodes, sums
        self._next_run = next(runs, None)
        self._next_sum = next(sums, None)
        self._tree = Frontier()
        self._is_whole = True
        self._nodes_hold = True
        self._last: Checkpoint | None = None
        self._said: Body | None = None
        self._tally = Tally()

    def take(self, checkpoint: Checkpoint) -> Iterator[Finding]:
        """The next checkpoint."""
        expected = self._last.number + 1 if self._last else 1
        if checkpoint.number != expected:
            yield Finding(f"checkpoint {expected} is missing" if checkpoint.number > expected else "a checkpoint is there twice")
        problems = list(body_problems(checkpoint, self._last))
        yield from (_of(checkpoint, problem) for problem in problems)
        said = _readable(checkpoint)
        yield from self._grow(checkpoint)
        yield from self._add_up(checkpoint, said)
        self._last, self._said = checkpoint, said

    def close(self) -> Iterator[Finding]:
        """The end of the checkpoints: nothing may lie behind it."""
        if self._next_run and (left := count_from(self._next_run.first)):
            number = self._last.number if self._last else 0
            yield Finding(f"the log has {left} leaves behind checkpoint {number}: the last checkpoints were cut")
        if self._is_whole and self._nodes_hold and (node := next(self._nodes, None)):
            yield Finding(f"node {node[1]} of level {node[0]} is not of this log")

    def _grow(self, checkpoint: Checkpoint) -> Iterator[Finding]:
        while self._is_whole and (run := self._next_run) and self._tree.size < checkpoint.size:
            if run.first != self._tree.size:
                yield Finding(f"leaf {self._tree.size} of the log is missing")
                self._is_whole = False
                break
            taken, self._next_run = run.split(checkpoint.size)
            if taken.checkpoint != checkpoint.number:
                yield from _sealed_by_another(taken, checkpoint)
            yield from self._compare(grow(self._tree, taken.hashes))
            self._next_run = self._next_run or next(self._runs, None)
        yield from self._come_to(checkpoint)

    def _come_to(self, checkpoint: Checkpoint) -> Iterator[Finding]:
        """Size and root, once nothing more is to be taken; after the first break there is nothing left to compare."""
        if not self._is_whole:
            self._skip_to(checkpoint.size)
        elif self._tree.size != checkpoint.size:
            yield _of(checkpoint, f"the log has {self._tree.size} leaves, it says {checkpoint.size}")
            self._is_whole = False
        elif self._tree.root() != bytes(checkpoint.root):
            yield _of(checkpoint, "the log does not come to its root")
            # Nor will it to any later one.
            self._is_whole = False

    def _skip_to(self, size: int) -> None:
        while self._next_run and self._next_run.first < size:
            self._next_run = self._next_run.split(size)[1] or next(self._runs, None)

    def _compare(self, completed: list[Node]) -> Iterator[Finding]:
        """Stored nodes with those that the leaves come to."""
        for node in completed:
            if not self._nodes_hold:
                return
            level, index, digest = next(self._nodes, (0, 0, b""))
            if (level, index, bytes(digest)) != node:
                yield Finding(f"node {node.index} of level {node.level} is not what its leaves come to")
                self._nodes_hold = (level, index) == node[:2]

    def _add_up(self, checkpoint: Checkpoint, said: Body | None) -> Iterator[Finding]:
        while self._next_sum is not None and self._next_sum[0] <= checkpoint.number:
            _, source, currency, house, key_id, count, amount, first_ones = self._next_sum
            if source != Leaf.Source.ENTRY:
                self._tally.add_rows(source, count)
            elif currency is not None:
                self._tally.add_entries(currency, house, amount, count=count, first_ones=first_ones)
                if is_retired(self._said, key_id) and said is not None and said["ledger_key"] != key_id:
                    yield from self._sealed_under(checkpoint, key_id)
            self._next_sum = next(self._sums, None)
        if said is None:
            return
        for name, value in self._tally.as_body().items():
            if said[name] != value:
                yield _of(checkpoint, f"its {name} are {said[name]}, the log comes to {value}")
        self._tally = Tally.of(said)
        if said["retired_ledger_keys"] != retired_keys(self._said, said["ledger_key"], checkpoint.number):
            yield _of(checkpoint, "the keys that it calls retired are not those that stopped writing")

    def _sealed_under(self, checkpoint: Checkpoint, key_id: int) -> Iterator[Finding]:
        with connection.cursor() as cursor:
            cursor.execute(SEALED_UNDER, [self._last.size if self._last else 0, checkpoint.size, key_id])
            for account_id, sequence in cursor.fetchall():
                yield _under_retired(account_id, sequence, key_id)


def _sealed_by_another(run: LeafRun, checkpoint: Checkpoint) -> Iterator[Finding]:
    for index in range(run.first, run.past):
        yield Finding(f"leaf {index} says checkpoint {run.checkpoint}, and {checkpoint.number} sealed it")


def _of(checkpoint: Checkpoint, problem: str) -> Finding:
    return Finding(f"checkpoint {checkpoint.number}: {problem}")


def _under_retired(account_id: int, sequence: int, key_id: int) -> Finding:
    return Finding(f"entry {sequence} was written under key {key_id} after that was retired", account_id, sequence)


def _readable(checkpoint: Checkpoint) -> Body | None:
    """What it says; None where that cannot be read, which was found already."""
    try:
        return read_body(checkpoint.body)
    except ValueError:
        return None


def _positions() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(POSITIONS)
        for account_id, kept, last, rows in cursor.fetchall():
            if last != rows:
                yield Finding(f"{rows} entries of it are sealed, up to sequence {last}: the log has a hole", account_id, last)
            else:
                yield Finding(f"is said to be sealed up to sequence {kept}, and the log says {last}", account_id, last)


def _unsealed_under_retired_keys() -> Iterator[Finding]:
    last = Checkpoint.objects.order_by("-number").first()
    said = last and _readable(last)
    retired = [int(key_id) for key_id in said["retired_ledger_keys"]] if said else []
    if not retired:
        return
    with connection.cursor() as cursor:
        cursor.execute(UNSEALED_UNDER, [retired])
        for account_id, sequence, key_id in cursor.fetchall():
            yield _under_retired(account_id, sequence, key_id)


def _idle_keys() -> Iterator[Finding]:
    for key in SigningKey.objects.filter(checkpoints=None):
        yield Finding(f"signing key {key.pk} signs no checkpoint")


@contextmanager
def _rows(sql: str) -> Iterator[Iterator[Any]]:
    """Rows of a statement, by a cursor on the server."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql)
        # One by one, each would be a round trip.
        yield chain.from_iterable(iter(lambda: cursor.fetchmany(CHUNK), []))
