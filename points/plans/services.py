"""The verbs of plans: make, change, switch, and begin a run. Each is one transaction, and writes its audit row."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.acts import ActName
from audit.services import record
from ledger.book import SERVICE
from points.models import Plan, PlanRun
from points.plans.errors import PeriodNotOpen, PeriodRunBefore, PlanDisabled, PlanNameTaken, PlanUnknown
from points.plans.periods import current_period, due_at
from points.plans.wallets import wallets_of
from site_settings.reading import points_currency

# What is counted anew when it is changed.
COUNTED_BY = ("amount_type", "amount_minor", "percent", "interval_days")
TERMS = ("amount_type", "amount_minor", "percent", "currency_code")


@transaction.atomic(savepoint=False)
def create_plan(*, actor: str, **terms: Any) -> Plan:
    """A plan in the points currency; its first period is due one interval from now.

    Raises:
        PlanNameTaken: another one is called so.
    """
    plan = Plan(**{"currency_code": points_currency().code, "starts_at": timezone.now()} | terms)
    _require_name_free(plan)
    plan.save(force_insert=True)
    record(ActName.PLAN_CREATED, actor=actor, subject=subject_of(plan), facts=facts_of(plan))
    return plan


@transaction.atomic(savepoint=False)
def change_plan(*, plan_id: int, actor: str, **terms: Any) -> Plan:
    """Change what a plan says. Where that is its amount or interval, the interval counts from now; a run keeps its terms.

    Raises:
        PlanUnknown, PlanNameTaken.
    """
    plan = locked_plan(plan_id)
    before = {name: getattr(plan, name) for name in terms}
    for name, value in terms.items():
        setattr(plan, name, value)
    _require_name_free(plan)
    if any(before[name] != getattr(plan, name) for name in COUNTED_BY if name in terms):
        count_anew(plan, Plan.objects.get(pk=plan.pk), timezone.now())
    if any(before[name] != value for name, value in terms.items()):
        plan.save()
        record(ActName.PLAN_CHANGED, actor=actor, subject=subject_of(plan), facts=facts_of(plan))
    return plan


@transaction.atomic(savepoint=False)
def switch_plan(*, plan_id: int, is_enabled: bool, actor: str) -> Plan:
    """Switch a plan off, or on again: its interval counts from then on.

    A run that is under way stops with the plan, and goes on with it.

    Raises:
        PlanUnknown: there is none.
    """
    plan = locked_plan(plan_id)
    if plan.is_enabled == is_enabled:
        return plan
    plan.is_enabled = is_enabled
    if is_enabled:
        count_anew(plan, plan, timezone.now())
    plan.save()
    act = ActName.PLAN_SWITCHED_ON if is_enabled else ActName.PLAN_SWITCHED_OFF
    record(act, actor=actor, subject=subject_of(plan), facts=facts_of(plan))
    return plan


@transaction.atomic(savepoint=False)
def start_run(*, plan_id: int, period: int, actor: str = SERVICE) -> PlanRun:
    """Begin a period: the current one, one that was missed, or the one that comes. A worker goes through the wallets.

    Raises:
        PlanUnknown, PlanDisabled: there is none to run.
        PeriodNotOpen: it is none of the periods of these terms, or lies further ahead than the next.
        PeriodRunBefore: it was begun before.
    """
    plan, now = locked_plan(plan_id), timezone.now()
    if not plan.is_enabled:
        raise PlanDisabled
    if not plan.periods_before < period <= current_period(plan, now) + 1:
        raise PeriodNotOpen(period)
    if plan.runs.filter(period=period).exists():
        raise PeriodRunBefore(period)
    run = planned_run(plan, period, actor=actor, now=now)
    run.wallets = wallets_of(run).count()
    run.save(force_insert=True)
    record(ActName.PLAN_RUN_STARTED, actor=actor, subject=subject_of_run(run), facts=facts_of_run(run))
    return run


def planned_run(plan: Plan, period: int, *, actor: str, now: datetime) -> PlanRun:
    """A run as it would begin now; not saved."""
    terms = {name: getattr(plan, name) for name in TERMS}
    about = {"label": plan.label, "group_number": plan.group_id, "actor": actor}
    return PlanRun(plan=plan, period=period, due_at=due_at(plan, period), started_at=now, **terms, **about)


def locked_plan(plan_id: int) -> Plan:
    plan = Plan.objects.select_for_update(no_key=True).filter(pk=plan_id).first()
    if plan is None:
        raise PlanUnknown
    return plan


def count_anew(plan: Plan, as_it_was: Plan, now: datetime) -> None:
    """Count the interval from `now`. A period's number is never given twice: its entries are called by it."""
    last = plan.runs.order_by("-period").values_list("period", flat=True).first() or 0
    plan.periods_before, plan.starts_at = max(current_period(as_it_was, now), last), now


def subject_of(plan: Plan) -> str:
    return f"plan:{plan.pk}"


def subject_of_run(run: PlanRun) -> str:
    return run.key


def facts_of(plan: Plan) -> dict[str, Any]:
    """What an audit row says of a plan: all but its words, which are no numbers of ours."""
    counted = {"starts_at": plan.starts_at.isoformat(), "periods_before": plan.periods_before}
    who = {"interval_days": plan.interval_days, "group": plan.group_id, "is_enabled": plan.is_enabled}
    return {**_terms(plan), **who, **counted}


def facts_of_run(run: PlanRun) -> dict[str, Any]:
    return {**_terms(run), "group": run.group_number, "due_at": run.due_at.isoformat(), "actor": run.actor}


def _terms(of: Plan | PlanRun) -> dict[str, Any]:
    percent = None if of.percent is None else f"{of.percent:.4f}"
    return {"amount_minor": of.amount_minor, "percent": percent, "currency": of.currency_code}


def _require_name_free(plan: Plan) -> None:
    if Plan.objects.filter(name=plan.name).exclude(pk=plan.pk).exists():
        raise PlanNameTaken
