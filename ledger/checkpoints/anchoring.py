"""Handing checkpoints to the anchors, and asking them whether this database is still the one they know."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone

from ledger.alarms import clear_alarm, raise_alarm
from ledger.checkpoints.anchors import Anchor, Anchored, AnchorFailed, anchors
from ledger.checkpoints.comparing import compare, last_kept
from ledger.checkpoints.errors import AnchorMismatch, AnchorUnreadable
from ledger.checkpoints.statements import as_statement
from ledger.models import AnchorReceipt, Checkpoint

MISMATCH = "anchor mismatch"
PENDING = "anchor pending"

# An anchor that failed just now is let alone for a while: sealing goes on meanwhile.
PAUSE = timedelta(seconds=30)


def disagreements() -> list[tuple[Anchor, Anchored | None, str]]:
    """What the anchors hold that is not here, and in words what is wrong; None where an anchor lost what it took.

    Raises:
        AnchorUnreadable: one cannot be read now.
    """
    found = []
    for anchor in anchors():
        try:
            found += [(anchor, held, problem) for held, problem in compare(anchor).problems()]
        except AnchorFailed as failure:
            raise AnchorUnreadable(f"the {anchor.name} anchor cannot be read: {failure}") from failure
    return found


def given_up(anchor: Anchor, last: Anchored | None, reason: str) -> dict[str, Any]:
    """What a checkpoint says of an anchor's checkpoints that are lost, for ever and in the open."""
    return {
        "anchor": anchor.name,
        "number": str(last.number) if last and last.number else None,
        "hash": last.hash if last else None,
        "reason": reason,
    }


def hand_over() -> None:
    """Give the last checkpoint to each anchor that has not taken it, and one that gives up others before it.

    The last one is enough: each names the one before by its hash. What fails is tried again by the next round.
    """
    last = Checkpoint.objects.order_by("-number").first()
    if last is None:
        return
    for anchor in anchors():
        for checkpoint in [*_forks_pending(anchor), last]:
            if not _hand_over(anchor, checkpoint):
                break


def hand_over_and_tell() -> str:
    """`hand_over`, each anchor by itself: one that is away, or holds something else, keeps no other from its own.

    Raises:
        AnchorFailed, AnchorMismatch: of one or more; after all were tried, and the alarms stand.
    """
    last = Checkpoint.objects.order_by("-number").first()
    if last is None:
        return "there is no checkpoint yet"
    failures: list[AnchorFailed | AnchorMismatch] = []
    for anchor in anchors():
        try:
            _hand_over_last(anchor, last)
        except (AnchorFailed, AnchorMismatch) as failure:
            failures.append(failure)
    watch()
    if failures:
        raise failures[0]
    holders = ", ".join(anchor.name for anchor in anchors())
    return f"checkpoint {last.number} is held by: {holders}" if holders else "there is no anchor"


def watch() -> None:
    """Raise an alarm for an anchor that is behind for too long; clear it for one that is not."""
    for anchor in anchors():
        kept = last_kept(anchor)
        waiting = Checkpoint.objects.filter(number__gt=kept.checkpoint_id if kept else 0).order_by("number").first()
        late = timedelta(seconds=settings.ANCHOR_PENDING_ALARM_SECONDS)
        if waiting and timezone.now() - waiting.created_at > late:
            tried = _last_tried(anchor)
            raise_alarm(PENDING, anchor.name, f"has not taken checkpoint {waiting.number}: {tried.last_error if tried else '-'}")
        else:
            clear_alarm(PENDING, anchor.name)


def _hand_over_last(anchor: Anchor, last: Checkpoint) -> None:
    """Never to an anchor that holds something else: its receipt would hide that from then on."""
    try:
        found = list(compare(anchor).problems())
    except AnchorFailed as failure:
        raise AnchorFailed(f"the {anchor.name} anchor cannot be read: {failure}") from failure
    if found:
        raise AnchorMismatch("; ".join(problem for _, problem in found))
    if not all(_hand_over(anchor, checkpoint) for checkpoint in [*_forks_pending(anchor), last]):
        tried = _last_tried(anchor)
        raise AnchorFailed(f"the {anchor.name} anchor: {tried.last_error if tried else 'not taken'}")


def _hand_over(anchor: Anchor, checkpoint: Checkpoint) -> bool:
    """Whether the anchor has the checkpoint now."""
    kept = AnchorReceipt.objects.filter(checkpoint=checkpoint, anchor=anchor.name).first()
    if kept and kept.receipt is not None:
        return True
    if _failed_just_now(anchor):
        return False
    kept = kept or AnchorReceipt(checkpoint=checkpoint, anchor=anchor.name)
    try:
        kept.receipt, kept.last_error = anchor.append(as_statement(checkpoint)), ""
    except AnchorFailed as failure:
        kept.failed_tries += 1
        kept.last_error = str(failure)
    kept.at = timezone.now()
    kept.save()
    return kept.receipt is not None


def _failed_just_now(anchor: Anchor) -> bool:
    last = _last_tried(anchor)
    return last is not None and last.receipt is None and timezone.now() - last.at < PAUSE


def _forks_pending(anchor: Anchor) -> list[Checkpoint]:
    """Those that say what was given up have to be at the anchor, or what it holds looks like a rewrite."""
    kept = last_kept(anchor)
    behind = Checkpoint.objects.filter(number__gt=kept.checkpoint_id if kept else 0)
    return list(behind.exclude(replaces=[]).order_by("number"))


def _last_tried(anchor: Anchor) -> AnchorReceipt | None:
    is_here = Exists(Checkpoint.objects.filter(pk=OuterRef("checkpoint_id")))
    return AnchorReceipt.objects.filter(is_here, anchor=anchor.name).order_by("-checkpoint_id").first()
