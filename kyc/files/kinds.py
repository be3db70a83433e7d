"""From bytes to a content type. A file's name and what its sender calls it are asked nowhere."""

from collections.abc import Callable

from kyc.files.foreign import require_nothing_else
from kyc.files.images import require_png, require_webp
from kyc.files.jpegs import require_jpeg
from kyc.files.pdfs import require_pdf
from kyc.files.verdicts import Reason, Unfit

# How each kind begins, at its first byte. RIFF is many things; the rest of WebP's beginning is looked at there.
KINDS: tuple[tuple[bytes, str, Callable[[bytes], None]], ...] = (
    (b"\xff\xd8\xff", "image/jpeg", require_jpeg),
    (b"\x89PNG\r\n\x1a\n", "image/png", require_png),
    (b"RIFF", "image/webp", require_webp),
    (b"%PDF-", "application/pdf", require_pdf),
)


def kind_of(content: bytes) -> str:
    """The content type of a file that is one document through and through.

    Raises:
        Unfit: it is none of the four, or not whole, or something else as well.
    """
    if not content:
        raise Unfit(Reason.EMPTY)
    for beginning, content_type, require_sound in KINDS:
        if content.startswith(beginning):
            require_nothing_else(content, is_pdf=content_type == "application/pdf")
            require_sound(content)
            return content_type
    raise Unfit(Reason.NOT_A_DOCUMENT)
