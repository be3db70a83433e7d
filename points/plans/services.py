"""What a manager decides of a plan: to make, change and switch it. Each is one transaction, and writes its audit row."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.acts import ActName
from audit.services import actor_of, record
from people.models import User
from points.models import Plan
from points.plans.approving import hold_what_is_left, no_longer_waits, set_terms_anew
from points.plans.beginning import begin_what_is_due
from points.plans.errors import PlanNameTaken
from points.plans.periods import current_period
from points.plans.rows import facts_of, locked_plan, subject_of
from site_settings.reading import points_currency
from wallets.approvals import require_manager

# What is counted anew when it is changed.
COUNTED_BY = ("amount_type", "amount_minor", "percent", "interval_days")
# And what a second manager has to approve anew.
APPROVED_BY = (*COUNTED_BY, "currency_code", "group")


@transaction.atomic(savepoint=False)
def create_plan(*, by: User | None = None, **terms: Any) -> Plan:
    """A plan in the points currency; its first period is due one interval from now. `by` is None at the console.

    Raises:
        ManagerRequired: `by` is no shop manager.
        PlanNameTaken: another one is called so.
    """
    if by is not None:
        require_manager(by)
    plan = Plan(**{"currency_code": points_currency().code, "starts_at": timezone.now(), "terms_by": by} | terms)
    _require_name_free(plan)
    plan.save(force_insert=True)
    _record(ActName.PLAN_CREATED, plan, by)
    return plan


@transaction.atomic(savepoint=False)
def change_plan(*, plan_id: int, by: User | None = None, **terms: Any) -> Plan:
    """Change what a plan says; a run keeps the terms that it was begun with.

    Where that is its amount, interval or group, what is due on the old terms is begun first, unless it waits for a second
    manager; and nobody has approved the new ones. Where it is amount or interval, the interval counts from now.

    Raises:
        PlanUnknown, LedgerUnavailable: there is none, or somebody edited it.
        ManagerRequired: `by` is no shop manager.
        PlanNameTaken: another one is called so.
    """
    plan = locked_plan(plan_id)
    if by is not None:
        require_manager(by)
    changed = {name for name, value in terms.items() if getattr(plan, name) != value}
    if changed.intersection(APPROVED_BY):
        begin_what_is_due(plan)
        set_terms_anew(plan, by)
    if changed.intersection(COUNTED_BY):
        count_anew(plan, timezone.now())
    for name in changed:
        setattr(plan, name, terms[name])
    _require_name_free(plan)
    if changed:
        plan.save()
        _record(ActName.PLAN_CHANGED, plan, by)
    return plan


@transaction.atomic(savepoint=False)
def switch_plan(*, plan_id: int, is_enabled: bool, by: User | None = None) -> Plan:
    """Switch a plan off, or on again: its interval counts from then on, and nobody has approved it.

    A run that is under way stops with the plan, and goes on with it, as far as one manager may let it: the rest waits until
    a second one has approved the plan.

    Raises:
        PlanUnknown, LedgerUnavailable: there is none, or somebody edited it.
        ManagerRequired: `by` is no shop manager.
    """
    plan = locked_plan(plan_id)
    if by is not None:
        require_manager(by)
    if plan.is_enabled == is_enabled:
        return plan
    plan.is_enabled = is_enabled
    if is_enabled:
        count_anew(plan, timezone.now())
        set_terms_anew(plan, by)
        if by is not None:
            hold_what_is_left(plan)
    no_longer_waits(plan)
    plan.save()
    _record(ActName.PLAN_SWITCHED_ON if is_enabled else ActName.PLAN_SWITCHED_OFF, plan, by)
    return plan


def count_anew(plan: Plan, now: datetime) -> None:
    """Count the interval of a plan, whose terms are still the old ones, from `now`.

    A period's number is never given twice: its entries are called by it.
    """
    last = plan.runs.order_by("-period").values_list("period", flat=True).first() or 0
    plan.periods_before, plan.starts_at = max(current_period(plan, now), last), now


def _record(act: ActName, plan: Plan, by: User | None) -> None:
    record(act, actor=actor_of(by), subject=subject_of(plan), facts=facts_of(plan))


def _require_name_free(plan: Plan) -> None:
    if Plan.objects.filter(name=plan.name).exclude(pk=plan.pk).exists():
        raise PlanNameTaken
