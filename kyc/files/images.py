"""PNG and WebP: their structure from the first byte to the last, then every pixel decoded."""

import io
import struct
import warnings
import zlib
from collections.abc import Iterator

from PIL import Image

from kyc.files.foreign import require_no_markup
from kyc.files.packed import inflated_bytes
from kyc.files.verdicts import Reason, Unfit

# A telephone's sensor of 50 million has 8192 x 6144; in memory that is 200 MB.
PIXELS_MAX = 51_000_000
PNG_CRITICAL = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
PNG_ANIMATION = {b"acTL", b"fcTL", b"fdAT"}
WEBP_ANIMATION = {b"ANIM", b"ANMF"}
WEBP_PIXELS = {b"VP8 ", b"VP8L", b"ALPH"}


def require_png(content: bytes) -> None:
    """Raises Unfit unless it is one PNG that does not move, and nothing else."""
    _require_end(content, _png_end(content))
    _require_packed_once(content)
    _decode(content, "PNG")


def require_webp(content: bytes) -> None:
    """Raises Unfit unless it is one WebP that does not move, and nothing else."""
    if content[8:12] != b"WEBP":
        raise Unfit(Reason.NOT_A_DOCUMENT)
    end = 8 + int.from_bytes(content[4:8], "little")
    _require_end(content, end)
    for name, data in _riff_chunks(content):
        if name in WEBP_ANIMATION:
            raise Unfit(Reason.ANIMATED)
        if name not in WEBP_PIXELS:
            require_no_markup(data)
    _decode(content, "WEBP")


def _require_end(content: bytes, end: int) -> None:
    if end > len(content):
        raise Unfit(Reason.DAMAGED)
    if end < len(content):
        raise Unfit(Reason.DATA_BEHIND_ITS_END)


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and data of each whole chunk whose checksum is right, up to the first that is not."""
    place = 8
    while place + 12 <= len(content):
        length, name = struct.unpack_from(">I4s", content, place)
        end = place + 12 + length
        if end > len(content) or zlib.crc32(content[place + 4 : end - 4]) != int.from_bytes(content[end - 4 : end], "big"):
            return
        yield name, content[place + 8 : end - 4]
        place = end


def _png_end(content: bytes) -> int:
    end = 8
    for name, data in _png_chunks(content):
        end += 12 + len(data)
        if name in PNG_ANIMATION:
            raise Unfit(Reason.ANIMATED)
        # A capital letter: whoever does not know it must not show the picture.
        if name[0] < 0x60 and name not in PNG_CRITICAL:
            break
        if name != b"IDAT":
            require_no_markup(data)
        if name == b"IEND":
            return end
    raise Unfit(Reason.DAMAGED)


def _require_packed_once(content: bytes) -> None:
    """The packed pixels are as many as the picture has, and end where their stream does: decoders look no further."""
    width, height = struct.unpack_from(">II", content, 16)
    if width * height > PIXELS_MAX:
        raise Unfit(Reason.TOO_MANY_PIXELS)
    packed = b"".join(data for name, data in _png_chunks(content) if name == b"IDAT")
    # At most eight bytes a pixel, and one before each line of each of seven passes.
    _, rest = inflated_bytes(packed, most=width * height * 8 + height * 7 + 64)
    if rest:
        raise Unfit(Reason.DATA_BEHIND_ITS_END)


def _riff_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 12
    while place < len(content):
        if place + 8 > len(content):
            raise Unfit(Reason.DAMAGED)
        length = int.from_bytes(content[place + 4 : place + 8], "little")
        yield content[place : place + 4], content[place + 8 : place + 8 + length]
        place += 8 + length + length % 2
    if place != len(content):
        raise Unfit(Reason.DAMAGED)


def _decode(content: bytes, kind: str) -> None:
    """Every pixel, so that what a person is shown later is what was looked at here."""
    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(io.BytesIO(content), formats=[kind]) as picture:
            if getattr(picture, "n_frames", 1) != 1:
                raise Unfit(Reason.ANIMATED)
            picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Unfit(Reason.TOO_MANY_PIXELS) from None
