"""How an endpoint fares as a whole: since when it fails, and when it has failed for so long that it is paused.

What was sent to it as it was before a change says nothing of how it fares now.
Its row is written when that changes, and once a minute while all goes well: not at each call.
"""

import threading
import time
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from ledger.alarms import raise_alarm
from notices.services import send_notice
from people.models import User
from webhooks.models import FAILING_ALARM, Endpoint
from webhooks.services import host_of

PAUSED_AFTER = timedelta(hours=24)
SUCCESS_TOLD_SECONDS = 60

SUCCEEDED = """
UPDATE webhooks_endpoint SET failing_since = NULL, last_success_at = greatest(last_success_at, %s)
WHERE id = %s AND revision = %s"""

# Only where something changes: while it fails, each call fails.
FAILED = """
UPDATE webhooks_endpoint SET failing_since = coalesce(failing_since, %(at)s),
    status = CASE WHEN failing_since <= %(paused_before)s AND status = 'active' THEN 'failing' ELSE status END
WHERE id = %(id)s AND revision = %(revision)s AND removed_at IS NULL
    AND (failing_since IS NULL OR (failing_since <= %(paused_before)s AND status = 'active'))
RETURNING status = 'failing'"""

# Of each endpoint: which revision of it, and when.
_told: dict[int, tuple[int, float]] = {}
_lock = threading.Lock()


def note_success(endpoint: Endpoint, at: datetime) -> bool:
    """It has taken something. False: it was changed since `endpoint` was read, perhaps while we waited to write this."""
    if _is_told(endpoint):
        return True
    with connection.cursor() as cursor:
        cursor.execute(SUCCEEDED, [at, endpoint.pk, endpoint.revision])
        is_noted: bool = cursor.rowcount > 0
    endpoint.failing_since = None
    return is_noted


def note_failure(endpoint: Endpoint, at: datetime) -> None:
    """It has not. Where it has taken nothing for PAUSED_AFTER it is paused, and people are told."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            whose = {"id": endpoint.pk, "revision": endpoint.revision}
            cursor.execute(FAILED, {**whose, "at": at, "paused_before": at - PAUSED_AFTER})
            is_paused = cursor.fetchone() == (True,)
        if is_paused:
            _tell(endpoint)


def has_failed_too_long(endpoint: Endpoint, at: datetime) -> bool:
    """Whether a failure at this time pauses it, or it is paused already: as it stands now, not when it was leased."""
    now = Endpoint.objects.only("status", "failing_since").filter(pk=endpoint.pk).first()
    if now is None:
        return False
    return now.status == Endpoint.Status.FAILING or (now.failing_since is not None and now.failing_since <= at - PAUSED_AFTER)


def _is_told(endpoint: Endpoint) -> bool:
    """Whether this process has told of a success just now, and nobody of a failure since."""
    now = time.monotonic()
    with _lock:
        revision, told = _told.get(endpoint.pk, (None, 0.0))
        if endpoint.failing_since is None and revision == endpoint.revision and now - told < SUCCESS_TOLD_SECONDS:
            return True
        _told[endpoint.pk] = endpoint.revision, now
    return False


def _tell(endpoint: Endpoint) -> None:
    hours = int(PAUSED_AFTER.total_seconds() // 3600)
    raise_alarm(FAILING_ALARM, endpoint.subject, f"Nothing that was sent to it in {hours} hours was taken: it is paused.")
    for user in _people(endpoint):
        send_notice(
            to=user, kind="webhook.failing", facts={"endpoint": endpoint.pk, "host": host_of(endpoint.url), "hours": hours}
        )


def _people(endpoint: Endpoint) -> list[User]:
    """Who made it, and every superuser."""
    return list(User.objects.filter(Q(is_superuser=True) | Q(pk=endpoint.created_by_id or 0), is_active=True))
