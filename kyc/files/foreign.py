"""Polyglots: a file that is a picture to one program and something else to another.

Looked for where a program of that other kind would find its own beginning. What is searched for anywhere is so long
that no compressed picture has it by chance: of files of 5 MB of random bytes, less than one in ten thousand has one of
all of them. Shorter marks count only in their place.
"""

import re

from kyc.files.verdicts import Reason, Unfit

# What browsers and servers run, as one byte a character or two (UTF-16), in any case.
MARKUP = re.compile(
    rb"<script|<!doctype|<iframe|<object|<applet|<frameset|<foreignobject|<(?:html|body|embed)[\s/>]|<\?php\s"
    rb"|http-equiv|hta:application|__halt_compiler|javascript:|vbscript:"
    rb"|on(?:error|load|click|focus|begin|start|toggle|(?:mouse|pointer)[a-z]{2,5})\s*="
)
# The short ones, for parts that are no packed pixels: a tag, a handler in any tag, PHP without its name.
MARKUP_IN_NOTES = re.compile(
    rb"<(?:svg|img|math|style|link|base|form|video|audio)[\s/>]|<hta:|<[a-z][^<>]{0,200}[\s/\"']on[a-z]{3,20}\s*="
    rb"|<\?[\s=][\t\r\n -~]{8}"
)
# Archives that are found wherever they begin: the local header (with one of the ways to pack) and the directory's end of a ZIP
# (JAR, docx), RAR, 7z.
ARCHIVE = re.compile(
    rb"PK\x03\x04(?:[\x00-\x3f]\x00|.{4}[\x00-\x14\x5d-\x63]\x00)|PK\x05\x06\x00{4}|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c", re.DOTALL
)
# Programs (ELF, Windows, Apple, scripts) and films (MP4 and its kin, Matroska, AVI).
PROGRAM_OR_FILM = re.compile(
    rb"\x7fELF[\x01\x02][\x01\x02]\x01|cannot be run in DOS mode|[\xce\xcf]\xfa\xed\xfe[\x07\x0c]\x00\x00[\x00\x01]"
    rb"|#!/(?:usr/)?bin/|\x00\x00\x00.ftyp[ -~]{4}|\x1aE\xdf\xa3.{1,40}B\x82.(?:webm|matroska)|RIFF.{4}AVI LIST",
    re.DOTALL,
)
# A ZIP is read from behind: its directory's end, and a comment of at most 65,535 bytes. Or, by those that mend one, from the
# first header that they meet.
ZIP_HEADER, ZIP_END = b"PK\x03\x04", b"PK\x05\x06"
ZIP_TAIL_BYTES = 22 + 65_535
# Marks at a fixed place: a medical picture's, a tape archive's, a disc image's.
FIXED = ((128, b"DICM"), (257, b"ustar"), (0x8001, b"CD001"))
TAPE_BLOCK_BYTES = 512
TAPE_SUM = slice(148, 156)
# As lax as readers are: blanks before it, a sign; four digits may have anything behind them, less than that must end.
TAPE_DIGITS = re.compile(rb"[\0\s]*([+-]?(?:[0-7]{4,}|[0-7]+(?=[\0 ]|$)))")
# PDF readers look for their mark within the first kilobyte, some of them anywhere; some take PostScript's for it. Fonts in a
# PDF begin like that.
NOT_IN_PICTURES = (b"%PDF-", b"%!PS-Adobe-")


def require_nothing_else(content: bytes, *, is_pdf: bool) -> None:
    """Let pass what no other program takes for its own.

    Raises:
        Unfit: another kind of file begins in it, or markup does.
    """
    has_archive = ARCHIVE.search(content) or ZIP_HEADER in content[:ZIP_TAIL_BYTES] or ZIP_END in content[-ZIP_TAIL_BYTES:]
    has_mark = any(content.startswith(mark, place) for place, mark in FIXED) or PROGRAM_OR_FILM.search(content)
    if has_archive or has_mark or _is_tape(content[:TAPE_BLOCK_BYTES]):
        raise Unfit(Reason.ANOTHER_FILE_INSIDE)
    if not is_pdf and any(mark in content for mark in NOT_IN_PICTURES):
        raise Unfit(Reason.ANOTHER_FILE_INSIDE)
    _require_no(MARKUP, content)


def require_no_markup(notes: bytes) -> None:
    """For what stands in a picture beside its pixels, where shorter marks than anywhere tell.

    Raises:
        Unfit: markup begins in it.
    """
    _require_no(MARKUP_IN_NOTES, notes)


def _require_no(markup: re.Pattern[bytes], content: bytes) -> None:
    if markup.search(content.replace(b"\0", b"").lower()):
        raise Unfit(Reason.MARKUP_INSIDE)


def _is_tape(block: bytes) -> bool:
    """Whether it is the head of a tape archive of old, which has no mark: the sum of its bytes stands in it.

    Written in octal digits, or in two's complement behind a bit. Readers add the bytes up with or without a sign.
    """
    if len(block) < TAPE_BLOCK_BYTES:
        return False
    field = block[TAPE_SUM]
    digits = TAPE_DIGITS.match(field)
    if field[0] & 0x80:
        # Of 63 bits the first is the sign.
        told = (int.from_bytes(field, "big") + (1 << 62)) % (1 << 63) - (1 << 62)
    elif digits:
        told = int(digits[1], 8)
    else:
        return False
    unsigned = sum(block) - sum(field) + len(field) * ord(" ")
    signed = unsigned - 256 * sum(byte >= 0x80 for byte in block[: TAPE_SUM.start] + block[TAPE_SUM.stop :])
    return told in {unsigned, signed}
