"""Deleting events whose time is over, the oldest first and none left out: who reads the log from its beginning finds no hole.

So an old event that somebody still waits for keeps those behind it as well.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone
from psycopg.types.numeric import Int8

from site_settings.reading import current_settings
from webhooks.models import ATTEMPTS_KEPT

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
    (SELECT min(event.position) FROM webhooks_delivery delivery JOIN webhooks_event event ON event.id = delivery.event_id
     WHERE delivery.next_attempt_at IS NOT NULL))"""

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


def forget_events() -> int:
    """Events older than the site setting `webhook_event_days`, with what was sent of them; how many events."""
    over = timezone.now() - timedelta(days=current_settings().webhook_event_days)
    with connection.cursor() as cursor:
        cursor.execute(KEPT_FROM, [over])
        (kept_from,) = cursor.fetchone() or (None,)
    return _delete(OLD, Int8(POSITION_MAX if kept_from is None else kept_from)) + _delete(OLD_TESTS, over)


def forget_attempts() -> int:
    """Calls made more than ATTEMPTS_KEPT ago; how many. What became of their events stays."""
    return _delete(OLD_ATTEMPTS, timezone.now() - ATTEMPTS_KEPT)


def _delete(statement: str, bound: int | datetime) -> int:
    deleted, last = 0, BATCH
    while last == BATCH:
        with connection.cursor() as cursor:
            cursor.execute(statement, [bound, BATCH])
            last = cursor.rowcount
        deleted += last
    return deleted
