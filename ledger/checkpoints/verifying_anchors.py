"""Whether the anchors know this database: what they hold has to be here, unless a person gave it up."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef

from ledger.checkpoints.anchors import AnchorFailed, anchors
from ledger.checkpoints.comparing import compare
from ledger.findings import Finding, Unreadable
from ledger.models import AnchorReceipt, Checkpoint


def anchor_findings(*, only_last: bool = False) -> Iterator[Finding]:
    """What differs; `only_last` looks at what came since the last receipt.

    Where no anchor can say what it holds, nobody knows whether an older backup was restored.
    """
    yield from _receipts_of_nothing()
    has_answered = False
    for anchor in anchors():
        try:
            found = compare(anchor, whole=not only_last)
            has_answered |= found.lines > 0
            yield from (Finding(problem) for _, problem in found.problems())
        except AnchorFailed as failure:
            yield Unreadable(f"the {anchor.name} anchor cannot be read: {failure}")
    if not has_answered and Checkpoint.objects.exists():
        yield Unreadable("no anchor says what it holds: whether checkpoints were cut, or an older backup restored, is not known")


def _receipts_of_nothing() -> Iterator[Finding]:
    is_here = Exists(Checkpoint.objects.filter(pk=OuterRef("checkpoint_id")))
    for receipt in AnchorReceipt.objects.filter(~is_here).order_by("checkpoint_id"):
        yield Finding(f"a receipt of the {receipt.anchor} anchor names checkpoint {receipt.checkpoint_id}, which is not here")
