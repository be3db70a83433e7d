"""The periods of a plan: which one it is, when each is due, which were missed."""

from datetime import datetime

from points.models import Plan


def current_period(plan: Plan, now: datetime) -> int:
    """The period that was due last; `plan.periods_before` where none of these terms was."""
    return plan.periods_before + max(0, (now - plan.starts_at) // plan.interval)


def due_at(plan: Plan, period: int) -> datetime:
    return plan.starts_at + (period - plan.periods_before) * plan.interval


def is_due(plan: Plan, now: datetime) -> bool:
    """Whether a period of these terms has come."""
    return current_period(plan, now) > plan.periods_before


def due_period(plan: Plan, now: datetime) -> int | None:
    """The current period where it is one of these terms and nobody has begun it."""
    period = current_period(plan, now)
    return period if period > plan.periods_before and not plan.runs.filter(period=period).exists() else None


def next_period(plan: Plan, now: datetime) -> int:
    """What *Run now* runs: the current period if nobody did, else the one that comes, ahead of its time."""
    due = due_period(plan, now)
    return current_period(plan, now) + 1 if due is None else due


def missed_periods(plan: Plan, now: datetime, *, limit: int) -> list[int]:
    """Periods of these terms that are over and were never begun, the last ones first."""
    begun = set(plan.runs.filter(period__gt=plan.periods_before).values_list("period", flat=True))
    missed: list[int] = []
    for period in range(current_period(plan, now) - 1, plan.periods_before, -1):
        if len(missed) == limit:
            break
        if period not in begun:
            missed.append(period)
    return missed
