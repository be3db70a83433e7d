"""Top-ups against the ledger, whose entries have MACs and seals where they have none.

A completed top-up is the entries under its key, and the other way round. One that is not completed moved nothing:
of what is written in its row nobody but the provider knows whether it is true, and is asked before anything is booked.
What is sold at a price of its own, the provider does not know either: its row has a seal (payments.offers), open or not.
"""

from collections.abc import Iterator

from django.db import connection

from ledger.findings import Finding
from ledger.streaming import stream
from payments.models import Topup
from payments.offers import is_as_offered

# What the entries under each key say: one payment, what the bonus comes to, and which payment it was at which provider.
UNLIKE = """
WITH booked AS (
    SELECT e.account_id, e.key, min(e.sequence) AS sequence, count(*) FILTER (WHERE e.kind = 'topup') AS payments,
        min(e.id) FILTER (WHERE e.kind = 'topup') AS entry_id, min(e.at) AS at,
        coalesce(sum(e.amount) FILTER (WHERE e.kind = 'topup'), 0) AS paid,
        coalesce(sum(e.amount) FILTER (WHERE e.kind = 'bonus'), 0) AS bonus,
        -coalesce(sum(e.amount) FILTER (WHERE e.kind = 'fee'), 0) AS fee,
        min(e.house) FILTER (WHERE e.kind = 'topup') = 'points_sold' AS is_sale,
        max(e.reference) AS reference, array_agg(DISTINCT e.asked) AS asked
    FROM ledger_entry e
    WHERE e.key LIKE 'topup:%%' AND e.kind IN ('topup', 'bonus', 'fee')
        AND (%(account)s::bigint IS NULL OR e.account_id = %(account)s)
    GROUP BY e.account_id, e.key
), told AS (
    SELECT t.*, a.currency AS holds,
        ARRAY[sha256(convert_to(
            format('(%%s, %%L, %%s, %%L', t.amount_minor, t.currency, t.bonus_minor, t.provider) || CASE t.item WHEN '' THEN ')'
                ELSE format(', %%L, %%s, %%L, %%s)', t.item, t.price_minor, t.price_currency, t.fee_minor) END, 'UTF8'
        ))] AS asked
    FROM payments_topup t LEFT JOIN ledger_account a ON a.id = t.wallet_id
    WHERE %(account)s::bigint IS NULL OR t.wallet_id = %(account)s
)
SELECT coalesce(b.key, 'topup:' || t.id), coalesce(b.account_id, t.wallet_id), b.sequence, t.id IS NULL, b.key IS NULL, t.status
FROM told t FULL JOIN booked b ON b.key = 'topup:' || t.id AND b.account_id = t.wallet_id
WHERE t.id IS NULL OR t.currency IS DISTINCT FROM t.holds OR (b.key IS NOT NULL) <> (t.status = 'completed')
    OR (b.key IS NOT NULL AND (b.payments, b.entry_id, b.at, b.paid, b.bonus, b.fee, b.is_sale)
        IS DISTINCT FROM (1::bigint, t.entry_id, t.finished_at, t.amount_minor::numeric, t.bonus_minor::numeric,
            t.fee_minor::numeric, t.item <> ''))
    OR b.reference <> t.reference OR (b.key IS NOT NULL AND b.asked IS DISTINCT FROM t.asked)
ORDER BY 2, 3, 1"""


def verify_topups(account_id: int | None) -> Iterator[Finding]:
    """One finding for each top-up that its entries do not bear out, for each of theirs without one."""
    with connection.cursor() as cursor:
        cursor.execute(UNLIKE, {"account": account_id})
        for key, number, sequence, is_gone, is_unwritten, status in cursor.fetchall():
            problem = _problem(status, is_gone=is_gone, is_unwritten=is_unwritten)
            yield Finding(f"top-up {key.removeprefix('topup:')} {problem}", number, sequence)
    yield from _unlike_their_seals(account_id)


def _unlike_their_seals(account_id: int | None) -> Iterator[Finding]:
    sold = Topup.objects.exclude(item="", offer_seal=b"").order_by("created_at", "pk")
    with stream(sold if account_id is None else sold.filter(wallet_id=account_id)) as topups:
        for topup in topups:
            if not is_as_offered(topup):
                yield Finding(f"top-up {topup.pk} is not what was ordered", topup.wallet_id)


def _problem(status: str, *, is_gone: bool, is_unwritten: bool) -> str:
    if is_gone:
        return "has entries and no row"
    if is_unwritten and status == "completed":
        return "is completed, and no entry credited it"
    if not is_unwritten and status != "completed":
        return f"was credited, and says that it is {status}"
    return "is not what its entries say"
