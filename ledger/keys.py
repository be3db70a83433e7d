"""The ring of HMAC keys: ``LEDGER_HMAC_KEYS="2:<hex>,1:<hex>"``. The first writes; all verify."""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from ledger.errors import KeyMissing

# An HMAC-SHA256 key shorter than its digest would be the weakest part (RFC 2104, section 3).
KEY_BYTES_MIN = 32


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by their id; `current` is the id that writes, 0 when the ring is empty."""

    current: int
    keys: dict[int, bytes]

    def key(self, key_id: int) -> bytes:
        """The key that `key_id` names.

        Raises:
            KeyMissing: the ring does not hold it.
        """
        try:
            return self.keys[key_id]
        except KeyError:
            raise KeyMissing(key_id) from None


@lru_cache(maxsize=16)
def parse_keys(text: str, name: str = "LEDGER_HMAC_KEYS") -> KeyRing:
    """Read `id:hex,id:hex`; ids are 1 to 32767, keys at least 32 bytes."""
    keys: dict[int, bytes] = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        key_id, _, digits = item.partition(":")
        try:
            number, key = int(key_id), bytes.fromhex(digits)
        except ValueError:
            raise ImproperlyConfigured(f"{name} must read id:hex,id:hex") from None
        if not 1 <= number <= 32767 or number in keys or len(key) < KEY_BYTES_MIN:
            raise ImproperlyConfigured(f"{name}: ids are unique, 1 to 32767, and keys have {KEY_BYTES_MIN} bytes or more")
        keys[number] = key
    return KeyRing(current=next(iter(keys), 0), keys=keys)


def keyring() -> KeyRing:
    """The ledger's keys, as the settings have them now."""
    return parse_keys(settings.LEDGER_HMAC_KEYS)
