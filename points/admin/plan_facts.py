"""What the pages of periodic plans say: what a run would move, who has to approve it, and what a change gives up."""

from typing import Any

from django.utils import timezone

from ledger.admin_base import shown
from ledger.models import Account
from people.admin_base import Facts
from points.models import Plan
from points.plans.approving import missing_approval
from points.plans.beginning import planned_run
from points.plans.periods import due_at, due_period, missed_periods, next_period
from points.plans.wallets import foresee
from wallets.approvals import approval_limit
from wallets.errors import ApprovalRequired

MISSED_SHOWN = 30


def facts_of(plan: Plan, period: int) -> Facts:
    """What a run of this period would move as the wallets are now."""
    planned = planned_run(plan, period, actor="", now=timezone.now())
    foreseen = foresee(planned)
    missing = missing_approval(plan, foreseen)
    of = Account(currency_code=plan.currency_code)
    total, at_most = shown(of, foreseen.moved_minor), shown(of, foreseen.at_most_minor)
    return (
        *(("Period", str(period)), ("Due (UTC)", shown_time(planned.due_at)), ("Amount", plan.told)),
        *(("Wallets", str(foreseen.wallets)), ("Of them moved", str(foreseen.moved))),
        *(("Frozen or mirrored, skipped", str(foreseen.skipped)), ("With too little", str(foreseen.short))),
        ("Moves in all, as things are now", total),
        *((("With the frozen ones and the fee wallet", at_most),) if foreseen.at_most_minor != foreseen.moved_minor else ()),
        *((("Approval", f"wanted of a second manager: one alone moves {missing.limit}"),) if missing else ()),
    )


def facts_of_change(plan: Plan) -> Facts:
    """What becomes of a plan's periods when its terms are changed now."""
    now = timezone.now()
    due, missed = due_period(plan, now) if plan.is_enabled else None, missed_periods(plan, now, limit=MISSED_SHOWN)
    facts = [("Another amount or interval", "counts from now on anew; a run that is under way keeps its terms")]
    if approval_limit(plan.currency):
        facts.append(
            ("Another amount, interval or group", "is to be approved anew, where a run moves more than one manager alone")
        )
    if due is not None and approval_wanted(plan):
        facts.append((_period(plan, due), "waits for a second manager; another amount or interval gives it up"))
    elif due is not None:
        facts.append((_period(plan, due), "is begun first, on the terms that it has"))
    if missed:
        facts.append((f"Missed: {', '.join(map(str, missed))}", "another amount or interval gives them up"))
    return facts


def approval_wanted(plan: Plan) -> ApprovalRequired | None:
    """What the next run is refused by, as things are now."""
    now = timezone.now()
    return missing_approval(plan, foresee(planned_run(plan, next_period(plan, now), actor="", now=now)))


def more_than_one_moves(missing: ApprovalRequired) -> str:
    return f"a run moves up to {missing.requested} now, and one manager alone {missing.limit}"


def _period(plan: Plan, period: int) -> str:
    return f"Period {period}, due {shown_time(due_at(plan, period))}"


def shown_time(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
