"""Periodic plans: what each wallet gains or pays, once a period, and which periods there are."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from audit.models import Act
from bnpl.services import allow
from ledger.book import lock_accounts
from ledger.debts import loan
from ledger.errors import Busy
from ledger.models import Account, Entry
from ledger.money import AMOUNT_MAX
from ledger.movements import Circumstances, Event
from ledger.verifying import verify
from people.models import User
from points.models import Plan, PlanRun
from points.plans import running
from points.plans.amounts import change
from points.plans.beginning import start_run
from points.plans.errors import PeriodNotOpen, PeriodRunBefore, PlanDisabled, PlanNameTaken, PlanUnknown
from points.plans.periods import current_period, due_at, missed_periods, next_period
from points.plans.running import carry_on, run_plans
from points.plans.services import change_plan, create_plan, switch_plan
from points.plans.wallets import foresee
from tests.points.conftest import an_interval_later, balance, planned
from wallets.holds import place_hold
from wallets.models import Wallet
from wallets.services import change_wallet, open_wallet

pytestmark = pytest.mark.django_db

WHY = Circumstances("test")


def only_run() -> PlanRun:
    return PlanRun.objects.get()


def counts(run: PlanRun) -> tuple[int, ...]:
    return run.moved, run.empty, run.skipped, run.short, int(run.moved_minor)


def test_grants_every_wallet_once_a_period(hers: Wallet, his: Wallet):
    plan = planned(amount_minor=250)

    assert [run_plans(), run_plans(), run_plans()] == [1, 0, 0]

    assert (balance(hers), balance(his)) == (250, 250)
    run = only_run()
    assert (run.period, counts(run), run.wallets, run.finished_at is not None) == (1, (2, 0, 0, 0, 500), 2, True)
    entry = Entry.objects.get(account_id=hers.pk)
    assert (entry.key, entry.kind, entry.house, entry.reason) == (f"plan:{plan.pk}:1", "grant", "issued", "Bread")
    assert (entry.actor, len(bytes(entry.asked or b"")), entry.lots) == ("service", 32, [])
    assert list(Act.objects.filter(act__startswith="plan").order_by("pk").values_list("act", "subject")) == [
        ("plan.created", f"plan:{plan.pk}"),
        ("plan.run_started", f"plan:{plan.pk}:1"),
        ("plan.run_finished", f"plan:{plan.pk}:1"),
    ]
    assert verify().findings == []


def test_the_next_period_moves_again_and_a_run_that_was_lost_moves_nothing(hers: Wallet, sql: Callable[[str], int]):
    plan = planned(amount_minor=250)
    run_plans()
    sql("DELETE FROM points_planrun")

    assert run_plans() == 1
    assert (balance(hers), counts(only_run())) == (250, (1, 0, 0, 0, 250))

    an_interval_later(plan)
    assert run_plans() == 1
    assert balance(hers) == 500
    assert Entry.objects.filter(account_id=hers.pk).order_by("sequence").last().key == f"plan:{plan.pk}:2"  # type: ignore[union-attr]


def test_a_charge_takes_what_is_there_and_never_overdraws(hers: Wallet, his: Wallet, give: Callable[..., Entry]):
    give(hers, 1000)
    place_hold(wallet=hers, amount=hers.money(700), event=Event.once("test"), why=WHY, expires_in=timedelta(minutes=5))
    with transaction.atomic():
        lock_accounts(his.pk).set_terms(his.pk, credit_line=900)
    planned(amount_minor=-400)

    run_plans()

    assert (balance(hers), balance(his)) == (700, 0)
    assert counts(only_run()) == (1, 1, 0, 2, -300)
    assert Entry.objects.get(account_id=hers.pk, kind="charge").reason == "Rent"
    assert verify().findings == []


@pytest.mark.parametrize(
    ("percent", "own", "moves"),
    [
        ("2.5", 101, 3),
        ("-2.5", 101, -3),
        ("0.0001", 1, 1),
        ("-100", 7, -7),
        ("-99.9999", 7, -7),
        ("1000", 7, 70),
        ("10", 0, 0),
        ("-33.3333", 10**18, -(333333 * 10**12)),
    ],
)
def test_per_cent_are_rounded_up_whichever_way_they_go(percent: str, own: int, moves: int):
    assert change(PlanRun(amount_type="percent", percent=Decimal(percent)), own) == moves


def test_per_cent_are_of_what_is_there(hers: Wallet, his: Wallet, give: Callable[..., Entry]):
    give(hers, 101)
    planned(amount_type="percent", amount_minor=None, percent=Decimal("2.5"))

    run_plans()

    assert (balance(hers), balance(his)) == (104, 0)
    assert counts(only_run()) == (1, 1, 0, 0, 3)
    assert verify().findings == []


def test_skips_who_is_frozen_mirrored_or_full_and_leaves_others_out(
    hers: Wallet, his: Wallet, give: Callable[..., Entry], site: Callable[..., None]
):
    """Another currency, the wallet of the fees, and whoever came after it was due take no part."""
    site(points_wallets_per_user=9)
    full, mirrored, fees, late = (open_wallet(user=hers.user, currency=hers.currency) for _ in range(4))
    Wallet.objects.exclude(pk=late.pk).update(created_at=timezone.now() - timedelta(days=99))
    site(fee_wallet=fees.name)
    change_wallet(wallet=his, status="frozen")
    with transaction.atomic():
        lock_accounts(mirrored.pk).set_terms(mirrored.pk, status="mirrored")
    give(hers, 7)
    give(full, AMOUNT_MAX)
    planned(amount_type="percent", amount_minor=None, percent=Decimal(1000))

    run_plans()

    assert counts(only_run()) == (1, 0, 3, 0, 70)
    assert set(Entry.objects.filter(kind="grant").values_list("account_id", flat=True)) == {hers.pk}


def test_a_group_alone_and_a_debt_is_repaid_out_of_what_is_granted(hers: Wallet, his: Wallet):
    friends = Group.objects.create(name="Friends")
    friends.user_set.add(hers.user)
    allow(user=hers.user)
    with transaction.atomic():
        book = lock_accounts(hers.pk)
        book.post(loan(book[hers.pk], hers.money(40), WHY), event=Event.once("test"))
    planned(amount_minor=100, group=friends)

    run_plans()

    account = Account.objects.get(pk=hers.pk)
    assert (account.balance, account.owed, balance(his)) == (100, 0, 0)
    assert counts(only_run()) == (1, 0, 0, 0, 100)
    assert verify().findings == []


def test_only_the_current_period_is_run_and_a_missed_one_by_hand(hers: Wallet, manager: User):
    now = timezone.now()
    plan = planned(amount_minor=1, starts_at=now - timedelta(days=7 * 4, hours=1))

    run_plans()

    assert list(plan.runs.values_list("period", flat=True)) == [4]
    assert missed_periods(plan, now, limit=30) == [3, 2, 1]
    assert missed_periods(plan, now, limit=2) == [3, 2]
    start_run(plan_id=plan.pk, period=2, by=manager)
    assert run_plans() == 1
    assert (balance(hers), missed_periods(plan, now, limit=30)) == (2, [3, 1])
    assert Entry.objects.get(key=f"plan:{plan.pk}:2").actor == f"user:{manager.pk} admin"
    for period, refusal in ((2, PeriodRunBefore), (4, PeriodRunBefore), (0, PeriodNotOpen), (6, PeriodNotOpen)):
        with pytest.raises(refusal), transaction.atomic():
            start_run(plan_id=plan.pk, period=period)
    assert verify().findings == []


def test_the_next_period_may_be_run_ahead_of_its_time_once(hers: Wallet):
    plan = create_plan(**TERMS, amount_minor=5)
    assert (run_plans(), current_period(plan, timezone.now())) == (0, 0)

    assert next_period(plan, timezone.now()) == 1
    start_run(plan_id=plan.pk, period=1)
    run_plans()

    assert balance(hers) == 5
    an_interval_later(plan)
    assert (run_plans(), balance(hers)) == (0, 5)


def test_another_amount_counts_anew_and_no_number_is_given_twice(hers: Wallet):
    plan = planned(amount_minor=5)
    start_run(plan_id=plan.pk, period=1)
    start_run(plan_id=plan.pk, period=2)
    before = timezone.now()

    renamed = change_plan(plan_id=plan.pk, name="Weekly 2")
    assert (renamed.starts_at, renamed.periods_before) == (plan.starts_at, 0)
    changed = change_plan(plan_id=plan.pk, amount_minor=7)

    assert changed.starts_at >= before
    assert (changed.periods_before, current_period(changed, timezone.now())) == (2, 2)
    assert due_at(changed, 3) == changed.starts_at + timedelta(days=7)
    assert missed_periods(changed, timezone.now(), limit=9) == []
    # What was begun keeps its terms.
    assert (run_plans(), balance(hers)) == (2, 10)
    with pytest.raises(PeriodNotOpen), transaction.atomic():
        start_run(plan_id=plan.pk, period=2)
    assert verify().findings == []


def test_a_plan_that_is_off_stops_its_runs_and_counts_anew_when_it_is_on(hers: Wallet):
    plan = planned(amount_minor=5)
    start_run(plan_id=plan.pk, period=1)

    switch_plan(plan_id=plan.pk, is_enabled=False)
    carry_on(only_run().pk)
    assert (run_plans(), balance(hers), only_run().finished_at) == (0, 0, None)
    with pytest.raises(PlanDisabled), transaction.atomic():
        start_run(plan_id=plan.pk, period=2)

    on = switch_plan(plan_id=plan.pk, is_enabled=True)
    assert (on.periods_before, current_period(on, timezone.now())) == (1, 1)
    assert (run_plans(), balance(hers)) == (1, 5)
    assert verify().findings == []


def test_a_run_that_is_stopped_stops_no_other_plan(hers: Wallet, monkeypatch: pytest.MonkeyPatch):
    first, second = planned(amount_minor=5), planned(amount_minor=7, name="Another")
    carried_on = running.carry_on

    def stopped(run_id: int, progress: Any) -> PlanRun:
        if PlanRun.objects.get(pk=run_id).plan_id == first.pk:
            raise Busy
        return carried_on(run_id, progress)

    monkeypatch.setattr(running, "carry_on", stopped)
    with pytest.raises(Busy):
        run_plans()
    assert balance(hers) == 7
    monkeypatch.undo()
    assert (run_plans(), balance(hers)) == (1, 12)
    assert {run.plan_id for run in PlanRun.objects.exclude(finished_at=None)} == {first.pk, second.pk}


def test_refuses_a_name_that_is_taken_and_a_plan_that_is_not_there(points: None):
    create_plan(**TERMS, amount_minor=5)

    with pytest.raises(PlanNameTaken), transaction.atomic():
        create_plan(**TERMS, amount_minor=5)
    with pytest.raises(PlanUnknown), transaction.atomic():
        start_run(plan_id=10**15, period=1)
    assert Plan.objects.count() == 1


@pytest.mark.parametrize("amount", [{"amount_minor": 30}, {"amount_minor": -30}, {"percent": "12.3456"}, {"percent": "-33.3"}])
def test_foresees_what_a_run_moves(hers: Wallet, his: Wallet, give: Callable[..., Entry], amount: dict[str, Any]):
    give(hers, 101)
    give(his, 29)
    percent = Decimal(amount["percent"]) if "percent" in amount else None
    plan = planned(amount_minor=amount.get("amount_minor"), percent=percent, amount_type="percent" if percent else "fixed")
    run = start_run(plan_id=plan.pk, period=1)

    foreseen = foresee(run)
    done = carry_on(run.pk, batch=1)

    assert (foreseen.wallets, foreseen.moved, foreseen.skipped, foreseen.short, foreseen.moved_minor) == (
        *(done.wallets, done.moved, done.skipped, done.short, int(done.moved_minor)),
    )


def test_the_command_runs_what_is_due(hers: Wallet, capsys: pytest.CaptureFixture[str]):
    plan = planned(amount_minor=5)

    call_command("run_plans", plan=plan.pk)
    call_command("run_plans")

    told = f"Period 1 of plan {plan.pk}: 1 wallets moved, 5 minor units of PTS in all; 0 short, 0 empty, 0 skipped."
    assert capsys.readouterr().out.splitlines() == [told, "Nothing is due."]
    for number in (plan.pk + 1, 0, -1, 10**30):
        with pytest.raises(CommandError, match="there is no plan"):
            call_command("run_plans", plan=number)


TERMS: dict[str, Any] = {
    **{"name": "Weekly", "amount_type": "fixed", "percent": None, "interval_days": 7},
    **{"grant_label": "Bread", "charge_label": "Rent"},
}
