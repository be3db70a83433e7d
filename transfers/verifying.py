"""Transfers against the ledger, whose entries have MACs and seals where they have none.

A transfer is the entries of its group, and the other way round.
"""

from collections.abc import Iterator

from django.db import connection

from ledger.findings import Finding
from transfers.ways import QR_PAY, QR_REFERENCE, TRANSFER

# What the entries of each group say: one out, one in, and what fees come to. A fee is of the account that sent.
UNLIKE = """
WITH written AS (
    SELECT e."group", count(*) FILTER (WHERE e.kind = 'transfer' AND e.amount < 0) AS sides_out,
        count(*) FILTER (WHERE e.kind = 'transfer' AND e.amount > 0) AS sides_in,
        min(e.account_id) FILTER (WHERE e.kind = 'transfer' AND e.amount < 0) AS sender,
        min(e.account_id) FILTER (WHERE e.kind = 'transfer' AND e.amount > 0) AS recipient,
        coalesce(min(e.sequence) FILTER (WHERE e.kind = 'transfer' AND e.amount < 0),
            min(e.sequence) FILTER (WHERE e.kind = 'transfer')) AS sequence,
        sum(e.amount) FILTER (WHERE e.kind = 'transfer' AND e.amount > 0) AS amount,
        coalesce(min(e.reason) FILTER (WHERE e.kind = 'transfer' AND e.amount < 0),
            min(e.reason) FILTER (WHERE e.kind = 'transfer')) AS reason,
        min(e.reference) FILTER (WHERE e.kind = 'transfer' AND e.amount < 0) AS reference,
        -coalesce(sum(e.amount) FILTER (WHERE e.kind = 'fee' AND e.house = 'fees'), 0) AS fee,
        min(e.account_id) FILTER (WHERE e.kind = 'fee') AS fee_payer, min(e.at) AS at
    FROM ledger_entry e WHERE e.kind IN ('transfer', 'fee') AND e."group" IS NOT NULL
        AND (%(account)s::bigint IS NULL OR e.account_id = %(account)s OR e.account_id IN (
            SELECT counter_account_id FROM ledger_entry WHERE account_id = %(account)s AND counter_account_id IS NOT NULL))
    GROUP BY e."group" HAVING bool_or(e.kind = 'transfer')
), told AS (
    SELECT t.*, a.currency AS holds FROM transfers_transfer t LEFT JOIN ledger_account a ON a.id = t.sender_id
    WHERE %(account)s::bigint IS NULL OR t.sender_id = %(account)s OR t.recipient_id = %(account)s
)
SELECT coalesce(t."group", w."group"), coalesce(w.sender, w.recipient, t.sender_id), w.sequence,
    t."group" IS NULL, w."group" IS NULL
FROM told t FULL JOIN written w ON w."group" = t."group"
WHERE (t."group" IS NULL AND (%(account)s::bigint IS NULL OR %(account)s IN (w.sender, w.recipient)))
    OR (t."group" IS NOT NULL AND (w.sides_out, w.sides_in, w.sender, w.recipient, w.amount, w.fee, w.at,
        coalesce(w.fee_payer, t.sender_id))
    IS DISTINCT FROM (1::bigint, 1::bigint, t.sender_id, t.recipient_id, t.amount_minor::numeric, t.fee_minor::numeric,
        t.created_at, t.sender_id))
    OR t.currency IS DISTINCT FROM t.holds
    -- The entries' reason is the sender's words, until they are erased; where he said nothing, it is nobody's.
    OR w.reason <> CASE WHEN t.note <> '' THEN t.note
        WHEN w.reference LIKE 'money_request:%%' THEN 'Money request ' || substr(w.reference, 15)
        WHEN w.reference = %(by_qr)s THEN %(qr_pay)s ELSE %(without)s END
ORDER BY 2, 3"""


def verify_transfers(account_id: int | None) -> Iterator[Finding]:
    """One finding for each transfer that its entries do not bear out, for each of theirs without one."""
    with connection.cursor() as cursor:
        cursor.execute(UNLIKE, {"account": account_id, "without": TRANSFER, "by_qr": QR_REFERENCE, "qr_pay": QR_PAY})
        for group, number, sequence, is_gone, is_unwritten in cursor.fetchall():
            yield Finding(_problem(group, is_gone=is_gone, is_unwritten=is_unwritten), number, sequence)


def _problem(group: object, *, is_gone: bool, is_unwritten: bool) -> str:
    if is_gone:
        return f"transfer {group} has entries and no row"
    return f"transfer {group} has no entries" if is_unwritten else f"transfer {group} is not what its entries say"
