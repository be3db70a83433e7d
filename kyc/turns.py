"""Whose files are looked at now: one customer's once at a time, over all processes.

A look takes seconds of a processor. Without this, one customer who sends many files at once has all of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from kyc.errors import StillLooking

# A lock of the session, not of a transaction: there is none while files are looked at, and whoever is killed lets go of it.
# Two customers of one hash wait for each other, which is no more than a call that is made again.
LOCK_CLASS = 20_008
TRY_LOCK = "SELECT pg_try_advisory_lock(%s, hashtext(%s::text))"
UNLOCK = "SELECT pg_advisory_unlock(%s, hashtext(%s::text))"


@contextmanager
def only_look(user_id: int) -> Iterator[None]:
    """Nobody looks at other files of this customer until this is left.

    Raises:
        StillLooking: somebody does.
    """
    key = (LOCK_CLASS, str(user_id))
    with connection.cursor() as cursor:
        cursor.execute(TRY_LOCK, key)
        row = cursor.fetchone()
    if row is None or not row[0]:
        raise StillLooking
    session = connection.connection
    try:
        yield
    finally:
        # A session that broke has lost the lock by itself.
        if connection.connection is session and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute(UNLOCK, key)
