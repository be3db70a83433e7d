"""JPEG: walked from marker to marker, every pixel decoded, and what telephones put behind its end looked at as well.

They put there, in this order: further pictures that an index in the first one names (MPF: gain maps of HDR photographs),
Samsung's notes (SEF), and padding. A film is not among it: nobody sees what it is.
"""

import io
import re
import struct

from PIL.JpegImagePlugin import JpegImageFile

from kyc.files.foreign import require_no_markup
from kyc.files.images import PIXELS_MAX
from kyc.files.samsung import notes_begin
from kyc.files.verdicts import Reason, Unfit

BEGINNING = b"\xff\xd8\xff"
# Where a JPEG's packed data ends: at a marker that is neither a stuffed byte, nor a restart, nor one more fill byte.
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
START_OF_SCAN, END_OF_IMAGE, APP2 = 0xDA, 0xD9, 0xE2
WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD8)}
MPF = b"MPF\0"
MPF_COUNT, MPF_ENTRIES = 0xB001, 0xB002
PICTURES_MAX = 8
# What files are padded with, to a whole block for instance.
PADDING = b"\0\r\n\t "
PADDING_MAX_BYTES = 65_536


def require_jpeg(content: bytes) -> None:
    """Raises Unfit unless it is one JPEG, with nothing behind it but what telephones put there."""
    end, index = _walked(content)
    _decode(content[:end])
    notes_end = len(content.rstrip(PADDING))
    # Programs that save a photograph anew drop the other pictures, and some leave the index.
    for place, length in _further_pictures(content, index) if notes_end > end else []:
        _require_padding(content, end, place)
        picture = content[place : place + length]
        length_walked, _ = _walked(picture)
        _decode(picture[:length_walked])
        end = place + length_walked
    _require_padding(content, end, notes_begin(content, end, notes_end))
    _require_padding(content, notes_end, len(content))


def _require_padding(content: bytes, start: int, end: int) -> None:
    if not start <= end <= start + PADDING_MAX_BYTES or content[start:end].strip(PADDING):
        raise Unfit(Reason.DATA_BEHIND_ITS_END)


def _walked(content: bytes) -> tuple[int, int]:
    """Where the picture ends, behind the end marker that belongs to it, and where its index of others stands; 0: it has none."""
    if not content.startswith(BEGINNING):
        raise Unfit(Reason.DATA_BEHIND_ITS_END)
    place, index = 2, 0
    while place + 1 < len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker == 0xFF:
            place += 1
            continue
        place += 2
        if marker == END_OF_IMAGE:
            return place, index
        if marker in WITHOUT_LENGTH:
            continue
        if marker == APP2 and content.startswith(MPF, place + 2):
            index = place + 2 + len(MPF)
        length = max(2, int.from_bytes(content[place : place + 2], "big"))
        require_no_markup(content[place + 2 : place + length])
        place += length
        if marker == START_OF_SCAN:
            found = MARKER.search(content, place)
            place = found.start() if found else len(content)
    raise Unfit(Reason.DAMAGED)


def _further_pictures(content: bytes, index: int) -> list[tuple[int, int]]:
    """Place and length of each picture that the index (a TIFF directory) names besides the first, in the order of the file."""
    if not index:
        return []
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(content[index : index + 4])
    if order is None:
        raise Unfit(Reason.DAMAGED)
    directory = index + struct.unpack_from(f"{order}L", content, index + 4)[0]
    (count,) = struct.unpack_from(f"{order}H", content, directory)
    rows = [struct.unpack_from(f"{order}HHLL", content, directory + 2 + 12 * number) for number in range(count)]
    entries = next((index + value for tag, _, _, value in rows if tag == MPF_ENTRIES), index)
    count = next((value for tag, _, _, value in rows if tag == MPF_COUNT), 0)
    if count > PICTURES_MAX:
        raise Unfit(Reason.TOO_COMPLEX)
    # The first is the one that they stand in. Places count from the directory's own beginning.
    found = [struct.unpack_from(f"{order}LL", content, entries + 16 * number + 4) for number in range(1, count)]
    return sorted((index + offset, length) for length, offset in found)


def _decode(content: bytes) -> None:
    """Every pixel. Not by `Image.open`, which would take the index for a picture that moves."""
    with JpegImageFile(io.BytesIO(content)) as picture:
        if picture.width * picture.height > PIXELS_MAX:
            raise Unfit(Reason.TOO_MANY_PIXELS)
        picture.load()
