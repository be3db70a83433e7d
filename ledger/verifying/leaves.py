"""Leaves of the log that no pass would look for: of a source that nobody knows, or under an account that has no such rows."""

from collections.abc import Iterator

from django.db import connection

from ledger.findings import Finding
from ledger.models import Leaf

# Only entries are rows of an account (ledger.checkpoints.sources); the others' leaves are looked for under 0.
STRAY_LEAVES = """
SELECT index, source, account_id, "row" FROM ledger_leaf
WHERE source <> %s AND (account_id <> 0 OR source <> ALL(%s)) ORDER BY index"""


def stray_leaves() -> Iterator[Finding]:
    """One finding for each leaf that binds no row, because nobody would look for it there."""
    known = {source.value: source.name.lower() for source in Leaf.Source}
    with connection.cursor() as cursor:
        cursor.execute(STRAY_LEAVES, [Leaf.Source.ENTRY.value, list(known)])
        for index, source, account_id, row in cursor.fetchall():
            if source in known:
                yield Finding(f"leaf {index} of {known[source]} row {row} says account {account_id}, and such rows have none")
            else:
                yield Finding(f"leaf {index} is of source {source}, which nobody knows")
