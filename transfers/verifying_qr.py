"""QR codes against the audit rows, which have MACs and seals: each is the one that was drawn last, and opens for its wallet."""

from collections.abc import Iterator
from itertools import islice

from audit.acts import ActName
from audit.encoding import is_intact
from audit.models import Act
from ledger.findings import Finding
from ledger.sealing import SealBroken, unseal
from ledger.streaming import stream
from transfers.models import QrCode
from wallets.approvals import facts_in

# Codes whose audit rows are read at once.
BATCH = 1000


def verify_qr_codes(account_id: int | None) -> Iterator[Finding]:
    """One finding for each QR code that pays somebody else than its drawing said, or that was replaced and is back.

    Raises:
        KeyMissing: an audit row, or a code, was written under a key that is not in the ring.
    """
    codes = QrCode.objects.order_by("pk")
    if account_id is not None:
        codes = codes.filter(pk=account_id)
    with stream(codes) as rows:
        while batch := list(islice(rows, BATCH)):
            drawn = _drawn_last(batch)
            for code in batch:
                if drawn.get(code.pk) != str(code.number) or not _opens(code):
                    yield Finding("its QR code is not the one that was drawn for it", code.pk)


def _drawn_last(batch: list[QrCode]) -> dict[int, str]:
    """By wallet, the number of the code that its newest audit row names. One without its MAC says nothing."""
    subjects = [f"wallet:{code.pk}" for code in batch]
    acts = Act.objects.filter(act=ActName.QR_CODE_DRAWN, subject__in=subjects).order_by("pk")
    return {int(act.subject.removeprefix("wallet:")): facts_in(act.facts)["number"] for act in acts if is_intact(act)}


def _opens(code: QrCode) -> bool:
    try:
        unseal(bytes(code.secret), code.sealed_for)
    except SealBroken:
        return False
    return True
