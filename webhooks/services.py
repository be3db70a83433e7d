"""Endpoints: made, changed, paused, tried out and removed. Each is an act of somebody's, kept in the same transaction."""

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import connection, transaction
from django.utils import timezone

from audit.acts import ActName
from audit.services import record
from ledger.alarms import clear_alarm
from people.models import User
from webhooks.addresses import checked_url
from webhooks.endpoint_secrets import new_secret, sealed
from webhooks.errors import EventTypeUnknown, TooManyEndpoints
from webhooks.models import FAILING_ALARM, Delivery, Endpoint, Event
from webhooks.naming import EVENT_TYPES, TEST
from webhooks.sample import sample_of

# Each of them gets each event.
ENDPOINTS_MAX = 50
OVERLAP = timedelta(hours=24)
OVERLAP_MAX = timedelta(days=7)

# Ends with the transaction: two who make the last endpoint at once do not make two.
LOCK_ENDPOINTS = "SELECT pg_advisory_xact_lock(20006)"
# The dispatcher's: while we have it, nobody adds a queue.
LOCK_DISPATCH = "SELECT pg_advisory_xact_lock(20005)"

# In the order in which the dispatcher locks them.
WAKE = """
UPDATE webhooks_queue queue SET attempts = 0, next_attempt_at = clock_timestamp()
FROM (SELECT id FROM webhooks_queue WHERE endpoint_id = %s AND next_attempt_at IS NOT NULL
      ORDER BY account_id FOR UPDATE) waiting
WHERE queue.id = waiting.id"""
# Behind the queues, as whoever claims them does.
WAKE_DELIVERIES = """
UPDATE webhooks_delivery delivery SET attempts = 0, next_attempt_at = clock_timestamp()
FROM (SELECT id FROM webhooks_delivery WHERE endpoint_id = %s AND next_attempt_at IS NOT NULL
      ORDER BY id FOR UPDATE) waiting
WHERE delivery.id = waiting.id"""

# Without its lease, whoever is calling finds that the queue is not his any more, and does not set it back.
SKIP = """
WITH waiting AS (
    SELECT id, account_id, position FROM webhooks_queue WHERE endpoint_id = %(endpoint)s AND position < last_position
    ORDER BY account_id FOR UPDATE
), skipped AS (
    UPDATE webhooks_queue queue SET position = last_position, attempts = 0, next_attempt_at = NULL,
        lease = NULL, leased_until = NULL
    FROM waiting WHERE queue.id = waiting.id RETURNING queue.account_id, waiting.position AS after, queue.last_position AS last
)
SELECT count(*), count(DISTINCT skipped.account_id), min(event.position), max(event.position)
FROM skipped JOIN webhooks_event event
    ON event.account_id = skipped.account_id AND event.position > skipped.after AND event.position <= skipped.last
    AND (%(types)s::text[] = '{}' OR event.type = ANY (%(types)s::text[]))"""
# What was asked for by hand. A test is one call, and somebody looks at it.
PARK_DELIVERIES = """
UPDATE webhooks_delivery delivery SET parked_at = clock_timestamp(), next_attempt_at = NULL, lease = NULL, leased_until = NULL
FROM (SELECT id FROM webhooks_delivery WHERE endpoint_id = %s AND next_attempt_at IS NOT NULL AND reason <> 'test'
      ORDER BY id FOR UPDATE) waiting
WHERE delivery.id = waiting.id"""


@transaction.atomic(savepoint=False)
def create_endpoint(
    *,
    url: str,
    description: str = "",
    event_types: Iterable[str] = (),
    status: str = Endpoint.Status.ACTIVE,
    actor: str,
    created_by: User | None,
) -> tuple[Endpoint, str]:
    """A new endpoint, and the secret that its deliveries are signed with: nobody can read that again.

    It gets what happens from now on; `redeliver` sends what was before. No `event_types`: all of them, new ones too.

    Raises:
        EndpointUrlInvalid, EventTypeUnknown
        TooManyEndpoints: there are ENDPOINTS_MAX.
    """
    url, types = checked_url(url), known_types(event_types)
    with connection.cursor() as cursor:
        cursor.execute(LOCK_ENDPOINTS)
    if Endpoint.objects.filter(removed_at=None).count() >= ENDPOINTS_MAX:
        raise TooManyEndpoints(ENDPOINTS_MAX)
    endpoint = Endpoint.objects.create(
        url=url, description=description, event_types=types, status=status, created_by=created_by, secret=b""
    )
    secret = new_secret()
    endpoint.secret = sealed(endpoint, secret)
    endpoint.save(update_fields=["secret"])
    _record(ActName.WEBHOOK_CREATED, endpoint, actor, host=host_of(url), event_types=types, status=str(status))
    return endpoint, secret


@transaction.atomic(savepoint=False)
def change_endpoint(*, endpoint: Endpoint, actor: str, **changes: Any) -> Endpoint:
    """Change url, description, event_types or status (active, off); what stays as it is leaves no trace.

    Switched off, it keeps what waits and gets more; switched on, it gets all of that. What it does not want any more
    is passed over, also where it waits already. At a new url is another receiver: it has not failed yet. One that is
    paused stays so until it is resumed. Of what is under way, one call to each wallet's queue may still end as it began.

    Raises:
        EndpointUrlInvalid, EventTypeUnknown
        Endpoint.DoesNotExist: it was removed.
    """
    endpoint = _locked(endpoint)
    if "url" in changes:
        changes["url"] = checked_url(changes["url"])
    if "event_types" in changes:
        changes["event_types"] = known_types(changes["event_types"])
    changed = {name: value for name, value in changes.items() if getattr(endpoint, name) != value}
    if not changed:
        return endpoint
    facts = {name: _told(name, getattr(endpoint, name), value) for name, value in changed.items()}
    for name, value in changed.items():
        setattr(endpoint, name, value)
    if "url" in changed:
        endpoint.failing_since = None
    if "status" in changed:
        _set_right(endpoint)
    _save(endpoint, *changed, "failing_since")
    _record(ActName.WEBHOOK_CHANGED, endpoint, actor, **facts)
    return endpoint


@transaction.atomic(savepoint=False)
def rotate_secret(*, endpoint: Endpoint, overlap: timedelta = OVERLAP, actor: str) -> str:
    """A new secret. Until `overlap` (at most OVERLAP_MAX) is over, the one before signs as well; at 0 it is dead at once.

    There are never more than two: whoever rotates again during an overlap puts an end to the older one.

    Raises:
        Endpoint.DoesNotExist: it was removed.
    """
    endpoint = _locked(endpoint)
    overlap = min(max(overlap, timedelta()), OVERLAP_MAX)
    secret = new_secret()
    if overlap:
        endpoint.old_secret, endpoint.old_secret_until = endpoint.secret, timezone.now() + overlap
    else:
        endpoint.old_secret = endpoint.old_secret_until = None
    endpoint.secret = sealed(endpoint, secret)
    _save(endpoint, "secret", "old_secret", "old_secret_until")
    _record(ActName.WEBHOOK_SECRET_ROTATED, endpoint, actor, overlap_seconds=int(overlap.total_seconds()))
    return secret


@transaction.atomic(savepoint=False)
def resume_endpoint(*, endpoint: Endpoint, actor: str) -> Endpoint:
    """Go on with an endpoint that is failing or off, and try what waits at once, as if for the first time.

    Raises:
        Endpoint.DoesNotExist: it was removed.
    """
    endpoint = _locked(endpoint)
    was = endpoint.status
    endpoint.status = Endpoint.Status.ACTIVE
    wallets, deliveries = _set_right(endpoint)
    _save(endpoint, "status", "failing_since")
    _record(ActName.WEBHOOK_RESUMED, endpoint, actor, wallets=wallets, deliveries=deliveries, **{"from": str(was)})
    return endpoint


@transaction.atomic(savepoint=False)
def skip_waiting(*, endpoint: Endpoint, actor: str) -> int:
    """Pass over everything that waits for the endpoint; how many events that were. They can be sent again by hand.

    What waited in its queues is behind it; what waited beside them is parked.

    Raises:
        Endpoint.DoesNotExist: it was removed.
    """
    endpoint = _locked(endpoint)
    with connection.cursor() as cursor:
        cursor.execute(SKIP, {"endpoint": endpoint.pk, "types": endpoint.event_types})
        events, wallets, first, last = cursor.fetchone() or (0, 0, None, None)
        cursor.execute(PARK_DELIVERIES, [endpoint.pk])
        parked = cursor.rowcount
    _record(ActName.WEBHOOK_SKIPPED, endpoint, actor, events=events, wallets=wallets, first=first, last=last, parked=parked)
    return int(events + parked)


@transaction.atomic(savepoint=False)
def remove_endpoint(*, endpoint: Endpoint, actor: str) -> Endpoint:
    """It gets nothing any more, nothing waits for it, and its secrets are gone. What it was sent is still shown.

    Raises:
        Endpoint.DoesNotExist: it was removed before.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK_DISPATCH)
    endpoint = _locked(endpoint)
    endpoint.queues.all().delete()
    endpoint.deliveries.filter(next_attempt_at__isnull=False).delete()
    endpoint.removed_at, endpoint.secret = timezone.now(), b""
    endpoint.old_secret = endpoint.old_secret_until = None
    _save(endpoint, "removed_at", "secret", "old_secret", "old_secret_until")
    clear_alarm(FAILING_ALARM, endpoint.subject)
    _record(ActName.WEBHOOK_REMOVED, endpoint, actor)
    return endpoint


@transaction.atomic(savepoint=False)
def send_test_event(*, endpoint: Endpoint, actor: str, asked_by: User | None) -> Delivery:
    """Have `webhook.test` sent to this endpoint alone, also where it is off or failing: to see whether it answers again.

    Raises:
        Endpoint.DoesNotExist: it was removed.
    """
    endpoint, now = _locked(endpoint), timezone.now()
    data = json.dumps(sample_of(endpoint), ensure_ascii=False, separators=(",", ":"))
    event = Event.objects.create(type=TEST, data=data, created_at=now)
    delivery = Delivery.objects.create(
        endpoint=endpoint, event=event, reason=Delivery.Reason.TEST, asked_by=asked_by, created_at=now, next_attempt_at=now
    )
    _record(ActName.WEBHOOK_TESTED, endpoint, actor, event=event.name)
    return delivery


def known_types(event_types: Iterable[str]) -> list[str]:
    """These events, each once, in the order of all.

    Raises:
        EventTypeUnknown: there is no such event.
    """
    wanted = set(event_types)
    for unknown in sorted(wanted.difference(EVENT_TYPES)):
        raise EventTypeUnknown(unknown)
    return [name for name in EVENT_TYPES if name in wanted]


def host_of(url: str) -> str:
    """What of an address may be kept for ever: what stands behind its host may be a secret."""
    return urlsplit(url).hostname or ""


def _locked(endpoint: Endpoint) -> Endpoint:
    return Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk, removed_at=None)


def _set_right(endpoint: Endpoint) -> tuple[int, int]:
    """Begin anew: nothing was tried yet. How many queues go on, and how many deliveries beside them."""
    endpoint.failing_since = None
    clear_alarm(FAILING_ALARM, endpoint.subject)
    if endpoint.status != Endpoint.Status.ACTIVE:
        return 0, 0
    with connection.cursor() as cursor:
        cursor.execute(WAKE, [endpoint.pk])
        queues = cursor.rowcount
        cursor.execute(WAKE_DELIVERIES, [endpoint.pk])
        return queues, cursor.rowcount


def _save(endpoint: Endpoint, *names: str) -> None:
    """Whoever is calling it as it was makes no further call like that."""
    endpoint.updated_at = timezone.now()
    endpoint.revision += 1
    endpoint.save(update_fields=[*names, "updated_at", "revision"])


def _told(name: str, before: Any, after: Any) -> Any:
    if name == "description":
        return "changed"
    if name == "url":
        return {"from": host_of(before), "to": host_of(after)}
    return {"from": before, "to": after} if isinstance(before, list) else {"from": str(before), "to": str(after)}


def _record(act: ActName, endpoint: Endpoint, actor: str, **facts: Any) -> None:
    record(act, actor=actor, subject=f"webhook:{endpoint.pk}", facts=facts)
