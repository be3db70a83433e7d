"""A webhook that is changed while events are on their way: behind the change's answer only the call on the wire is as before."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from ledger.movements import Event as LedgerEvent
from tests.conftest import WHY
from tests.webhooks.hook import Heard, Hook, Say
from tests.webhooks.making import happen, new_endpoint
from wallets.models import Wallet
from wallets.services import debit
from webhooks import endpoint_health
from webhooks.delivering import deliver_waiting
from webhooks.dispatching import dispatch_waiting
from webhooks.endpoint_health import note_failure, note_success
from webhooks.endpoint_secrets import secrets_of
from webhooks.leasing import QueueLease, claim
from webhooks.models import Attempt, Delivery, Endpoint, Event, Queue, Tally
from webhooks.naming import CREDITED, DEBITED
from webhooks.redelivering import redeliver
from webhooks.sending import Connections, Outcome
from webhooks.services import (
    change_endpoint,
    create_endpoint,
    remove_endpoint,
    resume_endpoint,
    rotate_secret,
    send_test_event,
)
from webhooks.settling import give_back, settle_message
from webhooks.tallying import Tallies
from webhooks.working_off import work_off

# Threads meet.
pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture(autouse=True)
def _no_other_tests_success(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint_health, "_told", {})


def answered_late(change: Callable[[], object], *, at_call: int = 2, status: int = 200) -> Callable[[Heard], Say]:
    """A receiver that is slow; at this call it waits until `change` is made and answered."""
    calls = 0

    def answer(heard: Heard) -> Say:
        nonlocal calls
        calls += 1
        if calls != at_call:
            return Say()
        try:
            with transaction.atomic():
                change()
        finally:
            connection.close()
        return Say(status, after_seconds=0.2)

    return answer


def names(events: list[Event]) -> list[str]:
    return [event.name for event in events]


def is_signed_with(secret: str, heard: Heard) -> bool:
    with suppress(WebhookVerificationError):
        return bool(Webhook(secret).verify(heard.body, heard.headers))
    return False


class TestTheQueueUnderWay:
    def test_what_comes_behind_a_new_url_goes_there(self, wallet: Wallet, new_hook: Callable[[], Hook]):
        old, new = new_hook(), new_hook()
        endpoint = new_endpoint(old.url)
        events = names(happen(wallet, 6))
        old.answer = answered_late(lambda: change_endpoint(endpoint=endpoint, actor="test", url=new.url))

        assert deliver_waiting() == 6
        assert (old.ids, new.ids) == (events[:2], events[2:])

    def test_a_secret_that_is_dead_signs_nothing_more(self, wallet: Wallet, hook: Hook):
        endpoint, old = create_endpoint(url=hook.url, actor="test", created_by=None)
        happen(wallet, 5)
        hook.answer = answered_late(lambda: rotate_secret(endpoint=endpoint, overlap=timedelta(), actor="test"))

        assert deliver_waiting() == 5
        [new] = secrets_of(Endpoint.objects.get())
        assert [is_signed_with(old, heard) for heard in hook.heard] == [True] * 2 + [False] * 3
        assert [is_signed_with(new, heard) for heard in hook.heard] == [False] * 2 + [True] * 3

    def test_nor_one_whose_overlap_ends_under_way(self, wallet: Wallet, hook: Hook):
        endpoint, old = create_endpoint(url=hook.url, actor="test", created_by=None)
        rotate_secret(endpoint=endpoint, overlap=timedelta(seconds=2), actor="test")
        happen(wallet, 3)
        hook.answer = answered_late(lambda: time.sleep(2.1), at_call=1)

        assert deliver_waiting() == 3
        assert [is_signed_with(old, heard) for heard in hook.heard] == [True, False, False]

    def test_what_is_not_wanted_any_more_is_not_sent(self, wallet: Wallet, hook: Hook):
        endpoint = new_endpoint(hook.url)
        happen(wallet, 5)
        hook.answer = answered_late(lambda: change_endpoint(endpoint=endpoint, actor="test", event_types=[DEBITED]))

        assert deliver_waiting() == 2
        queue = Queue.objects.get()
        assert (queue.position, queue.lease, queue.next_attempt_at) == (queue.last_position, None, None)

    def test_what_is_wanted_now_is_not_passed_over(self, wallet: Wallet, hook: Hook):
        """It waits behind the last one that was wanted, with which the old filter was through."""
        happen(wallet, 5)
        endpoint = new_endpoint(hook.url)
        debit(wallet=wallet, amount=wallet.money(1), event=LedgerEvent.once("test"), why=WHY)
        dispatch_waiting()
        later = happen(wallet, 2)
        change_endpoint(endpoint=endpoint, actor="test", event_types=[DEBITED])
        hook.answer = answered_late(lambda: change_endpoint(endpoint=endpoint, actor="test", event_types=[]), at_call=1)

        assert deliver_waiting() == 3
        assert [heard.told["type"] for heard in hook.heard] == [DEBITED, CREDITED, CREDITED]
        assert hook.ids[1:] == names(later)

    def test_nor_where_nothing_was_wanted_before(self, wallet: Wallet, hook: Hook):
        endpoint = new_endpoint(hook.url, event_types=[DEBITED])
        events = happen(wallet, 2)
        Queue.objects.create(
            **{"endpoint": endpoint, "account_id": wallet.pk, "next_attempt_at": timezone.now()},
            **{"position": (events[0].position or 0) - 1, "last_position": events[1].position},
        )
        (lease,) = claim(most=16, most_failing=1)
        change_endpoint(endpoint=endpoint, actor="test", event_types=[])

        assert lease.messages == []
        work_off(lease, connections=Connections(), tallies=Tallies(), is_stopped=lambda: False)
        assert deliver_waiting() == 2
        assert hook.ids == names(events)

    @pytest.mark.parametrize("verb", ["off", "removed"])
    def test_switched_off_or_removed_it_gets_no_more(self, wallet: Wallet, hook: Hook, verb: str):
        endpoint = new_endpoint(hook.url)
        happen(wallet, 5)

        def stop() -> None:
            if verb == "off":
                change_endpoint(endpoint=endpoint, actor="test", status="off")
            else:
                remove_endpoint(endpoint=endpoint, actor="test")

        hook.answer = answered_late(stop)
        deliver_waiting()
        assert len(hook.heard) == 2
        assert not Queue.objects.filter(lease__isnull=False).exists()

    def test_each_wallet_has_one_call_on_the_wire(self, wallet: Wallet, bobs_wallet: Wallet, new_hook: Callable[[], Hook]):
        old, new = new_hook(), new_hook()
        old.answer = lambda heard: Say(after_seconds=0.3)
        endpoint = new_endpoint(old.url)
        happen(wallet, 10)
        happen(bobs_wallet, 10)

        def deliver() -> None:
            deliver_waiting()
            connection.close()

        running = threading.Thread(target=deliver)
        running.start()
        while len(old.heard) < 4:
            time.sleep(0.01)
        with transaction.atomic():
            change_endpoint(endpoint=endpoint, actor="test", url=new.url)
        begun = len(old.heard)
        running.join()

        # The one of each that was under way, and perhaps not heard yet.
        assert len(old.heard) <= begun + 2
        assert len(old.ids + new.ids) == len({*old.ids, *new.ids}) == 20


class TestWhatFailsBehindAChange:
    """It was the old receiver that did not take it."""

    @pytest.mark.parametrize("is_by_hand", [False, True])
    def test_it_is_tried_at_once_at_the_new_one_and_nothing_is_counted_or_parked(
        self, wallet: Wallet, new_hook: Callable[[], Hook], settings: Any, *, is_by_hand: bool
    ):
        settings.WEBHOOK_RETRY_SECONDS = []
        old, new = new_hook(), new_hook()
        endpoint = new_endpoint(old.url)
        (event,) = happen(wallet)
        if is_by_hand:
            Queue.objects.all().delete()
            redeliver(endpoint=endpoint, events=event, actor="test", asked_by=None)
        seen: list[Any] = []

        def look(heard: Heard) -> Say:
            seen.append(Endpoint.objects.values_list("failing_since", flat=True).get())
            seen.extend((Delivery if is_by_hand else Queue).objects.values_list("attempts", flat=True))
            connection.close()
            return Say()

        new.answer = look
        change = answered_late(lambda: change_endpoint(endpoint=endpoint, actor="test", url=new.url), at_call=1, status=500)
        old.answer = change

        assert deliver_waiting() == 1
        assert (old.ids, new.ids) == ([event.name], [event.name])
        assert seen == [None, 0]
        assert not Delivery.objects.filter(parked_at__isnull=False).exists()
        assert list(Attempt.objects.order_by("id").values_list("status", flat=True)) == [500, 200]
        assert Tally.objects.get().parked == 0

    def test_what_was_resumed_begins_anew_whatever_was_on_the_wire(self, wallet: Wallet, hook: Hook, settings: Any):
        settings.WEBHOOK_RETRY_SECONDS = [0, 0, 3600]
        endpoint = new_endpoint(hook.url)
        happen(wallet)
        Queue.objects.update(attempts=2)
        hook.answer = answered_late(lambda: resume_endpoint(endpoint=endpoint, actor="test"), at_call=1, status=500)

        assert deliver_waiting() == 1
        endpoint.refresh_from_db()
        assert endpoint.failing_since is None

    def test_a_test_is_one_call_all_the_same(self, new_hook: Callable[[], Hook], db: None):
        old, new = new_hook(), new_hook()
        endpoint = new_endpoint(old.url)
        old.answer = answered_late(lambda: change_endpoint(endpoint=endpoint, actor="test", url=new.url), at_call=1, status=500)
        send_test_event(endpoint=endpoint, actor="test", asked_by=None)

        assert deliver_waiting() == 0
        assert (len(old.heard), new.heard) == (1, [])
        assert Delivery.objects.get().state == "parked"

    def test_what_goes_well_is_no_success_of_the_new_one(self, wallet: Wallet, new_hook: Callable[[], Hook]):
        old, new = new_hook(), new_hook()
        endpoint = new_endpoint(old.url)
        happen(wallet, 1)
        old.answer = answered_late(lambda: change_endpoint(endpoint=endpoint, actor="test", url=new.url), at_call=1)

        assert deliver_waiting() == 1
        endpoint.refresh_from_db()
        assert endpoint.last_success_at is None
        happen(wallet, 1)
        assert deliver_waiting() == 1
        endpoint.refresh_from_db()
        assert endpoint.last_success_at is not None

    def test_neither_is_noted_of_what_was_leased_before(self, db: None):
        leased = new_endpoint()
        change_endpoint(endpoint=leased, actor="test", description="another")

        note_failure(leased, timezone.now())
        assert not note_success(leased, timezone.now())
        now = Endpoint.objects.get()
        assert (now.failing_since, now.last_success_at) == (None, None)


class TestWhoWaitsForTheChange:
    """A statement that waits for a lock began before the change was committed, and goes on behind its answer."""

    @pytest.fixture
    def lease(self, wallet: Wallet) -> QueueLease:
        new_endpoint()
        happen(wallet, 3)
        (lease,) = claim(most=16, most_failing=1)
        assert isinstance(lease, QueueLease)
        return lease

    def behind(self, lock: Callable[[], object], work: Callable[[], bool]) -> bool:
        """What `work` says that had to wait for `lock`, and for what was changed by whoever held that."""

        def run() -> bool:
            try:
                return work()
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                lock()
                waiting = pool.submit(run)
                time.sleep(0.4)
                assert not waiting.done()
                change_endpoint(endpoint=Endpoint.objects.get(), actor="test", url="https://other.example/")
            return waiting.result(timeout=10)

    def test_writing_down_how_it_went(self, lease: QueueLease):
        outcome = Outcome(datetime.now(UTC), 5, 200, "ok")

        assert not self.behind(
            lambda: Queue.objects.select_for_update().get(),
            lambda: settle_message(lease, lease.messages[0], outcome),
        )
        queue = Queue.objects.get()
        assert (queue.position, queue.lease) == (lease.messages[0].position, None)

    def test_noting_that_it_went_well(self, lease: QueueLease):
        assert not self.behind(
            lambda: Endpoint.objects.select_for_update(no_key=True).get(),
            lambda: note_success(lease.endpoint, timezone.now()),
        )

    def test_it_ends_the_lease(self, lease: QueueLease, hook: Hook):
        """As it was written down nothing was changed yet; it is, before the next call."""
        lease.endpoint.url = hook.url
        locked, outcome = threading.Event(), []
        hook.answer = lambda heard: Say(status=200 if locked.wait(10) else 500)

        def lock() -> None:
            Endpoint.objects.select_for_update(no_key=True).get()
            locked.set()

        def work() -> bool:
            outcome.append(work_off(lease, connections=Connections(), tallies=Tallies(), is_stopped=lambda: False))
            return False

        self.behind(lock, work)
        assert (outcome, len(hook.heard)) == ([1], 1)
        give_back(lease)
        assert Queue.objects.get().lease is None
