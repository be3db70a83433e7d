"""What verifying has to say."""

import struct
from dataclasses import dataclass

# What reading a row raises that no encoding knows; such a row has no MAC at all.
UNREADABLE = (ValueError, TypeError, OverflowError, struct.error)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold: what, and where."""

    problem: str
    account_id: int | None = None
    sequence: int | None = None

    def __str__(self) -> str:
        where = "" if self.account_id is None else f"account {self.account_id}: "
        return where + self.problem


class Unreadable(Finding):
    """A place where nobody could look: a key that is missing, an anchor that does not answer. Nothing is said of it."""

    __slots__ = ()
