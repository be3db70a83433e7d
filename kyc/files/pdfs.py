"""PDF: parsed strictly, every object looked at, nothing in it that acts, and nothing that is larger than it seems."""

import io
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from pypdf import PdfReader
from pypdf.errors import LimitReachedError
from pypdf.filters import ASCII85Decode, LZWDecode, RunLengthDecode
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, StreamObject, read_object

from kyc.files.images import PIXELS_MAX
from kyc.files.packed import inflated_bytes
from kyc.files.verdicts import Reason, Unfit

PAGES_MAX = 50
OBJECTS_MAX = 20_000
VALUES_MAX = 500_000
# What all its packed streams may come to: twenty scanned pages in colour and at 300 dpi are 500 MB, and none is packed so.
UNPACKED_MAX = 200 * 1024 * 1024
WHITE_SPACE = b"\r\n\t "

# Names of what does something when it is opened, or brings another file along: nothing else is called so.
ACTIVE = frozenset(
    {
        *("/JavaScript", "/Launch", "/EmbeddedFile", "/EmbeddedFiles", "/Filespec", "/FileAttachment"),
        *("/RichMedia", "/RichMediaContent", "/SubmitForm", "/ImportData", "/ResetForm", "/GoToR", "/GoToE"),
    }
)
# Short ones, which glyphs and ways to blend are called as well: active as a key, or as what something says that it is.
ACTIVE_IN_PLACE = frozenset({"/JS", "/AA", "/EF", "/XFA", "/Movie", "/Sound", "/Screen", "/Rendition", "/3D", "/Collection"})
ACTIVE_ANYHOW = ACTIVE | ACTIVE_IN_PLACE
SAYS_WHAT_IT_IS = ("/S", "/Subtype", "/Type")
PAGE_TURNS = frozenset({"/NextPage", "/PrevPage", "/FirstPage", "/LastPage"})
LINKS = ("http://", "https://", "mailto:")
# The same in the bytes, for readers that mend a broken file by looking for objects everywhere.
ACTIVE_BYTES = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFile|RichMedia|SubmitForm|ImportData)\b")
# Where an object begins, or what readers begin with, whether a table lists it or not.
OBJECT = re.compile(rb"(?<!\d)(\d{1,10})[\0\s]+(\d{1,10})[\0\s]*obj[\0\s]*|trailer[\0\s]*(?=<<)")
COMMENT_OR_WORD = re.compile(rb"%[^\r\n]*|[^\0\s%]+")
# Packed once, by what the programs of this century write. A picture's own kinds are bounded by its pixels.
FLATE = frozenset({"/FlateDecode", "/Fl"})
# By those of the last. Each stops at a limit of its own, 75 MB and less than that.
OF_OLD: dict[str, Callable[[bytes], bytes]] = {
    **dict.fromkeys(("/LZWDecode", "/LZW"), LZWDecode.decode),
    **dict.fromkeys(("/RunLengthDecode", "/RL"), RunLengthDecode.decode),
}
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
    # What an older table says is free, a newer one may have put into an object stream: the reader would pass it over.
    reader.xref_free_entry = {}
    if reader.is_encrypted:
        raise Unfit(Reason.ENCRYPTED)
    left = VALUES_MAX
    unpacked = 0
    for found in _objects(reader, content):
        if isinstance(found, StreamObject):
            unpacked += _unpacked_bytes(found, UNPACKED_MAX - unpacked)
        for value in _values(found):
            left -= 1
            _require_inert(value)
        if left < 0:
            raise Unfit(Reason.TOO_COMPLEX)
    if not 1 <= len(reader.pages) <= PAGES_MAX:
        raise Unfit(Reason.TOO_COMPLEX)


def _objects(reader: PdfReader, content: bytes) -> Iterator[Any]:
    """All that any reader could come to, whether a page leads there or not."""
    left = OBJECTS_MAX
    yield reader.trailer
    for found in _standing_objects(reader, content):
        yield found
        # After that, so that a stream was found to be no bomb.
        for packed in _packed_objects(found, reader):
            yield packed
            left -= 1
        left -= 1
        if left < 0:
            raise Unfit(Reason.TOO_COMPLEX)


def _standing_objects(reader: PdfReader, content: bytes) -> Iterator[Any]:
    """All that stand in the file itself: those that a table lists, free or not, and those that none does, or none any more.

    Readers differ in which of several tables and states they believe, and mend a broken file by looking for objects.
    """
    listed = {(number, generation) for generation, places in reader.xref.items() for number in places}
    listed |= {(number, 0) for number, _ in reader.xref_objStm.values()}
    for number, generation in sorted(listed):
        yield reader.get_object(IndirectObject(number, generation, reader))
    places = {(place, generation) for generation, ones in reader.xref.items() for place in ones.values()}
    stream = io.BytesIO(content)
    for found in OBJECT.finditer(content):
        if found[2] is None or (found.start(), int(found[2])) not in places:
            stream.seek(found.end())
            yield read_object(stream, reader)


def _packed_objects(found: Any, reader: PdfReader) -> Iterator[Any]:
    """All that an object stream holds, by the places at its head: a table names them by number or by place, as it likes."""
    if not isinstance(found, StreamObject) or not (_at(found, "/Type") == "/ObjStm" or {"/N", "/First"} <= found.keys()):
        return
    unpacked = found.get_data()
    words = (word[0] for word in COMMENT_OR_WORD.finditer(unpacked) if not word[0].startswith(b"%"))
    head = [int(word) for word in islice(words, 2 * int(_at(found, "/N")))]
    stream = io.BytesIO(unpacked)
    for place in head[1::2]:
        stream.seek(int(_at(found, "/First")) + place)
        yield read_object(stream, reader)


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
    is_active = isinstance(value, NameObject) and value in ACTIVE
    if isinstance(value, DictionaryObject):
        is_active = (
            not ACTIVE_IN_PLACE.isdisjoint(value)
            or any(_at(value, key) in ACTIVE_ANYHOW for key in SAYS_WHAT_IT_IS)
            or _has_form(value)
            or not _is_idle(value)
            or not _is_place(_followed(value, "/OpenAction"))
            or not _may_be_pressed(_followed(value, "/A"))
        )
    if is_active:
        raise Unfit(Reason.ACTIVE_CONTENT)


def _followed(found: DictionaryObject, key: str) -> Any:
    """`get` would stop at the reference."""
    try:
        return found[key]
    except KeyError:
        return None


def _at(found: DictionaryObject, key: str) -> Any:
    """What stands there, wherever it refers to; a list says nothing of what something is."""
    value = _followed(found, key)
    return None if isinstance(value, (ArrayObject, DictionaryObject)) else value


def _is_idle(action: DictionaryObject) -> bool:
    """Whether it is no action, or one with no other behind it that turns a page or follows a link of the usual kinds."""
    kind = _at(action, "/S")
    if kind is not None and "/Next" in action:
        return False
    if kind == "/URI":
        link = _at(action, "/URI")
        text = link.decode("latin-1") if isinstance(link, bytes) else str(link)
        return text.lower().startswith(LINKS)
    return kind != "/Named" or _at(action, "/N") in PAGE_TURNS


def _is_place(action: Any) -> bool:
    """To be opened at a page of its own, as typesetting programs want it, does nothing."""
    return (
        action is None
        or isinstance(action, ArrayObject)
        or (isinstance(action, DictionaryObject) and _at(action, "/S") == "/GoTo")
    )


def _may_be_pressed(action: Any) -> bool:
    """The action of a link or bookmark is a place, a page to turn or a link. Under the same key others keep what is no action."""
    kind = _at(action, "/S") if isinstance(action, DictionaryObject) else None
    return kind in {None, "/GoTo", "/URI", "/Named"}


def _has_form(found: DictionaryObject) -> bool:
    """Fields to fill in or press. A signature's is none."""
    if "/FT" in found and _at(found, "/FT") != "/Sig":
        return True
    form = _followed(found, "/AcroForm")
    fields = _followed(form, "/Fields") if isinstance(form, DictionaryObject) else None
    return any(not isinstance(field, DictionaryObject) or _at(field, "/FT") != "/Sig" for field in fields or ())


def _unpacked_bytes(stream: StreamObject, most: int) -> int:
    """How much a packed stream comes to; read to that and no further. Of pictures the pixels are counted instead."""
    if _at(stream, "/Subtype") == "/Image" and int(stream.get("/Width", 0)) * int(stream.get("/Height", 0)) > PIXELS_MAX:
        raise Unfit(Reason.TOO_MANY_PIXELS)
    names, packed = _filters(stream), stream._data
    if names and names[0] in ASCII_85:
        # A spelling, and nothing that grows.
        names, packed = names[1:], ASCII85Decode.decode(packed)
    if names and names[0] in FLATE and len(names) <= 2 and set(names[1:]) <= OF_PICTURES:
        return inflated_bytes(packed, most=most)[0]
    if names and names[0] in OF_OLD and set(names[1:]) <= OF_PICTURES and len(names) <= 2:
        return _unpacked_as_of_old(names[0], packed, most)
    if len(names) <= 1 and set(names) <= OF_PICTURES | ASCII_HEX:
        return 0
    raise Unfit(Reason.TOO_COMPLEX)


def _unpacked_as_of_old(name: str, packed: bytes, most: int) -> int:
    try:
        unpacked = len(OF_OLD[name](packed))
    except LimitReachedError:
        unpacked = most + 1
    if unpacked > most:
        raise Unfit(Reason.TOO_COMPLEX)
    return unpacked


def _filters(stream: StreamObject) -> list[str]:
    found = stream.get("/Filter")
    return [str(name) for name in (found if isinstance(found, ArrayObject) else [found] if found else [])]
