"""How endpoints and events fare. Nothing here counts a whole table: what is counted is bounded, and says so."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from webhooks.models import Attempt, Delivery, Endpoint, Event, Queue, Tally, hour_of

HOURS = 24
# What waits is counted up to here: that many or more.
COUNT_MAX = 1000
# So many events at most are looked at for those that an endpoint wants.
LOOKED_AT_MAX = 4000

# Of each endpoint: the events that wait in its queues and beside them, the oldest of all, what is parked, and the last call.
# The orders and limits within keep each part at its index, whatever the planner thinks of the tables; so does a range of
# one where an equality would let it go through everybody's calls by their ids, for one that was never called.
FARES = """
SELECT endpoint.id, waiting.count + by_hand.count, least(waiting.oldest, by_hand.oldest), parked.count,
    answered.at, answered.status, answered.error
FROM unnest(%(endpoints)s::bigint[]) AS asked (id) JOIN webhooks_endpoint endpoint ON endpoint.id = asked.id
CROSS JOIN LATERAL (
    SELECT count(*), min(created_at) AS oldest FROM (
        SELECT event.created_at, event.type
        FROM (SELECT account_id, position, last_position FROM webhooks_queue
              WHERE endpoint_id = endpoint.id AND next_attempt_at IS NOT NULL ORDER BY next_attempt_at LIMIT %(most)s) queue
        CROSS JOIN LATERAL (
            SELECT created_at, type FROM webhooks_event WHERE account_id = queue.account_id
            AND position > queue.position AND position <= queue.last_position ORDER BY position LIMIT %(looked_at)s) event
        LIMIT %(looked_at)s) events
    WHERE endpoint.event_types = '{}' OR type = ANY (endpoint.event_types)) waiting
CROSS JOIN LATERAL (
    SELECT count(*), min(event.created_at) AS oldest FROM (
        SELECT event_id FROM webhooks_delivery WHERE endpoint_id = endpoint.id AND next_attempt_at IS NOT NULL
        ORDER BY next_attempt_at LIMIT %(most)s) deliveries
    JOIN webhooks_event event ON event.id = deliveries.event_id) by_hand
CROSS JOIN LATERAL (
    SELECT count(*) FROM (SELECT FROM webhooks_delivery
        WHERE endpoint_id = endpoint.id AND parked_at IS NOT NULL AND reason <> 'test'
        ORDER BY parked_at LIMIT %(most)s) deliveries) parked
LEFT JOIN LATERAL (
    SELECT at, status, error FROM webhooks_attempt WHERE endpoint_id >= endpoint.id AND endpoint_id <= endpoint.id
    ORDER BY endpoint_id, id DESC LIMIT 1) answered ON true"""


@dataclass(frozen=True, slots=True)
class Hour:
    """What an endpoint was sent in an hour: calls that went well, calls that did not, events given up."""

    hour: datetime
    delivered: int = 0
    failed: int = 0
    parked: int = 0
    duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class Fares:
    """How an endpoint fares: its last HOURS, and what waits and is parked now, each up to COUNT_MAX."""

    hours: list[Hour]
    waiting: int = 0
    oldest_waiting_at: datetime | None = None
    parked: int = 0
    answered_at: datetime | None = None
    answered: str = ""

    @property
    def delivered(self) -> int:
        return sum(hour.delivered for hour in self.hours)

    @property
    def failed(self) -> int:
        return sum(hour.failed for hour in self.hours)

    @property
    def success_rate(self) -> float | None:
        """Of the calls of these hours, 0 to 1; None where there were none."""
        calls = self.delivered + self.failed
        return self.delivered / calls if calls else None

    @property
    def average_ms(self) -> int | None:
        calls = self.delivered + self.failed
        return sum(hour.duration_ms for hour in self.hours) // calls if calls else None


def fares_of(endpoints: Iterable[Endpoint]) -> dict[int, Fares]:
    """How each of them fares, by its id, in two statements."""
    ids = [endpoint.pk for endpoint in endpoints]
    hours = _hours(ids)
    with connection.cursor() as cursor:
        cursor.execute(FARES, {"endpoints": ids, "most": COUNT_MAX, "looked_at": LOOKED_AT_MAX})
        return {
            pk: Fares(hours[pk], min(waiting, COUNT_MAX), oldest, parked, at, str(status or error or ""))
            for pk, waiting, oldest, parked, at, status, error in cursor.fetchall()
        }


def _hours(ids: Collection[int]) -> dict[int, list[Hour]]:
    """The last HOURS of each, the current one last, also those in which nothing was sent."""
    now = hour_of(timezone.now())
    times = [now - timedelta(hours=ago) for ago in reversed(range(HOURS))]
    names = ("delivered", "failed", "parked", "duration_ms")
    rows = Tally.objects.filter(endpoint_id__in=ids, hour__gte=times[0]).values_list("endpoint_id", "hour", *names)
    told = {(pk, hour): Hour(hour, *figures) for pk, hour, *figures in rows}
    return {pk: [told.get((pk, hour), Hour(hour)) for hour in times] for pk in ids}


@dataclass(slots=True)
class Fate:
    """What became of one event at one endpoint."""

    endpoint_id: int
    is_waiting: bool = False
    is_delivered: bool = False
    is_parked: bool = False
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def state(self) -> str:
        """`waiting` also where it was delivered before, and is sent again."""
        if self.is_waiting:
            return "waiting"
        return "delivered" if self.is_delivered else "parked" if self.is_parked else "failed"


def fates_of(event: Event) -> list[Fate]:
    """Each endpoint that `event` was sent to or waits for, by its number: three statements, over what this event has."""
    fates: dict[int, Fate] = {}

    def fate(endpoint_id: int) -> Fate:
        return fates.setdefault(endpoint_id, Fate(endpoint_id))

    for attempt in Attempt.objects.filter(event=event).order_by("-id")[:COUNT_MAX]:
        fate(attempt.endpoint_id).attempts.append(attempt)
        fate(attempt.endpoint_id).is_delivered |= attempt.is_success
    for delivery in Delivery.objects.filter(event=event).order_by("id")[:COUNT_MAX]:
        found = fate(delivery.endpoint_id)
        found.is_waiting |= delivery.next_attempt_at is not None
        found.is_delivered |= delivery.delivered_at is not None
        # A test has nothing behind it: it failed.
        found.is_parked |= delivery.parked_at is not None and delivery.reason != Delivery.Reason.TEST
    for queue in _queues_before(event):
        if queue.endpoint.wants(event.type):
            fate(queue.endpoint_id).is_waiting = True
    return sorted(fates.values(), key=lambda fate: fate.endpoint_id)


def _queues_before(event: Event) -> Any:
    """The queues that have not come to it yet."""
    if event.position is None:
        return []
    is_before = Q(position__lt=event.position, last_position__gte=event.position)
    return Queue.objects.filter(is_before, account_id=event.account_id, endpoint__removed_at=None).select_related("endpoint")
