"""Deleting events whose time is over, the oldest first and none left out: who reads the log from its beginning finds no hole.

So an old event that an endpoint that is on still waits for keeps those behind it as well. One that is off or failing
keeps nothing: what it loses is told.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone
from psycopg.types.numeric import Int8

from ledger.alarms import raise_alarm
from site_settings.reading import current_settings
from webhooks.models import ATTEMPTS_KEPT

LOST_ALARM = "webhook_events_lost"
BATCH = 1000
POSITION_MAX = 2**63 - 1

# The first one that is young, or is still to be sent to an endpoint that is on.
KEPT_FROM = """
SELECT least(
    (SELECT position FROM webhooks_event WHERE position IS NOT NULL AND created_at >= %s ORDER BY position LIMIT 1),
    (SELECT min(event.position) FROM webhooks_endpoint endpoint
     JOIN webhooks_queue queue ON queue.endpoint_id = endpoint.id AND queue.next_attempt_at IS NOT NULL
     CROSS JOIN LATERAL (
        SELECT position FROM webhooks_event WHERE account_id = queue.account_id
        AND position > queue.position AND position <= queue.last_position ORDER BY position LIMIT 1) event
     WHERE status = 'active' AND removed_at IS NULL),
    (SELECT min(event.position) FROM webhooks_endpoint endpoint
     JOIN webhooks_delivery delivery ON delivery.endpoint_id = endpoint.id AND delivery.next_attempt_at IS NOT NULL
     JOIN webhooks_event event ON event.id = delivery.event_id
     WHERE status = 'active' AND removed_at IS NULL))"""

# What still waits for endpoints that are not on, before this position.
LOST = """
SELECT endpoint.id, queued.count + by_hand.count FROM webhooks_endpoint endpoint
CROSS JOIN LATERAL (
    SELECT count(*) FROM webhooks_queue queue JOIN webhooks_event event
        ON event.account_id = queue.account_id AND event.position > queue.position AND event.position <= queue.last_position
    WHERE queue.endpoint_id = endpoint.id AND queue.next_attempt_at IS NOT NULL AND event.position < %(before)s
        AND (event_types = '{}' OR event.type = ANY (event_types))) queued
CROSS JOIN LATERAL (
    SELECT count(*) FROM webhooks_delivery delivery JOIN webhooks_event event ON event.id = delivery.event_id
    WHERE delivery.endpoint_id = endpoint.id AND delivery.next_attempt_at IS NOT NULL AND event.position < %(before)s) by_hand
WHERE status <> 'active' AND removed_at IS NULL AND queued.count + by_hand.count > 0
ORDER BY endpoint.id"""

# Together with what hangs on them. One that somebody asks for again at this moment fails the batch, and the next run leaves it.
DELETE_EVENTS = """
WITH old AS ({old}), attempts AS (
    DELETE FROM webhooks_attempt WHERE event_id IN (SELECT id FROM old)
), deliveries AS (
    DELETE FROM webhooks_delivery WHERE event_id IN (SELECT id FROM old)
)
DELETE FROM webhooks_event WHERE id IN (SELECT id FROM old)"""
OLD = DELETE_EVENTS.format(old="SELECT id FROM webhooks_event WHERE position < %s ORDER BY position LIMIT %s")
OLD_TESTS = DELETE_EVENTS.format(
    old="SELECT id FROM webhooks_event WHERE position IS NULL AND created_at < %s ORDER BY created_at LIMIT %s"
)
OLD_ATTEMPTS = "DELETE FROM webhooks_attempt WHERE id IN (SELECT id FROM webhooks_attempt WHERE at < %s ORDER BY at LIMIT %s)"
OLD_SECRETS = "UPDATE webhooks_endpoint SET old_secret = NULL, old_secret_until = NULL WHERE old_secret_until < %s"


def forget_events() -> int:
    """Events older than the site setting `webhook_event_days`, with what was sent of them; how many events.

    Of what an endpoint that is off or failing loses by that, an alarm tells.
    """
    over = timezone.now() - timedelta(days=current_settings().webhook_event_days)
    with connection.cursor() as cursor:
        cursor.execute(KEPT_FROM, [over])
        (kept_from,) = cursor.fetchone() or (None,)
    before = Int8(POSITION_MAX if kept_from is None else kept_from)
    _tell_lost(before)
    return _delete(OLD, before) + _delete(OLD_TESTS, over)


def forget_attempts() -> int:
    """Calls made more than ATTEMPTS_KEPT ago; how many. What became of their events stays.

    Secrets that sign no more go with them.
    """
    with connection.cursor() as cursor:
        cursor.execute(OLD_SECRETS, [timezone.now()])
    return _delete(OLD_ATTEMPTS, timezone.now() - ATTEMPTS_KEPT)


def _tell_lost(before: int) -> None:
    """Before they are gone: who is stopped in between tells of them twice, and not never."""
    with connection.cursor() as cursor:
        cursor.execute(LOST, {"before": before})
        lost = cursor.fetchall()
    for endpoint_id, events in lost:
        message = f"It is off or failing: {events} events that waited for it were older than webhook_event_days, and are gone."
        raise_alarm(LOST_ALARM, f"endpoint {endpoint_id}", message)


def _delete(statement: str, bound: int | datetime) -> int:
    deleted, last = 0, BATCH
    while last == BATCH:
        with connection.cursor() as cursor:
            cursor.execute(statement, [bound, BATCH])
            last = cursor.rowcount
        deleted += last
    return deleted
