"""Refund requests against the ledger and the audit rows, which have MACs and seals where they have none.

An approved request is the refunds whose event names it, and the other way round; what was asked for and decided is what the
audit rows say.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

from django.db import connection

from audit.acts import ActName
from audit.models import Act
from ledger.findings import Finding
from ledger.streaming import stream
from refunds.acts import problems, reference_of
from refunds.models import RefundRequest

# Requests whose audit rows are read at once.
BATCH = 1000

# What the refunds of each event come to, beside the request that the event names. The percent sign is doubled for the driver.
UNLIKE = """
WITH written AS (
    SELECT e.key, min(e.account_id) AS account, max(e.account_id) AS last_account, sum(e.amount) AS amount,
        min(e.order_id) AS "order", max(e.order_id) AS last_order, count(e.order_id) = count(*) AS has_orders,
        bool_and(e.reference IS NOT DISTINCT FROM e.key) AS is_named, min(e.sequence) AS sequence
    FROM ledger_entry e WHERE e.kind = 'refund' AND e.key LIKE 'refund_request:%%'
        AND (%(account)s::bigint IS NULL OR e.account_id = %(account)s)
    GROUP BY e.key
), told AS (
    SELECT r.*, w.user_id AS holder, a.currency AS holds FROM refunds_refundrequest r
    LEFT JOIN wallets_wallet w ON w.id = r.wallet_id LEFT JOIN ledger_account a ON a.id = r.wallet_id
    WHERE %(account)s::bigint IS NULL OR r.wallet_id = %(account)s
)
SELECT coalesce(w.key, 'refund_request:' || r.id), coalesce(w.account, r.wallet_id), w.sequence, r.id IS NULL
FROM told r FULL JOIN written w ON w.key = 'refund_request:' || r.id
WHERE r.id IS NULL OR (r.user_id, r.currency) IS DISTINCT FROM (r.holder, r.holds)
    OR (r.status = 'approved') IS DISTINCT FROM (w.key IS NOT NULL)
    OR (w.key IS NOT NULL AND (w.account, w.last_account, w.amount, w."order", w.last_order, w.has_orders, w.is_named)
        IS DISTINCT FROM (r.wallet_id, r.wallet_id, r.approved_minor::numeric, r.order_id, r.order_id, true, true))
ORDER BY 2, 3, 1"""

GONE = """
SELECT DISTINCT a.subject FROM audit_act a WHERE a.act = %s
AND NOT EXISTS (SELECT FROM refunds_refundrequest r WHERE a.subject = 'refund_request:' || r.id) ORDER BY a.subject"""


def verify_refund_requests(account_id: int | None) -> Iterator[Finding]:
    """One finding for each request that ledger and audit rows do not bear out, and for each of theirs without one.

    Raises:
        KeyMissing: an audit row was written under a key that is not in the ring.
    """
    with connection.cursor() as cursor:
        cursor.execute(UNLIKE, {"account": account_id})
        for reference, number, sequence, is_gone in cursor.fetchall():
            problem = "has entries and no row" if is_gone else "is not what its wallet and its entries say"
            yield Finding(f"{_said(reference)} {problem}", number, sequence)
        if account_id is None:
            cursor.execute(GONE, [ActName.REFUND_REQUEST_ASKED])
            for (subject,) in cursor.fetchall():
                yield Finding(f"{_said(subject)} was asked for, and is gone")
    yield from _unlike_their_acts(account_id)


def _said(reference: str) -> str:
    return reference.replace("refund_request:", "refund request ")


def _unlike_their_acts(account_id: int | None) -> Iterator[Finding]:
    requests = RefundRequest.objects.order_by("pk")
    if account_id is not None:
        requests = requests.filter(wallet_id=account_id)
    with stream(requests) as rows:
        while batch := list(islice(rows, BATCH)):
            acts = _acts_of(batch)
            for request in batch:
                for problem in problems(request, acts[reference_of(request.pk)]):
                    yield Finding(f"refund request {request.pk} {problem}", request.wallet_id)


def _acts_of(batch: list[RefundRequest]) -> defaultdict[str, list[Act]]:
    found: defaultdict[str, list[Act]] = defaultdict(list)
    for act in Act.objects.filter(subject__in=[reference_of(request.pk) for request in batch]).order_by("pk"):
        found[act.subject].append(act)
    return found
