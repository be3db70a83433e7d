"""From the outbox into the log: every committed event once, behind one another without a hole, whatever happens meanwhile."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ledger.models import Entry, Outbox
from ledger.outbox import tell, tell_all
from tests.webhooks.told import rows
from wallets.models import Wallet
from webhooks import dispatching
from webhooks.dispatching import BATCH, Told, dispatch_batch, dispatch_waiting
from webhooks.models import Dispatch, Endpoint, Event, Queue

# Real transactions: what is not committed is seen by nobody else.
pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

T = TypeVar("T")
Give = Callable[..., Entry]


def placed() -> list[tuple[int | None, int, int | None]]:
    """Position, wallet and sequence of every event that has its place."""
    return list(Event.objects.order_by("position").values_list("position", "account_id", "sequence"))


def require_no_holes() -> None:
    """Positions are 1, 2, 3 and so on, up to the last one that was given."""
    positions = list(Event.objects.order_by("position").values_list("position", flat=True))
    assert positions == list(range(1, len(positions) + 1))
    assert Dispatch.objects.get().position == len(positions)


@contextmanager
def elsewhere(work: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """Run `work` in a thread, over a connection of its own; what is handed out waits for its end."""

    def own() -> T:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(own)
        yield lambda: future.result(timeout=60)


@contextmanager
def late(give: Give, wallet: Wallet) -> Iterator[int]:
    """A credit whose ids are drawn and whose transaction goes on; it is committed at the end. Its row's id in the outbox."""
    drawn: list[int] = []
    has_drawn, may_commit = threading.Event(), threading.Event()

    def work() -> None:
        with transaction.atomic():
            give(wallet, 5)
            drawn.append(Outbox.objects.latest("id").pk)
            has_drawn.set()
            assert may_commit.wait(60)

    with elsewhere(work) as ended:
        assert has_drawn.wait(60)
        try:
            yield drawn[0]
        finally:
            may_commit.set()
        ended()


def test_events_are_in_their_order_and_out_of_the_outbox(wallet: Wallet, bobs_wallet: Wallet, give: Give):
    for amount in (5, 6, 7):
        give(wallet, amount)
        give(bobs_wallet, amount)
    uids = list(Outbox.objects.order_by("id").values_list("uid", flat=True))

    assert dispatch_waiting() == 6

    assert placed() == [
        *((1, wallet.pk, 1), (2, bobs_wallet.pk, 1), (3, wallet.pk, 2)),
        *((4, bobs_wallet.pk, 2), (5, wallet.pk, 3), (6, bobs_wallet.pk, 3)),
    ]
    assert list(Event.objects.order_by("position").values_list("pk", flat=True)) == uids
    assert [json.loads(event.data)["amount"] for event in Event.objects.order_by("position")] == ["5", "5", "6", "6", "7", "7"]
    assert rows() == []
    assert dispatch_waiting() == 0


def test_who_commits_late_with_a_low_id_is_not_skipped(wallet: Wallet, bobs_wallet: Wallet, give: Give):
    """Seen to fail with a cursor: `… WHERE id > the highest one so far`."""
    with late(give, wallet) as low:
        give(bobs_wallet, 5)
        assert Outbox.objects.get().pk > low
        # It waits for nobody.
        assert dispatch_waiting() == 1
        assert placed() == [(1, bobs_wallet.pk, 1)]

    assert dispatch_waiting() == 1
    assert placed() == [(1, bobs_wallet.pk, 1), (2, wallet.pk, 1)]
    require_no_holes()


def test_who_rolls_back_leaves_no_hole(wallet: Wallet, bobs_wallet: Wallet, give: Give):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        give(wallet, 5)
        raise ZeroDivisionError
    give(bobs_wallet, 5)
    dispatch_waiting()

    assert placed() == [(1, bobs_wallet.pk, 1)]


def test_of_two_dispatchers_one_works_and_the_other_does_not_wait(wallet: Wallet, give: Give, monkeypatch: pytest.MonkeyPatch):
    """Seen to fail without the lock: the second one waits for the first one's rows, and takes the same positions."""
    give(wallet, 5)
    is_at_it, may_go_on = threading.Event(), threading.Event()

    def slow(told: Sequence[Told]) -> list[Any]:
        is_at_it.set()
        assert may_go_on.wait(60)
        return [{} for _ in told]

    monkeypatch.setattr(dispatching, "_describers", [slow])
    with elsewhere(dispatch_waiting) as ended:
        assert is_at_it.wait(60)
        give(wallet, 6)
        assert dispatch_waiting() == 0
        may_go_on.set()
        first = ended()

    assert first == 1
    monkeypatch.undo()
    assert dispatch_waiting() == 1
    assert placed() == [(1, wallet.pk, 1), (2, wallet.pk, 2)]


def test_writers_and_dispatchers_all_at_once(wallet: Wallet, bobs_wallet: Wallet, give: Give):
    """Three who write, now and then late, and two who dispatch: no event twice, none lost, each wallet's in its order."""
    writers_are_done = threading.Event()

    def write(number: int) -> int:
        for step in range(25):
            with transaction.atomic():
                give((wallet, bobs_wallet)[(number + step) % 2], 1)
                tell("wallet.code.voided")
                time.sleep(0.004 * (step % 3))
        return 50

    def dispatch() -> int:
        # What is skipped would be waited for for ever.
        count, until = 0, time.monotonic() + 30
        while time.monotonic() < until and (not writers_are_done.is_set() or Outbox.objects.exists()):
            count += dispatch_waiting()
        return count

    def closing(work: Callable[..., int], *arguments: int) -> int:
        try:
            return work(*arguments)
        finally:
            connections.close_all()

    with more_connections(6), ThreadPoolExecutor(5) as threads:
        dispatchers = [threads.submit(closing, dispatch) for _ in range(2)]
        writers = [threads.submit(closing, write, number) for number in range(3)]
        written = sum(writer.result(timeout=60) for writer in writers)
        writers_are_done.set()
        dispatched = sum(dispatcher.result(timeout=60) for dispatcher in dispatchers)

    assert (written, dispatched) == (150, 150)
    require_no_holes()
    for account_id in (wallet.pk, bobs_wallet.pk):
        sequences = [sequence for _, of, sequence in placed() if of == account_id]
        assert sequences == list(range(1, len(sequences) + 1))
    assert Event.objects.filter(sequence=None).count() == 75


@contextmanager
def more_connections(size: int) -> Iterator[None]:
    """A thread that waits for a connection of the pool proves nothing."""
    pool = connection.settings_dict["OPTIONS"]["pool"]
    usual = pool["max_size"]

    def start(most: int) -> None:
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]
        pool["max_size"] = most

    start(size)
    try:
        yield
    finally:
        start(usual)


def failing(told: Sequence[Told]) -> Any:
    raise ZeroDivisionError


@pytest.mark.parametrize("who", ["_describers", "_consumers"])
def test_who_fails_loses_nothing(wallet: Wallet, give: Give, monkeypatch: pytest.MonkeyPatch, who: str):
    give(wallet, 5)
    before = rows()
    with monkeypatch.context() as patched:
        patched.setattr(dispatching, who, [failing])
        with pytest.raises(ZeroDivisionError):
            dispatch_waiting()
    assert rows() == before
    assert not Event.objects.exists()
    assert not Dispatch.objects.exists()

    assert dispatch_waiting() == 1
    assert placed() == [(1, wallet.pk, 1)]


def test_an_entry_that_is_gone_stops_nobody_else(
    wallet: Wallet, bobs_wallet: Wallet, give: Give, sql: Callable[[str], int], caplog: pytest.LogCaptureFixture
):
    give(wallet, 5)
    give(bobs_wallet, 5)
    sql(f"DELETE FROM ledger_entry WHERE account_id = {wallet.pk}")

    assert dispatch_waiting() == 2
    assert "is told of and not there" in caplog.text
    assert json.loads(Event.objects.get(position=1).data) == {
        "wallet_id": wallet.pk,
        "user_id": wallet.user_id,
        "currency": "USD",
    }


def test_a_dispatcher_that_is_killed_leaves_all_as_it_was(wallet: Wallet, give: Give, monkeypatch: pytest.MonkeyPatch):
    """Behind its last statement, before its commit: as if PostgreSQL or the worker had been killed then."""
    give(wallet, 5)
    before = rows()

    def end_my_session(told: Sequence[Told]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as patched:
        patched.setattr(dispatching, "_consumers", [end_my_session])
        with elsewhere(dispatch_waiting) as ended, pytest.raises(OperationalError):
            ended()
    assert rows() == before
    assert not Event.objects.exists()

    assert dispatch_waiting() == 1
    require_no_holes()


def test_a_batch_that_is_done_stays_done_when_the_next_one_fails(monkeypatch: pytest.MonkeyPatch):
    tell_all("wallet.code.voided", [{"code_id": number} for number in range(BATCH + 1)])

    def fails_at_the_last(told: Sequence[Told]) -> None:
        assert len(told) == BATCH, "the last one"

    with monkeypatch.context() as patched:
        patched.setattr(dispatching, "_consumers", [fails_at_the_last])
        with pytest.raises(AssertionError, match="the last one"):
            dispatch_waiting()
    assert (Event.objects.count(), Outbox.objects.count()) == (BATCH, 1)

    assert dispatch_waiting() == 1
    require_no_holes()


def test_ten_thousand_events(wallet: Wallet):
    tell_all("wallet.code.voided", [{"code_id": number} for number in range(10_000)])
    endpoint()
    began = time.monotonic()

    assert dispatch_waiting() == 10_000

    assert time.monotonic() - began < 20
    require_no_holes()
    told = [json.loads(data)["code_id"] for data in Event.objects.order_by("position").values_list("data", flat=True)]
    assert told == list(range(10_000))
    assert Queue.objects.get().last_position == 10_000


def test_a_batch_costs_the_same_whatever_is_in_it(wallet: Wallet, give: Give):
    endpoint()
    endpoint(types=["wallet.credited"])
    spent = []
    for length in (1, 40):
        for _ in range(length):
            give(wallet, 1)
        with CaptureQueriesContext(connection) as queries:
            assert dispatch_batch() == length
        spent.append([query["sql"] for query in queries.captured_queries])

    assert len(spent[0]) == len(spent[1]), spent[1]


def test_each_consumer_sees_each_event_once_in_the_transaction(wallet: Wallet, give: Give, monkeypatch: pytest.MonkeyPatch):
    seen: list[Told] = []
    monkeypatch.setattr(dispatching, "_consumers", [seen.extend])
    give(wallet, 5)
    tell("wallet.topup.failed", account_id=wallet.pk, facts={"failure": "declined"})
    dispatch_waiting()
    dispatch_waiting()

    assert [(told.type, told.account_id, told.sequence, told.facts) for told in seen] == [
        ("wallet.credited", wallet.pk, 1, {}),
        ("wallet.topup.failed", wallet.pk, None, {"failure": "declined"}),
    ]


def endpoint(*, types: Sequence[str] = (), **values: Any) -> Endpoint:
    return Endpoint.objects.create(url="http://127.0.0.1:1/", secret=b"", event_types=list(types), **values)


def queues(of: Endpoint) -> list[tuple[int, int, int]]:
    """Wallet, what is settled, and how far it goes."""
    return list(of.queues.order_by("account_id").values_list("account_id", "position", "last_position"))


def test_each_endpoint_has_a_queue_for_each_wallet_that_has_something_for_it(wallet: Wallet, bobs_wallet: Wallet, give: Give):
    everything, cashback = endpoint(), endpoint(types=["wallet.cashback.awarded"])
    removed = endpoint(removed_at=timezone.now())
    off = endpoint(status=Endpoint.Status.OFF)
    give(wallet, 5)
    give(bobs_wallet, 5, "cashback")
    give(wallet, 5)
    dispatch_waiting()

    first, second = sorted([(wallet.pk, 0, 4), (bobs_wallet.pk, 1, 3)])
    assert queues(everything) == queues(off) == [first, second]
    assert queues(cashback) == [(bobs_wallet.pk, 2, 3)]
    assert queues(removed) == []
    assert all(queue.next_attempt_at and not queue.attempts for queue in Queue.objects.all())


def test_a_queue_that_waits_is_told_how_far_it_goes_and_left_alone(wallet: Wallet, give: Give):
    receiver = endpoint()
    give(wallet, 5)
    dispatch_waiting()
    later = timezone.now() + timedelta(hours=1)
    Queue.objects.update(attempts=3, next_attempt_at=later)
    give(wallet, 5)
    dispatch_waiting()

    queue = Queue.objects.get()
    assert (queue.position, queue.last_position, queue.attempts, queue.next_attempt_at) == (0, 2, 3, later)

    # One that had come to its end is due again.
    Queue.objects.update(position=2, attempts=0, next_attempt_at=None)
    give(wallet, 5)
    dispatch_waiting()
    queue = Queue.objects.get()
    assert queues(receiver) == [(wallet.pk, 2, 3)]
    assert queue.next_attempt_at is not None
    assert queue.next_attempt_at <= timezone.now()
