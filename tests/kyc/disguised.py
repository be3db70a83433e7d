"""Pictures that some other program takes for its own kind of file."""

import struct
from collections.abc import Callable

from tests.kyc.hostile import chunk, small_png, with_comment
from tests.kyc.making import picture
from tests.kyc.telephones import with_notes

INSIDE = b"MZ, an evil program"
# Where the comment of `with_comment` begins.
COMMENT = 6


def octal(total: int) -> bytes:
    return b"%06o\0 " % total


def unsigned(head: bytes) -> int:
    return sum(head)


def signed(head: bytes) -> int:
    return sum(struct.unpack(f"{len(head)}b", head))


def tape(
    beginning: bytes, *, spell: Callable[[int], bytes] = octal, add: Callable[[bytes], int] = unsigned, name: bytes = b"evil.exe"
) -> bytes:
    """An archive of one file, as they were before they had a mark, whose name begins as the picture does."""
    head = bytearray(512)
    head[: len(beginning + name)] = beginning + name
    for place, field in ((100, b"0000644\0"), (108, b"0000000\0"), (116, b"0000000\0"), (136, b"%011o\0" % 0), (156, b"0")):
        head[place : place + len(field)] = field
    head[124:136] = b"%011o\0" % len(INSIDE)
    head[148:156] = b" " * 8
    head[148:156] = spell(add(bytes(head)))
    return bytes(head) + INSIDE.ljust(512, b"\0") + b"\0" * 512


def tape_jpeg(spell: Callable[[int], bytes] = octal, add: Callable[[bytes], int] = unsigned, name: bytes = b"evil.exe") -> bytes:
    length = 1536 - COMMENT
    beginning = b"\xff\xd8\xff\xfe" + struct.pack(">H", length + 2)
    return with_comment(tape(beginning, spell=spell, add=add, name=name)[COMMENT:])


def tape_png() -> bytes:
    png = small_png()
    beginning = png[:33] + struct.pack(">I", 1536 - 41) + b"teXt"
    return png[:33] + chunk(b"teXt", tape(beginning)[41:]) + png[33:]


def noted(data: bytes) -> tuple[bytes, ...]:
    """The same in what stands beside the pixels of each kind of picture."""
    return (with_comment(data), small_png(chunk(b"tEXt", b"a\0" + data)), _in_webp(data), with_notes(data))


def _in_webp(data: bytes) -> bytes:
    webp = picture("WEBP") + b"XMP " + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
    return webp[:4] + struct.pack("<I", len(webp) - 8) + webp[8:]


# What it is, the file, and the reason that refuses it.
FILES: tuple[tuple[str, Callable[[], bytes], str], ...] = (
    ("jpeg that is a tape", tape_jpeg, "another_file_inside"),
    ("jpeg that is a tape by signed bytes", lambda: tape_jpeg(add=signed), "another_file_inside"),
    (
        "jpeg that is a tape by a sum below nothing",
        lambda: tape_jpeg(lambda total: b"-%06o\0" % -total, signed, b"\x80" * 90),
        "another_file_inside",
    ),
    ("jpeg that is a tape by blanks", lambda: tape_jpeg(lambda total: b"%8o" % total), "another_file_inside"),
    (
        "jpeg that is a tape by a sum in bits",
        lambda: tape_jpeg(lambda total: (total | 1 << 63).to_bytes(8, "big")),
        "another_file_inside",
    ),
    ("png that is a tape", tape_png, "another_file_inside"),
    ("jpeg with a medical picture", lambda: with_comment(b"\0" * 122 + b"DICM\2\0\0\0UL\4\0"), "another_file_inside"),
    ("jpeg with postscript", lambda: with_comment(b"%!PS-Adobe-3.0 PDF-1.4\n1 0 obj"), "another_file_inside"),
    (
        "jpeg with a zip of no version",
        lambda: with_comment(b"PK\x03\x04\x50\1\0\0\x7f\7" + b"\0" * 16),
        "another_file_inside",
    ),
    (
        "png with a zip of no version far in",
        lambda: small_png(chunk(b"teXt", b"x" * 90_000 + b"PK\x03\x04\x50\1\0\0\x08\0" + b"x" * 70_000)),
        "another_file_inside",
    ),
    ("notes that are a program", lambda: with_notes(b"MZ" + b"\x90" * 60_000), "another_file_inside"),
    ("notes with a program of linux", lambda: with_notes(b"x\x7fELF\2\1\1\0"), "another_file_inside"),
    ("notes with a film", lambda: with_notes(b"MotionPhoto_Data\0\0\0\x18ftypmp42" + b"x" * 100), "another_file_inside"),
)
MARKUP = (
    *(b"<svg onload=alert(1)>", b"<body onload=alert(1)>", b"<img src=x onerror=alert(1)>", b"<hta:application id=x>"),
    *(b"<iframe src=x>", b"<svg/>", b"<IMG src=//x.test>", b"<b style='a'\nonanimationend = x()>", b"<style>@import"),
    *(b"<?=`$_GET[0]`;?>", b"<? system($_GET[0]);?>", b"<meta http-equiv=refresh content=0>", "<svg>".encode("utf-16-le")),
)
