"""Money requests against the ledger and the audit rows, which have MACs and seals where they have none.

An accepted request is the transfer that it names, whose entries name it, and the other way round; what was asked for and
what has become of it is what the audit rows say.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

from django.db import connection
from django.db.models import Q

from audit.acts import ActName
from audit.models import Act
from ledger.findings import Finding
from ledger.streaming import stream
from transfers.models import MoneyRequest
from transfers.request_acts import problems, reference_of
from wallets.models import Wallet

# Requests whose audit rows are read at once.
BATCH = 1000

REQUESTS = """
SELECT r.id, s.id FROM transfers_moneyrequest r LEFT JOIN transfers_transfer t ON t."group" = r.transfer_id
LEFT JOIN wallets_wallet s ON s.id = t.sender_id LEFT JOIN wallets_wallet g ON g.id = t.recipient_id
WHERE (r.status = 'accepted' OR r.transfer_id IS NOT NULL)
    AND (%(account)s::bigint IS NULL OR %(account)s IN (s.id, g.id))
    AND (r.status, r.payer_id, r.requester_id, r.amount_minor, r.currency)
    IS DISTINCT FROM ('accepted', s.user_id, g.user_id, t.amount_minor, t.currency)
ORDER BY r.id"""

# The percent sign is doubled for the driver.
UNNAMED = """
WITH named AS (
    SELECT e."group", e.reference, count(*) AS entries, min(e.account_id) FILTER (WHERE e.amount < 0) AS account,
        min(e.sequence) FILTER (WHERE e.amount < 0) AS sequence
    FROM ledger_entry e WHERE e.kind = 'transfer' AND e.reference LIKE 'money_request:%%'
        AND (%(account)s::bigint IS NULL OR %(account)s IN (e.account_id, e.counter_account_id))
    GROUP BY e."group", e.reference
), accepted AS (
    SELECT r.id, r.transfer_id, t.sender_id FROM transfers_moneyrequest r
    LEFT JOIN transfers_transfer t ON t."group" = r.transfer_id
    WHERE r.status = 'accepted' AND (%(account)s::bigint IS NULL OR %(account)s IN (t.sender_id, t.recipient_id))
)
SELECT n.reference, coalesce(n.account, r.sender_id), n.sequence, r.id
FROM named n FULL JOIN accepted r ON r.transfer_id = n."group" AND 'money_request:' || r.id = n.reference
WHERE n.entries IS DISTINCT FROM 2 OR r.id IS NULL ORDER BY 2, 3"""

GONE = """
SELECT DISTINCT a.subject FROM audit_act a WHERE a.act = %s
AND NOT EXISTS (SELECT FROM transfers_moneyrequest r WHERE a.subject = 'money_request:' || r.id) ORDER BY a.subject"""


def verify_money_requests(account_id: int | None) -> Iterator[Finding]:
    """One finding for each request that ledger and audit rows do not bear out, and for each of theirs without one.

    Raises:
        KeyMissing: an audit row was written under a key that is not in the ring.
    """
    with connection.cursor() as cursor:
        cursor.execute(REQUESTS, {"account": account_id})
        for request_id, number in cursor.fetchall():
            yield Finding(f"accepted money request {request_id} is not the transfer that it names", number)
        cursor.execute(UNNAMED, {"account": account_id})
        for reference, number, sequence, request_id in cursor.fetchall():
            yield Finding(_unnamed(reference, request_id), number, sequence)
        if account_id is None:
            cursor.execute(GONE, [ActName.MONEY_REQUEST_ASKED])
            for (subject,) in cursor.fetchall():
                yield Finding(f"{_said(subject)} was asked for, and is gone")
    yield from _unlike_their_acts(account_id)


def _unnamed(reference: str | None, request_id: int | None) -> str:
    if request_id is None:
        return f"a transfer paid {_said(reference or '')}, which does not say so"
    return f"accepted money request {request_id} is not named by both entries of its transfer"


def _said(reference: str) -> str:
    return reference.replace("money_request:", "money request ")


def _unlike_their_acts(account_id: int | None) -> Iterator[Finding]:
    requests = MoneyRequest.objects.order_by("pk")
    if account_id is not None:
        holder = Wallet.objects.filter(pk=account_id).values("user_id")
        requests = requests.filter(Q(requester__in=holder) | Q(payer__in=holder))
    with stream(requests) as rows:
        while batch := list(islice(rows, BATCH)):
            acts = _acts_of(batch)
            for request in batch:
                for problem in problems(request, acts[reference_of(request.pk)]):
                    yield Finding(f"money request {request.pk} {problem}", account_id)


def _acts_of(batch: list[MoneyRequest]) -> defaultdict[str, list[Act]]:
    found: defaultdict[str, list[Act]] = defaultdict(list)
    for act in Act.objects.filter(subject__in=[reference_of(request.pk) for request in batch]).order_by("pk"):
        found[act.subject].append(act)
    return found
