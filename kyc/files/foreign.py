"""Polyglots: a file that is a picture to one program and something else to another.

Looked for where a program of that other kind would find its own beginning. What is searched for anywhere is so long
that no compressed picture has it by chance: shorter marks count only in their place.
"""

import re

from kyc.files.verdicts import Reason, Unfit

# What browsers and servers run, as one byte a character or two (UTF-16), in any case.
MARKUP = re.compile(rb"<html|<script|<!doctype|<\?php|<iframe|<object|__halt_compiler|javascript:")
# Archives that are found wherever they begin: the local header and the directory's end of a ZIP (JAR, docx), RAR, 7z.
ARCHIVE = re.compile(rb"PK\x03\x04[\x00-\x3f]\x00|PK\x05\x06\x00{4}|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c")
# A ZIP is read from behind: its directory's end, and a comment of at most 65,535 bytes.
ZIP_END = b"PK\x05\x06"
ZIP_TAIL_BYTES = 22 + 65_535
# Marks at a fixed place: a tape archive's, a disc image's.
FIXED = ((257, b"ustar"), (0x8001, b"CD001"))
PDF = b"%PDF-"


def require_nothing_else(content: bytes, *, is_pdf: bool) -> None:
    """Let pass what no other program takes for its own.

    Raises:
        Unfit: another kind of file begins in it, or markup does.
    """
    has_archive = ARCHIVE.search(content) or ZIP_END in content[-ZIP_TAIL_BYTES:]
    has_mark = any(content.startswith(mark, place) for place, mark in FIXED)
    # PDF readers look for their mark within the first kilobyte, some of them anywhere.
    if has_archive or has_mark or (not is_pdf and PDF in content):
        raise Unfit(Reason.ANOTHER_FILE_INSIDE)
    if MARKUP.search(content.replace(b"\0", b"").lower()):
        raise Unfit(Reason.MARKUP_INSIDE)
