"""Digests of codes. A code has few digits, so without the pepper all of them are tried in no time."""

import hmac
from uuid import UUID

from django.conf import settings


def code_digest(passcode_id: UUID, code: str) -> bytes:
    """Of one row's code."""
    return _digest(f"passcode {passcode_id} {code}")


def subject_digest(subject: str) -> bytes:
    """Of what a code is bound to, which may be of any length."""
    return _digest(f"passcode subject {subject}")


def _digest(text: str) -> bytes:
    pepper = settings.CREDENTIAL_PEPPER or settings.SECRET_KEY
    return hmac.digest(pepper.encode(), text.encode(errors="surrogatepass"), "sha256")
