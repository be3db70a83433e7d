"""The gateway's key: made, replaced, switched off and recognized. It leaves `make_gateway_key` once, and is kept as a digest."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from apikeys.credentials import LAST_USE_EVERY
from apikeys.digests import digest
from apikeys.models import GatewayKey
from apikeys.services import ALPHANUMERIC
from audit.acts import ActName
from audit.services import actor_of, record
from people.models import User

# About 285 random bits, of letters and digits alone: it stands in addresses.
KEY_LENGTH = 48
# Who waits for this is who makes or ends a key at the same time.
ORDER = "SELECT pg_advisory_xact_lock(hashtext('apikeys_gatewaykey'))"
FIND = "SELECT id, digest, last_used_at FROM apikeys_gatewaykey WHERE digest = %s AND revoked_at IS NULL"
TOUCH = "UPDATE apikeys_gatewaykey SET last_used_at = %s WHERE id = %s AND (last_used_at IS NULL OR last_used_at < %s)"


@dataclass(frozen=True, slots=True)
class Recognized:
    """A key that proved itself, by its number."""

    id: int
    last_used_at: datetime | None


@transaction.atomic(savepoint=False)
def make_gateway_key(*, made_by: User | None = None) -> tuple[GatewayKey, str]:
    """A new key, letters and digits; the one before stops working in the same moment. `made_by` None is the console."""
    replaced = _end_the_live_one()
    secret = "".join(secrets.choice(ALPHANUMERIC) for _ in range(KEY_LENGTH))
    key = GatewayKey.objects.create(digest=digest(secret), created_by=made_by)
    facts = {} if replaced is None else {"replaces": replaced.pk}
    record(ActName.GATEWAY_KEY_MADE, actor=actor_of(made_by), subject=f"gateway_key:{key.pk}", facts=facts)
    return key, secret


@transaction.atomic(savepoint=False)
def revoke_gateway_key(*, revoked_by: User | None = None) -> GatewayKey | None:
    """Switch the live key off, at once; None where there is none."""
    key = _end_the_live_one()
    if key is not None:
        record(ActName.GATEWAY_KEY_REVOKED, actor=actor_of(revoked_by), subject=f"gateway_key:{key.pk}")
    return key


def live_gateway_key() -> GatewayKey | None:
    """The key that works now, without what it is."""
    return GatewayKey.objects.filter(revoked_at=None).first()


def recognize_gateway_key(secret: str) -> Recognized | None:
    """The live key that this is; None for any other text."""
    expected = digest(secret)
    with connection.cursor() as cursor:
        cursor.execute(FIND, [expected])
        row = cursor.fetchone()
    if row is None or not hmac.compare_digest(bytes(row[1]), expected):
        return None
    return Recognized(row[0], row[2])


def touch_gateway_key(key: Recognized) -> None:
    """Keep when it was last used, at most once a minute and outside the money's transaction."""
    now = timezone.now()
    if key.last_used_at and key.last_used_at > now - LAST_USE_EVERY:
        return
    with connection.cursor() as cursor:
        cursor.execute(TOUCH, [now, key.id, now - LAST_USE_EVERY])


def _end_the_live_one() -> GatewayKey | None:
    with connection.cursor() as cursor:
        cursor.execute(ORDER)
    key = live_gateway_key()
    if key is not None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
    return key
