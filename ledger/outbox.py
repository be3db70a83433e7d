"""What there is to tell others: a row for each event, in the transaction of what it tells of.

An entry's events are written in the statement that writes the entry, so that neither
is ever there without the other. What they are called is decided above: an app hands
over who names them (`register_namer`). Rows are taken out again by whoever delivers them.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from psycopg.types.numeric import Int8

from ledger.models import Entry

Namer = Callable[[Entry], Sequence[str]]

# Of no account.
NOBODY = 0

# Written like an entry's: the clock is the database's.
TELL = """
INSERT INTO ledger_outbox (type, account_id, facts, at)
SELECT %s, %s, told.facts, clock_timestamp() FROM unnest(%s::text[]) WITH ORDINALITY AS told (facts, number) ORDER BY number"""

_namers: list[Namer] = []


def register_namer(namer: Namer) -> None:
    """Have `namer` say what events an entry is, each time that one is written. It must not read the database."""
    _namers.append(namer)


def names_of(entry: Entry) -> list[str]:
    """The events that `entry` is, in the order in which they are told."""
    return [name for namer in _namers for name in namer(entry)]


def tell(event_type: str, *, account_id: int = NOBODY, facts: Mapping[str, Any] | None = None) -> None:
    """An event that is no entry, in the caller's transaction: a code voided, a top-up that failed.

    `facts` goes out as it is: numbers of minor units as text, and nothing that a person may ask to have erased.
    """
    tell_all(event_type, [facts or {}], account_id=account_id)


def tell_all(event_type: str, told: Iterable[Mapping[str, Any]], *, account_id: int = NOBODY) -> None:
    """`tell` of many at once, in their order: one event for the facts of each."""
    with connection.cursor() as cursor:
        cursor.execute(TELL, [event_type, Int8(account_id), [json.dumps(facts) for facts in told]])
