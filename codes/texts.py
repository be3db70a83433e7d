"""What a code looks like: a prefix of the shop's, and twelve characters that nobody guesses or misreads."""

import re
import secrets

from apikeys.digests import digest

# Without 0 and O, 1, I and L. Twelve of them are 59 random bits.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
RANDOM_LENGTH = 12
PREFIX_MAX = 8
# What stands in a path as it is, and begins no formula in a spreadsheet.
PREFIX = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9_-]{0,7})?", re.ASCII)
# How much may be typed: a code with a dash or a blank between all its characters.
TYPED_MAX = 64
IGNORED = str.maketrans("", "", " -")


def new_text(prefix: str) -> str:
    """A code that was not there before, but for one chance in 10^17."""
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))


def normalized(typed: str) -> str:
    """The code that somebody means: case, blanks and dashes do not count. Empty where it can be none.

    Dashes carry no chance: what distinguishes two codes are their twelve characters.
    """
    if len(typed) > TYPED_MAX or not typed.isascii() or not typed.isprintable():
        return ""
    return typed.upper().translate(IGNORED)


def digest_of(text: str) -> bytes:
    """What a code is looked up by. Nobody who reads it learns the code."""
    return digest(f"redemption_code:{normalized(text)}")


def masked(prefix: str, last_four: str) -> str:
    """A code for who may not use it: enough to recognize it."""
    return f"{prefix}{'*' * (RANDOM_LENGTH - len(last_four))}{last_four}"
