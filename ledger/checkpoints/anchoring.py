"""Handing checkpoints to the anchors, and asking them whether this database is still the one they know."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from ledger.alarms import clear_alarm, raise_alarm
from ledger.checkpoints.anchors import Anchor, Anchored, AnchorFailed, anchors
from ledger.checkpoints.errors import AnchorMismatch
from ledger.checkpoints.statements import as_statement
from ledger.models import AnchorReceipt, Checkpoint

MISMATCH = "anchor mismatch"
PENDING = "anchor pending"

# An anchor that failed just now is let alone for a while: sealing goes on meanwhile.
PAUSE = timedelta(seconds=30)


def disagreements() -> list[tuple[Anchor, Anchored | None, str]]:
    """The anchors that hold something else than this database: what they hold last, and in words what is wrong.

    Raises:
        AnchorMismatch: one that should be readable is not.
    """
    found = []
    for anchor in anchors():
        try:
            last = anchor.last()
        except AnchorFailed as failure:
            raise AnchorMismatch(f"the {anchor.name} anchor cannot be read: {failure}") from failure
        if problem := disagreement(anchor, last):
            found.append((anchor, last, problem))
    return found


def disagreement(anchor: Anchor, last: Anchored | None) -> str:
    """In words, how this database differs from what the anchor took `last`; empty where it does not."""
    if last is None:
        lost = _last_kept(anchor) if anchor.remembers else None
        return f"the {anchor.name} anchor is empty, and took checkpoint {lost.checkpoint_id}" if lost else ""
    here = Checkpoint.objects.filter(pk=last.number).first()
    if (here and bytes(here.hash).hex() == last.hash) or _is_given_up(last.hash):
        return ""
    if here is None:
        return (
            f"the {anchor.name} anchor holds checkpoint {last.number}, which is not here:"
            " the last checkpoints were cut, or this database is older than its anchor (a backup was restored)"
        )
    return f"the {anchor.name} anchor holds another checkpoint {last.number} than this database"


def given_up(anchor: Anchor, last: Anchored | None, reason: str) -> dict[str, Any]:
    """What a checkpoint says of an anchor's checkpoints that are lost, for ever and in the open."""
    return {
        "anchor": anchor.name,
        "number": str(last.number) if last else None,
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


def watch() -> None:
    """Raise an alarm for an anchor that is behind for too long; clear it for one that is not."""
    for anchor in anchors():
        kept = _last_kept(anchor)
        waiting = Checkpoint.objects.filter(number__gt=kept.checkpoint_id if kept else 0).order_by("number").first()
        late = timedelta(seconds=settings.ANCHOR_PENDING_ALARM_SECONDS)
        if waiting and timezone.now() - waiting.created_at > late:
            tried = _last_tried(anchor)
            raise_alarm(PENDING, anchor.name, f"has not taken checkpoint {waiting.number}: {tried.last_error if tried else '-'}")
        else:
            clear_alarm(PENDING, anchor.name)


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
    kept = _last_kept(anchor)
    behind = Checkpoint.objects.filter(number__gt=kept.checkpoint_id if kept else 0)
    return list(behind.exclude(replaces=[]).order_by("number"))


def _last_kept(anchor: Anchor) -> AnchorReceipt | None:
    return AnchorReceipt.objects.filter(anchor=anchor.name, receipt__isnull=False).order_by("-checkpoint_id").first()


def _last_tried(anchor: Anchor) -> AnchorReceipt | None:
    return AnchorReceipt.objects.filter(anchor=anchor.name).order_by("-checkpoint_id").first()


def _is_given_up(digest: str) -> bool:
    return Checkpoint.objects.filter(replaces__contains=[digest]).exists()
