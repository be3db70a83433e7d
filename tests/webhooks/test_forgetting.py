"""What is deleted of the log, and what stays although it is old."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.webhooks.making import happen, new_endpoint
from wallet_service.forgetting_events import forget_attempts, forget_events
from wallets.models import Wallet
from webhooks.models import ATTEMPTS_KEPT, Attempt, Delivery, Endpoint, Event, Queue
from webhooks.redelivering import redeliver

pytestmark = pytest.mark.django_db


def make_old(*events: Event) -> None:
    Event.objects.filter(pk__in=[event.pk for event in events]).update(created_at=timezone.now() - timedelta(days=91))


def kept() -> list[Event]:
    return list(Event.objects.filter(position__isnull=False).order_by("position"))


def test_what_is_old_goes_with_what_was_sent_of_it(wallet: Wallet):
    endpoint = new_endpoint()
    old, young = happen(wallet, 2)
    make_old(old)
    Queue.objects.update(position=young.position, next_attempt_at=None)
    Delivery.objects.create(endpoint=endpoint, event=old, reason="parked", parked_at=timezone.now())
    told = {"number": 1, "at": timezone.now(), "duration_ms": 1, "is_success": False}
    for event in (old, young):
        Attempt.objects.create(endpoint=endpoint, event=event, **told)

    assert forget_events() == 1
    assert kept() == [young]
    assert not Delivery.objects.exists()
    assert [attempt.event for attempt in Attempt.objects.all()] == [young]


def test_what_an_endpoint_that_is_on_waits_for_stays_and_no_hole_is_made_behind_it(wallet: Wallet, bobs_wallet: Wallet):
    new_endpoint()
    first, second, third = happen(wallet)[0], happen(bobs_wallet)[0], happen(wallet)[0]
    make_old(first, second, third)
    Queue.objects.filter(account_id=wallet.pk).update(position=third.position, next_attempt_at=None)

    assert forget_events() == 1
    assert kept() == [second, third]


def test_an_endpoint_that_is_off_keeps_nothing(wallet: Wallet):
    new_endpoint()
    make_old(*happen(wallet, 3))
    Endpoint.objects.update(status="off")
    assert forget_events() == 3


def test_a_queue_that_rested_for_long_keeps_what_it_waits_for_now_and_nothing_before(wallet: Wallet, bobs_wallet: Wallet):
    new_endpoint()
    make_old(*happen(bobs_wallet, 2))
    Queue.objects.all().delete()
    new_endpoint()
    (young,) = happen(wallet)
    Queue.objects.update(position=0)

    assert forget_events() == 2
    assert kept() == [young]


def test_what_was_asked_for_again_stays(wallet: Wallet):
    first, second = happen(wallet, 2)
    make_old(first, second)
    redeliver(endpoint=new_endpoint(), events=second, actor="test", asked_by=None)
    assert forget_events() == 1
    assert kept() == [second]


def test_times_that_are_not_in_the_order_of_positions_make_no_hole(wallet: Wallet):
    first, second, third = happen(wallet, 3)
    make_old(first, third)
    assert forget_events() == 1
    assert kept() == [second, third]


def test_attempts_go_after_a_month(wallet: Wallet):
    endpoint = new_endpoint()
    (event,) = happen(wallet)
    for days in (0, 1):
        at = timezone.now() - ATTEMPTS_KEPT - timedelta(days=days - 0.5)
        Attempt.objects.create(endpoint=endpoint, event=event, number=1, at=at, duration_ms=1, is_success=True)
    assert forget_attempts() == 1
    assert Attempt.objects.count() == 1
