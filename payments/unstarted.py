"""Top-ups that never got as far as their provider: he was away, or the process died, and nobody came back to ask again."""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from ledger.retry import in_transaction
from payments.models import Topup
from payments.services import close_failed, locked_topup

# As long as an idempotency key finds one again, it may still be started.
LEFT_FOR = timedelta(hours=24)
BATCH = 1000


def fail_unstarted() -> int:
    """Fail those that were left for a day; how many there were. One that was paid all the same is completed then."""
    left = Topup.objects.filter(status=Topup.Status.CREATED, created_at__lt=timezone.now() - LEFT_FOR).order_by("created_at")
    numbers = list(left.values_list("pk", flat=True)[:BATCH])
    return sum(in_transaction(lambda number=number: _fail(number)) for number in numbers)  # type: ignore[misc]


def _fail(topup_id: UUID) -> bool:
    topup = locked_topup(topup_id)
    if topup.status != Topup.Status.CREATED:
        return False
    close_failed(topup, "not_started")
    return True
