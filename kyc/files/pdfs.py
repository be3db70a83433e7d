"""PDF: parsed strictly, every object looked at, nothing in it that acts, and nothing that is larger than it seems."""

import io
import re
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader
from pypdf.filters import ASCII85Decode
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, StreamObject

from kyc.files.images import PIXELS_MAX
from kyc.files.packed import inflated_bytes
from kyc.files.verdicts import Reason, Unfit

PAGES_MAX = 50
OBJECTS_MAX = 20_000
VALUES_MAX = 500_000
# What all its packed streams may come to: twenty scanned pages in colour and at 300 dpi are 500 MB, and none is packed so.
UNPACKED_MAX = 200 * 1024 * 1024
WHITE_SPACE = b"\r\n\t "

# Keys and values of what does something when it is opened, or brings another file along.
ACTIVE = frozenset(
    {
        *("/JavaScript", "/JS", "/Launch", "/AA", "/EmbeddedFile", "/EmbeddedFiles", "/EF", "/Filespec", "/FileAttachment"),
        *("/RichMedia", "/RichMediaContent", "/XFA", "/SubmitForm", "/ImportData", "/ResetForm", "/GoToR", "/GoToE"),
        *("/Movie", "/Sound", "/Screen", "/Rendition", "/3D", "/Collection"),
    }
)
# The same in the bytes, for readers that mend a broken file by looking for objects everywhere.
ACTIVE_BYTES = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFile|RichMedia|SubmitForm|ImportData)\b")
# Packed once, by what the programs of this century write. A picture's own kinds are bounded by its pixels.
FLATE = frozenset({"/FlateDecode", "/Fl"})
OF_PICTURES = frozenset({"/DCTDecode", "/DCT", "/JPXDecode", "/CCITTFaxDecode", "/CCF", "/JBIG2Decode"})
ASCII_85 = frozenset({"/ASCII85Decode", "/A85"})
ASCII_HEX = frozenset({"/ASCIIHexDecode", "/AHx"})


def require_pdf(content: bytes) -> None:
    """Raises Unfit unless it is one PDF that only shows something."""
    if not content.rstrip(WHITE_SPACE).endswith(b"%%EOF"):
        raise Unfit(Reason.DATA_BEHIND_ITS_END)
    if ACTIVE_BYTES.search(content):
        raise Unfit(Reason.ACTIVE_CONTENT)
    reader = PdfReader(io.BytesIO(content), strict=True)
    if reader.is_encrypted:
        raise Unfit(Reason.ENCRYPTED)
    left = VALUES_MAX
    unpacked = 0
    for found in _objects(reader):
        for value in _values(found):
            left -= 1
            _require_inert(value)
        if isinstance(found, StreamObject):
            unpacked += _unpacked_bytes(found, UNPACKED_MAX - unpacked)
        if left < 0:
            raise Unfit(Reason.TOO_COMPLEX)
    if not 1 <= len(reader.pages) <= PAGES_MAX:
        raise Unfit(Reason.TOO_COMPLEX)


def _objects(reader: PdfReader) -> Iterator[Any]:
    """All that the file lists, whether a page leads there or not."""
    listed = {(number, generation) for generation, places in reader.xref.items() for number in places}
    listed |= {(number, 0) for number in reader.xref_objStm}
    free = {
        (number, generation) for generation, ones in reader.xref_free_entry.items() for number, is_free in ones.items() if is_free
    }
    if len(listed) > OBJECTS_MAX:
        raise Unfit(Reason.TOO_COMPLEX)
    yield reader.trailer
    for number, generation in sorted(listed - free):
        yield reader.get_object(IndirectObject(number, generation, reader))


def _values(found: Any) -> Iterator[Any]:
    """An object and what stands in it; not where it refers to, which comes by itself."""
    waiting = [found]
    while waiting:
        value = waiting.pop()
        yield value
        if isinstance(value, DictionaryObject):
            # `raw`: to read a member would follow it.
            waiting += [*value.keys(), *(value.raw_get(key) for key in value)]
        elif isinstance(value, ArrayObject):
            waiting += list.__iter__(value)


def _require_inert(value: Any) -> None:
    if isinstance(value, NameObject) and value in ACTIVE:
        raise Unfit(Reason.ACTIVE_CONTENT)
    if isinstance(value, DictionaryObject) and "/OpenAction" in value and not _is_place(value["/OpenAction"]):
        raise Unfit(Reason.ACTIVE_CONTENT)


def _is_place(action: Any) -> bool:
    """To be opened at a page of its own, as typesetting programs want it, does nothing."""
    return isinstance(action, ArrayObject) or (isinstance(action, DictionaryObject) and action.get("/S") == "/GoTo")


def _unpacked_bytes(stream: StreamObject, most: int) -> int:
    """How much a packed stream comes to; read to that and no further. Of pictures the pixels are counted instead."""
    if stream.get("/Subtype") == "/Image" and int(stream.get("/Width", 0)) * int(stream.get("/Height", 0)) > PIXELS_MAX:
        raise Unfit(Reason.TOO_MANY_PIXELS)
    names, packed = _filters(stream), stream._data
    if names and names[0] in ASCII_85:
        # A spelling, and nothing that grows.
        names, packed = names[1:], ASCII85Decode.decode(packed)
    if names and names[0] in FLATE and len(names) <= 2 and set(names[1:]) <= OF_PICTURES:
        return inflated_bytes(packed, most=most)[0]
    if len(names) <= 1 and set(names) <= OF_PICTURES | ASCII_HEX:
        return 0
    raise Unfit(Reason.TOO_COMPLEX)


def _filters(stream: StreamObject) -> list[str]:
    found = stream.get("/Filter")
    return [str(name) for name in (found if isinstance(found, ArrayObject) else [found] if found else [])]
