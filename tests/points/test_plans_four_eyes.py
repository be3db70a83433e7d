"""What one run of a plan moves, more than one manager may alone, takes two; and only managers decide of plans at all."""

import logging
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.models import Act
from audit.services import canonical
from ledger.errors import LedgerUnavailable
from ledger.models import Alarm, Entry
from ledger.verifying import verify
from people.models import User
from people.rights import SHOP_MANAGER
from points.models import Plan, PlanRun
from points.plans.approving import approve_plan
from points.plans.beginning import planned_run, start_run
from points.plans.errors import PlanDisabled, PlanTermsChanged
from points.plans.periods import current_period, missed_periods
from points.plans.rows import digest_of, facts_of
from points.plans.running import carry_on, run_plans
from points.plans.services import change_plan, create_plan, switch_plan
from points.plans.wallets import foresee
from tests.points.conftest import an_interval_later, balance, planned
from wallets.errors import ApprovalRequired, ManagerRequired, OwnApproval, OwnWallet
from wallets.models import Wallet
from wallets.services import change_wallet, open_wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def limit(points: None, site: Callable[..., None]) -> None:
    """One manager alone moves 9.99 points."""
    site(approval_above={"PTS": 999})


def approved(plan: Plan, by: User | None) -> Plan:
    return approve_plan(plan_id=plan.pk, seen=digest_of(Plan.objects.get(pk=plan.pk)), by=by)


def open_alarms() -> list[tuple[str, str]]:
    return list(Alarm.objects.open().values_list("name", "subject"))


def test_no_period_begins_before_a_second_manager_has_approved_the_terms(
    limit: None, hers: Wallet, his: Wallet, manager: User, second: User, site: Callable[..., None]
):
    """What was due meanwhile then begins; exactly the limit needs nobody."""
    plan = planned(amount_minor=500, by=manager)

    assert (run_plans(), run_plans(), PlanRun.objects.count()) == (0, 0, 0)
    [alarm] = Alarm.objects.open()
    assert (alarm.name, alarm.subject) == ("plan_waiting", f"plan {plan.pk}")
    assert "period 1 moves up to 10.00 Points, and 9.99 Points is what one manager moves alone" in alarm.message
    for by in (manager, second, None):
        with pytest.raises(ApprovalRequired) as refused, transaction.atomic():
            start_run(plan_id=plan.pk, period=2, by=by)
        assert (refused.value.requested.minor, refused.value.limit.minor) == (1000, 999)
    with pytest.raises(OwnApproval), transaction.atomic():
        approved(plan, manager)

    done = approved(plan, second)
    assert (done.approved_by, done.is_approved, open_alarms()) == (second, True, [])
    assert (run_plans(), balance(hers), balance(his)) == (1, 500, 500)
    assert approved(plan, second).approved_at == done.approved_at
    acts = Act.objects.filter(act="plan.approved").values_list("actor", "subject")
    assert list(acts) == [(f"user:{second.pk} admin", f"plan:{plan.pk}")]
    assert verify().findings == []

    site(approval_above={"PTS": 1000})
    planned(name="Another", amount_minor=-500, by=manager)
    assert (run_plans(), balance(hers)) == (1, 0)


def test_a_period_that_waits_until_the_next_one_is_due_is_a_missed_one(limit: None, hers: Wallet, manager: User, second: User):
    plan = planned(amount_minor=1000, by=manager)
    run_plans()
    an_interval_later(plan)

    approved(plan, second)
    run_plans()

    assert list(plan.runs.values_list("period", flat=True)) == [2]
    plan.refresh_from_db()
    assert missed_periods(plan, timezone.now(), limit=9) == [1]
    assert start_run(plan_id=plan.pk, period=1, by=manager).wallets == 1
    assert (run_plans(), balance(hers)) == (1, 2000)


def test_it_is_asked_for_whenever_a_run_begins_because_the_shop_grows(
    limit: None, hers: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry], manager: User, second: User
):
    give(hers, 9990)
    plan = planned(amount_type="percent", amount_minor=None, percent=Decimal("10"), by=manager)
    assert (run_plans(), balance(hers)) == (1, 10989)

    an_interval_later(plan)
    assert (run_plans(), balance(hers)) == (0, 10989)
    approved(plan, second)
    assert (run_plans(), balance(hers)) == (1, 12088)


@pytest.mark.parametrize("terms", [{"amount_minor": 1001}, {"interval_days": 8}, {"amount_minor": None, "percent": Decimal(5)}])
def test_other_terms_are_approved_anew(
    terms: dict[str, Any], limit: None, hers: Wallet, give: Callable[..., Entry], manager: User, second: User
):
    give(hers, 10**6)
    plan = planned(amount_minor=1000, by=manager)
    approved(plan, second)
    kind = {"amount_type": "percent"} if "percent" in terms else {}

    renamed = change_plan(plan_id=plan.pk, by=second, name="Weekly 2", grant_label="Cake")
    assert (renamed.is_approved, renamed.terms_by) == (True, manager)
    changed = change_plan(plan_id=plan.pk, by=second, **terms, **kind)

    assert (changed.is_approved, changed.approved_by, changed.terms_by) == (False, None, second)
    with pytest.raises(ApprovalRequired), transaction.atomic():
        start_run(plan_id=plan.pk, period=changed.periods_before + 1)
    with pytest.raises(OwnApproval), transaction.atomic():
        approved(plan, second)
    assert approved(plan, manager).is_approved
    assert verify().findings == []


def test_another_group_and_switching_on_are_approved_anew(limit: None, hers: Wallet, manager: User, second: User):
    friends = Group.objects.create(name="Friends")
    friends.user_set.add(hers.user)
    plan = planned(amount_minor=1000, by=manager)
    approved(plan, second)
    run_plans()
    assert not change_plan(plan_id=plan.pk, by=manager, group=friends).is_approved
    approved(plan, second)

    off = switch_plan(plan_id=plan.pk, is_enabled=False, by=second)
    assert off.is_approved
    with pytest.raises(PlanDisabled), transaction.atomic():
        approved(plan, second)
    on = switch_plan(plan_id=plan.pk, is_enabled=True, by=second)

    assert (on.is_approved, on.terms_by) == (False, second)
    an_interval_later(plan)
    assert (run_plans(), open_alarms()) == (0, [("plan_waiting", f"plan {plan.pk}")])
    switch_plan(plan_id=plan.pk, is_enabled=False, by=second)
    assert (open_alarms(), verify().findings) == ([], [])


def off_and_on(plan: Plan, by: User | None) -> None:
    for is_enabled in (False, True):
        switch_plan(plan_id=plan.pk, is_enabled=is_enabled, by=by)


@pytest.mark.parametrize("whose", ["own", "of another", "of the console"])
def test_one_manager_gets_no_run_by_freezing_what_it_moves(
    whose: str, limit: None, hers: Wallet, give: Callable[..., Entry], manager: User, second: User
):
    """Neither before it begins nor before it goes on, whoever set the terms. Who is in its group opens a wallet any time."""
    wallet, group = open_wallet(user=manager, currency=hers.currency), Group.objects.get(name=SHOP_MANAGER)
    setter = {"own": manager, "of another": second, "of the console": None}[whose]
    plan = planned(amount_type="percent", amount_minor=None, percent=Decimal(1000), group=group, by=setter)
    start_run(plan_id=plan.pk, period=1, by=manager)
    give(wallet, 100)

    change_wallet(wallet=wallet, status="frozen")
    for by in (manager, None):
        with pytest.raises(ApprovalRequired), transaction.atomic():
            start_run(plan_id=plan.pk, period=2, by=by)
    for by in (second, manager, None):
        change_wallet(wallet=wallet, status="frozen")
        off_and_on(plan, by)
        change_wallet(wallet=wallet, status="active")
        assert (run_plans(), balance(wallet), open_alarms()) == (1, 100, [("plan_waiting", f"plan {plan.pk}")])
        for approver in (manager, second):
            with pytest.raises(OwnApproval if by == approver else OwnWallet), transaction.atomic():
                approved(plan, approver)

    approved(plan, None)
    assert (run_plans(), balance(wallet), open_alarms()) == (1, 1100, [])
    assert verify().findings == []


def test_nor_by_bringing_the_fees_to_it(limit: None, hers: Wallet, manager: User, site: Callable[..., None]):
    site(fee_wallet=str(hers.pk), approval_above={"PTS": 999})
    plan = planned(amount_minor=1000, by=manager)

    with pytest.raises(ApprovalRequired), transaction.atomic():
        start_run(plan_id=plan.pk, period=1, by=manager)

    foreseen = foresee(planned_run(plan, 1, actor="", now=timezone.now()))
    assert (foreseen.wallets, foreseen.moved_minor, foreseen.at_most_minor) == (0, 0, 1000)


def test_what_is_left_of_a_run_that_was_stopped_is_held_to_what_one_manager_moves(
    limit: None, hers: Wallet, his: Wallet, manager: User, second: User
):
    """Though it was approved when it began; and switched once more it has no second helping."""
    plan = planned(amount_minor=1000, by=manager)
    approved(plan, second)
    run = start_run(plan_id=plan.pk, period=1, by=manager)

    def stop(wallets: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_on(run.pk, stop, batch=1)
    off_and_on(plan, manager)
    off_and_on(plan, second)

    run.refresh_from_db()
    assert run.limit_minor == 1999
    assert (run_plans(), balance(hers), balance(his)) == (1, 1000, 0)
    assert open_alarms() == [("plan_waiting", f"plan {plan.pk}")]
    approved(plan, manager)
    assert (run_plans(), balance(hers), balance(his), open_alarms()) == (1, 1000, 1000, [])
    assert verify().findings == []


@pytest.mark.parametrize("how", ["approve", "console"])
def test_a_run_that_grows_on_its_way_stops_at_what_one_manager_moves(
    how: str,
    limit: None,
    hers: Wallet,
    his: Wallet,
    give: Callable[..., Entry],
    manager: User,
    second: User,
    caplog: pytest.LogCaptureFixture,
):
    """His friend's wallet fills between *Run now* and the worker. The log is told once, not with each round."""
    give(hers, 90)
    plan = planned(amount_type="percent", amount_minor=None, percent=Decimal(1000), by=manager)
    start_run(plan_id=plan.pk, period=1, by=manager)
    give(his, 10)

    assert (run_plans(), balance(hers), balance(his), open_alarms()) == (1, 90, 10, [("plan_waiting", f"plan {plan.pk}")])
    with pytest.raises(SystemExit, match="1"):
        call_command("run_plans")
    [told] = [record.getMessage() for record in caplog.records if record.levelno == logging.CRITICAL]
    assert told.startswith(f"alarm plan_waiting (plan {plan.pk}): period 1 has grown to 10.00 Points")
    assert Alarm.objects.open().get().times == 2
    approved(plan, second if how == "approve" else None)

    assert (run_plans(), balance(hers), balance(his), open_alarms()) == (1, 990, 110, [])
    assert verify().findings == []


def test_what_is_approved_is_what_was_looked_at(limit: None, hers: Wallet, manager: User, second: User):
    plan = planned(amount_minor=1000, by=manager)
    seen = digest_of(plan)
    change_plan(plan_id=plan.pk, by=manager, amount_minor=10**9)

    with pytest.raises(PlanTermsChanged), transaction.atomic():
        approve_plan(plan_id=plan.pk, seen=seen, by=second)

    assert not Plan.objects.get().is_approved


def test_a_wallet_of_his_own_is_in_the_way_in_a_group_and_not_among_everybody(
    limit: None, hers: Wallet, manager: User, second: User
):
    open_wallet(user=second, currency=hers.currency)
    everybody = planned(amount_minor=1000, by=manager)
    managers = planned(name="Pay", amount_minor=1000, by=manager, group=Group.objects.get(name=SHOP_MANAGER))

    with pytest.raises(OwnWallet), transaction.atomic():
        approved(managers, second)
    assert approved(everybody, second).is_approved


def test_only_managers_decide_and_a_superuser_approves_not_his_own(limit: None, hers: Wallet, alice: User, manager: User):
    boss = User.objects.create_superuser("boss", "boss@example.test", "x")
    plan = planned(amount_minor=1000, by=boss)
    acts = Act.objects.count()
    tries: list[Callable[[], Any]] = [
        lambda: create_plan(by=alice, name="Hers", amount_minor=5),
        lambda: change_plan(plan_id=plan.pk, by=alice, amount_minor=5),
        lambda: switch_plan(plan_id=plan.pk, by=alice, is_enabled=False),
        lambda: start_run(plan_id=plan.pk, by=alice, period=1),
        lambda: approved(plan, alice),
    ]

    for attempt in tries:
        with pytest.raises(ManagerRequired), transaction.atomic():
            attempt()
    with pytest.raises(OwnApproval), transaction.atomic():
        approved(plan, boss)

    assert (Act.objects.count(), PlanRun.objects.count(), Plan.objects.get().amount_minor) == (acts, 0, 1000)


def test_the_operator_may_approve_at_the_console(limit: None, hers: Wallet, manager: User, capsys: pytest.CaptureFixture[str]):
    plan = planned(amount_minor=1000, by=manager)
    with pytest.raises(SystemExit, match="1"):
        call_command("run_plans")
    assert f"Plan {plan.pk}, Weekly was not begun: 10.00 Points requested" in capsys.readouterr().err

    call_command("run_plans", plan=plan.pk, approve=True)

    plan.refresh_from_db()
    assert (balance(hers), plan.approved_by, plan.is_approved) == (1000, None, True)
    assert Act.objects.get(act="plan.approved").actor == "command"
    assert verify().findings == []


EDITS = [
    "approved_at = now()",
    "approved_at = now(), approved_by = {second}",
    "amount_minor = 900",
    "terms_by_id = NULL",
    "starts_at = starts_at - interval '7 days'",
]


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_plan_is_found_and_neither_run_nor_changed(
    edit: str, limit: None, hers: Wallet, manager: User, second: User, sql: Callable[[str], int]
):
    """Nor does a change make honest what was edited; the plans behind it have their turn."""
    plan, honest = planned(amount_minor=1000, by=manager), planned(name="Honest", amount_minor=5)
    sql(f"UPDATE points_plan SET {edit.format(second=second.pk).replace('approved_by', 'approved_by_id')} WHERE id = {plan.pk}")

    with pytest.raises(LedgerUnavailable):
        run_plans()
    verbs: list[Callable[[], Plan]] = [
        lambda: approved(plan, second),
        lambda: change_plan(plan_id=plan.pk, by=manager, name="Other"),
        lambda: switch_plan(plan_id=plan.pk, by=manager, is_enabled=False),
    ]
    for verb in verbs:
        with pytest.raises(LedgerUnavailable), transaction.atomic():
            verb()

    assert (list(PlanRun.objects.values_list("plan", flat=True)), balance(hers)) == ([honest.pk], 5)
    assert [str(finding) for finding in verify().findings] == [f"plan {plan.pk} is not what its audit rows say"]


def test_a_forged_audit_row_makes_no_edit_honest(limit: None, hers: Wallet, manager: User, second: User):
    plan = planned(amount_minor=1000, by=manager)
    Plan.objects.filter(pk=plan.pk).update(approved_by=second, approved_at=timezone.now())
    plan.refresh_from_db()
    told = Act.objects.get(act="plan.created")
    told.pk, told.act, told.facts = told.pk + 1000, "plan.approved", canonical(facts_of(plan))
    told.save(force_insert=True)

    with pytest.raises(LedgerUnavailable):
        run_plans()

    assert not PlanRun.objects.exists()


def test_a_run_that_was_edited_or_that_nobody_began_moves_nothing(limit: None, hers: Wallet, sql: Callable[[str], int]):
    plan = planned(amount_minor=5)
    run = start_run(plan_id=plan.pk, period=1)
    sql("UPDATE points_planrun SET amount_minor = 10000")
    with pytest.raises(LedgerUnavailable):
        run_plans()
    assert balance(hers) == 0
    sql("UPDATE points_planrun SET amount_minor = 5")
    made = {"amount_type": "fixed", "amount_minor": 10000, "currency_code": "PTS", "actor": "service"}
    PlanRun.objects.create(plan=plan, period=2, due_at=run.due_at, label="x", **made)
    with pytest.raises(LedgerUnavailable):
        run_plans()

    assert balance(hers) == 5


def test_the_database_lets_nobody_approve_his_own(limit: None, hers: Wallet, manager: User):
    plan = planned(amount_minor=1000, by=manager)
    for wrong in ({"approved_by": manager, "approved_at": timezone.now()}, {"approved_by": manager, "terms_by": None}):
        with pytest.raises(IntegrityError, match="points_plan_second_approves"), transaction.atomic():
            Plan.objects.filter(pk=plan.pk).update(**wrong)


def test_what_is_due_when_the_terms_change_is_run_on_the_old_ones(hers: Wallet, manager: User):
    """The job would have begun it within the minute."""
    plan = planned(amount_minor=5)

    changed = change_plan(plan_id=plan.pk, by=manager, amount_minor=7)

    run = PlanRun.objects.get()
    assert (run.period, run.amount_minor, run.actor, changed.periods_before) == (1, 5, "service", 1)
    assert (run_plans(), balance(hers)) == (1, 5)
    an_interval_later(plan)
    assert (run_plans(), balance(hers)) == (1, 12)
    change_plan(plan_id=plan.pk, by=manager, amount_minor=8)
    assert PlanRun.objects.count() == 2
    assert verify().findings == []


def test_what_waits_for_a_second_manager_is_given_up_with_its_terms(limit: None, hers: Wallet, manager: User):
    """But for another group, which counts nothing anew."""
    friends = Group.objects.create(name="Friends")
    friends.user_set.add(hers.user)
    plan = planned(amount_minor=1000, by=manager)
    run_plans()

    moved = change_plan(plan_id=plan.pk, by=manager, group=friends)
    assert (current_period(moved, timezone.now()), moved.periods_before) == (1, 0)
    changed = change_plan(plan_id=plan.pk, by=manager, amount_minor=900)

    assert (changed.periods_before, run_plans(), PlanRun.objects.count(), open_alarms()) == (1, 0, 0, [])
    assert changed.starts_at > timezone.now() - timedelta(minutes=1)
