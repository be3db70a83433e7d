"""What Samsung's telephones write behind a JPEG's end (SEF): when it was taken, by which lens.

Notes, each with a head of its own, then their directory (`SEFH`, a version, how many; kind, distance and length of each), its
length, and `SEFT`. Little-endian; distances count back from the directory. ExifTool reads them so.
"""

import struct

from kyc.files.foreign import require_no_markup
from kyc.files.verdicts import Reason, Unfit

HEAD, FOOT = b"SEFH", b"SEFT"
# Words and figures are a few hundred bytes. A film of the moment would be one of them, too.
MOST_BYTES = 65_536
# How programs begin that have no longer mark: Windows, Unix, Java, Android, Apple, scripts. Notes begin with a word or a figure.
PROGRAMS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"dex\n", b"\xfe\xed\xfa", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"#!")


def notes_begin(content: bytes, start: int, end: int) -> int:
    """Where the notes that end at `end` begin, not before `start`; `end` where there are none.

    Raises:
        Unfit: they are not well formed, or longer than notes are, or a program or markup is one of them.
    """
    if end - start < 20 or not content.startswith(FOOT, end - 4):
        return end
    (length,) = struct.unpack_from("<L", content, end - 8)
    directory = end - 8 - length
    if directory < start or not content.startswith(HEAD, directory):
        raise Unfit(Reason.DATA_BEHIND_ITS_END)
    (count,) = struct.unpack_from("<L", content, directory + 8)
    if length != 12 + 12 * count:
        raise Unfit(Reason.DATA_BEHIND_ITS_END)
    rows = [struct.unpack_from("<HHLL", content, directory + 12 + 12 * number) for number in range(count)]
    notes = sorted((directory - distance, size, kind) for _, kind, distance, size in rows)
    begin: int = notes[0][0] if notes else directory
    if begin < start or end - begin > MOST_BYTES:
        raise Unfit(Reason.DATA_BEHIND_ITS_END)
    _require_one_behind_another(content, notes, directory)
    require_no_markup(content[begin:end])
    return begin


def _require_one_behind_another(content: bytes, notes: list[tuple[int, int, int]], directory: int) -> None:
    """Without a gap that something else could stand in, each with its kind and a name at its head."""
    places = [place for place, _, _ in notes] + [directory]
    for (place, size, kind), following in zip(notes, places[1:], strict=True):
        if place + size != following or size < 8:
            raise Unfit(Reason.DATA_BEHIND_ITS_END)
        _, found, name_length = struct.unpack_from("<HHL", content, place)
        if found != kind or 8 + name_length > size:
            raise Unfit(Reason.DATA_BEHIND_ITS_END)
        if content.startswith(PROGRAMS, place + 8 + name_length):
            raise Unfit(Reason.ANOTHER_FILE_INSIDE)
