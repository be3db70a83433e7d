"""What went back of top-ups, against the ledger, whose entries have MACs and seals where these rows have none.

What was asked for (`taking_back.facts_of`) is in the digest of the event, which is chained: how much of which payment,
and why. A reversal under its key gives back an entry of that very top-up. The case by which a provider's second notice is
known stands in the entries as their reference; of a refund by hand the bank's name for it may come after them. What was told
of and not booked has the notice that told of it.
"""

from collections.abc import Iterator

from django.db import connection

from ledger.findings import Finding
from payments.models import TakeBack

# Why one is done and nothing was booked: no entry says so, and such a row counts for nothing.
NOTHING_LEFT = "nothing_left"
NOT_BOOKED = (NOTHING_LEFT, *TakeBack.Unbooked.values)

# What the entries under each key say: what the wallet gave, what it owes since then, and what was set aside for it.
UNLIKE = """
WITH booked AS (
    SELECT e.account_id, split_part(e.key, ':', 2) AS id, min(e.sequence) AS sequence,
        -coalesce(sum(e.amount) FILTER (WHERE e.kind NOT IN ('repayment', 'interest')), 0) AS taken,
        coalesce(sum(e.amount) FILTER (WHERE e.kind = 'debt'), 0) AS owed,
        min(e.sequence) FILTER (WHERE e.kind = 'hold') AS hold,
        array_agg(DISTINCT e.asked) FILTER (WHERE split_part(e.key, ':', 3) = '') AS asked,
        array_agg(DISTINCT e.asked) FILTER (WHERE split_part(e.key, ':', 3) = 'hold') AS set_aside,
        coalesce(bool_or(split_part(e.key, ':', 3) = 'freed'), false) AS is_freed,
        array_agg(e.of) FILTER (WHERE e.kind = 'reversal') AS reversed,
        array_agg(DISTINCT coalesce(e.reference, '')::text)
            FILTER (WHERE split_part(e.key, ':', 3) = '' AND e.kind NOT IN ('repayment', 'interest')) AS named
    FROM ledger_entry e
    WHERE e.key LIKE 'takeback:%%' AND (%(account)s::bigint IS NULL OR e.account_id = %(account)s)
    GROUP BY 1, 2
), told AS (
    SELECT b.id, b.topup_id, t.wallet_id, b.hold_sequence, b.status, b.reason, b.reason = ANY(%(not_booked)s) AS is_not_booked,
        b."case"::text AS told_as, b.reference, t.reference::text AS payment, t.provider,
        b.kind = 'refund' AND t.provider = 'manual' AS is_by_hand,
        CASE b.status WHEN 'done' THEN b.taken_minor ELSE 0 END AS taken,
        CASE b.status WHEN 'done' THEN b.debt_minor ELSE 0 END AS owed,
        ARRAY[sha256(convert_to(format('(%%s, %%L, %%L)', b.amount_minor, b.topup_id, b.kind), 'UTF8'))] AS asked
    FROM payments_takeback b JOIN payments_topup t ON t.id = b.topup_id
    WHERE %(account)s::bigint IS NULL OR t.wallet_id = %(account)s
)
SELECT coalesce(b.id, t.id::text), coalesce(b.account_id, t.wallet_id), b.sequence, t.id IS NULL
FROM told t FULL JOIN booked b ON b.id = t.id::text AND b.account_id = t.wallet_id
WHERE t.id IS NULL OR (coalesce(b.taken, 0), coalesce(b.owed, 0), b.hold) IS DISTINCT FROM (t.taken, t.owed, t.hold_sequence)
    OR t.asked IS DISTINCT FROM CASE
        WHEN t.status = 'done' AND b.asked IS NOT NULL THEN b.asked
        WHEN t.status = 'done' AND t.is_not_booked THEN coalesce(b.set_aside, t.asked)
        WHEN t.status <> 'done' AND b.asked IS NULL AND b.is_freed = (t.status = 'failed') THEN b.set_aside
    END
    OR NOT b.reversed <@ ARRAY(
        SELECT o.sequence FROM ledger_entry o WHERE o.account_id = t.wallet_id AND o.key = 'topup:' || t.topup_id
    )
    OR NOT (b.named = ARRAY[t.told_as] OR b.named <@ ARRAY['', t.payment] AND (t.told_as = '' OR t.is_by_hand))
    OR b.named IS NOT NULL AND t.reference <> '' AND t.reference <> (
        SELECT max(o.reference) FROM ledger_entry o WHERE o.account_id = t.wallet_id AND o.key = 'topup:' || t.topup_id
    )
    OR t.status = 'done' AND b.asked IS NULL AND t.reason = ANY(%(unbooked)s) AND NOT EXISTS (
        SELECT FROM payments_receivednotice n
        WHERE n.topup_id = t.topup_id AND n.provider = t.provider AND n.outcome = t.reason
    )
ORDER BY 2, 3, 1"""


def verify_take_backs(account_id: int | None) -> Iterator[Finding]:
    """One finding for each take-back that its entries do not bear out, for each of theirs without one."""
    with connection.cursor() as cursor:
        cursor.execute(UNLIKE, {"account": account_id, "not_booked": list(NOT_BOOKED), "unbooked": TakeBack.Unbooked.values})
        for number, account, sequence, is_gone in cursor.fetchall():
            problem = "has entries and no row" if is_gone else "is not what its entries say"
            yield Finding(f"take-back {number} {problem}", account, sequence)
