"""Beginning a period: by the job when it is due, by a manager ahead of its time or behind it. A worker then goes through it."""

import logging
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from audit.acts import ActName
from audit.services import actor_of, record
from ledger.book import SERVICE
from ledger.errors import Busy, LedgerUnavailable, Refusal
from ledger.retry import in_transaction
from people.models import User
from points.models import Plan, PlanRun
from points.plans.approving import TERMS, no_longer_waits, require_approved, waits
from points.plans.errors import PeriodNotOpen, PeriodRunBefore, PlanDisabled, PlanRefused
from points.plans.periods import current_period, due_at, due_period
from points.plans.rows import facts_of_run, locked_plan, subject_of_run
from wallets.approvals import require_manager
from wallets.errors import ApprovalRequired

logger = logging.getLogger(__name__)


@transaction.atomic(savepoint=False)
def start_run(*, plan_id: int, period: int, by: User | None = None) -> PlanRun:
    """Begin a period: the current one, one that was missed, or the one that comes. `by` is None for the service itself.

    Raises:
        PlanUnknown, LedgerUnavailable: there is none, or somebody edited it.
        ManagerRequired: `by` is no shop manager.
        PlanDisabled: it is switched off.
        PeriodNotOpen: it is none of the periods of these terms, or lies further ahead than the next.
        PeriodRunBefore: it was begun before.
        ApprovalRequired: it would move more than one manager does alone, and no second one has approved the terms.
    """
    plan, now = locked_plan(plan_id), timezone.now()
    if by is not None:
        require_manager(by)
    if not plan.is_enabled:
        raise PlanDisabled
    if not plan.periods_before < period <= current_period(plan, now) + 1:
        raise PeriodNotOpen(period)
    if plan.runs.filter(period=period).exists():
        raise PeriodRunBefore(period)
    return _begin(plan, period, actor=SERVICE if by is None else actor_of(by), now=now)


def begin_current(plan: Plan) -> Refusal | None:
    """Begin the period that was due last, unless somebody did; what was in its way, where a person has to see to that.

    Those before it are left to a person.
    """
    period = due_period(plan, timezone.now())
    if period is None:
        return None
    try:
        in_transaction(lambda: start_run(plan_id=plan.pk, period=period))
    except PeriodRunBefore:
        pass
    except (PlanRefused, Busy):
        # Changed, or being changed, at this very moment: the next round sees how.
        logger.info("period %s of plan %s was not begun", period, plan.pk)
    except ApprovalRequired as refusal:
        told = f"period {period} moves up to {refusal.requested}, and {refusal.limit} is what one manager moves alone"
        waits(plan, f"{told}: a second one has to approve the plan before it begins")
        return refusal
    except LedgerUnavailable as refusal:
        return refusal
    return None


def begin_what_is_due(plan: Plan) -> None:
    """As the job would within the minute: of a locked plan that is about to have other terms.

    What waits for a second manager is not begun: nobody has approved the terms that are given up.
    """
    now = timezone.now()
    period = due_period(plan, now) if plan.is_enabled else None
    if period is not None:
        try:
            _begin(plan, period, actor=SERVICE, now=now)
        except ApprovalRequired:
            logger.info("period %s of plan %s waits for a second manager", period, plan.pk)


def planned_run(plan: Plan, period: int, *, actor: str, now: datetime) -> PlanRun:
    """A run as it would begin now; not saved."""
    terms = {name: getattr(plan, name) for name in TERMS}
    about = {"label": plan.label, "group_id": plan.group_id, "group_number": plan.group_id, "actor": actor}
    return PlanRun(plan=plan, period=period, due_at=due_at(plan, period), started_at=now, **terms, **about)


def _begin(plan: Plan, period: int, *, actor: str, now: datetime) -> PlanRun:
    run = planned_run(plan, period, actor=actor, now=now)
    run.wallets = require_approved(run).wallets
    run.save(force_insert=True)
    record(ActName.PLAN_RUN_STARTED, actor=actor, subject=subject_of_run(run), facts=facts_of_run(run))
    no_longer_waits(plan)
    return run
