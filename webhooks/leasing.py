"""Who works on what: queues and single deliveries that are due, leased for a time before anybody is called.

A lease is committed before the call, and whoever holds it writes only while it is
his: who hung so long that another one took over writes nothing. A lease of a worker
that died is over when its time is.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from webhooks.models import Delivery, Endpoint
from webhooks.signing import Message

# In flight to one endpoint, over all workers; to one that is failing, one. Beside them one delivery outside its queues.
IN_FLIGHT_MAX = 8
# So many events at most under one lease: then it is the next queue's turn.
EVENTS_A_LEASE = 20
# What is left of a lease when a call has taken all its time: to write down how it went.
SPARE_SECONDS = 5

# Ends with the transaction. One claims at a time, so that what is in flight is counted right.
LOCK = "SELECT pg_advisory_xact_lock(20007)"

# Fair over the endpoints: a thread goes to the one that has the fewest in flight. Those that fail come last.
# Some threads are kept free for endpoints that have none: those that answer late cannot have all of them.
CLAIM_QUEUES = """
WITH endpoint AS MATERIALIZED (
    SELECT id, failing_since IS NOT NULL AS is_failing,
        CASE WHEN failing_since IS NULL THEN %(in_flight_max)s ELSE 1 END - in_flight AS room, in_flight
    FROM webhooks_endpoint endpoint CROSS JOIN LATERAL (
        SELECT count(*) AS in_flight FROM webhooks_queue
        WHERE endpoint_id = endpoint.id AND lease IS NOT NULL AND leased_until >= statement_timestamp()) counted
    WHERE status = 'active' AND removed_at IS NULL
), due AS (
    SELECT queue.id, is_failing, next_attempt_at,
        in_flight + row_number() OVER (PARTITION BY endpoint.id ORDER BY next_attempt_at) AS turn
    FROM endpoint CROSS JOIN LATERAL (
        SELECT id, next_attempt_at FROM webhooks_queue
        WHERE endpoint_id = endpoint.id AND next_attempt_at <= statement_timestamp()
            AND (lease IS NULL OR leased_until < statement_timestamp())
        ORDER BY next_attempt_at LIMIT least(greatest(room, 0), %(most)s) FOR UPDATE SKIP LOCKED) queue
), healthy AS MATERIALIZED (
    SELECT id FROM (SELECT *, row_number() OVER (ORDER BY turn, next_attempt_at) AS place FROM due WHERE NOT is_failing) due
    WHERE place <= CASE WHEN turn = 1 THEN %(most)s ELSE %(most)s - %(kept_free)s END
), chosen AS MATERIALIZED (
    SELECT id FROM healthy
    UNION ALL
    (SELECT id FROM due WHERE is_failing ORDER BY next_attempt_at
     LIMIT greatest(0, least(%(most_failing)s, %(most)s - %(kept_free)s / 2 - (SELECT count(*) FROM healthy))))
)
UPDATE webhooks_queue queue
SET lease = gen_random_uuid(), leased_until = statement_timestamp() + make_interval(secs => %(seconds)s)
FROM chosen WHERE queue.id = chosen.id
RETURNING queue.id, endpoint_id, lease, attempts, position, last_position"""

# One at a time for each endpoint: what was asked for together arrives in its order, as long as it is taken.
CLAIM_DELIVERIES = """
WITH chosen AS MATERIALIZED (
    SELECT delivery.id, delivery.event_id FROM webhooks_endpoint endpoint CROSS JOIN LATERAL (
        SELECT id, event_id FROM (
            (SELECT id, event_id FROM webhooks_delivery WHERE reason = 'test' AND endpoint_id = endpoint.id
                AND next_attempt_at <= statement_timestamp() AND (lease IS NULL OR leased_until < statement_timestamp())
             ORDER BY next_attempt_at LIMIT 1)
            UNION ALL
            (SELECT id, event_id FROM webhooks_delivery WHERE endpoint.status = 'active' AND endpoint_id = endpoint.id
                AND next_attempt_at <= statement_timestamp() AND (lease IS NULL OR leased_until < statement_timestamp())
             ORDER BY next_attempt_at, id LIMIT 1)) either
        LIMIT 1) delivery
    WHERE endpoint.removed_at IS NULL AND NOT EXISTS (
        SELECT FROM webhooks_delivery
        WHERE endpoint_id = endpoint.id AND lease IS NOT NULL AND leased_until >= statement_timestamp())
    LIMIT %(most)s
)
UPDATE webhooks_delivery delivery
SET lease = gen_random_uuid(), leased_until = statement_timestamp() + make_interval(secs => %(seconds)s)
FROM chosen JOIN webhooks_event event ON event.id = chosen.event_id
WHERE delivery.id = chosen.id AND delivery.next_attempt_at IS NOT NULL
RETURNING delivery.id, endpoint_id, lease, attempts, reason, event.id, event.position, event.type, event.data, event.created_at"""

# Of the types that the endpoint wants now: what it does not is passed over.
NEXT_EVENTS = """
SELECT queue.id, event.* FROM webhooks_queue queue JOIN webhooks_endpoint endpoint ON endpoint.id = queue.endpoint_id
CROSS JOIN LATERAL (
    SELECT id, position, type, data, created_at FROM webhooks_event
    WHERE account_id = queue.account_id AND position > queue.position AND position <= queue.last_position
        AND (event_types = '{}' OR type = ANY (event_types))
    ORDER BY position LIMIT %s) event
WHERE queue.id = ANY (%s) ORDER BY event.position"""


@dataclass(slots=True)
class Lease:
    """Of one row, until it is given back or its time is over. `attempts` are those that its first message had."""

    row_id: int
    endpoint: Endpoint
    id: UUID
    attempts: int
    # In time.monotonic(): a little before the database thinks so.
    ends: float
    messages: list[Message]
    is_ours: bool = field(default=True, init=False)
    # Whether the endpoint was still what it is here, as an attempt was written down.
    is_as_leased: bool = field(default=True, init=False)

    @property
    def is_test(self) -> bool:
        return False

    @property
    def seconds_left(self) -> float:
        return self.ends - time.monotonic()

    def has_time(self, besides: float = 0) -> bool:
        """Whether a call that takes as long as it may, and what is written behind it, would come to its end in it."""
        return self.seconds_left > settings.WEBHOOK_TIMEOUT_SECONDS + SPARE_SECONDS + besides


@dataclass(slots=True)
class QueueLease(Lease):
    """A queue's, with its next messages."""

    position: int
    last_position: int

    @property
    def has_all(self) -> bool:
        """Whether nothing waits behind its messages, as far as it was seen."""
        return len(self.messages) < EVENTS_A_LEASE


@dataclass(slots=True)
class DeliveryLease(Lease):
    """A single delivery's, with its one message."""

    reason: str

    @property
    def is_test(self) -> bool:
        return self.reason == Delivery.Reason.TEST


def lease_seconds() -> int:
    """Long enough for the longest call and what is written behind it, and no longer: who died is waited for."""
    return int(settings.WEBHOOK_TIMEOUT_SECONDS + 3 * SPARE_SECONDS)


def claim(*, most: int, most_failing: int, kept_free: int = 0) -> list[QueueLease | DeliveryLease]:
    """Lease what is due: at most `most` rows, at most `most_failing` queues of endpoints that are failing.

    The last `kept_free` of `most` are for the first queue of a healthy endpoint that has none in flight; half of them
    may be had by those that fail, and by single deliveries.
    """
    ends = time.monotonic() + lease_seconds()
    values = {"most_failing": most_failing, "in_flight_max": IN_FLIGHT_MAX, "kept_free": kept_free, "seconds": lease_seconds()}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK)
        cursor.execute(CLAIM_DELIVERIES, {**values, "most": max(0, most - kept_free // 2)})
        deliveries = cursor.fetchall()
        cursor.execute(CLAIM_QUEUES, {**values, "most": most - len(deliveries)})
        queues = cursor.fetchall()
        # Before the messages: what is chosen by a filter that came between goes out under a revision that is over.
        endpoints = _endpoints(row[1] for row in (*deliveries, *queues))
        messages = _next_messages([row[0] for row in queues])
    return [
        *(
            DeliveryLease(row, endpoints[of], lease, attempts, ends, [Message(*event)], reason)
            for row, of, lease, attempts, reason, *event in deliveries
        ),
        *(
            QueueLease(row, endpoints[of], lease, attempts, ends, messages[row], *positions)
            for row, of, lease, attempts, *positions in queues
        ),
    ]


def _endpoints(ids: Iterable[int]) -> dict[int, Endpoint]:
    wanted = set(ids)
    return Endpoint.objects.in_bulk(wanted) if wanted else {}


def _next_messages(queue_ids: list[int]) -> dict[int, list[Message]]:
    """At most EVENTS_A_LEASE of each queue, in their order."""
    found: dict[int, list[Message]] = {queue_id: [] for queue_id in queue_ids}
    if queue_ids:
        with connection.cursor() as cursor:
            cursor.execute(NEXT_EVENTS, [EVENTS_A_LEASE, queue_ids])
            for queue_id, *event in cursor.fetchall():
                found[queue_id].append(Message(*event))
    return found
