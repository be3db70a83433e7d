"""Which accounts to look at: those with entries that were committed since the last look, or all that are ahead.

The horizon is the transaction below which everything had ended at the last look.
It makes sealing quick and nothing depends on it: an entry that it misses (because
the database was restored, or moved to another server, whose transactions count
differently) is found by the sweep.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from ledger.models import SealingHorizon

# Above this many, the sweep over all accounts is as cheap.
ACCOUNTS_MAX = 100_000
# Without anything new the horizon is still moved on now and then, so that what is looked through stays small.
TRANSACTIONS_MAX = 10_000

# The identifier is told only to who may ask: another role sweeps each time.
SNAPSHOT = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
    CASE WHEN has_function_privilege('pg_control_system()', 'EXECUTE')
    THEN (SELECT system_identifier::text FROM pg_control_system()) ELSE '' END"""

# Materialized, so that no plan walks all entries in the order of their accounts to stop at the limit.
WRITTEN_SINCE = """
WITH written AS MATERIALIZED (SELECT account_id FROM ledger_entry WHERE xid >= %s AND xid < %s)
SELECT DISTINCT account_id FROM written ORDER BY account_id LIMIT %s"""

AHEAD = """
SELECT account.id FROM ledger_account account
LEFT JOIN ledger_sealedaccount sealed ON sealed.account_id = account.id
WHERE account.id > %s AND account.sequence > coalesce(sealed.sequence, 0)
ORDER BY account.id LIMIT %s"""

KEEP_HORIZON = """
INSERT INTO ledger_sealinghorizon (id, system_identifier, xid) VALUES (1, %s, %s)
ON CONFLICT (id) DO UPDATE SET system_identifier = excluded.system_identifier, xid = excluded.xid"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All transactions below `xid` have ended, on the server of this identifier."""

    xid: int
    system_identifier: str


class Candidates:
    """The accounts that one round looks at, in ascending order and in pages. `done` once all of them were dealt with."""

    def __init__(self, *, sweep: bool) -> None:
        self._now = _snapshot()
        self._horizon = SealingHorizon.objects.first()
        self._listed = None if sweep or not self._is_of_this_server() else self._written_since()

    def pages(self, size: int) -> Iterator[list[int]]:
        """Ids, at most `size` at once."""
        if self._listed is None:
            yield from _ahead(size)
            return
        for start in range(0, len(self._listed), size):
            yield self._listed[start : start + size]

    def done(self) -> None:
        """Keep how far this round has looked."""
        horizon = self._horizon
        if not self._now.system_identifier:
            return
        if horizon and self._is_of_this_server() and not self._listed and self._now.xid - horizon.xid < TRANSACTIONS_MAX:
            return
        with connection.cursor() as cursor:
            cursor.execute(KEEP_HORIZON, [self._now.system_identifier, self._now.xid])

    def _is_of_this_server(self) -> bool:
        horizon = self._horizon
        if horizon is None or horizon.system_identifier != self._now.system_identifier:
            return False
        # A horizon in the future is another history's.
        return horizon.xid <= self._now.xid

    def _written_since(self) -> list[int] | None:
        assert self._horizon is not None
        with connection.cursor() as cursor:
            cursor.execute(WRITTEN_SINCE, [self._horizon.xid, self._now.xid, ACCOUNTS_MAX + 1])
            found = [account_id for (account_id,) in cursor.fetchall()]
        return found if len(found) <= ACCOUNTS_MAX else None


def _snapshot() -> Snapshot:
    with connection.cursor() as cursor:
        cursor.execute(SNAPSHOT)
        row = cursor.fetchone()
    assert row is not None
    return Snapshot(*row)


def _ahead(size: int) -> Iterator[list[int]]:
    last = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(AHEAD, [last, size])
            page = [account_id for (account_id,) in cursor.fetchall()]
            if not page:
                return
            yield page
            last = page[-1]
