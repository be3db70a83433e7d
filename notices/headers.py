"""What may stand in a mail's header: one address, one line."""

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

SUBJECT_MAX = 200
ADDRESS_MAX = 254


def is_address(text: str) -> bool:
    """Whether mail can be sent there: one address, on one line."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= ADDRESS_MAX and text.isprintable()


def one_line(text: str) -> str:
    """A subject that is one header, whatever was put into it."""
    plain = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in text)
    return " ".join(plain.split())[:SUBJECT_MAX]
