"""What a QR code holds: whose it is, and how much is to be paid where that is fixed, with a proof of both.

`number ‖ amount ‖ mac`, 16, 8 and 16 bytes, in base32, which QR codes write densely. The amount is minor units of the
wallet's currency, 0 where the payer says how much. Without the wallet's secret nobody makes one, nor another amount of one.
"""

import base64
import binascii
import hmac
import struct
from uuid import UUID

from ledger.money import AMOUNT_MAX

_CODE = struct.Struct(">16sQ16s")
_MAC_BYTES = 16
# No padding: 40 bytes are 64 letters.
LENGTH = 64


def write_token(*, number: UUID, secret: bytes, amount_minor: int = 0) -> str:
    """The token of the QR code `number`."""
    return base64.b32encode(_CODE.pack(number.bytes, amount_minor, _mac(number, secret, amount_minor))).decode()


def read_token(token: str) -> tuple[UUID, int, bytes] | None:
    """Number, amount and mac, none of it proven (`is_proven`); None where it is no token."""
    try:
        number, amount_minor, mac = _CODE.unpack(base64.b32decode(token, casefold=True))
    except (binascii.Error, ValueError, struct.error):
        return None
    return (UUID(bytes=number), amount_minor, mac) if amount_minor <= AMOUNT_MAX else None


def is_proven(mac: bytes, *, number: UUID, secret: bytes, amount_minor: int) -> bool:
    """Whether the wallet's secret has made it."""
    return hmac.compare_digest(mac, _mac(number, secret, amount_minor))


def _mac(number: UUID, secret: bytes, amount_minor: int) -> bytes:
    said = b"wallet qr code\0" + number.bytes + amount_minor.to_bytes(8)
    return hmac.digest(secret, said, "sha256")[:_MAC_BYTES]
