"""Whether the anchors know this database: what they hold has to be here, unless a person gave it up."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from ledger.checkpoints.anchoring import disagreement
from ledger.checkpoints.anchors import Anchor, Anchored, AnchorFailed, anchors
from ledger.findings import Finding, Unreadable
from ledger.models import Checkpoint

CHUNK = 1000


def anchor_findings(*, only_last: bool = False) -> Iterator[Finding]:
    """What differs. Where no anchor can say what it holds, nobody knows whether an older backup was restored."""
    has_answered = False
    for anchor in anchors():
        try:
            last = anchor.last()
            has_answered |= last is not None
            problem = disagreement(anchor, last)
            if problem:
                yield Finding(problem)
            elif last is not None and not only_last:
                yield from _all(anchor)
        except AnchorFailed as failure:
            yield Unreadable(f"the {anchor.name} anchor cannot be read: {failure}")
    if not has_answered and Checkpoint.objects.exists():
        yield Unreadable("no anchor says what it holds: whether checkpoints were cut, or an older backup restored, is not known")


def _all(anchor: Anchor) -> Iterator[Finding]:
    """Everything an anchor took, but what later ones gave up."""
    differing: list[Anchored] = []
    lines = iter(anchor.all() or ())
    while chunk := list(islice(lines, CHUNK)):
        numbers = [held.number for held in chunk]
        here = dict(Checkpoint.objects.filter(number__in=numbers).values_list("number", "hash"))
        for held in chunk:
            if bytes(here.get(held.number, b"")).hex() != held.hash:
                differing.append(held)
            elif given_up := _given_up(held):
                differing = _without(differing, held.number, given_up)
    for held in differing:
        yield Finding(f"the {anchor.name} anchor holds another checkpoint {held.number} than this database")


def _given_up(held: Anchored) -> set[str]:
    """The hashes that this checkpoint gives up; the database has the very same one, so it is signed."""
    if '"replaces"' not in held.statement["body"]:
        return set()
    body: dict[str, Any] = json.loads(held.statement["body"])
    return {lost["hash"] for lost in body.get("replaces", [])}


def _without(differing: list[Anchored], number: int, given_up: set[str]) -> list[Anchored]:
    """What still differs behind a checkpoint that gives up those from `number` on, to the last of them."""
    if not given_up & {held.hash for held in differing}:
        return differing
    return [held for held in differing if held.number < number]
