"""Fee sweeps against the entries that they name, and the other way round."""

from collections.abc import Iterator

from django.db import connection

from ledger.findings import Finding

# Each the other's, by key, account, place and amount. The percent signs are doubled for the driver.
DIFFERING = """
WITH written AS (
    SELECT e.account_id, e.sequence, e.key, e.kind, e.house, e.amount, e.at, a.currency
    FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
    WHERE e.key LIKE 'fees:%%' AND e.kind NOT IN ('repayment', 'interest')
        AND (%(account)s::bigint IS NULL OR e.account_id = %(account)s)
), told AS (
    SELECT s.*, 'fees:' || s.currency || ':' || s.number AS key FROM points_feesweep s
    WHERE %(account)s::bigint IS NULL OR s.wallet_id = %(account)s
)
SELECT t.currency, t.number, coalesce(t.wallet_id, w.account_id), w.sequence
FROM told t FULL JOIN written w ON w.key = t.key AND w.account_id = t.wallet_id
WHERE (w.sequence, w.kind, w.house, w.amount, w.currency, w.at)
    IS DISTINCT FROM (t.sequence, 'credit', 'fees', t.amount_minor, t.currency, t.swept_at)
ORDER BY 3, 4, 1, 2"""

HOLES = """
SELECT currency, count(*), max(number) FROM points_feesweep GROUP BY currency HAVING count(*) <> max(number) ORDER BY currency"""


def verify_sweeps(account_id: int | None) -> Iterator[Finding]:
    """One finding for each sweep that its entry does not bear out, and for each entry that no sweep made."""
    with connection.cursor() as cursor:
        cursor.execute(DIFFERING, {"account": account_id})
        for code, number, wallet_id, sequence in cursor.fetchall():
            problem = f"entry {sequence} names no fee sweep" if number is None else f"fee sweep {code} {number} is not its entry"
            yield Finding(problem, wallet_id, sequence)
        if account_id is None:
            cursor.execute(HOLES)
            for code, count, last in cursor.fetchall():
                yield Finding(f"of the {last} fee sweeps in {code} there are {count}")
