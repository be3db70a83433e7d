"""Four eyes over plans: a run that moves more than one manager moves alone needs a second one's word on the terms.

Asked for whenever a run begins, because the shop grows: terms that one manager could set alone in spring may take two in
autumn. The word holds for as long as the terms do. Without it a run has a limit of its own, counted as it books; nothing but
the word takes that away, for what is foreseen may be otherwise a second later.
"""

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Abs
from django.utils import timezone

from audit.acts import ActName
from audit.services import actor_of, record
from ledger.alarms import clear_alarm, raise_alarm_once
from ledger.money import Money
from people.models import User
from points.models import Plan, PlanRun
from points.plans.errors import PlanDisabled, PlanTermsChanged
from points.plans.rows import digest_of, facts_of, locked_plan, subject_of
from points.plans.wallets import Foreseen, foresee
from wallets.approvals import approval_limit, require_manager
from wallets.errors import ApprovalRequired, OwnApproval, OwnWallet

TERMS = ("amount_type", "amount_minor", "percent", "currency_code")
# A period is due, and nobody may begin it; or one was begun, and has grown.
WAITING_ALARM = "plan_waiting"


@transaction.atomic(savepoint=False)
def approve_plan(*, plan_id: int, seen: str, by: User | None = None) -> Plan:
    """Let the present terms be run, whatever they move; a period that is due begins with the next round of the job.

    `seen` is `digest_of` the terms that were looked at; `by` is None for the operator at the console, whom no limit of the
    managers holds. Approved before, nothing changes.

    Raises:
        PlanUnknown, LedgerUnavailable: there is none, or somebody edited it.
        ManagerRequired: `by` is no shop manager.
        PlanDisabled: it is switched off; to switch it on takes another word.
        PlanTermsChanged: its terms are others than those that were looked at.
        OwnApproval: he set them himself.
        OwnWallet: it is for a group, and he is in it.
    """
    plan = locked_plan(plan_id)
    if by is not None:
        require_manager(by)
    if not plan.is_enabled:
        raise PlanDisabled
    if seen != digest_of(plan):
        raise PlanTermsChanged
    if by is not None:
        _require_second(plan, by)
    if plan.approved_at is None:
        plan.approved_by, plan.approved_at = by, timezone.now()
        plan.save(update_fields=["approved_by", "approved_at"])
        record(ActName.PLAN_APPROVED, actor=actor_of(by), subject=subject_of(plan), facts=facts_of(plan))
        _let_go_on(plan.runs.filter(**{name: getattr(plan, name) for name in TERMS}, group_number=plan.group_id))
        no_longer_waits(plan)
    return plan


def require_approved(run: PlanRun) -> Foreseen:
    """What a run, which is not saved yet, would move now, where its plan's terms may be run; and hold it to what it may.

    Raises:
        ApprovalRequired: all of it together is more than one manager moves alone, and no second one has approved the terms.
    """
    foreseen = foresee(run)
    if missing := missing_approval(run.plan, foreseen):
        raise missing
    if not run.plan.is_approved and (limit := approval_limit(run.currency)) is not None:
        run.limit_minor = limit.minor
    return foreseen


def require_within_limit(run: PlanRun) -> None:
    """Ask before what a locked run has moved is kept: wallets may have grown since it was begun.

    Raises:
        ApprovalRequired: nobody has approved it, and it is more than one manager moves alone.
    """
    moved_minor = abs(int(run.moved_minor))
    if run.limit_minor is not None and moved_minor > run.limit_minor:
        unit = run.currency
        raise ApprovalRequired(limit=Money(int(run.limit_minor), unit), requested=Money(moved_minor, unit))


def hold_what_is_left(plan: Plan) -> None:
    """Of runs that had no limit: one manager lets them go on, and what they move from now on is held to what one moves alone.

    Those that have a limit keep it, or switching off and on would add to it.
    """
    for run in plan.runs.filter(finished_at=None, limit_minor=None):
        if (limit := approval_limit(run.currency)) is not None:
            # A worker may be at it: what it has moved is read where it is written.
            plan.runs.filter(pk=run.pk).update(limit_minor=Abs(F("moved_minor")) + limit.minor)


def missing_approval(plan: Plan, foreseen: Foreseen) -> ApprovalRequired | None:
    """What a run that moves so much is refused by now; None where it is not."""
    limit = approval_limit(plan.currency)
    if limit is None or plan.is_approved or foreseen.size_minor <= limit.minor:
        return None
    return ApprovalRequired(limit=limit, requested=Money(foreseen.size_minor, plan.currency))


def set_terms_anew(plan: Plan, by: User | None) -> None:
    """Nobody has approved what `by` has decided just now."""
    plan.terms_by, plan.approved_by, plan.approved_at = by, None, None
    no_longer_waits(plan)


def waits(plan: Plan, told: str) -> None:
    """A person has to see to it. Each round of the job says so; the log is told once."""
    raise_alarm_once(WAITING_ALARM, waiting_subject(plan), told)


def no_longer_waits(plan: Plan) -> None:
    """Where it still does, the next round of the job says so again."""
    clear_alarm(WAITING_ALARM, waiting_subject(plan))


def waiting_subject(plan: Plan) -> str:
    """What the alarm calls it: its name is no word of ours."""
    return f"plan {plan.pk}"


def _let_go_on(runs: QuerySet[PlanRun]) -> None:
    """A second manager, or the operator, answers for what they move. Nobody else calls this."""
    runs.filter(finished_at=None).update(limit_minor=None)


def _require_second(plan: Plan, by: User) -> None:
    if plan.terms_by_id == by.pk:
        raise OwnApproval
    # A plan for everybody is one for every manager, too; of a group somebody has chosen whom. Who has no wallet opens one.
    if plan.group_id is not None and by.groups.filter(pk=plan.group_id).exists():
        raise OwnWallet
