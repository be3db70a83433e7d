"""Effects outside: what became of a call that moves money elsewhere (docs/ledger.md)."""

from enum import Enum


class Outcome(Enum):
    """UNKNOWN is asked for under the same key, and never booked as NO."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
