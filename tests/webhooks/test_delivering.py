"""Delivering for real: a receiver on a socket, and all that it may do to us."""

import hashlib
import hmac
import itertools
import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from standardwebhooks import Webhook

from ledger.models import Alarm
from notices.models import Notice
from people.models import User
from tests.webhooks.hook import Heard, Hook, Say
from tests.webhooks.making import happen, new_endpoint
from wallets.models import Wallet
from webhooks import delivering, endpoint_health
from webhooks.delivering import deliver_waiting
from webhooks.models import FAILING_ALARM, Attempt, Delivery, Endpoint, Event, Queue, Tally
from webhooks.redelivering import Range, redeliver, redeliver_parked
from webhooks.services import change_endpoint, create_endpoint, resume_endpoint, rotate_secret, send_test_event

# Threads meet.
pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture(autouse=True)
def _at_once(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is due again at once, three times; and no other test's success counts here."""
    settings.WEBHOOK_RETRY_SECONDS = [0, 0, 0]
    monkeypatch.setattr(endpoint_health, "_told", {})


# None of these is a 2xx that came whole, and in time.
REFUSALS = [
    # First, over a new connection: cut on one that was kept, a call is made again.
    Say(is_cut=True),
    *(Say(500), Say(404), Say(410), Say(302, headers={"Location": "/elsewhere"}), Say(304, b"")),
    *(Say(after_seconds=2), Say(headers={"Content-Length": "9"})),
]


def failing(*times: int) -> Callable[[Heard], Say]:
    """Answers 500 to the calls of these numbers, from 0."""
    numbers = itertools.count()
    return lambda heard: Say(500 if next(numbers) in times else 200)


def names(events: list[Event]) -> list[str]:
    return [event.name for event in events]


def queue_of(endpoint: Endpoint) -> Queue:
    return Queue.objects.get(endpoint=endpoint)


def attempts() -> list[tuple[int, int | None, bool]]:
    return list(Attempt.objects.order_by("id").values_list("number", "status", "is_success"))


class TestGoingWell:
    def test_every_event_arrives_in_order_signed_and_is_settled(self, wallet: Wallet, hook: Hook):
        endpoint, secret = create_endpoint(url=hook.url, actor="test", created_by=None)
        events = happen(wallet, 50)

        assert deliver_waiting() == 50
        assert hook.ids == names(events)
        for heard in hook.heard:
            assert Webhook(secret).verify(heard.body, heard.headers) == heard.told
            digest = hmac.new(secret.encode(), heard.body, hashlib.sha256).hexdigest()
            assert heard.headers["x-walletpro-signature"] == f"sha256={digest}"
            assert heard.headers["x-walletpro-event"] == heard.told["type"] == "wallet.credited"
            assert heard.headers["user-agent"] == "wallet-service"
        assert [json.dumps(h.told["data"], ensure_ascii=False, separators=(",", ":")) for h in hook.heard] == [
            event.data for event in events
        ]
        queue = queue_of(endpoint)
        assert (queue.position, queue.attempts, queue.next_attempt_at, queue.lease) == (events[-1].position, 0, None, None)
        assert attempts() == [(1, 200, True)] * 50

    def test_over_one_connection(self, wallet: Wallet, hook: Hook):
        new_endpoint(hook.url)
        happen(wallet, 30)
        deliver_waiting()
        assert hook.connections == 1

    def test_nothing_to_do_is_no_work(self, wallet: Wallet):
        assert deliver_waiting() == 0

    def test_a_run_waits_for_what_comes_behind_it(self, wallet: Wallet, hook: Hook):
        endpoint = new_endpoint(hook.url)
        happen(wallet)
        sent: list[int] = []

        def deliver() -> None:
            sent.append(deliver_waiting(linger_seconds=2))
            connection.close()

        run = threading.Thread(target=deliver)
        run.start()
        while not (hook.heard and queue_of(endpoint).lease is None):
            time.sleep(0.05)
        time.sleep(0.3)
        happen(wallet)
        run.join()

        assert sent == [2]

    def test_a_run_with_nothing_to_do_waits_for_nothing(self, wallet: Wallet):
        began = time.monotonic()
        assert deliver_waiting(linger_seconds=60) == 0
        assert time.monotonic() - began < 30

    def test_what_is_not_wanted_any_more_is_passed_over(self, wallet: Wallet, hook: Hook):
        endpoint = new_endpoint(hook.url)
        happen(wallet, 3)
        change_endpoint(endpoint=endpoint, actor="test", event_types=["wallet.debited"])

        assert deliver_waiting() == 0
        queue = queue_of(endpoint)
        assert (queue.position, queue.next_attempt_at, queue.lease) == (queue.last_position, None, None)

    def test_events_that_were_forgotten_hold_nobody_up(self, wallet: Wallet, hook: Hook):
        endpoint = new_endpoint(hook.url)
        Event.objects.filter(pk__in=[event.pk for event in happen(wallet, 2)]).delete()
        later = happen(wallet)

        assert deliver_waiting() == 1
        assert hook.ids == names(later)
        assert queue_of(endpoint).next_attempt_at is None

    def test_the_answer_is_kept_its_first_kilobyte_and_no_nul(self, wallet: Wallet, hook: Hook):
        hook.answer = lambda heard: Say(202, b"\0\xff" + "é".encode() + b"x" * 5000)
        new_endpoint(hook.url)
        happen(wallet)

        assert deliver_waiting() == 1
        attempt = Attempt.objects.get()
        assert (attempt.status, attempt.is_success) == (202, True)
        assert attempt.answer.startswith("\ufffd\ufffdé" + "x" * 1000)
        assert len(attempt.answer.encode(errors="replace")) <= 1024 + 2 * 3

    def test_tallies_by_the_hour(self, wallet: Wallet, hook: Hook):
        hook.answer = failing(1)
        endpoint = new_endpoint(hook.url)
        happen(wallet, 3)
        deliver_waiting()

        tally = Tally.objects.get(endpoint=endpoint)
        assert (tally.delivered, tally.failed, tally.parked) == (3, 1, 0)
        assert tally.hour.minute == 0

    def test_wallets_do_not_wait_for_each_other(self, wallet: Wallet, bobs_wallet: Wallet, hook: Hook):
        """One wallet's event is not taken; the other's arrive meanwhile."""
        hook.answer = lambda heard: Say(500 if heard.told["data"]["wallet_id"] == wallet.pk else 200)
        new_endpoint(hook.url)
        happen(wallet, 2)
        theirs = happen(bobs_wallet, 5)
        deliver_waiting()

        assert [heard.id for heard in hook.heard if heard.told["data"]["wallet_id"] == bobs_wallet.pk] == names(theirs)

    def test_during_a_rotation_both_secrets_sign(self, wallet: Wallet, hook: Hook):
        endpoint, old = create_endpoint(url=hook.url, actor="test", created_by=None)
        new = rotate_secret(endpoint=endpoint, actor="test")
        happen(wallet)
        deliver_waiting()

        for secret in (old, new):
            Webhook(secret).verify(hook.heard[0].body, hook.heard[0].headers)
        digest = hmac.new(new.encode(), hook.heard[0].body, hashlib.sha256).hexdigest()
        assert hook.heard[0].headers["x-walletpro-signature"] == f"sha256={digest}"


class TestFailures:
    def test_none_of_them_counts_and_no_later_event_comes_first(self, wallet: Wallet, hook: Hook, settings: Any):
        settings.WEBHOOK_TIMEOUT_SECONDS = 1
        settings.WEBHOOK_RETRY_SECONDS = [0] * len(REFUSALS)
        calls = itertools.count()
        hook.answer = lambda heard: REFUSALS[number] if (number := next(calls)) < len(REFUSALS) else Say()
        new_endpoint(hook.url)
        events = names(happen(wallet, 3))

        assert deliver_waiting() == 3
        assert hook.ids == [events[0]] * len(REFUSALS) + events
        told = list(Attempt.objects.order_by("id").values_list("status", "error", "is_success"))
        assert told[: len(REFUSALS)] == [
            (None, "the connection was cut", False),
            *((status, "", False) for status in (500, 404, 410, 302, 304)),
            *[(None, "no answer in time", False)] * 2,
        ]
        assert told[len(REFUSALS) :] == [(200, "", True)] * 3

    def test_it_waits_by_the_schedule(self, wallet: Wallet, hook: Hook, settings: Any):
        settings.WEBHOOK_RETRY_SECONDS = [5, 30, 120]
        hook.answer = lambda heard: Say(500)
        endpoint = new_endpoint(hook.url)
        happen(wallet, 2)
        for number, wait in enumerate([5, 30, 120], 1):
            assert deliver_waiting() == 0
            queue = queue_of(endpoint)
            assert (queue.attempts, queue.lease) == (number, None)
            assert queue.next_attempt_at is not None
            assert abs((queue.next_attempt_at - timezone.now()).total_seconds() - wait) < 3
            assert len(hook.heard) == number
            Queue.objects.update(next_attempt_at=timezone.now())
        deliver_waiting()
        assert [heard.id for heard in hook.heard][3] == hook.ids[0]

    def test_after_the_last_attempt_the_event_is_parked_and_the_queue_goes_on(self, wallet: Wallet, hook: Hook):
        endpoint = new_endpoint(hook.url)
        first, second = happen(wallet, 2)
        hook.answer = lambda heard: Say(500, b"no") if heard.id == first.name else Say()

        assert deliver_waiting() == 1
        assert hook.ids == [first.name] * 4 + [second.name]
        assert attempts() == [(number, 500, False) for number in (1, 2, 3, 4)] + [(1, 200, True)]
        parked = Delivery.objects.get()
        assert (parked.event, parked.reason, parked.attempts, parked.next_attempt_at) == (first, "parked", 4, None)
        assert parked.parked_at is not None
        assert queue_of(endpoint).position == second.position
        assert Tally.objects.get().parked == 1

    def test_no_connection_is_told_in_words(self, wallet: Wallet, hook: Hook, settings: Any):
        settings.WEBHOOK_RETRY_SECONDS = [60]
        endpoint = new_endpoint(hook.url)
        Endpoint.objects.update(url="http://127.0.0.1:9/")
        happen(wallet)
        deliver_waiting()
        attempt = Attempt.objects.get()
        assert (attempt.status, attempt.error, attempt.answer) == (None, "the connection was refused", "")
        settings.OUTBOUND_ALLOWED_HOSTS = []
        Queue.objects.update(next_attempt_at=timezone.now())
        deliver_waiting()
        assert "private address" in Attempt.objects.latest("id").error
        assert queue_of(endpoint).attempts == 0

    def test_nothing_goes_out_unsigned(self, wallet: Wallet, hook: Hook, settings: Any):
        settings.WEBHOOK_RETRY_SECONDS = [60]
        new_endpoint(hook.url)
        Endpoint.objects.update(secret=b"broken")
        happen(wallet)

        assert deliver_waiting() == 0
        assert hook.heard == []
        assert "secret does not open" in Attempt.objects.get().error


class TestSingleDeliveries:
    def test_a_parked_one_can_be_sent_again(self, wallet: Wallet, hook: Hook):
        hook.answer = failing(0, 1, 2, 3)
        endpoint = new_endpoint(hook.url)
        (event,) = happen(wallet)
        deliver_waiting()
        redeliver_parked(endpoint=endpoint, actor="test")

        assert deliver_waiting() == 1
        delivery = Delivery.objects.get()
        assert (delivery.delivered_at is not None, delivery.parked_at, delivery.next_attempt_at) == (True, None, None)
        assert hook.ids == [event.name] * 5

    def test_a_range_arrives_in_its_order(self, wallet: Wallet, bobs_wallet: Wallet, hook: Hook):
        events = [happen(which)[0] for which in [wallet, bobs_wallet] * 6]
        endpoint = new_endpoint(hook.url)
        redeliver(endpoint=endpoint, events=Range(), actor="test", asked_by=None)

        assert deliver_waiting() == 12
        assert hook.ids == names(events)
        assert hook.at_once_most == 1

    def test_one_that_fails_is_tried_by_the_schedule_and_parked(self, wallet: Wallet, hook: Hook):
        hook.answer = lambda heard: Say(500)
        (event,) = happen(wallet)
        endpoint = new_endpoint(hook.url)
        redeliver(endpoint=endpoint, events=event, actor="test", asked_by=None)

        assert deliver_waiting() == 0
        delivery = Delivery.objects.get()
        assert (delivery.attempts, delivery.parked_at is not None, delivery.next_attempt_at) == (4, True, None)

    def test_a_test_is_one_call_whatever_the_endpoint_is(self, hook: Hook, db: None):
        hook.answer = lambda heard: Say(500)
        endpoint = new_endpoint(hook.url)
        for number, status in enumerate(Endpoint.Status.values, 1):
            Endpoint.objects.update(status=status)
            delivery = send_test_event(endpoint=endpoint, actor="test", asked_by=None)
            deliver_waiting()
            delivery.refresh_from_db()
            assert (delivery.attempts, delivery.parked_at is not None) == (1, True)
            assert [heard.told["type"] for heard in hook.heard] == ["webhook.test"] * number

    def test_one_by_hand_waits_while_the_endpoint_is_off(self, wallet: Wallet, hook: Hook):
        (event,) = happen(wallet)
        endpoint = new_endpoint(hook.url)
        redeliver(endpoint=endpoint, events=event, actor="test", asked_by=None)
        change_endpoint(endpoint=endpoint, actor="test", status="off")
        assert deliver_waiting() == 0

        change_endpoint(endpoint=endpoint, actor="test", status="active")
        assert deliver_waiting() == 1


class TestEndpoints:
    def test_one_that_is_off_gets_nothing_and_all_of_it_when_it_is_on_again(self, wallet: Wallet, hook: Hook):
        endpoint = new_endpoint(hook.url)
        change_endpoint(endpoint=endpoint, actor="test", status="off")
        events = happen(wallet, 3)
        assert deliver_waiting() == 0

        change_endpoint(endpoint=endpoint, actor="test", status="active")
        assert deliver_waiting() == 3
        assert hook.ids == names(events)

    def test_one_that_is_switched_off_meanwhile_gets_no_more_than_the_call_under_way(self, wallet: Wallet, hook: Hook):
        endpoint = new_endpoint(hook.url)
        happen(wallet, 5)

        def switch_off(heard: Heard) -> Say:
            if len(hook.heard) == 2:
                Endpoint.objects.update(status="off")
                connection.close()
            return Say()

        hook.answer = switch_off
        assert deliver_waiting() == 2
        queue = queue_of(endpoint)
        assert (queue.lease, queue.next_attempt_at is not None) == (None, True)

    def test_it_is_failing_from_the_first_failure_to_the_next_success(self, wallet: Wallet, hook: Hook, settings: Any):
        settings.WEBHOOK_RETRY_SECONDS = [60]
        hook.answer = failing(0)
        endpoint = new_endpoint(hook.url)
        happen(wallet)
        deliver_waiting()
        endpoint.refresh_from_db()
        since = endpoint.failing_since
        assert since is not None

        Queue.objects.update(next_attempt_at=timezone.now())
        assert deliver_waiting() == 1
        endpoint.refresh_from_db()
        assert endpoint.failing_since is None
        assert endpoint.last_success_at is not None

    def test_one_that_took_nothing_for_a_day_is_paused_and_people_are_told(
        self, wallet: Wallet, hook: Hook, settings: Any, manager: User
    ):
        settings.WEBHOOK_RETRY_SECONDS = [0] * 9
        hook.answer = lambda heard: Say(500)
        boss = User.objects.create_superuser("boss", "boss@example.test")
        endpoint, _ = create_endpoint(url=hook.url, actor="test", created_by=manager)
        happen(wallet)
        Endpoint.objects.update(failing_since=timezone.now() - timedelta(hours=24, minutes=1))

        assert deliver_waiting() == 0
        endpoint.refresh_from_db()
        assert endpoint.status == "failing"
        assert len(hook.heard) == 1
        assert Alarm.objects.open().get(name=FAILING_ALARM).subject == endpoint.subject
        assert set(Notice.objects.values_list("user", "kind")) == {
            (boss.pk, "webhook.failing"),
            (manager.pk, "webhook.failing"),
        }

        hook.answer = lambda heard: Say()
        resume_endpoint(endpoint=endpoint, actor="test")
        assert deliver_waiting() == 1

    @pytest.mark.parametrize("is_paused_before", [False, True])
    @pytest.mark.parametrize("is_by_hand", [False, True])
    def test_a_last_attempt_that_pauses_it_parks_nothing(
        self, wallet: Wallet, hook: Hook, settings: Any, *, is_paused_before: bool, is_by_hand: bool
    ):
        settings.WEBHOOK_RETRY_SECONDS = []
        long_ago = timezone.now() - timedelta(hours=25)

        def refuse(heard: Heard) -> Say:
            if is_paused_before:
                # By another worker, meanwhile.
                Endpoint.objects.update(status="failing", failing_since=long_ago)
                connection.close()
            return Say(500)

        hook.answer = refuse
        endpoint = new_endpoint(hook.url)
        (event,) = happen(wallet)
        if is_by_hand:
            Queue.objects.all().delete()
            redeliver(endpoint=endpoint, events=event, actor="test", asked_by=None)
        if not is_paused_before:
            Endpoint.objects.update(failing_since=long_ago)
        assert deliver_waiting() == 0
        endpoint.refresh_from_db()
        assert endpoint.status == "failing"
        assert not Delivery.objects.filter(parked_at__isnull=False).exists()

        hook.answer = lambda heard: Say()
        resume_endpoint(endpoint=endpoint, actor="test")
        assert deliver_waiting() == 1
        assert hook.ids == [event.name] * 2

    def test_a_test_that_fails_is_no_failure_of_it(self, hook: Hook, db: None):
        hook.answer = lambda heard: Say(500)
        endpoint = new_endpoint(hook.url)
        send_test_event(endpoint=endpoint, actor="test", asked_by=None)
        deliver_waiting()
        endpoint.refresh_from_db()
        assert (len(hook.heard), endpoint.failing_since) == (1, None)

        Endpoint.objects.update(failing_since=timezone.now())
        hook.answer = lambda heard: Say()
        send_test_event(endpoint=endpoint, actor="test", asked_by=None)
        deliver_waiting()
        endpoint.refresh_from_db()
        assert endpoint.failing_since is None

    @pytest.mark.parametrize("is_by_hand", [False, True])
    def test_a_success_behind_a_failure_that_came_after_its_lease_is_heard(self, wallet: Wallet, hook: Hook, *, is_by_hand: bool):
        endpoint = new_endpoint(hook.url)
        (event,) = happen(wallet)
        assert deliver_waiting() == 1

        def fail_elsewhere(heard: Heard) -> Say:
            Endpoint.objects.update(failing_since=timezone.now())
            connection.close()
            return Say()

        hook.answer = fail_elsewhere
        if is_by_hand:
            redeliver(endpoint=endpoint, events=event, actor="test", asked_by=None)
        else:
            happen(wallet)
        assert deliver_waiting() == 1
        endpoint.refresh_from_db()
        assert endpoint.failing_since is None

    def test_its_row_is_not_written_at_each_call(self, wallet: Wallet, hook: Hook):
        endpoint = new_endpoint(hook.url)
        happen(wallet, 3)
        deliver_waiting()
        before = Endpoint.objects.get().last_success_at
        happen(wallet, 3)
        deliver_waiting()
        endpoint.refresh_from_db()
        assert endpoint.last_success_at == before

    def test_a_dead_one_does_not_hold_up_the_others(self, wallet: Wallet, new_hook: Callable[[], Hook], settings: Any):
        settings.WEBHOOK_TIMEOUT_SECONDS = 3
        settings.WEBHOOK_RETRY_SECONDS = [60]
        dead, alive = new_hook(), new_hook()
        dead.answer = lambda heard: Say(after_seconds=5)
        new_endpoint(dead.url)
        new_endpoint(alive.url)
        happen(wallet, 20)
        began = time.monotonic()
        deliver_waiting()

        assert len(alive.heard) == 20
        assert alive.heard[-1].at - began < 2


def test_a_worker_that_stops_lets_go_soon(wallet: Wallet, hook: Hook, settings: Any):
    settings.WEBHOOK_TIMEOUT_SECONDS = 5
    hook.answer = lambda heard: Say(after_seconds=0.3)
    endpoint = new_endpoint(hook.url)
    happen(wallet, 10)
    stopped = threading.Event()
    threading.Timer(0.5, stopped.set).start()
    began = time.monotonic()

    assert 1 <= deliver_waiting(is_stopped=stopped.is_set) <= 3
    assert time.monotonic() - began < 2
    queue = queue_of(endpoint)
    assert (queue.lease, queue.next_attempt_at is not None) == (None, True)


def test_what_hangs_does_not_hold_up_a_worker_that_stops(
    wallet: Wallet, hook: Hook, settings: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(delivering, "STOP_SECONDS", 0.3)
    settings.WEBHOOK_TIMEOUT_SECONDS = 2
    settings.WEBHOOK_RETRY_SECONDS = [60]
    hook.answer = lambda heard: Say(after_seconds=3)
    new_endpoint(hook.url)
    happen(wallet)
    stopped = threading.Event()
    threading.Timer(0.5, stopped.set).start()
    began = time.monotonic()

    deliver_waiting(is_stopped=stopped.is_set)
    assert time.monotonic() - began < 1.9
    # It ends by itself, and says so to the next run.
    time.sleep(2)
    deliver_waiting()
    assert not delivering._crew.is_at_work


def test_no_connection_of_the_pool_is_held_while_calling(wallet: Wallet, hook: Hook):
    held: list[int] = []

    def look(heard: Heard) -> Say:
        pool = connection.pool  # type: ignore[attr-defined]
        stats = pool.get_stats()
        held.append(stats["pool_size"] - stats["pool_available"])
        return Say()

    hook.answer = look
    new_endpoint(hook.url)
    happen(wallet, 3)
    assert deliver_waiting() == 3
    # The one of this thread, which claims.
    assert held == [1, 1, 1]
