"""The keys that sign checkpoints: ``LEDGER_SIGNING_KEYS="2:<hex seed>,1:<hex seed>"``. The first signs.

Only the process that seals has them. Their public halves are in the database, each
with what the key before said of it: a key is changed by putting the new one in
front and leaving the old one behind it until the next checkpoint.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from ledger.checkpoints.errors import NoSigningKey, SigningKeyRefused
from ledger.checkpoints.statements import canonical, shown_time
from ledger.keys import KeyRing, parse_keys
from ledger.models import Checkpoint, SigningKey

VARIABLE = "LEDGER_SIGNING_KEYS"
SEED_BYTES = 32
ROTATION_TYPE = "signing key rotation"


@dataclass(frozen=True, slots=True)
class Rotation:
    """What was said of a new key, and by the key before, unless that was lost."""

    statement: str
    signature: bytes | None

    def as_body(self) -> dict[str, Any]:
        return {"statement": self.statement, "signature": self.signature.hex() if self.signature else None}


@dataclass(frozen=True, slots=True)
class Signer:
    """The key that signs now. `rotation` is there when it is about to sign for the first time after another."""

    key_id: int
    public_key: bytes
    rotation: Rotation | None
    is_new: bool
    _private: Ed25519PrivateKey

    def sign(self, text: str) -> bytes:
        return self._private.sign(text.encode())

    def keep(self, number: int, at: datetime) -> None:
        """Record a key that signs for the first time, in the transaction of its first checkpoint."""
        if self.is_new:
            SigningKey.objects.create(
                id=self.key_id,
                public_key=self.public_key,
                first_checkpoint=number,
                endorsement=self.rotation.statement if self.rotation else "",
                endorsement_signature=self.rotation.signature if self.rotation else None,
                created_at=at,
            )


def ring() -> KeyRing:
    """The seeds, as the settings have them now.

    Raises:
        NoSigningKey: there are none.
    """
    found = parse_keys(settings.LEDGER_SIGNING_KEYS, VARIABLE)
    if not found.keys:
        raise NoSigningKey
    if any(len(seed) != SEED_BYTES for seed in found.keys.values()):
        raise ImproperlyConfigured(f"{VARIABLE}: an Ed25519 seed has {SEED_BYTES} bytes")
    return found


def signer(last: Checkpoint | None, at: datetime, lost_key: str = "") -> Signer:
    """The key that signs the checkpoint behind `last`. `lost_key` is why the key before cannot speak for a new one.

    Raises:
        NoSigningKey: this process has none.
        SigningKeyRefused: it is not the key that the rows name, or nobody speaks for it.
    """
    seeds = ring()
    key_id, private = seeds.current, _private(seeds.keys[seeds.current])
    public = public_bytes(private)
    known = SigningKey.objects.filter(pk=key_id).first()
    if known is None:
        rotation = _rotation(seeds, last, public, at, lost_key) if last else None
        return Signer(key_id, public, rotation, True, private)
    if bytes(known.public_key) != public:
        raise SigningKeyRefused(f"{VARIABLE}: key {key_id} is another one than the key {key_id} that signed before")
    if last is not None and last.signing_key_id != key_id:
        raise SigningKeyRefused(f"{VARIABLE}: key {key_id} was replaced by key {last.signing_key_id}; a new key has a new number")
    return Signer(key_id, public, None, False, private)


def _rotation(seeds: KeyRing, last: Checkpoint, public: bytes, at: datetime, lost_key: str) -> Rotation:
    before = last.signing_key
    said: dict[str, Any] = {
        "type": ROTATION_TYPE,
        "version": 1,
        "from": before.pk,
        "to": seeds.current,
        "public_key": public.hex(),
        "after": bytes(last.hash).hex(),
        "time": shown_time(at),
    }
    if (seed := seeds.keys.get(before.pk)) and public_bytes(_private(seed)) == bytes(before.public_key):
        statement = canonical(said)
        return Rotation(statement, _private(seed).sign(statement.encode()))
    if not lost_key:
        raise SigningKeyRefused(
            f"{VARIABLE}: key {seeds.current} is new, and key {before.pk}, which must sign for it, is not behind it"
            " (where it is lost: rotate_signing_key --without-endorsement REASON)"
        )
    return Rotation(canonical({**said, "lost": lost_key}), None)


def is_signed(public_key: bytes, text: str, signature: bytes) -> bool:
    """Whether `signature` over `text` is of that key."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def public_bytes(private: Ed25519PrivateKey) -> bytes:
    """The 32 bytes of the public half."""
    return private.public_key().public_bytes_raw()


def _private(seed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed)
