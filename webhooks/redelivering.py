"""Sending again what was sent before, or happened before there was an endpoint: beside its queues, and so beside their order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from audit.acts import ActName
from audit.services import record
from people.models import User
from webhooks.errors import EventIsATest
from webhooks.models import Delivery, Endpoint, Event
from webhooks.services import known_types

AT_ONCE_MAX = 10_000

# What still comes by its queue is left to it, and what waits to be sent again already is not asked for twice.
REDELIVER = """
WITH chosen AS MATERIALIZED (
    SELECT event.id, event.position FROM webhooks_event event
    WHERE event.position IS NOT NULL AND {condition}
    AND (%(wanted)s::text[] = '{{}}' OR event.type = ANY (%(wanted)s::text[]))
    AND NOT EXISTS (SELECT FROM webhooks_queue queue WHERE queue.endpoint_id = %(endpoint)s
        AND queue.account_id = event.account_id AND event.position > queue.position AND event.position <= queue.last_position)
    AND NOT EXISTS (SELECT FROM webhooks_delivery delivery WHERE delivery.event_id = event.id
        AND delivery.endpoint_id = %(endpoint)s AND delivery.next_attempt_at IS NOT NULL)
    ORDER BY event.position LIMIT %(most)s
), made AS (
    INSERT INTO webhooks_delivery (endpoint_id, event_id, reason, asked_by_id, created_at, attempts, next_attempt_at)
    SELECT %(endpoint)s, id, %(reason)s, %(asked_by)s, now(), 0, now() FROM chosen ORDER BY position
)
SELECT count(*), min(position), max(position) FROM chosen"""

# A test that failed is at its end: it is sent anew, not again.
WAKE_PARKED = """
UPDATE webhooks_delivery delivery SET attempts = 0, parked_at = NULL, next_attempt_at = clock_timestamp()
FROM (SELECT id FROM webhooks_delivery WHERE endpoint_id = %(endpoint)s AND parked_at IS NOT NULL AND reason <> 'test'
      AND (%(only)s::bigint[] IS NULL OR id = ANY (%(only)s::bigint[])) ORDER BY id LIMIT %(most)s FOR UPDATE) parked
WHERE delivery.id = parked.id"""


# What of a range is set, as SQL.
CONDITIONS = {
    "after": "event.position > %(after)s",
    "before": "event.position < %(before)s",
    "first": "event.created_at >= %(first)s",
    "last": "event.created_at <= %(last)s",
    "account_id": "event.account_id = %(account_id)s",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Positions behind `after` and before `before`, times from `first` to `last`, of these types or what is wanted."""

    after: int | None = None
    before: int | None = None
    first: datetime | None = None
    last: datetime | None = None
    event_types: Sequence[str] = ()
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class Redelivery:
    """How many are sent again, in the order of their positions, up to `last`. Where `has_more`, go on behind that."""

    count: int
    last: int | None = None

    @property
    def has_more(self) -> bool:
        return self.count >= AT_ONCE_MAX


@transaction.atomic(savepoint=False)
def redeliver(*, endpoint: Endpoint, events: Event | Range, actor: str, asked_by: User | None) -> Redelivery:
    """Have `events` sent again, at most AT_ONCE_MAX of them: one, also of a type that is not wanted, or a range.

    Left out is what still waits for this endpoint. It is sent beside the queues, once the endpoint is on.

    Raises:
        EventIsATest
        EventTypeUnknown: there is no such event.
        Endpoint.DoesNotExist: the endpoint was removed.
    """
    endpoint = _there(endpoint)
    values: dict[str, Any]
    if isinstance(events, Event):
        if events.position is None:
            raise EventIsATest
        conditions, values, wanted = ["event.id = %(event)s"], {"event": events.pk}, []
    else:
        values = {name: value for name in CONDITIONS if (value := getattr(events, name)) is not None}
        conditions = [CONDITIONS[name] for name in values]
        wanted = known_types(events.event_types) or endpoint.event_types
    asked: dict[str, Any] = {
        "endpoint": endpoint.pk,
        "reason": Delivery.Reason.BY_HAND.value,
        "asked_by": asked_by and asked_by.pk,
    }
    with connection.cursor() as cursor:
        statement = REDELIVER.format(condition=" AND ".join(conditions) or "true")
        cursor.execute(statement, {**values, **asked, "wanted": wanted, "most": AT_ONCE_MAX})
        count, first, last = cursor.fetchone() or (0, None, None)
    _record(endpoint, actor, events=count, first=first, last=last)
    return Redelivery(count, last)


@transaction.atomic(savepoint=False)
def redeliver_parked(*, endpoint: Endpoint, actor: str, only: Collection[int] | None = None) -> Redelivery:
    """Give what was parked all its attempts again, the oldest AT_ONCE_MAX: all of it, or the deliveries of these ids.

    Raises:
        Endpoint.DoesNotExist: the endpoint was removed.
    """
    endpoint = _there(endpoint)
    with connection.cursor() as cursor:
        asked = {"endpoint": endpoint.pk, "only": None if only is None else list(only), "most": AT_ONCE_MAX}
        cursor.execute(WAKE_PARKED, asked)
        count = cursor.rowcount
    _record(endpoint, actor, parked=count)
    return Redelivery(count)


def _there(endpoint: Endpoint) -> Endpoint:
    """It is not removed before this is over."""
    return Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk, removed_at=None)


def _record(endpoint: Endpoint, actor: str, **facts: int | None) -> None:
    record(ActName.WEBHOOK_REDELIVERED, actor=actor, subject=f"webhook:{endpoint.pk}", facts=facts)
