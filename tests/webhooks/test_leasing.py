"""Who works on what, and that nothing is lost or done twice between those who work."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from people.models import User
from tests.webhooks.hook import Heard, Hook, Say
from tests.webhooks.making import happen, new_endpoint
from wallets.models import Wallet
from webhooks import leasing
from webhooks.delivering import Crew, deliver_waiting
from webhooks.leasing import EVENTS_A_LEASE, IN_FLIGHT_MAX, DeliveryLease, QueueLease, claim, lease_seconds
from webhooks.models import Attempt, Delivery, Endpoint, Event, Queue
from webhooks.sending import Connections, Outcome
from webhooks.services import skip_waiting
from webhooks.settling import give_back, settle_message
from webhooks.tallying import Tallies
from webhooks.working_off import work_off

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def taken(status: int = 200) -> Outcome:
    return Outcome(datetime.now(UTC), 5, status, "ok")


def queues(endpoint: Endpoint, count: int, *, first: int = 1000, **columns: Any) -> None:
    """Queues of wallets that nobody has, each with one event that waits."""
    last, beyond = Event.objects.count(), 10**9 + first
    events = [
        Event(position=last + number, type="wallet.credited", account_id=beyond + number, data="{}", created_at=timezone.now())
        for number in range(1, count + 1)
    ]
    Event.objects.bulk_create(events)
    due = {"next_attempt_at": timezone.now(), **columns}
    Queue.objects.bulk_create(
        Queue(endpoint=endpoint, account_id=event.account_id, position=event.position - 1, last_position=event.position, **due)
        for event in events
        if event.position is not None
    )


def claimed_by(endpoint: Endpoint, leases: Sequence[QueueLease | DeliveryLease]) -> int:
    return sum(lease.endpoint == endpoint for lease in leases)


class TestCaps:
    def test_many_who_claim_at_once_get_each_row_once_and_no_more_than_may_be_in_flight(self, db: None):
        endpoint = new_endpoint()
        queues(endpoint, 30)
        barrier = threading.Barrier(3, timeout=10)

        def claim_one() -> list[int]:
            try:
                connection.ensure_connection()
                barrier.wait()
                return [lease.row_id for lease in claim(most=5, most_failing=1)]
            finally:
                connection.close()

        with ThreadPoolExecutor(3) as pool:
            rows = [row for future in [pool.submit(claim_one) for _ in range(3)] for row in future.result()]
        assert len(rows) == len(set(rows)) == IN_FLIGHT_MAX
        assert Queue.objects.filter(lease__isnull=False).count() == IN_FLIGHT_MAX

    def test_one_that_fails_has_one_in_flight(self, db: None):
        endpoint = new_endpoint()
        queues(endpoint, 10)
        Endpoint.objects.update(failing_since=timezone.now())

        assert len(claim(most=16, most_failing=4)) == 1
        assert claim(most=16, most_failing=4) == []

    def test_those_that_fail_have_a_part_of_the_threads_only(self, db: None):
        for _ in range(6):
            queues(new_endpoint(), 2)
        Endpoint.objects.update(failing_since=timezone.now())
        healthy = new_endpoint()
        queues(healthy, 3)

        leases = claim(most=16, most_failing=4)
        assert (len(leases), claimed_by(healthy, leases)) == (7, 3)

    def test_it_is_fair_over_the_endpoints(self, db: None):
        busy, quiet = new_endpoint(), new_endpoint()
        queues(busy, 30, next_attempt_at=timezone.now() - timedelta(hours=1))
        queues(quiet, 2, first=5000)

        leases = claim(most=4, most_failing=1)
        assert (claimed_by(busy, leases), claimed_by(quiet, leases)) == (2, 2)

    def test_the_one_with_the_fewest_in_flight_is_next(self, db: None):
        busy, quiet = new_endpoint(), new_endpoint()
        queues(busy, 3)
        assert len(claim(most=16, most_failing=4)) == 3
        queues(quiet, 5, first=5000)
        # The older backlog has to wait all the same.
        queues(busy, 5, first=2000, next_attempt_at=timezone.now() - timedelta(hours=1))

        assert [claimed_by(quiet, claim(most=1, most_failing=1)) for _ in range(5)] == [1, 1, 1, 0, 1]

    def test_some_that_answer_late_leave_threads_to_those_that_have_none(self, db: None):
        for number in range(2):
            queues(new_endpoint(), 20, first=1000 * number, next_attempt_at=timezone.now() - timedelta(hours=1))
        assert len(claim(most=16, most_failing=4, kept_free=4)) == 12
        assert claim(most=4, most_failing=4, kept_free=4) == []

        failing, healthy = [new_endpoint() for _ in range(3)], new_endpoint()
        for number, endpoint in enumerate([*failing, healthy]):
            queues(endpoint, 3, first=3000 + 1000 * number)
        Endpoint.objects.filter(pk__in=[endpoint.pk for endpoint in failing]).update(failing_since=timezone.now())
        leases = claim(most=4, most_failing=4, kept_free=4)
        assert (len(leases), claimed_by(healthy, leases)) == (2, 1)

    def test_nor_do_single_deliveries_take_all_of_them(self, wallet: Wallet):
        (event,) = happen(wallet)
        for _ in range(6):
            Delivery.objects.create(endpoint=new_endpoint(), event=event, reason="by_hand", next_attempt_at=timezone.now())
        assert len(claim(most=4, most_failing=4, kept_free=4)) == 2

    def test_what_is_locked_is_skipped(self, db: None):
        queues(new_endpoint(), 3)
        locked, go_on = threading.Event(), threading.Event()

        def lock_one() -> None:
            with transaction.atomic():
                Queue.objects.select_for_update().earliest("id")
                locked.set()
                go_on.wait(10)
            connection.close()

        thread = threading.Thread(target=lock_one)
        thread.start()
        locked.wait(10)
        began = time.monotonic()
        assert len(claim(most=16, most_failing=1)) == 2
        assert time.monotonic() - began < 1
        go_on.set()
        thread.join()


def test_what_can_be_had(db: None):
    ahead, ago = timezone.now() + timedelta(hours=1), timezone.now() - timedelta(hours=1)
    endpoint = new_endpoint()
    queues(endpoint, 1, next_attempt_at=None)
    queues(endpoint, 1, first=2000, next_attempt_at=ahead)
    queues(endpoint, 1, first=3000, lease=uuid4(), leased_until=ahead)
    assert claim(most=16, most_failing=1) == []

    # Whoever had it has died.
    queues(endpoint, 1, first=4000, lease=uuid4(), leased_until=ago)
    assert [lease.messages[0].type for lease in claim(most=16, most_failing=1)] == ["wallet.credited"]


def test_nothing_of_an_endpoint_that_is_not_on(db: None):
    queues(new_endpoint(), 1)
    for columns in ({"status": "off"}, {"status": "failing"}, {"status": "active", "removed_at": timezone.now()}):
        Endpoint.objects.update(**columns)
        assert claim(most=16, most_failing=1) == []


class TestOneLease:
    @pytest.fixture
    def endpoint(self, wallet: Wallet) -> Endpoint:
        return new_endpoint()

    def the_lease(self) -> QueueLease:
        (lease,) = claim(most=16, most_failing=1)
        assert isinstance(lease, QueueLease)
        return lease

    def test_it_lasts_longer_than_a_call(self, endpoint: Endpoint, wallet: Wallet):
        happen(wallet)
        lease = self.the_lease()
        until = Queue.objects.get().leased_until
        assert until is not None
        # It knows of a little less than the database does.
        assert 0 <= (until - timezone.now()).total_seconds() - lease.seconds_left < 2
        assert lease.has_time()

    def test_so_many_events_and_then_it_is_the_next_ones_turn(self, endpoint: Endpoint, wallet: Wallet):
        events = happen(wallet, EVENTS_A_LEASE + 5)
        lease = self.the_lease()
        assert [message.event_id for message in lease.messages] == [event.pk for event in events[:EVENTS_A_LEASE]]

        for message in lease.messages[:-1]:
            assert settle_message(lease, message, taken())
        assert not settle_message(lease, lease.messages[-1], taken())
        queue = Queue.objects.get()
        assert (queue.position, queue.lease) == (events[EVENTS_A_LEASE - 1].position, None)
        assert len(self.the_lease().messages) == 5

    def test_a_wake_up_while_it_is_given_back_is_not_lost(self, endpoint: Endpoint, wallet: Wallet):
        """The dispatcher has raised last_position and not committed yet, as the last event known so far is settled."""
        happen(wallet)
        lease = self.the_lease()
        raised, committed = threading.Event(), threading.Event()

        def dispatch() -> None:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute(
                        "UPDATE webhooks_queue SET last_position = last_position + 1,"
                        " next_attempt_at = coalesce(next_attempt_at, now())"
                    )
                raised.set()
                # Until the other one waits for the row.
                time.sleep(0.5)
                committed.set()
            connection.close()

        thread = threading.Thread(target=dispatch)
        thread.start()
        raised.wait(10)
        settle_message(lease, lease.messages[0], taken())
        assert committed.is_set()
        thread.join()
        queue = Queue.objects.get()
        assert (queue.last_position - queue.position, queue.lease) == (1, None)
        assert queue.next_attempt_at is not None

    def test_a_dispatcher_behind_it_wakes_it(self, endpoint: Endpoint, wallet: Wallet):
        happen(wallet)
        lease = self.the_lease()
        settle_message(lease, lease.messages[0], taken())
        assert Queue.objects.get().next_attempt_at is None

        happen(wallet)
        assert Queue.objects.get().next_attempt_at is not None

    def test_whoever_lost_it_writes_nothing(self, endpoint: Endpoint, wallet: Wallet):
        happen(wallet, 2)
        lease = self.the_lease()
        Queue.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        other = self.the_lease()

        assert not settle_message(lease, lease.messages[0], taken())
        assert not settle_message(lease, lease.messages[0], taken(500))
        give_back(lease)
        queue = Queue.objects.get()
        assert (queue.position, queue.attempts, queue.lease) == (other.position, 0, other.id)
        assert not Attempt.objects.exists()

    def test_nor_does_who_was_skipped(self, endpoint: Endpoint, wallet: Wallet):
        happen(wallet, 2)
        lease = self.the_lease()
        skip_waiting(endpoint=endpoint, actor="test")
        before = Queue.objects.values().get()

        assert not settle_message(lease, lease.messages[0], taken(500))
        assert Queue.objects.values().get() == before

    def test_it_is_renewed_while_it_works(self, endpoint: Endpoint, wallet: Wallet):
        happen(wallet, 3)
        lease = self.the_lease()
        until = Queue.objects.get().leased_until
        settle_message(lease, lease.messages[0], taken())
        assert Queue.objects.get().leased_until == until

        lease.ends -= lease_seconds() / 2
        assert settle_message(lease, lease.messages[1], taken())
        renewed = Queue.objects.get().leased_until
        assert until is not None
        assert renewed is not None
        assert renewed > until
        assert lease.has_time(besides=lease_seconds() / 4)

    def test_a_short_one_is_not_worked_on(self, wallet: Wallet, hook: Hook, settings: Any):
        """Whoever comes to it late calls nobody: the call might end when the row is somebody else's."""
        new_endpoint(hook.url)
        happen(wallet)
        lease = self.the_lease()
        lease.ends -= lease_seconds() - settings.WEBHOOK_TIMEOUT_SECONDS

        assert work_off(lease, connections=Connections(), tallies=Tallies(), is_stopped=lambda: False) == 0
        assert hook.heard == []
        assert len(claim(most=16, most_failing=1)) == 1


def test_connections_that_are_lost_while_calling_lose_nothing(wallet: Wallet, hook: Hook):
    """PostgreSQL ends all of them; what was taken is written down over a new one, and not sent twice."""
    new_endpoint(hook.url)
    events = happen(wallet, 3)

    def cut(heard: Heard) -> Say:
        if len(hook.heard) == 2:
            with connection.cursor() as cursor, suppress(Exception):
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            connection.close()
        return Say()

    hook.answer = cut
    # The run itself fails of it. The thread that was calling does not.
    with suppress(DatabaseError):
        deliver_waiting()
    connection.close()
    time.sleep(3)
    connection.close_pool()  # type: ignore[attr-defined]
    deliver_waiting()
    assert hook.ids == [event.name for event in events]
    assert Attempt.objects.count() == 3


def test_two_who_deliver_at_once_send_each_event_once_and_in_order(
    wallet: Wallet, bobs_wallet: Wallet, hook: Hook, manager: User
):
    new_endpoint(hook.url)
    expected = {which.pk: [event.name for event in happen(which, 40)] for which in (wallet, bobs_wallet)}

    def deliver() -> None:
        try:
            while Queue.objects.filter(next_attempt_at__isnull=False).exists():
                Crew().run(lambda: False)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(deliver) for _ in range(2)]:
            future.result()
    assert max(Counter(hook.ids).values()) == 1
    for pk, names in expected.items():
        assert [heard.id for heard in hook.heard if heard.told["data"]["wallet_id"] == pk] == names
    assert hook.at_once_most <= 2


def test_single_deliveries_one_at_a_time(wallet: Wallet, new_hook: Callable[[], Hook]):
    endpoint = new_endpoint()
    (event,) = happen(wallet)
    Queue.objects.all().delete()
    for _ in range(3):
        Delivery.objects.create(endpoint=endpoint, event=event, reason="by_hand", next_attempt_at=timezone.now())

    (lease,) = claim(most=16, most_failing=1)
    assert lease.row_id == Delivery.objects.earliest("id").pk
    assert claim(most=16, most_failing=1) == []
    give_back(lease)
    assert len(claim(most=16, most_failing=1)) == 1


def test_a_burst_that_the_planner_knows_nothing_of_is_looked_through_once(wallet: Wallet):
    """Nobody else claims meanwhile: run again for each row that waits, a claim of one would stop all workers for seconds."""
    endpoint, *_ = [new_endpoint() for _ in range(10)]
    (event,) = happen(wallet)
    now = timezone.now()
    some = {"endpoint": endpoint, "event": event, "reason": "by_hand"}
    Delivery.objects.bulk_create(Delivery(**some, delivered_at=now) for _ in range(2000))
    queues(endpoint, 2000, next_attempt_at=None)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE webhooks_delivery, webhooks_queue, webhooks_endpoint, webhooks_event")
    Delivery.objects.bulk_create(Delivery(**some, next_attempt_at=now) for _ in range(500))
    queues(endpoint, 500, first=5000)

    for statement in (leasing.CLAIM_DELIVERIES, leasing.CLAIM_QUEUES):
        assert max(node["Actual Loops"] for node in plan_of(statement) if node.get("Alias") == "endpoint") == 1


def plan_of(statement: str) -> list[dict[str, Any]]:
    values = {"most": 16, "most_failing": 4, "kept_free": 4, "in_flight_max": IN_FLIGHT_MAX, "seconds": 25}
    with transaction.atomic(), connection.cursor() as cursor:
        # The joins that go wrong where few rows are expected: nothing else may save it.
        for other in ("hashjoin", "mergejoin", "material", "memoize"):
            cursor.execute(f"SET LOCAL enable_{other} = off")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
        ((told,),) = cursor.fetchall()
    plan = json.loads(told) if isinstance(told, str) else told
    return list(nodes_of(plan[0]["Plan"]))


def nodes_of(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", []):
        yield from nodes_of(below)


def test_how_it_went_does_not_wait_for_the_disk_but_a_claim_does(wallet: Wallet, monkeypatch: pytest.MonkeyPatch):
    """What the database forgets of it in a crash is sent again. What others hold must not be forgotten."""
    new_endpoint()
    happen(wallet)
    monkeypatch.setattr(connection, "close", lambda: None)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")
        [lease] = claim(most=1, most_failing=0)
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)
        assert isinstance(lease, QueueLease)
        settle_message(lease, lease.messages[0], taken())
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("off",)
