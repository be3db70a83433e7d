"""The secrets that an endpoint's deliveries are signed with: `whsec_` and 32 random bytes, sealed for the endpoint's row."""

import base64
import secrets
from datetime import datetime

from django.utils import timezone

from ledger.sealing import seal, unseal
from webhooks.models import Endpoint

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """As Standard Webhooks spells it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sealed(endpoint: Endpoint, secret: str) -> bytes:
    """Its text, sealed for `endpoint`, which is saved already: another row does not open it."""
    return seal(secret.encode(), endpoint.sealed_for)


def overlap_until(endpoint: Endpoint, now: datetime | None = None) -> datetime | None:
    """Until when the secret before signs as well; None where it does not any more."""
    until = endpoint.old_secret_until
    return until if until is not None and until > (now or timezone.now()) else None


def secrets_of(endpoint: Endpoint, now: datetime | None = None) -> list[str]:
    """What signs a delivery now: the current secret, and while a rotation's overlap lasts the one before.

    Raises:
        SealBroken, KeyMissing: one does not open.
    """
    kept = [endpoint.secret]
    if overlap_until(endpoint, now) and endpoint.old_secret is not None:
        kept.append(endpoint.old_secret)
    return [unseal(bytes(secret), endpoint.sealed_for).decode() for secret in kept]
