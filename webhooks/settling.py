"""Writing down how an attempt went, together with what follows of it: one statement, and only under the lease it was made in.

Where the lease is not ours any more nothing is written: whoever has taken over sends the event again.
Where the endpoint is not any more what it was as it was leased, the lease is over, and what failed is not counted: it
was another address, or another secret, that was not taken.
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

# It does not wait for the disk: a crash of the database that takes the last of it back makes what was sent be sent again, in
# its order, as any other crash does. Money routes wait for the disk, and shall not wait for this there.
WITHOUT_FLUSH = "set_config('synchronous_commit', 'off', true)"
# The endpoint as it stands when the row is ours, and not as it stood when the statement began to wait for that.
ENDPOINT_NOW = """
SELECT endpoint_id, failing_since, {is_as_leased} AS is_as_leased
FROM held CROSS JOIN LATERAL webhooks_endpoint_now(held.endpoint_id)"""
KEEP_ATTEMPT = """
INSERT INTO webhooks_attempt (endpoint_id, event_id, number, at, duration_ms, status, error, answer, is_success)
SELECT endpoint_id, %(event)s, %(number)s, %(at)s, %(duration_ms)s, %(status)s::smallint, %(error)s, %(answer)s, %(is_success)s
FROM mine
RETURNING (SELECT is_as_leased FROM endpoint_now), (SELECT failing_since FROM endpoint_now)"""

# The row is looked at as it stands when its lock is ours: a dispatcher that raised `last_position` meanwhile is heard.
# Where the lease is kept, its end and the queue's time are let alone as long as they may be, for the indexes' sake.
SETTLE_QUEUE = f"""
WITH held AS MATERIALIZED (
    SELECT endpoint_id, {WITHOUT_FLUSH} FROM webhooks_queue WHERE id = %(row)s AND lease = %(lease)s FOR NO KEY UPDATE
), endpoint_now AS MATERIALIZED (
    {ENDPOINT_NOW.format(is_as_leased="revision = %(revision)s AND is_on")}
), ends AS MATERIALIZED (
    SELECT endpoint_id, is_as_leased, %(is_over)s OR NOT is_as_leased AS is_over,
        CASE WHEN is_as_leased THEN %(position)s ELSE %(own_position)s END::bigint AS settled_to,
        CASE WHEN is_as_leased THEN %(wait)s END::double precision AS wait
    FROM endpoint_now
), mine AS (
    UPDATE webhooks_queue queue SET position = greatest(position, settled_to),
        attempts = CASE WHEN is_as_leased OR %(is_success)s THEN %(attempts)s ELSE attempts END,
        lease = CASE WHEN NOT is_over THEN lease END,
        leased_until = CASE WHEN NOT is_over
            THEN coalesce(statement_timestamp() + make_interval(secs => %(renewed_for)s), leased_until) END,
        next_attempt_at = CASE WHEN NOT is_over THEN next_attempt_at
            WHEN wait IS NOT NULL THEN statement_timestamp() + make_interval(secs => wait)
            WHEN last_position > greatest(position, settled_to) THEN statement_timestamp() END
    FROM ends WHERE queue.id = %(row)s AND lease = %(lease)s RETURNING queue.endpoint_id, is_as_leased
), parked AS (
    INSERT INTO webhooks_delivery (endpoint_id, event_id, reason, created_at, attempts, parked_at)
    SELECT endpoint_id, %(event)s, 'parked', statement_timestamp(), %(number)s, statement_timestamp()
    FROM mine WHERE is_as_leased AND %(is_parked)s
)
{KEEP_ATTEMPT}"""  # noqa: S608  parts of our own

# No event was left, or there is no time for one. Whether none was is another question under another filter.
GIVE_BACK_QUEUE = """
WITH given AS (
    SELECT CASE WHEN revision = %(revision)s THEN %(position)s ELSE 0 END::bigint AS back_at
    FROM webhooks_endpoint WHERE id = %(endpoint)s
)
UPDATE webhooks_queue SET position = greatest(position, back_at), lease = NULL, leased_until = NULL,
    next_attempt_at = CASE WHEN last_position > greatest(position, back_at) THEN next_attempt_at END
FROM given WHERE id = %(row)s AND lease = %(lease)s RETURNING true"""

# A test is one call, whatever was changed meanwhile, and whether the endpoint is on or not.
SETTLE_DELIVERY = f"""
WITH held AS MATERIALIZED (
    SELECT endpoint_id, {WITHOUT_FLUSH} FROM webhooks_delivery WHERE id = %(row)s AND lease = %(lease)s FOR NO KEY UPDATE
), endpoint_now AS MATERIALIZED (
    {ENDPOINT_NOW.format(is_as_leased="(revision = %(revision)s OR %(is_test)s)")}
), mine AS (
    UPDATE webhooks_delivery delivery SET lease = NULL, leased_until = NULL,
        attempts = CASE WHEN is_as_leased OR %(is_success)s THEN %(number)s ELSE attempts END,
        delivered_at = CASE WHEN %(is_success)s THEN statement_timestamp() END,
        parked_at = CASE WHEN is_as_leased AND %(is_parked)s THEN statement_timestamp() END,
        next_attempt_at = CASE WHEN is_as_leased THEN statement_timestamp() + make_interval(secs => %(wait)s)
            WHEN NOT %(is_success)s THEN statement_timestamp() END
    FROM endpoint_now WHERE delivery.id = %(row)s AND lease = %(lease)s RETURNING delivery.endpoint_id
)
{KEEP_ATTEMPT}"""  # noqa: S608  parts of our own

GIVE_BACK_DELIVERY = """
UPDATE webhooks_delivery SET lease = NULL, leased_until = NULL WHERE id = %(row)s AND lease = %(lease)s RETURNING true"""


def settle_message(lease: QueueLease, message: Message, outcome: Outcome, *, is_parked: bool = False) -> bool:
    """Keep how `message`, the next one, fared; the queue moves on if that settles it: it was delivered, or is parked.

    Whether there is more to do under this lease: else it is given back, or was lost. How the endpoint stands now is read
    with it: others may have heard a failure since it was leased, and somebody may have changed it.
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
    # What the old filter was through with may be wanted by the new one.
    facts["own_position"] = message.position if outcome.is_success else lease.position
    facts["attempts"] = 0 if is_settled else facts["number"]
    row = write_down(lease, SETTLE_QUEUE, {**facts, "is_over": is_over, "renewed_for": renewed_for})
    _look(lease, row)
    lease.is_ours = row is not None and lease.is_as_leased and not is_over
    lease.position, lease.attempts = facts["position"], facts["attempts"]
    lease.ends = now + renewed_for if renewed_for else lease.ends
    return lease.is_ours


def settle_delivery(lease: DeliveryLease, message: Message, outcome: Outcome, *, is_parked: bool = False) -> None:
    """Keep how a single delivery fared: delivered, to be tried again, or parked."""
    facts = _facts(message, outcome, lease, is_parked)
    _look(lease, write_down(lease, SETTLE_DELIVERY, {**facts, "is_test": lease.is_test}))
    lease.is_ours = False


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
    endpoint = lease.endpoint
    values = {**values, "row": lease.row_id, "lease": lease.id, "endpoint": endpoint.pk, "revision": endpoint.revision}
    while True:
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                row: tuple[Any, ...] | None = cursor.fetchone()
                return row
        except (OperationalError, InterfaceError):
            if lease.seconds_left < PAUSE_SECONDS:
                raise
            time.sleep(PAUSE_SECONDS)
        finally:
            # Back to the pool, or away with it where it broke: nobody holds one while he calls.
            connection.close()


def _look(lease: Lease, row: tuple[Any, ...] | None) -> None:
    """Take over how the endpoint stood as `row` was written; nothing is known where the lease was lost."""
    lease.is_as_leased = row is not None and row[0]
    if row is not None:
        lease.endpoint.failing_since = row[1]


def _facts(message: Message, outcome: Outcome, lease: Lease, is_parked: bool) -> dict[str, Any]:
    number = lease.attempts + 1
    wait = wait_after(number)
    return {
        **{"event": message.event_id, "number": number, "is_parked": is_parked},
        "wait": None if outcome.is_success or is_parked else BEYOND_SECONDS if wait is None else wait,
        **{"at": outcome.at, "duration_ms": outcome.duration_ms, "status": outcome.status},
        **{"error": outcome.error, "answer": outcome.answer, "is_success": outcome.is_success},
    }
