"""How endpoints and events fare: figures that are bounded, and what became of one event everywhere."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.webhooks.making import happen, new_endpoint
from wallets.models import Wallet
from webhooks import reading
from webhooks.models import Attempt, Delivery, Endpoint, Event, Queue, Tally, hour_of
from webhooks.naming import DEBITED
from webhooks.reading import fares_of, fates_of
from webhooks.services import remove_endpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    return new_endpoint()


def attempt(endpoint: Endpoint, event: Event, *, status: int | None = 200, error: str = "", number: int = 1) -> Attempt:
    return Attempt.objects.create(
        endpoint=endpoint,
        event=event,
        number=number,
        at=timezone.now(),
        duration_ms=40,
        status=status,
        error=error,
        is_success=status == 200,
    )


def test_an_endpoint_that_got_nothing(endpoint: Endpoint):
    fares = fares_of([endpoint])[endpoint.pk]

    assert (fares.delivered, fares.failed, fares.success_rate, fares.average_ms) == (0, 0, None, None)
    assert (fares.waiting, fares.oldest_waiting_at, fares.parked, fares.answered_at, fares.answered) == (0, None, 0, None, "")
    assert len(fares.hours) == 24
    assert fares.hours[-1].hour == hour_of(timezone.now())


def test_its_last_day_hour_by_hour(endpoint: Endpoint):
    now = hour_of(timezone.now())
    for ago, delivered, failed in ((0, 8, 1), (1, 0, 1), (23, 10, 0), (24, 1000, 1000)):
        hour = now - timedelta(hours=ago)
        Tally.objects.create(endpoint=endpoint, hour=hour, delivered=delivered, failed=failed, duration_ms=100, parked=ago)

    fares = fares_of([endpoint])[endpoint.pk]

    assert (fares.delivered, fares.failed, fares.success_rate, fares.average_ms) == (18, 2, 0.9, 15)
    assert [hour.delivered for hour in fares.hours] == [10, *[0] * 22, 8]
    assert fares.hours[0].parked == 23


def test_what_waits_is_what_is_wanted_and_not_yet_sent(wallet: Wallet, bobs_wallet: Wallet, endpoint: Endpoint):
    wants_debits = new_endpoint(event_types=[DEBITED])
    first, *_ = happen(wallet, 3)
    happen(bobs_wallet)
    Queue.objects.filter(account_id=wallet.pk).update(position=first.position)
    Delivery.objects.create(endpoint=endpoint, event=first, reason="by_hand", next_attempt_at=timezone.now())
    Delivery.objects.create(endpoint=endpoint, event=first, reason="parked", parked_at=timezone.now())

    fares = fares_of([endpoint, wants_debits])

    assert (fares[endpoint.pk].waiting, fares[endpoint.pk].oldest_waiting_at, fares[endpoint.pk].parked) == (
        *(4, first.created_at, 1),
    )
    assert (fares[wants_debits.pk].waiting, fares[wants_debits.pk].oldest_waiting_at) == (0, None)


@pytest.mark.parametrize("is_older", [True, False])
def test_the_oldest_that_waits_may_wait_beside_the_queues(
    wallet: Wallet, bobs_wallet: Wallet, endpoint: Endpoint, *, is_older: bool
):
    first, last = happen(wallet)[0], happen(bobs_wallet)[0]
    by_hand = first if is_older else last
    Queue.objects.filter(account_id=by_hand.account_id).delete()
    Delivery.objects.create(endpoint=endpoint, event=by_hand, reason="by_hand", next_attempt_at=timezone.now())
    fares = fares_of([endpoint])[endpoint.pk]
    assert (fares.waiting, fares.oldest_waiting_at) == (2, first.created_at)

    Queue.objects.all().delete()
    fares = fares_of([endpoint])[endpoint.pk]
    assert (fares.waiting, fares.oldest_waiting_at) == (1, by_hand.created_at)


def test_a_great_deal_is_counted_up_to_a_bound(wallet: Wallet, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "COUNT_MAX", 3)
    for event in happen(wallet, 5):
        Delivery.objects.create(endpoint=endpoint, event=event, reason="parked", parked_at=timezone.now())

    fares = fares_of([endpoint])[endpoint.pk]

    assert (fares.waiting, fares.parked) == (3, 3)


def test_the_last_answer_is_a_status_or_why_there_was_none(wallet: Wallet, endpoint: Endpoint):
    [event] = happen(wallet)
    attempt(endpoint, event)
    last = attempt(endpoint, event, status=None, error="no answer in time")
    fares = fares_of([endpoint])[endpoint.pk]
    assert (fares.answered_at, fares.answered) == (last.at, "no answer in time")
    attempt(endpoint, event, status=503)

    assert fares_of([endpoint])[endpoint.pk].answered == "503"


def test_many_endpoints_cost_as_much_as_one(endpoint: Endpoint, wallet: Wallet):
    endpoints = [endpoint, *(new_endpoint() for _ in range(9))]
    happen(wallet)

    with CaptureQueriesContext(connection) as captured:
        fares = fares_of(endpoints)

    assert len(captured) == 2
    assert {fare.waiting for fare in fares.values()} == {1}
    assert fares_of([]) == {}


def test_what_became_of_an_event_at_each_endpoint(wallet: Wallet, endpoint: Endpoint):
    waiting, parked, failed, sent_again, wants_debits, gone = (new_endpoint() for _ in range(6))
    Endpoint.objects.filter(pk=wants_debits.pk).update(event_types=[DEBITED])
    event, _ = happen(wallet, 2)
    Queue.objects.exclude(endpoint__in=[waiting, wants_debits, gone]).update(position=event.position)
    attempt(endpoint, event, status=500)
    attempt(endpoint, event, number=2)
    attempt(parked, event, status=500)
    Delivery.objects.create(endpoint=parked, event=event, reason="parked", parked_at=timezone.now())
    attempt(failed, event, status=500)
    attempt(sent_again, event)
    Delivery.objects.create(endpoint=sent_again, event=event, reason="by_hand", next_attempt_at=timezone.now())
    remove_endpoint(endpoint=gone, actor="test")

    fates = fates_of(event)

    assert {fate.endpoint_id: fate.state for fate in fates} == {
        endpoint.pk: "delivered",
        waiting.pk: "waiting",
        parked.pk: "parked",
        failed.pk: "failed",
        sent_again.pk: "waiting",
    }
    assert [attempt.number for attempt in fates[0].attempts] == [2, 1]
