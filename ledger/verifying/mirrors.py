"""The two sides of movements between wallets, and the trial balance."""

from collections.abc import Iterator

from django.db import connection

from ledger.findings import Finding
from ledger.verifying.report import Report

# Each amount of one side stands against minus that on the other, in the same group, and as often.
ONE_SIDED = """
WITH sides AS (
    SELECT "group", account_id, sequence, counter_account_id AS counter, account_id < counter_account_id AS is_lower,
        CASE WHEN account_id < counter_account_id THEN amount ELSE -amount END AS amount
    FROM ledger_entry
    WHERE counter_account_id IS NOT NULL AND (%(account)s::bigint IS NULL OR account_id = %(account)s OR (
        account_id IN (SELECT counter_account_id FROM ledger_entry WHERE account_id = %(account)s)
        AND counter_account_id = %(account)s)))
SELECT min(account_id), min(sequence), min(counter) FROM sides
GROUP BY "group", least(account_id, counter), greatest(account_id, counter), amount
HAVING count(*) FILTER (WHERE is_lower) <> count(*) FILTER (WHERE NOT is_lower)
ORDER BY 1, 2"""


def one_sided(account_id: int | None) -> Iterator[Finding]:
    """Entries between wallets whose other side does not say the opposite."""
    with connection.cursor() as cursor:
        cursor.execute(ONE_SIDED, {"account": account_id})
        for number, sequence, counter in cursor.fetchall():
            yield Finding(f"entry {sequence} has no other side in account {counter}", number, sequence)


def trial_balance(report: Report) -> Iterator[Finding]:
    """What differs between wallets' balances and their entries, and between the two sides of movements between wallets.

    House accounts have no rows: theirs are minus the sums of the entries that name them.
    """
    for currency, sums in sorted(report.sums.items()):
        if sums.balances != sums.entries:
            yield Finding(f"{currency}: balances come to {sums.balances}, entries to {sums.entries}")
        if sums.mirrored:
            yield Finding(f"{currency}: entries between wallets leave {sums.mirrored} over")
