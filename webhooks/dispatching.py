"""Giving events their places: from the outbox into the log, in the queues of who wants them, to who acts on them.

The outbox is a queue and not a range of ids: what is in it and can be seen was
committed, whatever its id, so nothing that commits late is skipped and nobody waits
for a transaction that goes on. An account's later entry is written behind the lock of
the earlier one, so whoever sees the later one sees the earlier one, and its id is lower.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from psycopg.types.numeric import Int8

BATCH = 500
# A run ends after so many, and the next one goes on: the worker has to be able to stop.
BATCHES_A_RUN = 200

logger = logging.getLogger(__name__)

# Ends with the transaction. The position is read behind it, so that it is the last one that was given.
LOCK = "SELECT pg_try_advisory_xact_lock(20005)"
LAST = "SELECT position FROM webhooks_dispatch WHERE id = 1"
MOVE_ON = """
INSERT INTO webhooks_dispatch (id, position) VALUES (1, %s) ON CONFLICT (id) DO UPDATE SET position = excluded.position"""

TAKE = """
WITH taken AS (
    DELETE FROM ledger_outbox WHERE id IN (SELECT id FROM ledger_outbox ORDER BY id LIMIT %s)
    RETURNING id, uid, type, account_id, sequence, facts, at)
SELECT uid, type, account_id, sequence, facts, at FROM taken ORDER BY id"""

KEEP = """
INSERT INTO webhooks_event (id, position, type, account_id, sequence, data, created_at)
SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[])"""

# A queue that waits, or that somebody works on, is told how far it goes and otherwise left alone.
QUEUE = """
INSERT INTO webhooks_queue AS queue (endpoint_id, account_id, position, last_position, attempts, next_attempt_at)
SELECT endpoint.id, event.account_id, min(event.position) - 1, max(event.position), 0, clock_timestamp()
FROM webhooks_event event JOIN webhooks_endpoint endpoint
    ON endpoint.removed_at IS NULL AND (endpoint.event_types = '{}' OR event.type = ANY (endpoint.event_types))
WHERE event.position > %s AND event.position <= %s
GROUP BY endpoint.id, event.account_id ORDER BY endpoint.id, event.account_id
ON CONFLICT (endpoint_id, account_id) DO UPDATE SET last_position = excluded.last_position,
    next_attempt_at = coalesce(queue.next_attempt_at, excluded.next_attempt_at)"""


@dataclass(frozen=True, slots=True)
class Told:
    """An event as it stood in the outbox: the entry `sequence` of its account, or none."""

    uid: UUID
    type: str
    account_id: int
    sequence: int | None
    facts: Mapping[str, Any]
    at: datetime


# What goes out of each event of a batch, as JSON takes it.
Describer = Callable[[Sequence[Told]], Sequence[Mapping[str, Any]]]
# Who acts on events inside the service, once on each: in the transaction that gives them their places.
Consumer = Callable[[Sequence[Told]], None]

_consumers: list[Consumer] = []
_describers: list[Describer] = []


def register_describer(describer: Describer) -> None:
    """Have `describer` say what goes out; there is one, and it speaks the API's words."""
    _describers[:] = [describer]


def register_consumer(consumer: Consumer) -> None:
    """Have `consumer` see each event once. It writes to the database at most, and must not lock accounts."""
    _consumers.append(consumer)


def dispatch_waiting() -> int:
    """Give every event in the outbox its place; how many got one. Where another dispatcher is at it, none."""
    dispatched = 0
    for _ in range(BATCHES_A_RUN):
        count = dispatch_batch()
        dispatched += count
        if count < BATCH:
            break
    return dispatched


@transaction.atomic
def dispatch_batch() -> int:
    """The next events, at most BATCH: all of it, or nothing where something fails."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        if cursor.fetchone() != (True,):
            return 0
        cursor.execute(LAST)
        last = cursor.fetchone() or (0,)
        cursor.execute(TAKE, [BATCH])
        told = [
            Told(uid, event_type, account_id, sequence, json.loads(facts), at)
            for uid, event_type, account_id, sequence, facts, at in cursor.fetchall()
        ]
    if told:
        _place(told, after=last[0])
    return len(told)


def _place(told: Sequence[Told], *, after: int) -> None:
    last = after + len(told)
    texts = [json.dumps(data, ensure_ascii=False, separators=(",", ":")) for data in describe(told)]
    columns: list[list[Any]] = [
        [event.uid for event in told],
        list(range(after + 1, last + 1)),
        [event.type for event in told],
        [event.account_id for event in told],
        [event.sequence for event in told],
        texts,
        [event.at for event in told],
    ]
    with connection.cursor() as cursor:
        cursor.execute(KEEP, columns)
        cursor.execute(QUEUE, [Int8(after), Int8(last)])
        cursor.execute(MOVE_ON, [Int8(last)])
    for consume in _consumers:
        consume(told)


def describe(told: Sequence[Told]) -> Sequence[Mapping[str, Any]]:
    """What goes out of each, in their order."""
    for describer in _describers:
        return describer(told)
    return [event.facts for event in told]
