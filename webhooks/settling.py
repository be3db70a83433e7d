"""Writing down how an attempt went, together with what follows of it: one statement, and only under the lease it was made in.

Where the lease is not ours any more nothing is written: whoever has taken over sends the event again.
"""

import time
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from webhooks.endpoint_health import has_failed_too_long
from webhooks.leasing import DeliveryLease, Lease, QueueLease, lease_seconds
from webhooks.sending import Outcome
from webhooks.signing import Message

# While the database is away.
PAUSE_SECONDS = 0.3
# A lease with less than this to spare is made longer.
SHORT_SECONDS = 5
# Behind a last attempt that parks nothing: the endpoint is being paused, and whoever resumes it does not wait for this.
BEYOND_SECONDS = 3600

# The row is looked at as it stands when its lock is ours: a dispatcher that raised `last_position` meanwhile is heard.
# Where the lease is kept, its end and the queue's time are let alone as long as they may be, for the indexes' sake.
SETTLE_QUEUE = """
WITH mine AS (
    UPDATE webhooks_queue SET position = greatest(position, %(position)s), attempts = %(attempts)s,
        lease = CASE WHEN NOT %(is_over)s THEN lease END,
        leased_until = CASE WHEN NOT %(is_over)s
            THEN coalesce(statement_timestamp() + make_interval(secs => %(renewed_for)s), leased_until) END,
        next_attempt_at = CASE WHEN NOT %(is_over)s THEN next_attempt_at
            WHEN %(wait)s::double precision IS NOT NULL THEN statement_timestamp() + make_interval(secs => %(wait)s)
            WHEN last_position > greatest(position, %(position)s) THEN statement_timestamp() END
    WHERE id = %(row)s AND lease = %(lease)s RETURNING endpoint_id
), parked AS (
    INSERT INTO webhooks_delivery (endpoint_id, event_id, reason, created_at, attempts, parked_at)
    SELECT endpoint_id, %(event)s, 'parked', statement_timestamp(), %(number)s, statement_timestamp()
    FROM mine WHERE %(is_parked)s
)
INSERT INTO webhooks_attempt (endpoint_id, event_id, number, at, duration_ms, status, error, answer, is_success)
SELECT endpoint_id, %(event)s, %(number)s, %(at)s, %(duration_ms)s, %(status)s::smallint, %(error)s, %(answer)s, %(is_success)s
FROM mine
RETURNING (SELECT status = 'active' AND removed_at IS NULL FROM webhooks_endpoint WHERE id = endpoint_id),
    (SELECT failing_since FROM webhooks_endpoint WHERE id = endpoint_id)"""

# No event was left, or there is no time for one.
GIVE_BACK_QUEUE = """
UPDATE webhooks_queue SET position = greatest(position, %(position)s), lease = NULL, leased_until = NULL,
    next_attempt_at = CASE WHEN last_position > greatest(position, %(position)s) THEN next_attempt_at END
WHERE id = %(row)s AND lease = %(lease)s RETURNING true"""

SETTLE_DELIVERY = """
WITH mine AS (
    UPDATE webhooks_delivery SET attempts = %(number)s, lease = NULL, leased_until = NULL,
        delivered_at = CASE WHEN %(is_success)s THEN statement_timestamp() END,
        parked_at = CASE WHEN %(is_parked)s THEN statement_timestamp() END,
        next_attempt_at = statement_timestamp() + make_interval(secs => %(wait)s)
    WHERE id = %(row)s AND lease = %(lease)s RETURNING endpoint_id
)
INSERT INTO webhooks_attempt (endpoint_id, event_id, number, at, duration_ms, status, error, answer, is_success)
SELECT endpoint_id, %(event)s, %(number)s, %(at)s, %(duration_ms)s, %(status)s::smallint, %(error)s, %(answer)s, %(is_success)s
FROM mine
RETURNING (SELECT failing_since FROM webhooks_endpoint WHERE id = endpoint_id)"""

GIVE_BACK_DELIVERY = """
UPDATE webhooks_delivery SET lease = NULL, leased_until = NULL WHERE id = %(row)s AND lease = %(lease)s RETURNING true"""


def settle_message(lease: QueueLease, message: Message, outcome: Outcome, *, is_parked: bool = False) -> bool:
    """Keep how `message`, the next one, fared; the queue moves on if that settles it: it was delivered, or is parked.

    Whether there is more to do under this lease: else it is given back, or was lost. Since when the endpoint fails is
    read with it: others may have heard a failure since it was leased.
    """
    is_last = message is lease.messages[-1]
    # Behind the last one may be some that are not wanted.
    settled_to = lease.last_position if is_last and lease.has_all else message.position
    facts = _facts(message, outcome, lease, is_parked)
    is_settled = outcome.is_success or is_parked
    is_over = is_last or not outcome.is_success
    renewed_for = None if is_over or lease.has_time(besides=SHORT_SECONDS) else lease_seconds()
    now = time.monotonic()
    facts["position"] = settled_to if is_settled else lease.position
    facts["attempts"] = 0 if is_settled else facts["number"]
    row = write_down(lease, SETTLE_QUEUE, {**facts, "is_over": is_over, "renewed_for": renewed_for})
    lease.is_ours = row is not None and not is_over
    lease.position, lease.attempts = facts["position"], facts["attempts"]
    lease.ends = now + renewed_for if renewed_for else lease.ends
    if row is None:
        return False
    is_on, lease.endpoint.failing_since = row
    return lease.is_ours and is_on


def settle_delivery(lease: DeliveryLease, message: Message, outcome: Outcome, *, is_parked: bool = False) -> None:
    """Keep how a single delivery fared: delivered, to be tried again, or parked."""
    row = write_down(lease, SETTLE_DELIVERY, _facts(message, outcome, lease, is_parked))
    lease.is_ours = False
    if row is not None:
        (lease.endpoint.failing_since,) = row


def give_back(lease: QueueLease | DeliveryLease) -> None:
    """Let others have it, unless it is given back already or lost. A queue where nothing waits comes to rest."""
    if not lease.is_ours:
        return
    if isinstance(lease, QueueLease):
        write_down(lease, GIVE_BACK_QUEUE, {"position": lease.position})
    else:
        write_down(lease, GIVE_BACK_DELIVERY, {})
    lease.is_ours = False


def wait_after(attempts: int) -> int | None:
    """How many seconds after so many attempts the next one comes; None: that was the last."""
    waits: list[int] = settings.WEBHOOK_RETRY_SECONDS
    return waits[attempts - 1] if attempts <= len(waits) else None


def is_parked_by(outcome: Outcome, lease: Lease) -> bool:
    """Whether a failure was the last one allowed. A test is one call: somebody is looking at what it answers.

    Where it is the endpoint that has failed for too long, it is paused instead, and what waits is kept for it.
    """
    if outcome.is_success or lease.is_test:
        return not outcome.is_success
    return wait_after(lease.attempts + 1) is None and not has_failed_too_long(lease.endpoint, outcome.at)


def write_down(lease: Lease, statement: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Run `statement` under the lease; what it returns, None where the lease was lost.

    While the database is away it is tried again, for as long as the lease lasts: what was sent shall not be sent again
    because PostgreSQL was restarted. Whoever did not hear of its commit finds it written.
    """
    while True:
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, {**values, "row": lease.row_id, "lease": lease.id})
                row: tuple[Any, ...] | None = cursor.fetchone()
                return row
        except (OperationalError, InterfaceError):
            if lease.seconds_left < PAUSE_SECONDS:
                raise
            time.sleep(PAUSE_SECONDS)
        finally:
            # Back to the pool, or away with it where it broke: nobody holds one while he calls.
            connection.close()


def _facts(message: Message, outcome: Outcome, lease: Lease, is_parked: bool) -> dict[str, Any]:
    number = lease.attempts + 1
    wait = wait_after(number)
    return {
        **{"event": message.event_id, "number": number, "is_parked": is_parked},
        "wait": None if outcome.is_success or is_parked else BEYOND_SECONDS if wait is None else wait,
        **{"at": outcome.at, "duration_ms": outcome.duration_ms, "status": outcome.status},
        **{"error": outcome.error, "answer": outcome.answer, "is_success": outcome.is_success},
    }
