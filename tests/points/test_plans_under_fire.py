"""Runs of plans with several at them, wallets that somebody holds or edited, and processes that are killed."""

import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event as Signal
from threading import Thread

import pytest
from django.db import connection, connections, transaction

from ledger.book import lock_accounts
from ledger.errors import Busy
from ledger.models import Account, Entry
from ledger.verifying import verify
from people.models import User
from points.models import Plan, PlanRun
from points.plans import running
from points.plans.approving import approve_plan
from points.plans.beginning import begin_current, start_run
from points.plans.errors import PlanTermsChanged
from points.plans.rows import digest_of
from points.plans.running import carry_on, run_plans
from points.plans.services import change_plan
from tests.payments.conftest import all_at_once
from tests.payments.processes import elsewhere
from tests.points.conftest import balance, planned
from wallets.models import Wallet
from wallets.services import open_wallet

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def ten(hers: Wallet, site: Callable[..., None]) -> list[Wallet]:
    site(points_wallets_per_user=10)
    return [hers, *(open_wallet(user=hers.user, currency=hers.currency) for _ in range(9))]


def balances() -> list[int]:
    return list(Account.objects.filter(currency_code="PTS").order_by("pk").values_list("balance", flat=True))


def test_eight_at_one_run_move_each_wallet_once(ten: list[Wallet]):
    plan = planned(amount_minor=5)

    def patiently() -> None:
        begin_current(plan)
        while PlanRun.objects.filter(finished_at=None).exists():
            try:
                carry_on(PlanRun.objects.get().pk, batch=2)
            except Busy:
                continue

    outcomes = all_at_once([patiently] * 8)

    assert outcomes == [None] * 8
    run = PlanRun.objects.get()
    assert (balances(), run.moved, run.skipped, int(run.moved_minor)) == ([5] * 10, 10, 0, 50)
    assert verify().findings == []


@pytest.mark.parametrize("at", [1, 4])
def test_a_process_that_is_killed_leaves_whole_batches_and_the_next_goes_on(ten: list[Wallet], at: int):
    """Batches of three; it dies behind the entries of the `at`-th."""
    start_run(plan_id=planned(amount_minor=5).pk, period=1)

    assert elsewhere(str(at), module="tests.points.killed_at_a_plan") == -signal.SIGKILL

    whole = (at - 1) * 3
    run = PlanRun.objects.get()
    assert (balances(), run.moved, run.finished_at) == ([5] * whole + [0] * (10 - whole), whole, None)
    assert verify().findings == []
    assert run_plans() == 1
    assert (balances(), PlanRun.objects.get().moved) == ([5] * 10, 10)
    assert verify().findings == []


def test_a_wallet_that_somebody_holds_stops_no_other_and_is_made_up_for(ten: list[Wallet], monkeypatch: pytest.MonkeyPatch):
    """And one that was edited is skipped."""
    planned(amount_minor=5)
    monkeypatch.setattr(running, "LOCK_TIMEOUT", "SET LOCAL lock_timeout = '20ms'")
    monkeypatch.setattr(running, "LEFT_TIMEOUT", "SET LOCAL lock_timeout = '20ms'")
    Account.objects.filter(pk=ten[6].pk).update(credit_line=10**9)
    is_held, may_go = Signal(), Signal()

    def hold() -> None:
        with transaction.atomic():
            lock_accounts(ten[3].pk)
            is_held.set()
            may_go.wait(30)
        connections.close_all()

    holder = Thread(target=hold)
    holder.start()
    is_held.wait(30)
    told: list[int] = []
    run_plans(told.append)
    may_go.set()
    holder.join()

    run = PlanRun.objects.get()
    assert balances() == [5, 5, 5, 0, 5, 5, 0, 5, 5, 5]
    assert (run.left_behind, run.moved, run.skipped, run.finished_at, sum(told)) == ([ten[3].pk], 8, 1, None, 10)

    assert run_plans() == 1
    run = PlanRun.objects.get()
    assert (balance(ten[3]), run.left_behind, run.moved, run.finished_at is not None) == (5, [], 9, True)


def test_a_period_is_begun_once_whoever_begins_it(ten: list[Wallet]):
    plan = planned(amount_minor=5)

    all_at_once([partial(begin_current, plan)] * 6)

    assert PlanRun.objects.count() == 1
    assert Entry.objects.filter(kind="grant").count() == 0


def test_of_managers_who_run_a_period_at_once_one_does(ten: list[Wallet], manager: User):
    plan = planned(amount_minor=5)

    outcomes = all_at_once([partial(start_run, plan_id=plan.pk, period=1, by=manager)] * 6)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["PeriodRunBefore"] * 5 + ["PlanRun"]
    assert (run_plans(), balances()) == (1, [5] * 10)


def meanwhile(first: Callable[[], object], then: Callable[[], object]) -> BaseException | None:
    """What `then` raised, which began behind `first` and before its commit."""

    def work() -> None:
        try:
            then()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            done = pool.submit(work)
            until_somebody_waits()
        return done.exception()


def until_somebody_waits() -> None:
    asked = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(asked)
            if cursor.rowcount:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


def test_who_comes_to_a_run_that_ends_at_that_moment_leaves_its_counts_alone(ten: list[Wallet]):
    run = start_run(plan_id=planned(amount_minor=5).pk, period=1)

    assert meanwhile(lambda: carry_on(run.pk), lambda: carry_on(run.pk, batch=4)) is None

    run.refresh_from_db()
    assert (balances(), run.moved, run.wallets, int(run.moved_minor), run.left_behind) == ([5] * 10, 10, 10, 50, [])
    assert verify().findings == []


def test_nobody_approves_terms_that_are_changed_at_that_moment(
    ten: list[Wallet], manager: User, second: User, site: Callable[..., None]
):
    site(approval_above={"PTS": 49})
    plan = planned(amount_minor=5, by=manager)
    approve = partial(approve_plan, plan_id=plan.pk, seen=digest_of(plan), by=second)

    refusal = meanwhile(partial(change_plan, plan_id=plan.pk, by=manager, amount_minor=10**9), approve)

    assert isinstance(refusal, PlanTermsChanged)
    assert (Plan.objects.get().is_approved, run_plans(), balances()) == (False, 0, [0] * 10)


def test_what_is_approved_at_that_moment_begins_before_the_terms_are_others(
    ten: list[Wallet], manager: User, second: User, site: Callable[..., None]
):
    site(approval_above={"PTS": 49})
    plan = planned(amount_minor=5, by=manager)
    change = partial(change_plan, plan_id=plan.pk, by=manager, amount_minor=10**9)

    assert meanwhile(partial(approve_plan, plan_id=plan.pk, seen=digest_of(plan), by=second), change) is None

    assert (Plan.objects.get().is_approved, run_plans(), balances()) == (False, 1, [5] * 10)
    assert verify().findings == []


def test_a_worker_that_stops_leaves_the_rest_to_the_next(ten: list[Wallet], monkeypatch: pytest.MonkeyPatch):
    planned(amount_minor=5)
    monkeypatch.setattr(running, "BATCH", 4)

    class Stopped(Exception):
        pass

    def stop(wallets: int) -> None:
        if wallets:
            raise Stopped

    with pytest.raises(Stopped):
        run_plans(stop)

    assert balances() == [5] * 4 + [0] * 6
    assert (run_plans(), balances()) == (1, [5] * 10)
