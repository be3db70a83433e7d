"""The job counts each entry once, whoever else is writing, and wherever it is stopped."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Signal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, transaction
from django.db.models import Max, Sum

from analytics import counting, reading, reports
from analytics.asked import report_of
from analytics.counting import count_entries, start_anew
from analytics.models import DayTotal, Progress
from analytics.moments import one_moment
from analytics.reading import daily_figures, summarize
from ledger import interest
from ledger.kinds import Kind
from ledger.models import Account, Entry
from ledger.movements import Event
from people.models import User
from tests.analytics.books import of_entries, of_roll_ups, spent_by_entries, spent_by_roll_ups
from tests.conftest import WHY
from tests.ledger import test_conservation
from tests.ledger.test_conservation import Mover
from tests.ledger.transfers import switch_on
from tests.payments.conftest import all_at_once
from wallets.models import Wallet
from wallets.services import credit, debit, open_wallet

Count = Callable[[], int]
Give = Callable[..., Entry]

WRITERS, STEPS, COUNTERS = 3, 15, 2


def spend(wallet: Wallet, minor: int) -> Entry:
    return debit(wallet=wallet, amount=wallet.money(minor), event=Event.once("test"), why=WHY)


# Other tests run on this server, in transactions that may take a minute: what the service waits for as well, and we do not.
HAVE_ENDED_HERE = """
SELECT NOT EXISTS (SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND backend_xid::text::bigint <= least(%s, %s))"""


def count_all() -> None:
    """Nobody writes any more."""
    count_entries()
    highest = Entry.objects.aggregate(highest=Max("id"))["highest"]
    assert Progress.objects.get().counted_id == highest


@pytest.fixture
def many_connections() -> Any:
    """More than the one or two that a test needs."""
    pool = connection.settings_dict["OPTIONS"]["pool"]
    usual = pool["max_size"]
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    pool["max_size"] = WRITERS + COUNTERS + 1
    yield
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    pool["max_size"] = usual


@pytest.mark.django_db
def test_counts_what_is_new_and_nothing_twice(wallet: Wallet, bobs_wallet: Wallet, give: Give, count: Count):
    give(wallet, 1000)
    give(bobs_wallet, 50, Kind.CASHBACK)
    spend(wallet, 300)

    assert count() == 3
    assert count() == 0
    spend(wallet, 20)
    give(wallet, 10**15)
    give(wallet, 10**15)

    assert count() == 3
    assert of_roll_ups() == of_entries()
    assert spent_by_roll_ups() == spent_by_entries() == {(Entry.objects.latest("id").at.date(), wallet.pk): 320}


@pytest.mark.django_db
def test_a_run_that_is_killed_neither_loses_nor_doubles(
    wallet: Wallet, give: Give, count: Count, monkeypatch: pytest.MonkeyPatch
):
    """Between two batches, and in the midst of one: totals, spending and how far it got are written together."""
    for amount in range(1, 11):
        give(wallet, amount)
        spend(wallet, 1)
    monkeypatch.setattr(counting, "ENTRIES_AT_ONCE", 3)
    batches = []

    def stop_after_two(counted: int) -> None:
        batches.append(counted)
        if len(batches) == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        count_entries(progress=stop_after_two)
    assert sum(total.transactions for total in DayTotal.objects.all()) == sum(batches) == 6
    with monkeypatch.context() as broken:
        broken.setattr(counting, "COUNT_SPENDING", "SELECT 1 / 0 WHERE %(after)s = %(last)s OR true")
        with pytest.raises(DatabaseError):
            count_entries()
    assert sum(total.transactions for total in DayTotal.objects.all()) == 6

    assert count() == 14
    assert of_roll_ups() == of_entries()
    assert spent_by_roll_ups() == spent_by_entries()


@pytest.mark.django_db
def test_is_made_anew_by_a_command(wallet: Wallet, give: Give, count: Count, sql: Callable[[str], int], capsys: Any):
    give(wallet, 1000)
    spend(wallet, 5)
    count()
    sql("UPDATE analytics_daytotal SET credited = 7")
    sql("DELETE FROM analytics_dayspending")

    call_command("rebuild_analytics")

    assert capsys.readouterr().out == "2 entries counted, 1 rankings made\n"
    assert of_roll_ups() == of_entries()
    assert spent_by_roll_ups() == spent_by_entries()


@pytest.mark.django_db
def test_figures_are_right_while_nothing_is_counted(wallet: Wallet, give: Give, count: Count):
    give(wallet, 1000)
    count()
    start_anew()

    assert summarize(window=1, currency_code="USD").liability == 1000


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_what_is_committed_late_is_neither_missed_nor_counted_twice(
    wallet: Wallet, bobs_wallet: Wallet, give: Give, many_connections: None, monkeypatch: pytest.MonkeyPatch
):
    """Seen to fail where the highest entry is counted at once: the one that drew its id early was never counted."""
    is_written, may_commit = Signal(), Signal()

    def write_early_and_commit_late() -> int:
        try:
            with transaction.atomic():
                entry = give(wallet, 700)
                is_written.set()
                may_commit.wait(30)
            return entry.pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        early = threads.submit(write_early_and_commit_late)
        try:
            is_written.wait(30)
            late = give(bobs_wallet, 50)
            assert count_entries() == 0
            assert summarize(window=1, currency_code="USD").credited == 50
        finally:
            may_commit.set()
        assert early.result() < late.pk

    assert summarize(window=1, currency_code="USD").credited == 750
    monkeypatch.setattr(counting, "HAVE_ENDED", HAVE_ENDED_HERE)
    count_all()
    assert of_roll_ups() == of_entries()
    assert summarize(window=1, currency_code="USD").credited == 750


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_what_is_counted_while_it_is_read_counts_once(wallet: Wallet, give: Give, monkeypatch: pytest.MonkeyPatch):
    """Seen to fail, each of the three, where it does not read how far the job is and the totals at one moment."""
    monkeypatch.setattr(counting, "_have_ended", lambda xid: True)
    readers: dict[Callable[[], int], Any] = {
        lambda: sum(line.gained for line in report_of(code="USD").lines): reports,
        lambda: summarize(window=1, currency_code="USD").credited: reading,
        lambda: sum(day.credited for day in daily_figures(days=1, currency_code="USD")): reading,
    }
    for count, (read, module) in enumerate(readers.items(), start=1):
        entry, rows = give(wallet, 1000), module._rows
        with monkeypatch.context() as counted_first:
            counted_first.setattr(module, "_rows", lambda *asked, rows=rows: (all_at_once([count_entries]), rows(*asked))[1])
            assert [read(), read()] == [1000 * count] * 2
        assert Progress.objects.get().counted_id == entry.pk


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_figures_are_the_ledgers_own_while_everybody_writes_and_the_job_counts(
    many_connections: None, monkeypatch: pytest.MonkeyPatch
):
    """Seen to fail without one moment for the totals and the entries behind them."""
    monkeypatch.setattr(counting, "ENTRIES_AT_ONCE", 7)
    monkeypatch.setattr(counting, "HAVE_ENDED", HAVE_ENDED_HERE)
    monkeypatch.setattr(test_conservation, "STEPS", STEPS)
    monkeypatch.setattr(interest, "_terms", [lambda owed: {(debt.account_id, debt.sequence): 1 for debt in owed}])
    switch_on(fee=1)
    wallets = [open_wallet(user=User.objects.create_user(f"w{number}", f"w{number}@example.test")) for number in range(4)]
    for wallet in wallets:
        credit(wallet=wallet, amount=wallet.money(500), event=Event.once("test"), why=WHY)
    is_over = Signal()

    def go_on_counting() -> int:
        counted = 0
        try:
            while not is_over.is_set():
                counted += count_entries()
            return counted
        finally:
            connections.close_all()

    looks = 0
    with ThreadPoolExecutor(WRITERS + COUNTERS) as threads:
        counters = [threads.submit(go_on_counting) for _ in range(COUNTERS)]
        movers = [threads.submit(Mover(wallets, 10 + number).work) for number in range(WRITERS)]
        try:
            while not all(mover.done() for mover in movers):
                _compare()
                looks += 1
        finally:
            is_over.set()
        for mover in movers:
            mover.result()
        for counter in counters:
            counter.result()

    assert looks > 3
    count_all()
    _compare()
    assert of_roll_ups() == of_entries()
    assert spent_by_roll_ups() == spent_by_entries()


def _compare() -> None:
    with one_moment():
        summary = summarize(window=1, currency_code="USD")
        there = Account.objects.aggregate(balance=Sum("balance"), owed=Sum("owed"))
        written = Entry.objects.exclude(amount=0).count()
    assert (summary.liability, summary.outstanding_bnpl, summary.transactions) == (there["balance"], there["owed"], written)
