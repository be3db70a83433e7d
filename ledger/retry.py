"""A transaction that somebody else stood in the way of is tried again, whole, before anybody is told."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, transaction
from psycopg import errors as postgres

from ledger.errors import Busy

T = TypeVar("T")

# A deadlock or a serialization failure is over at once; a lock that was not had in lock_timeout is worth one more wait.
ATTEMPTS: dict[type[BaseException] | None, int] = {
    postgres.DeadlockDetected: 4,
    postgres.SerializationFailure: 4,
    postgres.LockNotAvailable: 2,
}
PAUSE_SECONDS = 0.02


def in_transaction(work: Callable[[], T], *, durable: bool = False) -> T:
    """Run `work` in one transaction, and again when a lock, a deadlock or a serialization failure ended it.

    `durable` insists that it is no part of another one: what stands behind it is committed.

    Raises:
        Busy: it was in the way each time; nothing was written.
    """
    attempt = 0
    while True:
        attempt += 1
        try:
            with transaction.atomic(durable=durable):
                return work()
        except OperationalError as failure:
            cause = type(failure.__cause__)
            if cause not in ATTEMPTS:
                raise
            if attempt >= ATTEMPTS[cause] or transaction.get_connection().in_atomic_block:
                raise Busy from failure
            time.sleep(random.uniform(0, PAUSE_SECONDS * 2**attempt))  # noqa: S311  spreads, hides nothing
