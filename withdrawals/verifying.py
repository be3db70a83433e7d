"""Withdrawals against the ledger and the audit rows, which have MACs and seals where they have none.

A withdrawal is the entries of its group, and the other way round; one that was rejected or has failed is what was given
back as well. What was asked for and what has become of it is what the audit rows say; where it goes, its seal does.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

from django.db import connection

from audit.acts import ActName
from audit.models import Act
from ledger.findings import Finding
from ledger.sealing import SealBroken
from ledger.streaming import stream
from withdrawals.acts import STEPS, problems, subject_of
from withdrawals.details import opened
from withdrawals.errors import DetailsMissing
from withdrawals.models import Withdrawal

# Withdrawals whose audit rows are read at once.
BATCH = 1000

# A fee that is of no withdrawal is a transfer's.
TAKEN = """
WITH written AS (
    SELECT e."group", min(e.account_id) AS account_id, max(e.account_id) AS other_id, min(e.at) AS at,
        count(*) FILTER (WHERE e.kind = 'withdrawal' AND e.house = 'payouts') AS payouts, count(*) AS entries,
        min(e.sequence) FILTER (WHERE e.kind = 'withdrawal') AS sequence,
        -sum(e.amount) FILTER (WHERE e.kind = 'withdrawal') AS net,
        -coalesce(sum(e.amount) FILTER (WHERE e.kind = 'fee' AND e.house = 'fees'), 0) AS fee
    FROM ledger_entry e WHERE (e.kind = 'withdrawal' OR e.kind = 'fee' AND e."group" IS NOT NULL)
        AND (%(account)s::bigint IS NULL OR e.account_id = %(account)s)
    GROUP BY e."group" HAVING bool_or(e.kind = 'withdrawal')
), told AS (
    SELECT t.*, a.currency AS holds FROM withdrawals_withdrawal t LEFT JOIN ledger_account a ON a.id = t.wallet_id
    WHERE %(account)s::bigint IS NULL OR t.wallet_id = %(account)s
)
SELECT t.id, coalesce(w.account_id, t.wallet_id), w.sequence, w.account_id IS NULL
FROM told t FULL JOIN written w ON w."group" = t."group"
WHERE t.id IS NULL OR t.currency IS DISTINCT FROM t.holds
    OR (w.account_id, w.other_id, w.payouts, w.entries, w.sequence, w.net, w.fee, w.at) IS DISTINCT FROM (
        t.wallet_id, t.wallet_id, 1::bigint, CASE t.fee_minor WHEN 0 THEN 1::bigint ELSE 2::bigint END, t.sequence,
        (t.amount_minor - t.fee_minor)::numeric, t.fee_minor::numeric, t.created_at)
ORDER BY 2, 3, 1"""

# What came back names the entries that it is of: that each is given back once, the ledger sees to.
GIVEN_BACK = """
WITH returned AS (
    SELECT e.account_id, e.key, min(e.sequence) AS sequence, count(*) AS entries,
        coalesce(sum(e.amount) FILTER (WHERE e.house = 'payouts' AND o.kind = 'withdrawal'), 0) AS net,
        coalesce(sum(e.amount) FILTER (WHERE e.house = 'fees' AND o.kind = 'fee'), 0) AS fee,
        min(o."group"::text) AS "group", max(o."group"::text) AS other
    FROM ledger_entry e LEFT JOIN ledger_entry o ON o.account_id = e.account_id AND o.sequence = e."of"
    WHERE e.kind = 'withdrawal_return' AND (%(account)s::bigint IS NULL OR e.account_id = %(account)s)
    GROUP BY e.account_id, e.key
), told AS (
    SELECT * FROM withdrawals_withdrawal
    WHERE status IN ('rejected', 'failed') AND (%(account)s::bigint IS NULL OR wallet_id = %(account)s)
)
SELECT t.id, r.key, coalesce(r.account_id, t.wallet_id), r.sequence
FROM told t FULL JOIN returned r ON r.account_id = t.wallet_id AND r.key = 'withdrawal:' || t.id || ':return'
WHERE t.id IS NULL OR (r.net, r.fee, r.entries, r."group", r.other) IS DISTINCT FROM (
    (t.amount_minor - t.fee_minor)::numeric, t.fee_minor::numeric, CASE t.fee_minor WHEN 0 THEN 1::bigint ELSE 2::bigint END,
    t."group"::text, t."group"::text)
ORDER BY 3, 4, 1"""

GONE = """
SELECT DISTINCT a.subject FROM audit_act a WHERE a.act = %s
AND NOT EXISTS (SELECT FROM withdrawals_withdrawal t WHERE a.subject = 'withdrawal:' || t.id) ORDER BY a.subject"""


def verify_withdrawals(account_id: int | None) -> Iterator[Finding]:
    """One finding for each withdrawal that ledger and audit rows do not bear out, and for each of theirs without one.

    Raises:
        KeyMissing: an audit row was written, or details sealed, under a key that is not in the ring.
    """
    with connection.cursor() as cursor:
        cursor.execute(TAKEN, {"account": account_id})
        for number, wallet_id, sequence, is_unwritten in cursor.fetchall():
            yield Finding(_untaken(number, sequence, is_unwritten=is_unwritten), wallet_id, sequence)
        cursor.execute(GIVEN_BACK, {"account": account_id})
        for number, key, wallet_id, sequence in cursor.fetchall():
            yield Finding(_ungiven(number, key), wallet_id, sequence)
        if account_id is None:
            cursor.execute(GONE, [ActName.WITHDRAWAL_REQUESTED])
            for (subject,) in cursor.fetchall():
                yield Finding(f"{subject.replace(':', ' ')} was asked for, and is gone")
    yield from _unlike_their_acts(account_id)


def _untaken(number: int | None, sequence: int | None, *, is_unwritten: bool) -> str:
    if number is None:
        return f"entry {sequence} is of a withdrawal that is not there"
    return f"withdrawal {number} has no entries" if is_unwritten else f"withdrawal {number} is not what its entries say"


def _ungiven(number: int | None, key: str | None) -> str:
    if number is None:
        return f"{key or 'a withdrawal'} gave money back, and there is no withdrawal that did"
    return f"withdrawal {number} was given back otherwise than it says" if key else f"withdrawal {number} was not given back"


def _unlike_their_acts(account_id: int | None) -> Iterator[Finding]:
    withdrawals = Withdrawal.objects.order_by("pk")
    if account_id is not None:
        withdrawals = withdrawals.filter(wallet=account_id)
    with stream(withdrawals) as rows:
        while batch := list(islice(rows, BATCH)):
            acts = _acts_of(batch)
            for withdrawal in batch:
                for problem in (*problems(withdrawal, acts[subject_of(withdrawal.pk)]), *_unsealed(withdrawal)):
                    yield Finding(f"withdrawal {withdrawal.pk} {problem}", withdrawal.wallet_id)


def _acts_of(batch: list[Withdrawal]) -> defaultdict[str, list[Act]]:
    found: defaultdict[str, list[Act]] = defaultdict(list)
    wanted = [subject_of(withdrawal.pk) for withdrawal in batch]
    for act in Act.objects.filter(subject__in=wanted, act__in=STEPS).order_by("pk"):
        found[act.subject].append(act)
    return found


def _unsealed(withdrawal: Withdrawal) -> Iterator[str]:
    """Where it goes, unless that was erased: nobody's who still waits for his money."""
    try:
        opened(withdrawal)
    except DetailsMissing:
        if withdrawal.status in (Withdrawal.Status.PENDING, Withdrawal.Status.APPROVED):
            yield "does not say any more where it goes"
    except SealBroken:
        yield "goes somewhere else than was asked for: its seal is broken"
