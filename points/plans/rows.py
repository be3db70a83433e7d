"""The rows of plans and their runs, and the audit rows that tell what they have to be.

Audit rows have MACs where these have none: a plan that somebody edited behind the service's back is neither run nor changed,
and a run that was edited, or that nobody began, moves nothing.
"""

import logging
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from audit.acts import ActName
from audit.encoding import is_intact
from audit.models import Act
from audit.services import canonical
from ledger.errors import LedgerUnavailable
from points.models import Plan, PlanRun
from points.plans.errors import PlanUnknown
from wallets.approvals import facts_in

logger = logging.getLogger(__name__)

Facts = dict[str, Any]

# The last one says how a plan is now.
OF_PLANS = (
    *(ActName.PLAN_CREATED, ActName.PLAN_CHANGED, ActName.PLAN_APPROVED),
    *(ActName.PLAN_SWITCHED_ON, ActName.PLAN_SWITCHED_OFF),
)


def locked_plan(plan_id: int) -> Plan:
    """The plan, locked, and as its audit rows say.

    Raises:
        PlanUnknown: there is none.
        LedgerUnavailable: somebody edited it.
    """
    plan = Plan.objects.select_for_update(no_key=True).filter(pk=plan_id).first()
    if plan is None:
        raise PlanUnknown
    _require_told(subject_of(plan), facts_of(plan), OF_PLANS)
    return plan


def locked_run(run_id: int) -> PlanRun:
    """The run, locked, with its plan, which is not; and as it was begun.

    Raises:
        LedgerUnavailable: somebody edited it, or made it behind the service's back.
    """
    run = PlanRun.objects.select_related("plan").select_for_update(no_key=True, of=("self",)).get(pk=run_id)
    _require_told(subject_of_run(run), facts_of_run(run), (ActName.PLAN_RUN_STARTED,))
    return run


def subject_of(plan: Plan) -> str:
    return f"plan:{plan.pk}"


def subject_of_run(run: PlanRun) -> str:
    return run.key


def facts_of(plan: Plan) -> Facts:
    """What an audit row says of a plan: all but its words, which are no numbers of ours."""
    counted = {"starts_at": plan.starts_at.isoformat(), "periods_before": plan.periods_before}
    approved_at = None if plan.approved_at is None else plan.approved_at.isoformat()
    decided = {"is_enabled": plan.is_enabled, "approved_by": plan.approved_by_id, "approved_at": approved_at}
    return {**_decided_by(plan), **counted, **decided}


def facts_of_run(run: PlanRun) -> Facts:
    return {**_terms(run), "group": run.group_number, "due_at": run.due_at.isoformat(), "actor": run.actor}


def digest_of(plan: Plan) -> str:
    """Of the terms that a manager looks at and approves, and of who set them."""
    return sha256(canonical(_decided_by(plan)).encode()).hexdigest()


def agree(told: Mapping[str, Any], facts: Facts) -> bool:
    """Whether an audit row says the same. What a column of a later release holds, an older row did not know: nothing."""
    return {**dict.fromkeys(facts), **told} == facts


def _require_told(subject: str, facts: Facts, acts: tuple[ActName, ...]) -> None:
    act = Act.objects.filter(subject=subject, act__in=acts).order_by("-pk").first()
    if act is None or not is_intact(act) or not agree(facts_in(act.facts), facts):
        told = f"{subject} is not what its audit row says"
        # An alarm's row would be rolled back with the refusal.
        logger.critical("%s", told)
        raise LedgerUnavailable(told)


def _decided_by(plan: Plan) -> Facts:
    return {**_terms(plan), "interval_days": plan.interval_days, "group": plan.group_id, "terms_by": plan.terms_by_id}


def _terms(of: Plan | PlanRun) -> Facts:
    percent = None if of.percent is None else f"{of.percent:.4f}"
    return {"amount_minor": of.amount_minor, "percent": percent, "currency": of.currency_code}
