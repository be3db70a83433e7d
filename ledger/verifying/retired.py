"""HMAC keys that are retired: by which checkpoint, when, and from which one on nothing of theirs may be sealed any more."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.checkpoints.statements import read_body
from ledger.keys import keyring
from ledger.models import Checkpoint

# The checkpoint that retires a key lies behind what it wrote, but for rows that were not ready then: those being
# committed, and what is counted by the minute. The first checkpoint so much later has taken them too.
GRACE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Retirement:
    """When a key stopped, by checkpoint `number`; `closed_by` is the first checkpoint that comes GRACE later, if there is one."""

    number: int
    at: datetime
    closed_by: int | None

    def covers(self, written_at: datetime, sealed_by: int | None) -> bool:
        """Whether a row of that time, sealed by that checkpoint or by none so far, may carry the key."""
        if written_at > self.at:
            return False
        return self.closed_by is None or (sealed_by is not None and sealed_by <= self.closed_by)


def retirements() -> dict[int, Retirement]:
    """The keys that the last checkpoint calls retired; none where it cannot be read, which is a finding of its own."""
    last = Checkpoint.objects.order_by("-number").first()
    try:
        numbers = read_body(last.body)["retired_ledger_keys"] if last else {}
    except ValueError:
        numbers = {}
    found = {int(key_id): _retirement(int(number)) for key_id, number in numbers.items()}
    return {key_id: retirement for key_id, retirement in found.items() if retirement}


def is_older(key_id: int, than: int, retired: Mapping[int, Retirement]) -> bool:
    """Whether a key stopped writing before the other one did. The one that writes has not stopped, whatever it did before."""
    if key_id not in retired or key_id == keyring().current:
        return False
    return than not in retired or retired[key_id].number < retired[than].number


def _retirement(number: int) -> Retirement | None:
    by = Checkpoint.objects.filter(pk=number).first()
    if by is None:
        return None
    closing = Checkpoint.objects.filter(number__gt=number, created_at__gte=by.created_at + GRACE).order_by("number")
    return Retirement(number, by.created_at, closing.values_list("number", flat=True).first())
