"""Files that somebody might send who means harm, each built from nothing."""

import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, StreamObject, TextStringObject

from tests.kyc.making import pdf, picture
from tests.kyc.telephones import notes, second_is, second_place, with_gain_map, with_gap, with_notes

PNG = b"\x89PNG\r\n\x1a\n"
# 300 MB of nothing.
BOMB = zlib.compress(b"\0" * 300_000_000, 9)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, packed: bytes, *extra: bytes) -> bytes:
    """Black and white, a bit a pixel."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return PNG + head + b"".join(extra) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def small_png(*extra: bytes) -> bytes:
    return png(8, 8, zlib.compress(b"\0\0" * 8), *extra)


@cache
def huge_png() -> bytes:
    """50,000 x 50,000 pixels in 300 kB: in memory, ten gigabytes."""
    pack = zlib.compressobj(9)
    lines = b"".join(pack.compress(b"\0" * 6251) for _ in range(50_000))
    return png(50_000, 50_000, lines + pack.flush())


@cache
def archive() -> bytes:
    """A zip bomb."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("zeros", b"\0" * 50_000_000)
    return file.getvalue()


def moving(kind: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (5, 5)).save(file, kind, save_all=True, append_images=[Image.new("RGB", (5, 5), "red")])
    return file.getvalue()


def with_comment(comment: bytes) -> bytes:
    """A JPEG that decoders show without a word."""
    jpeg = picture()
    return jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + jpeg[2:]


def for_giants() -> bytes:
    """A JPEG whose head says 60,000 x 60,000."""
    jpeg = picture()
    place = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:place] + struct.pack(">HH", 60_000, 60_000) + jpeg[place + 4 :]


def webp_with_tail() -> bytes:
    """A chunk that is none, counted into the file's own length."""
    webp = picture("WEBP") + b"tail"
    return webp[:4] + struct.pack("<I", len(webp) - 8) + webp[8:]


def pdf_with(change: Callable[[PdfWriter], Any]) -> bytes:
    writer, file = PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        change(writer)
    writer.write(file)
    return file.getvalue()


def _catalogued(**members: Any) -> bytes:
    def change(writer: PdfWriter) -> None:
        for name, value in members.items():
            writer.root_object[NameObject(f"/{name}")] = value

    return pdf_with(change)


def _stream(data: bytes, *filters: str, **members: int) -> bytes:
    """A stream that no page shows."""

    def change(writer: PdfWriter) -> None:
        stream = StreamObject()
        stream._data = data
        stream[NameObject("/Filter")] = ArrayObject(NameObject(name) for name in filters)
        for name, value in members.items():
            stream[NameObject(f"/{name}")] = NumberObject(value)
        if members:
            stream[NameObject("/Subtype")] = NameObject("/Image")
        writer._add_object(stream)

    return pdf_with(change)


def named(**members: str) -> DictionaryObject:
    return DictionaryObject({NameObject(f"/{name}"): NameObject(value) for name, value in members.items()})


def _action(kind: str, **members: str) -> DictionaryObject:
    texts = {"URI": "https://example.test", **members}
    action = named(S=kind)
    action.update({NameObject(f"/{name}"): TextStringObject(text) for name, text in texts.items()})
    return action


def _goes_on() -> DictionaryObject:
    return _with(named(S="/GoTo"), "/Next", _action("/URI"))


def _with(found: DictionaryObject, key: str, value: Any) -> DictionaryObject:
    found[NameObject(key)] = value
    return found


def _pressed(action: DictionaryObject) -> bytes:
    return _catalogued(Extra=_with(named(Subtype="/Link"), "/A", action))


def with_link(target: str) -> bytes:
    return _pressed(_action("/URI", URI=target))


def with_form(kind: str) -> bytes:
    """A form of one field."""
    return _catalogued(AcroForm=_with(DictionaryObject(), "/Fields", ArrayObject([named(FT=kind)])))


def _said_elsewhere() -> bytes:
    """What it is stands in an object of its own."""

    def change(writer: PdfWriter) -> None:
        kind = writer._add_object(NameObject("/Screen"))
        writer.root_object[NameObject("/Extra")] = _with(DictionaryObject(), "/Subtype", kind)

    return pdf_with(change)


def with_short_names() -> bytes:
    """A way to blend and a glyph that are called as active things are."""
    glyphs = _with(named(Type="/Encoding"), "/Differences", ArrayObject([NumberObject(1), NameObject("/AA"), NameObject("/3D")]))
    return _catalogued(Extra=named(Type="/ExtGState", BM="/Screen"), Fonts=glyphs)


def turning_pages() -> bytes:
    return _pressed(named(S="/Named", N="/NextPage"))


def with_bookmarks() -> bytes:
    """Two, one behind the other."""

    def change(writer: PdfWriter) -> None:
        for title in ("One", "Two"):
            writer.add_outline_item(title, 0)

    return pdf_with(change)


def packed_as_of_old() -> bytes:
    return _stream(bytes((3,)) + b"text" + b"\xfex" + b"\x80", "/RunLengthDecode")


def packed_by_lzw() -> bytes:
    """The example of the PDF specification."""
    return _stream(bytes.fromhex("800b6050220c0c8501"), "/LZWDecode")


def _spelt_otherwise() -> bytes:
    return _catalogued(Extra=_action("/JzzzvaScript")).replace(b"/JzzzvaScript", b"/J#61vaScript")


def _many_pages(writer: PdfWriter) -> None:
    for _ in range(60):
        writer.add_blank_page(200, 200)


HTML = b"<html><script>alert(1)</script></html>"
# What it is, the file, and the reason that refuses it.
FILES: tuple[tuple[str, Callable[[], bytes], str], ...] = (
    ("nothing", lambda: b"", "empty"),
    ("html", lambda: HTML, "not_a_document"),
    ("svg", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "not_a_document"),
    ("gif", lambda: moving("GIF"), "not_a_document"),
    ("zip bomb", archive, "not_a_document"),
    ("program", lambda: b"MZ" + b"\0" * 500, "not_a_document"),
    ("riff that is no webp", lambda: b"RIFF\x04\0\0\0WAVE", "not_a_document"),
    ("half a jpeg", lambda: picture()[:-40], "damaged"),
    ("half a png", lambda: picture("PNG")[:-40], "damaged"),
    ("half a webp", lambda: picture("WEBP")[:-40], "damaged"),
    ("three bytes", lambda: b"\xff\xd8\xff", "damaged"),
    ("png with a wrong checksum", lambda: small_png().replace(b"IEND\xae", b"IEND\xaf"), "damaged"),
    ("png with a critical chunk of its own", lambda: small_png(chunk(b"EVIL", b"x")), "damaged"),
    ("jpeg, then zip", lambda: picture() + archive(), "another_file_inside"),
    ("jpeg, then jpeg", lambda: picture() + picture(), "data_behind_its_end"),
    ("jpeg, then text", lambda: picture() + b"hello", "data_behind_its_end"),
    ("jpeg, then much of nothing", lambda: picture() + b"\0" * 70_000, "data_behind_its_end"),
    ("gain map, then zip", lambda: with_gain_map() + archive(), "another_file_inside"),
    ("gain map, then a picture that no index names", lambda: with_gain_map() + picture(), "data_behind_its_end"),
    ("text before the gain map", lambda: with_gap(b"hello"), "data_behind_its_end"),
    ("gain map that is text", lambda: second_is(b"hello"), "data_behind_its_end"),
    ("gain map that is half one", lambda: second_is(picture()[:-40]), "damaged"),
    (
        "notes where the gain map was",
        lambda: with_gain_map()[: second_place(with_gain_map())] + notes(b"1"),
        "data_behind_its_end",
    ),
    ("gain map with php", lambda: second_is(with_comment(b"<?php 1;")), "markup_inside"),
    ("gain map for giants", lambda: second_is(for_giants()), "too_many_pixels"),
    ("gain map and text in its room", lambda: second_is(picture() + b"hello"), "data_behind_its_end"),
    ("index without pictures", lambda: with_gain_map().replace(b"MPF\0II*\0", b"MPF\0JJ*\0"), "damaged"),
    ("notes with a zip", lambda: with_notes(archive()), "another_file_inside"),
    ("notes with a script", lambda: with_notes(b"<script>"), "markup_inside"),
    ("notes as long as a film", lambda: with_notes(b"x" * 70_000), "data_behind_its_end"),
    ("text, then notes", lambda: picture() + b"hello" + notes(b"1"), "data_behind_its_end"),
    ("notes with a gap", lambda: picture() + notes(b"1").replace(b"SEFH", b"helloSEFH"), "data_behind_its_end"),
    ("notes of no length", lambda: picture() + notes(b"1")[:-8] + b"\0\0\0\0SEFT", "data_behind_its_end"),
    ("notes of many", lambda: picture() + b"SEFH" + b"\xff" * 16 + b"\x0c\0\0\0SEFT", "data_behind_its_end"),
    ("png, then text", lambda: picture("PNG") + b"hello", "data_behind_its_end"),
    ("webp, then text", lambda: picture("WEBP") + b"hello", "data_behind_its_end"),
    ("webp that counts its tail", webp_with_tail, "damaged"),
    ("jpeg with html in a comment", lambda: with_comment(b"<HtMl>"), "markup_inside"),
    ("jpeg with utf-16 script", lambda: with_comment("<script>".encode("utf-16")), "markup_inside"),
    ("jpeg with php", lambda: with_comment(b"<?php system($_GET[0]);"), "markup_inside"),
    ("jpeg with a phar", lambda: with_comment(b"__HALT_COMPILER();"), "markup_inside"),
    ("jpeg with a zip in a comment", lambda: with_comment(b"PK\x05\x06\x01\x02" + b"\0" * 16), "another_file_inside"),
    ("jpeg with a pdf in a comment", lambda: with_comment(b"%PDF-1.4"), "another_file_inside"),
    ("jpeg with a rar in a comment", lambda: with_comment(b"Rar!\x1a\x07\x01\0"), "another_file_inside"),
    ("png with html", lambda: small_png(chunk(b"tEXt", b"a\0<script>")), "markup_inside"),
    ("png of 50,000 x 50,000", huge_png, "too_many_pixels"),
    ("png with a bomb in its text", lambda: small_png(chunk(b"zTXt", b"a\0\0" + BOMB)), "damaged"),
    ("png with a bomb in its profile", lambda: small_png(chunk(b"iCCP", b"a\0\0" + BOMB)), "damaged"),
    ("png with a bomb for pixels", lambda: png(8, 8, BOMB), "too_complex"),
    ("png with more behind its pixels", lambda: png(8, 8, zlib.compress(b"\0\0" * 8) + b"more"), "data_behind_its_end"),
    ("animated png", lambda: moving("PNG"), "animated"),
    ("animated webp", lambda: moving("WEBP"), "animated"),
    ("pdf, then html", lambda: pdf() + HTML, "markup_inside"),
    ("pdf, then text", lambda: pdf() + b"hello", "data_behind_its_end"),
    ("text, then pdf", lambda: b"hello" + pdf(), "not_a_document"),
    ("pdf that is none", lambda: b"%PDF-1.7\nhello\n%%EOF", "damaged"),
    ("encrypted pdf", lambda: pdf_with(lambda writer: writer.encrypt("x")), "encrypted"),
    ("pdf with javascript", lambda: pdf_with(lambda writer: writer.add_js("app.alert(1)")), "active_content"),
    ("pdf with javascript in other letters", _spelt_otherwise, "active_content"),
    ("pdf with a file", lambda: pdf_with(lambda writer: writer.add_attachment("a.exe", b"MZ")), "active_content"),
    ("pdf that launches", lambda: _catalogued(Extra=_action("/Launch")), "active_content"),
    ("pdf that opens a page of the web", lambda: _catalogued(OpenAction=_action("/URI")), "active_content"),
    ("pdf with a form of xml", lambda: _catalogued(XFA=TextStringObject("x")), "active_content"),
    ("pdf with a film", lambda: _catalogued(Extra=_action("/RichMedia")), "active_content"),
    ("pdf with a bomb", lambda: _stream(BOMB, "/FlateDecode"), "too_complex"),
    ("pdf with a bomb in a bomb", lambda: _stream(zlib.compress(BOMB), "/FlateDecode", "/FlateDecode"), "too_complex"),
    ("pdf packed as nobody packs", lambda: _stream(b"\x80", "/NobodysDecode"), "too_complex"),
    ("pdf with a bomb of runs", lambda: _stream(b"\x81x" * 800_000 + b"\x80", "/RunLengthDecode"), "too_complex"),
    ("pdf with a bomb behind old packing", lambda: _stream(BOMB, "/RunLengthDecode", "/FlateDecode"), "too_complex"),
    ("pdf that goes to a page, then to the web", lambda: _catalogued(OpenAction=_goes_on()), "active_content"),
    ("pdf whose link goes to a page, then to the web", lambda: _pressed(_goes_on()), "active_content"),
    ("pdf with a link to a file", lambda: _pressed(_action("/URI", URI="file:///etc/passwd")), "active_content"),
    ("pdf with a link that is a script", lambda: _pressed(_action("/URI", URI="JaVaScRiPt :alert(1)")), "active_content"),
    ("pdf with a link without a place", lambda: _catalogued(Extra=named(S="/URI")), "active_content"),
    ("pdf that prints", lambda: _pressed(named(S="/Named", N="/Print")), "active_content"),
    ("pdf with a thread", lambda: _pressed(named(S="/Thread")), "active_content"),
    ("pdf with a film of old", lambda: _catalogued(Extra=named(Subtype="/Movie")), "active_content"),
    ("pdf with actions of its own", lambda: _catalogued(AA=named(O="/x")), "active_content"),
    ("pdf with an action said elsewhere", _said_elsewhere, "active_content"),
    ("pdf with a form", lambda: with_form("/Tx"), "active_content"),
    ("pdf with a field that no form lists", lambda: _catalogued(Extra=named(FT="/Btn")), "active_content"),
    ("pdf with a picture for giants", lambda: _stream(b"", "/JPXDecode", Width=50_000, Height=50_000), "too_many_pixels"),
    ("pdf of sixty pages", lambda: pdf_with(_many_pages), "too_complex"),
)
