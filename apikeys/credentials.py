"""Finding who a credential stands for: one statement brings the credential, its user and his rights."""

import hmac
import ipaddress
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from apikeys.digests import digest
from apikeys.models import sealed_for
from ledger.errors import LedgerUnavailable
from ledger.sealing import unseal
from people.models import User
from people.rights import RIGHTS_OF_USER, Right, rights_from

logger = logging.getLogger(__name__)

LAST_USE_EVERY = timedelta(minutes=1)

_USER_FIELDS = [field.attname for field in User._meta.concrete_fields]
_USER_COLUMNS = ", ".join(f'u."{field.column}"' for field in User._meta.concrete_fields)

FIND_KEY = f"""
SELECT k.id, k.secret_digest, k.scope, k.allowed_ips, k.max_amount, k.last_used_at, k.sealed_secret,
       {RIGHTS_OF_USER}, {_USER_COLUMNS}
FROM apikeys_apikey k JOIN people_user u ON u.id = k.owner_id
WHERE k.consumer_key = %s AND k.revoked_at IS NULL AND u.is_active"""  # noqa: S608

# Names and addresses are in any case as `people.any_case` says. A user name wins over somebody else's address, as at sign-in.
FIND_APPLICATION_PASSWORD = f"""
SELECT p.id, p.digest, NULL, NULL, NULL, p.last_used_at, NULL, {RIGHTS_OF_USER}, {_USER_COLUMNS}
FROM apikeys_applicationpassword p JOIN people_user u ON u.id = p.user_id
WHERE p.digest = %s AND p.revoked_at IS NULL AND u.is_active
AND (lower(u.username) = lower(%s) OR lower(u.email COLLATE "C") = lower(%s COLLATE "C") AND u.email <> '')"""  # noqa: S608

TOUCH_KEY = """
UPDATE apikeys_apikey SET last_used_at = %s, last_used_ip = %s
WHERE id = %s AND (last_used_at IS NULL OR last_used_at < %s)"""
TOUCH_PASSWORD = """
UPDATE apikeys_applicationpassword SET last_used_at = %s, last_used_ip = %s
WHERE id = %s AND (last_used_at IS NULL OR last_used_at < %s)"""  # noqa: S105  a statement


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential that proved itself, and whom it stands for. `scope` is None where it has none.

    `max_amount` is the most that one call may move, in minor units; None: as much as there is.
    """

    id: Any
    user: User
    rights: frozenset[Right]
    last_used_at: datetime | None
    scope: str | None = None
    allowed_ips: tuple[str, ...] = ()
    max_amount: int | None = None
    # Whether the key may sign its calls, over plain http too.
    oauth_enabled: bool = False

    def allows_address(self, address: str) -> bool:
        """Whether a caller at `address` may use it."""
        if not self.allowed_ips:
            return True
        try:
            caller = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(caller in ipaddress.ip_network(network) for network in self.allowed_ips)


def find_key(consumer_key: str, consumer_secret: str) -> Credential | None:
    """The live API key with this secret; None when there is none."""
    return _proven(_find(FIND_KEY, [consumer_key]), digest(consumer_secret))


def find_signing_key(consumer_key: str) -> tuple[Credential, str] | None:
    """A live API key that may sign its calls, and its secret to check that with; None when there is none.

    One whose secret does not open is none: it was put there from another row, or its sealing key is gone. The log says so.
    """
    found = _find(FIND_KEY, [consumer_key])
    if found is None or found.sealed_secret is None:
        return None
    try:
        return found.credential, unseal(found.sealed_secret, sealed_for(consumer_key)).decode()
    except LedgerUnavailable:
        logger.exception("the sealed secret of API key %s does not open", found.credential.id)
        return None


def find_application_password(name_or_email: str, password: str) -> Credential | None:
    """The live application password of this user; all but letters and digits is ignored in `password`."""
    plain = "".join(character for character in password if character.isascii() and character.isalnum())
    expected = digest(plain)
    return _proven(_find(FIND_APPLICATION_PASSWORD, [expected, name_or_email, name_or_email]), expected)


@dataclass(frozen=True, slots=True)
class _Found:
    """A row, and what proves who calls with it."""

    credential: Credential
    digest: bytes
    sealed_secret: bytes | None


def _find(statement: str, parameters: list[Any]) -> _Found | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row = cursor.fetchone()
    if row is None:
        return None
    credential_id, kept, scope, allowed_ips, max_amount, last_used_at, sealed_secret, rights, *columns = row
    user = User.from_db("default", _USER_FIELDS, columns)
    credential = Credential(
        id=credential_id,
        user=user,
        rights=rights_from(rights, is_superuser=user.is_superuser),
        last_used_at=last_used_at,
        scope=scope,
        allowed_ips=tuple(allowed_ips or ()),
        max_amount=max_amount,
        oauth_enabled=sealed_secret is not None,
    )
    return _Found(credential, bytes(kept), sealed_secret and bytes(sealed_secret))


def _proven(found: _Found | None, expected: bytes) -> Credential | None:
    return found.credential if found is not None and hmac.compare_digest(found.digest, expected) else None


def touch(credential: Credential, address: str) -> None:
    """Keep when and from where it was last used, at most once a minute and outside the money's transaction."""
    now = timezone.now()
    if credential.last_used_at and credential.last_used_at > now - LAST_USE_EVERY:
        return
    statement = TOUCH_PASSWORD if credential.scope is None else TOUCH_KEY
    with connection.cursor() as cursor:
        cursor.execute(statement, [now, address or None, credential.id, now - LAST_USE_EVERY])
