"""Runs of plans with several at them, wallets that somebody holds or edited, and processes that are killed."""

import signal
from collections.abc import Callable
from functools import partial
from threading import Event as Signal
from threading import Thread

import pytest
from django.db import connections, transaction

from ledger.book import lock_accounts
from ledger.errors import Busy
from ledger.models import Account, Entry
from ledger.verifying import verify
from points.models import PlanRun
from points.plans import running
from points.plans.running import begin_current, carry_on, run_plans
from points.plans.services import start_run
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
