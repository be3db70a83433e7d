"""Step-ups against the audit rows: none was passed, nor has paid, without an act that says how it was proved."""

from collections.abc import Iterator
from itertools import islice

from ledger.findings import Finding
from ledger.streaming import stream
from stepups.acts import borne_out
from stepups.models import Challenge

BATCH = 500


def verify_step_ups(account_id: int | None) -> Iterator[Finding]:
    """One finding for each passed challenge that no audit row bears out as it stands.

    Raises:
        KeyMissing: an audit row was written under a key that is not in the ring.
    """
    if account_id is not None:
        return
    with stream(Challenge.objects.filter(passed_at__isnull=False).order_by("pk")) as challenges:
        while batch := list(islice(challenges, BATCH)):
            sound = borne_out(batch)
            for challenge in batch:
                if challenge not in sound:
                    yield Finding(f"step-up {challenge.pk} {_deed(challenge)}, and no audit row says that it was passed so")


def _deed(challenge: Challenge) -> str:
    return "has paid" if challenge.spent_at else "is passed"
