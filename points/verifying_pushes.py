"""Pushed withdrawals against the ledger: each that was done is its entry, and each such entry is one that was done."""

from collections.abc import Iterator

from django.db import connection

from ledger.findings import Finding

WITHOUT_ENTRY = """
SELECT p.account_id, p.request_id FROM points_pushedwithdrawal p
LEFT JOIN ledger_entry e ON e.account_id = p.account_id AND e.sequence = p.sequence
    AND e.key = 'pushed:' || p.request_id AND e.amount = -p.points_minor AND e.kind = 'debit'
WHERE p.account_id IS NOT NULL AND e.id IS NULL AND (%(account)s::bigint IS NULL OR p.account_id = %(account)s)
ORDER BY p.request_id"""
WITHOUT_PUSH = """
SELECT e.account_id, e.sequence FROM ledger_entry e
WHERE e.key LIKE 'pushed:%%' AND (%(account)s::bigint IS NULL OR e.account_id = %(account)s)
AND NOT EXISTS (SELECT FROM points_pushedwithdrawal p WHERE 'pushed:' || p.request_id = e.key AND p.account_id = e.account_id
    AND (p.sequence = e.sequence OR e.kind = 'fee' AND e.sequence > p.sequence))
ORDER BY e.account_id, e.sequence"""


def verify_pushed(account_id: int | None) -> Iterator[Finding]:
    """A verifying pass (`ledger.verifying.register_pass`)."""
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT_ENTRY, {"account": account_id})
        for account, request_id in cursor.fetchall():
            yield Finding(f"pushed withdrawal {request_id} has not the entry that it says", account)
        cursor.execute(WITHOUT_PUSH, {"account": account_id})
        for account, sequence in cursor.fetchall():
            yield Finding(f"entry {sequence} is of a pushed withdrawal that is not there, or was refused", account, sequence)
