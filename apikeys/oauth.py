"""WooCommerce's one-legged OAuth 1.0a (RFC 5849 without tokens): a key that signs a call instead of sending its secret.

A signature covers the verb as it was sent, the address, and the query or form; of a JSON body, of headers, and of a verb
that overrides the sent one it says nothing. So such a key writes over plain http only from addresses that it lists.
"""

import hmac
import time
from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from django.db import connection
from django.utils import timezone
from oauthlib.oauth1.rfc5849.signature import (  # type: ignore[import-untyped]
    base_string_uri,
    normalize_parameters,
    signature_base_string,
)

from apikeys.credentials import Credential, find_signing_key
from apikeys.models import NONCE_LIFETIME

TIMESTAMP_WINDOW = timedelta(minutes=15)
ALGORITHMS = {"HMAC-SHA256": "sha256", "HMAC-SHA1": "sha1"}
DIGITS_MAX = 15

# Of two calls with one nonce the second waits for the first, and gets no row. One that nobody could repeat any more is as new.
SPEND_NONCE = """
INSERT INTO apikeys_oauthnonce AS nonce (key_id, digest, used_at) VALUES (%s, %s, %s)
ON CONFLICT (key_id, digest) DO UPDATE SET used_at = excluded.used_at WHERE nonce.used_at < %s
RETURNING id"""


@dataclass(frozen=True, slots=True)
class SignedCall:
    """A call, and the signature that came with it.

    `addresses` are where the caller may have sent it to, without a query: he signed one of them. `parameters` are all that
    he signed, decoded, `oauth_signature` left out; of the OAuth ones the last of a name counts.
    """

    verb: str
    addresses: tuple[str, ...]
    parameters: tuple[tuple[str, str], ...]
    signature: str

    def said(self, name: str) -> str:
        """An OAuth parameter; empty where it is missing."""
        return dict(self.parameters).get(name, "")


def find_signer(call: SignedCall) -> Credential | None:
    """The live key that signed this call, now and for the first time; None when there is none.

    The nonce is spent where the signature holds, and committed: call it outside a transaction.
    """
    consumer_key, nonce = call.said("oauth_consumer_key"), call.said("oauth_nonce")
    if not nonce or "\0" in consumer_key or not is_current(call.said("oauth_timestamp")):
        return None
    found = find_signing_key(consumer_key)
    if found is None:
        return None
    credential, secret = found
    return credential if is_signed(call, secret) and spend_nonce(credential, nonce) else None


def is_current(timestamp: str) -> bool:
    """Whether a Unix time in whole seconds lies within a quarter of an hour of now."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= DIGITS_MAX):
        return False
    return abs(time.time() - int(timestamp)) <= TIMESTAMP_WINDOW.total_seconds()


def is_signed(call: SignedCall, secret: str) -> bool:
    """Whether the signature is one that `secret` makes."""
    algorithm = ALGORITHMS.get(call.said("oauth_signature_method"))
    if algorithm is None:
        return False
    parameters = normalize_parameters(call.parameters)
    fits = False
    for address in call.addresses:
        base = signature_base_string(call.verb, base_string_uri(address), parameters)
        expected = b64encode(hmac.digest(f"{secret}&".encode(), base.encode(), algorithm))
        fits |= hmac.compare_digest(expected, call.signature.encode())
    return fits


def spend_nonce(credential: Credential, nonce: str) -> bool:
    """Whether the key had not used it yet; now it has."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(SPEND_NONCE, [credential.id, sha256(nonce.encode()).digest(), now, now - NONCE_LIFETIME])
        return cursor.fetchone() is not None
