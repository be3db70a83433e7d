"""Plans and their runs against the entries and the audit rows, which have MACs where they have none.

What each entry moved is computed anew from its own balance and the terms of its run; a run's counts are committed with its
entries, so they are equal at any moment. The terms themselves are what the audit rows say.
"""

from collections.abc import Iterator

from django.db import connection

from audit.acts import ActName
from audit.models import Act
from ledger.findings import Finding
from points.models import Plan, PlanRun
from points.plans.amounts import CHANGE_SQL
from points.plans.rows import OF_PLANS, agree, facts_of, facts_of_run, subject_of, subject_of_run
from wallets.approvals import facts_in

# Repayments stand behind a grant under its key, and are the ledger's own.
ENTRIES = f"""
SELECT e.account_id, e.sequence, e.key, t.id IS NULL FROM (
    SELECT account_id, sequence, key, kind, house, amount, currency, balance - amount - held AS own
    FROM ledger_entry JOIN (SELECT id, currency FROM ledger_account) a ON a.id = account_id
    WHERE key LIKE 'plan:%%' AND kind NOT IN ('repayment', 'interest')
        AND (%(account)s::bigint IS NULL OR account_id = %(account)s)
) AS e LEFT JOIN points_planrun t ON e.key = 'plan:' || t.plan_id || ':' || t.period
WHERE t.id IS NULL OR (e.currency, e.kind, e.house, e.amount::numeric) IS DISTINCT FROM (t.currency,
    CASE WHEN coalesce(t.amount_minor, t.percent) > 0 THEN 'grant' ELSE 'charge' END,
    CASE WHEN coalesce(t.amount_minor, t.percent) > 0 THEN 'issued' ELSE 'spent' END, ({CHANGE_SQL})::numeric)
ORDER BY e.account_id, e.sequence"""  # noqa: S608

COUNTS = """
WITH written AS (
    SELECT key, count(*) AS moved, sum(amount) AS moved_minor FROM ledger_entry
    WHERE key LIKE 'plan:%%' AND kind IN ('grant', 'charge') GROUP BY key
)
SELECT t.plan_id, t.period FROM points_planrun t LEFT JOIN written w ON w.key = 'plan:' || t.plan_id || ':' || t.period
WHERE (t.moved, t.moved_minor) IS DISTINCT FROM (coalesce(w.moved, 0), coalesce(w.moved_minor, 0))
    OR (t.finished_at IS NOT NULL AND t.wallets <> t.moved + t.empty + t.skipped)
ORDER BY t.id"""


def verify_plans(account_id: int | None) -> Iterator[Finding]:
    """One finding for each entry, run and plan that the others do not bear out."""
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES, {"account": account_id})
        for wallet_id, sequence, key, is_unknown in cursor.fetchall():
            problem = f"names no period of a plan ({key})" if is_unknown else f"is not what its period of a plan moves ({key})"
            yield Finding(f"entry {sequence} {problem}", wallet_id, sequence)
    if account_id is None:
        yield from _miscounted()
        yield from _unlike_their_acts()


def _miscounted() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(COUNTS)
        for plan_id, period in cursor.fetchall():
            yield Finding(f"period {period} of plan {plan_id} counts otherwise than its entries do")


def _unlike_their_acts() -> Iterator[Finding]:
    told = {act.subject: facts_in(act.facts) for act in Act.objects.filter(act__in=OF_PLANS).order_by("pk")}
    for plan in Plan.objects.order_by("pk"):
        if not agree(told.pop(subject_of(plan), {}), facts_of(plan)):
            yield Finding(f"plan {plan.pk} is not what its audit rows say")
    begun = {act.subject: facts_in(act.facts) for act in Act.objects.filter(act=ActName.PLAN_RUN_STARTED)}
    for run in PlanRun.objects.order_by("pk").iterator():
        if not agree(begun.pop(subject_of_run(run), {}), facts_of_run(run)):
            yield Finding(f"period {run.period} of plan {run.plan_id} is not what its audit row says")
    for subject in sorted([*told, *begun]):
        yield Finding(f"{subject} is told of by an audit row, and is gone")
