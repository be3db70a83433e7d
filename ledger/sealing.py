"""Sealing what must be read again: AES-256-GCM under ``WALLET_FIELD_KEYS`` (`id:hex,…`, the first one seals).

A sealed value is bound to its `context` (the table and row it stands in), so that
one moved to another row does not open. Secrets that are only compared are not
sealed but digested.
"""

import hmac
import os
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from ledger.errors import LedgerUnavailable
from ledger.keys import KeyRing, parse_keys

NONCE_BYTES = 12
_HEADER = struct.Struct(">BH")
_VERSION = 1


class SealBroken(LedgerUnavailable):
    """A sealed value does not open: it was changed, moved, or sealed under a key that is gone."""


def seal(plain: bytes, context: str) -> bytes:
    """Seal `plain` for the place that `context` names."""
    ring = _ring()
    header = _HEADER.pack(_VERSION, ring.current)
    nonce = os.urandom(NONCE_BYTES)
    return header + nonce + _cipher(ring, ring.current).encrypt(nonce, plain, header + context.encode())


def unseal(sealed: bytes, context: str) -> bytes:
    """What was sealed for `context`.

    Raises:
        SealBroken: it does not open.
        KeyMissing: the ring has no such key.
    """
    header, rest = sealed[: _HEADER.size], sealed[_HEADER.size :]
    try:
        version, key_id = _HEADER.unpack(header)
        if version != _VERSION:
            raise SealBroken(context)
        return _cipher(_ring(), key_id).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], header + context.encode())
    except (InvalidTag, ValueError, struct.error) as broken:
        raise SealBroken(context) from broken


def _cipher(ring: KeyRing, key_id: int) -> AESGCM:
    return AESGCM(ring.key(key_id)[:32])


def _ring() -> KeyRing:
    if settings.WALLET_FIELD_KEYS:
        return parse_keys(settings.WALLET_FIELD_KEYS, "WALLET_FIELD_KEYS")
    # Key 0 hangs on SECRET_KEY, for who has not given sealing a key of its own.
    return KeyRing(current=0, keys={0: hmac.digest(settings.SECRET_KEY.encode(), b"wallet-service sealing", "sha256")})
