"""Digests of random secrets, for comparison."""

import hmac

from django.conf import settings


def digest(secret: str) -> bytes:
    """HMAC rather than a slow hash: secrets are random, and checked per request."""
    pepper = settings.CREDENTIAL_PEPPER or settings.SECRET_KEY
    return hmac.digest(pepper.encode(), secret.encode(), "sha256")
