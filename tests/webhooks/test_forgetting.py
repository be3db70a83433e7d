"""What is deleted of the log, and what stays although it is old."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from ledger.models import Alarm
from tests.webhooks.making import happen, new_endpoint
from wallet_service.forgetting_events import LOST_ALARM, forget_attempts, forget_events
from wallets.models import Wallet
from webhooks.endpoint_secrets import secrets_of
from webhooks.models import ATTEMPTS_KEPT, Attempt, Delivery, Endpoint, Event, Queue
from webhooks.naming import DEBITED
from webhooks.redelivering import Range, redeliver
from webhooks.services import rotate_secret

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


@pytest.mark.parametrize("status", ["off", "failing"])
def test_an_endpoint_that_is_not_on_keeps_nothing_and_what_it_loses_is_told(wallet: Wallet, bobs_wallet: Wallet, status: str):
    first, second, third, young = happen(wallet, 4)
    other = happen(bobs_wallet)
    off, asks, wants_debits, at_rest = new_endpoint(), new_endpoint(), new_endpoint(event_types=[DEBITED]), new_endpoint()
    make_old(first, second, third, *other)
    Event.objects.filter(pk=young.pk).update(position=F("position") + 10)
    waits = {"account_id": wallet.pk, "position": first.position, "last_position": third.position}
    for endpoint in (off, wants_debits):
        endpoint.queues.create(**waits, next_attempt_at=timezone.now())
    at_rest.queues.create(**{**waits, "position": third.position})
    redeliver(endpoint=asks, events=first, actor="test", asked_by=None)
    Endpoint.objects.update(status=status)

    assert forget_events() == 4
    assert kept() == [young]
    told = {alarm.subject: alarm.message for alarm in Alarm.objects.open().filter(name=LOST_ALARM)}
    assert set(told) == {f"endpoint {off.pk}", f"endpoint {asks.pk}"}
    assert " 2 events " in told[f"endpoint {off.pk}"]
    assert " 1 events " in told[f"endpoint {asks.pk}"]
    assert forget_events() == 0
    assert set(Alarm.objects.filter(name=LOST_ALARM).values_list("times", flat=True)) == {1}


def test_where_an_endpoint_that_is_on_keeps_them_none_is_lost(wallet: Wallet):
    new_endpoint()
    make_old(*happen(wallet, 2))
    off = new_endpoint(status="off")
    redeliver(endpoint=off, events=Range(), actor="test", asked_by=None)

    assert forget_events() == 0
    assert not Alarm.objects.exists()


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


def test_a_secret_that_signs_no_more_goes(db: None):
    over, lasting = new_endpoint(), new_endpoint()
    for endpoint in (over, lasting):
        rotate_secret(endpoint=endpoint, actor="test")
    Endpoint.objects.filter(pk=over.pk).update(old_secret_until=timezone.now() - timedelta(seconds=1))

    forget_attempts()

    over.refresh_from_db()
    lasting.refresh_from_db()
    assert (over.old_secret, over.old_secret_until) == (None, None)
    assert len(secrets_of(lasting)) == 2


def test_attempts_go_after_a_month(wallet: Wallet):
    endpoint = new_endpoint()
    (event,) = happen(wallet)
    for days in (0, 1):
        at = timezone.now() - ATTEMPTS_KEPT - timedelta(days=days - 0.5)
        Attempt.objects.create(endpoint=endpoint, event=event, number=1, at=at, duration_ms=1, is_success=True)
    assert forget_attempts() == 1
    assert Attempt.objects.count() == 1
