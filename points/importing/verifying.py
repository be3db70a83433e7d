"""Imports against the ledger and the audit rows, which have MACs and seals where they have none.

A line that says it was booked is the entry that its number names, with the points that the file asked for; an entry of an
import names a line that says so; a line that was undone has its reversal; and each file is the one whose audit row tells
of it.
"""

from collections.abc import Iterator

from django.db import connection

from audit.acts import ActName
from audit.models import Act
from ledger.findings import Finding
from points.importing.staging import facts_of, subject_of
from points.models import Import
from wallets.approvals import facts_in

# Of `grant` the entry is what the file says, of `set` the balance behind it is.
LINES_WITHOUT_ENTRY = """
SELECT l.import_id, l.number, l.wallet_id, l.sequence FROM points_importline l JOIN points_import i ON i.id = l.import_id
LEFT JOIN ledger_entry e ON e.account_id = l.wallet_id AND e.sequence = l.sequence AND e.kind = 'import'
    AND e.key = 'import:' || l.import_id || ':' || l.number AND e.amount = l.change_minor AND e.actor = i.actor
    AND l.points_minor = CASE WHEN i.mode = 'set' THEN e.balance ELSE e.amount END
WHERE l.status IN ('applied', 'undone') AND e.id IS NULL AND (%(account)s::bigint IS NULL OR l.wallet_id = %(account)s)
ORDER BY l.import_id, l.number"""

# What follows another site's points is the federation's.
# The key is taken apart as text: a number of any length is compared, not cast. Repayments stand under their credit's key.
ENTRIES_WITHOUT_LINE = """
SELECT e.account_id, e.sequence, e.key FROM ledger_entry e
WHERE (e.kind = 'import' AND coalesce(e.key, '') !~ '^(refresh|lookup):' OR e.key LIKE 'import:%%')
AND (%(account)s::bigint IS NULL OR e.account_id = %(account)s)
AND NOT EXISTS (SELECT FROM points_importline l WHERE l.wallet_id = e.account_id AND l.status IN ('applied', 'undone')
    AND 'import:' || l.import_id || ':' || l.number = e.key
    AND (l.sequence = e.sequence OR e.kind IN ('repayment', 'interest') AND e.sequence > l.sequence))
ORDER BY e.account_id, e.sequence"""

UNDONE_WITHOUT_REVERSAL = """
SELECT l.import_id, l.number, l.wallet_id, l.sequence FROM points_importline l
WHERE l.status = 'undone' AND (%(account)s::bigint IS NULL OR l.wallet_id = %(account)s)
AND NOT EXISTS (SELECT FROM ledger_entry e WHERE e.account_id = l.wallet_id AND e.kind = 'reversal' AND e.of = l.sequence
    AND e.amount = -l.change_minor AND e.key = 'import_undone:' || l.import_id || ':' || l.number)
ORDER BY l.import_id, l.number"""

REVERSALS_WITHOUT_LINE = """
SELECT e.account_id, e.sequence FROM ledger_entry e
WHERE e.key LIKE 'import_undone:%%' AND (%(account)s::bigint IS NULL OR e.account_id = %(account)s)
AND NOT EXISTS (SELECT FROM points_importline l WHERE l.wallet_id = e.account_id AND l.status = 'undone'
    AND 'import_undone:' || l.import_id || ':' || l.number = e.key)
ORDER BY e.account_id, e.sequence"""

UNLIKE_COUNTS = """
SELECT i.id FROM points_import i LEFT JOIN LATERAL (SELECT count(*) AS lines,
        count(*) FILTER (WHERE l.status IN ('applied', 'unchanged')) AS applied,
        count(*) FILTER (WHERE l.status IN ('bad', 'failed')) AS failed, count(*) FILTER (WHERE l.status = 'undone') AS undone,
        coalesce(sum(abs(l.change_minor)), 0) AS moved
    FROM points_importline l WHERE l.import_id = i.id) c ON true
WHERE i.status IN ('done', 'refused') AND (i.lines, i.applied, i.failed, i.undone, i.moved_minor) IS DISTINCT FROM
    (c.lines, c.applied, c.failed, c.undone, c.moved) ORDER BY i.id"""


def verify_imports(account_id: int | None) -> Iterator[Finding]:
    """One finding for each line, entry or file that the others do not bear out."""
    asked = {"account": account_id}
    with connection.cursor() as cursor:
        for statement, problem in (
            (LINES_WITHOUT_ENTRY, "names an entry that is not there as it says"),
            (UNDONE_WITHOUT_REVERSAL, "says it was undone, and its entry was not reversed"),
        ):
            cursor.execute(statement, asked)
            for number, line, wallet_id, sequence in cursor.fetchall():
                yield Finding(f"line {line} of import {number} {problem}", wallet_id, sequence)
        cursor.execute(ENTRIES_WITHOUT_LINE, asked)
        for wallet_id, sequence, key in cursor.fetchall():
            yield Finding(f"entry {sequence} names a line of an import that is not there ({key})", wallet_id, sequence)
        cursor.execute(REVERSALS_WITHOUT_LINE, asked)
        for wallet_id, sequence in cursor.fetchall():
            yield Finding(f"entry {sequence} undoes a line of an import that is not there as undone", wallet_id, sequence)
    if account_id is None:
        yield from _files()


def _files() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(UNLIKE_COUNTS)
        for (number,) in cursor.fetchall():
            yield Finding(f"import {number} counts other lines than there are")
    told = {act.subject: facts_in(act.facts) for act in Act.objects.filter(act=ActName.IMPORT_UPLOADED)}
    for staged in Import.objects.order_by("pk"):
        if told.pop(subject_of(staged.pk), None) != facts_of(staged):
            yield Finding(f"import {staged.pk} is not the file that its audit row tells of")
    for subject in sorted(told):
        yield Finding(f"import {subject.removeprefix('import:')} was uploaded, and is gone")
