"""What an anchor holds, held against this database: sealing asks it of the newest lines, verifying of all of them.

Whoever can write to an anchor can write anything, or an old line once more. So a
line counts for nothing by itself: what was given up is read from checkpoints of
this database, whose signatures are looked at, and every line behind the last
receipt is compared, not the last one alone.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain, islice

from django.db import connection
from django.db.models import Exists, Max, OuterRef

from ledger.checkpoints.anchors import Anchor, Anchored
from ledger.checkpoints.body_check import body_problems, given_up
from ledger.checkpoints.signing import is_signed
from ledger.checkpoints.statements import read_body
from ledger.models import AnchorReceipt, Checkpoint, SigningKey

CHUNK = 1000
COMMITTED = "SELECT number, hash FROM ledger_checkpoint WHERE number = ANY(%s)"


@dataclass(slots=True)
class Comparison:
    """What one anchor holds that this database does not, and the last one that both have."""

    anchor: Anchor
    lines: int = 0
    reached: int = 0
    differing: list[Anchored] = field(default_factory=list)
    lacks: int = 0

    def problems(self) -> Iterator[tuple[Anchored | None, str]]:
        """In words. Of those behind this database's last one the last is enough: to give it up gives up all before it."""
        end = Checkpoint.objects.aggregate(last=Max("number"))["last"] or 0
        behind = [held for held in self.differing if held.number > end]
        for held in [*(held for held in self.differing if held.number <= end), *behind[-1:]]:
            yield held, self._told(held, end)
        if self.lacks and not self.differing:
            is_empty = "is empty, and took" if not self.lines else "does not hold what a receipt says it took:"
            yield None, f"the {self.anchor.name} anchor {is_empty} checkpoint {self.lacks}"

    def _told(self, held: Anchored, end: int) -> str:
        if not held.number:
            return f"the {self.anchor.name} anchor holds a line that is not a checkpoint of this database's keys ({held.hash})"
        if held.number > end:
            return (
                f"the {self.anchor.name} anchor holds checkpoint {held.number}, which is not here:"
                " the last checkpoints were cut, or this database is older than its anchor (a backup was restored)"
            )
        return f"the {self.anchor.name} anchor holds another checkpoint {held.number} than this database"


def compare(anchor: Anchor, *, whole: bool = False) -> Comparison:
    """Hold what an anchor took since its last receipt, or the `whole` of it, against this database.

    Raises:
        AnchorFailed: it cannot be read now.
    """
    kept = last_kept(anchor)
    lines, after = (anchor.all(), 0) if whole or kept is None else _since(anchor, kept)
    found = _walk(anchor, lines)
    found.differing = _without_given_up(found.differing, after)
    # One that never says what it holds has no lines, and one that holds what was given up has reached nothing.
    is_behind = kept is not None and found.reached < kept.checkpoint_id and (found.reached or anchor.remembers)
    if kept and is_behind and not _is_lack_given_up(anchor, kept.checkpoint_id):
        found.lacks = kept.checkpoint_id
    return found


def last_kept(anchor: Anchor) -> AnchorReceipt | None:
    """The receipt of the last checkpoint that the anchor has taken. One of a checkpoint that is not here is none."""
    is_here = Exists(Checkpoint.objects.filter(pk=OuterRef("checkpoint_id")))
    receipts = AnchorReceipt.objects.filter(is_here, anchor=anchor.name, receipt__isnull=False)
    return receipts.order_by("-checkpoint_id").first()


def _since(anchor: Anchor, kept: AnchorReceipt) -> tuple[Iterable[Anchored], int]:
    """The lines from this receipt's on, and its number; all of them, and 0, where it points to another line."""
    lines = iter(anchor.all(kept.receipt or ""))
    first = next(lines, None)
    if first and first.hash == bytes(kept.checkpoint.hash).hex():
        return chain([first], lines), kept.checkpoint_id
    return (anchor.all(), 0) if anchor.remembers else (chain([first] if first else [], lines), 0)


def _walk(anchor: Anchor, lines: Iterable[Anchored]) -> Comparison:
    found, rest = Comparison(anchor), iter(lines)
    keys = {pk: bytes(public_key) for pk, public_key in SigningKey.objects.values_list("pk", "public_key")}
    while chunk := list(islice(rest, CHUNK)):
        here = _here({held.number for held in chunk})
        found.lines += len(chunk)
        for held in chunk:
            if held.number and here.get(held.number) == held.hash:
                found.reached = max(found.reached, held.number)
            else:
                found.differing.append(held if _is_ours(held, keys) else Anchored(0, held.hash))
    return found


def _here(numbers: set[int]) -> dict[int, str]:
    here = dict(Checkpoint.objects.filter(number__in=numbers).values_list("number", "hash"))
    if (missing := numbers - here.keys() - {0}) and _is_snapshot():
        # The anchor is read now, and this snapshot may be hours old: what was sealed since is committed.
        here |= _committed(missing)
    return {number: bytes(digest).hex() for number, digest in here.items()}


def _is_snapshot() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        row = cursor.fetchone()
    return row is not None and row[0] == "repeatable read"


def _committed(numbers: set[int]) -> dict[int, bytes]:
    """Checkpoints as they are now, outside the snapshot."""
    with closing(connection.copy()) as fresh, fresh.cursor() as cursor:
        cursor.execute(COMMITTED, [sorted(numbers)])
        return dict(cursor.fetchall())


def _is_ours(held: Anchored, keys: dict[int, bytes]) -> bool:
    if not held.number:
        return False
    key_id = held.said().get("signing_key")
    return isinstance(key_id, int) and key_id in keys and is_signed(keys[key_id], held.body, held.signature)


def _without_given_up(differing: list[Anchored], after: int) -> list[Anchored]:
    """What no checkpoint of this database gives up: by name, or as one of those before the one it names.

    Up to `after` the names alone count: the lines before are not among those that were read, and a line that was
    given up may have been written once more behind others.
    """
    hashes = list({held.hash for held in differing})
    for fork in Checkpoint.objects.filter(replaces__overlap=hashes).order_by("number") if hashes else ():
        if any(body_problems(fork)):
            continue
        names = set(given_up(read_body(fork.body)))
        first = {held.hash: position for position, held in reversed(list(enumerate(differing))) if held.hash in names}
        past = max(first.values(), default=-1) if fork.number > after else -1
        differing = [
            held
            for position, held in enumerate(differing)
            if held.hash not in names and (position > past or held.number < fork.number)
        ]
    return differing


def _is_lack_given_up(anchor: Anchor, number: int) -> bool:
    """Whether a checkpoint that the anchor has not taken yet says that what it had taken is lost."""
    forks = Checkpoint.objects.filter(number__gt=number, body__contains='"replaces"')
    bodies = (read_body(fork.body) for fork in forks if not any(body_problems(fork)))
    return any(lost["anchor"] == anchor.name and lost["hash"] is None for body in bodies for lost in body["replaces"])
