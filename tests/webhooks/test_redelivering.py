"""What was sent, or happened before there was an endpoint, is sent again: in order, bounded, and not beside what waits anyway."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from audit.models import Act
from people.models import User
from tests.webhooks.making import happen, new_endpoint
from wallets.models import Wallet
from webhooks import redelivering
from webhooks.errors import EventIsATest, EventTypeUnknown
from webhooks.models import Delivery, Endpoint, Event
from webhooks.naming import CREDITED, DEBITED
from webhooks.reading import fares_of, fates_of
from webhooks.redelivering import Range, redeliver, redeliver_parked
from webhooks.services import remove_endpoint, send_test_event

pytestmark = pytest.mark.django_db

ALL = Range()


@pytest.fixture
def events(wallet: Wallet, bobs_wallet: Wallet) -> list[Event]:
    """Six, of two wallets, from before there was an endpoint."""
    return happen(wallet, 2) + happen(bobs_wallet, 2) + happen(wallet, 2)


@pytest.fixture
def endpoint(events: list[Event]) -> Endpoint:
    return new_endpoint()


def again(endpoint: Endpoint, events: Event | Range = ALL, **extra: Any) -> list[int | None]:
    """The positions that are sent again, in the order of the rows that were made."""
    redeliver(endpoint=endpoint, events=events, actor="test", asked_by=None, **extra)
    return list(Delivery.objects.order_by("id").values_list("event__position", flat=True))


def positions(events: list[Event]) -> list[int | None]:
    return [event.position for event in events]


def test_all_of_it_in_the_order_of_positions(endpoint: Endpoint, events: list[Event], manager: User):
    done = redeliver(endpoint=endpoint, events=ALL, actor="user:1 admin", asked_by=manager)

    rows = list(Delivery.objects.order_by("id"))
    assert [row.event_id for row in rows] == [event.pk for event in events]
    assert {(row.reason, row.asked_by, row.attempts) for row in rows} == {("by_hand", manager, 0)}
    assert len({row.next_attempt_at for row in rows}) == 1
    assert (done.count, done.last, done.has_more) == (6, events[-1].position, False)
    act = Act.objects.latest("id")
    assert (act.act, act.subject, act.actor) == ("webhook.redelivered", f"webhook:{endpoint.pk}", "user:1 admin")
    assert json.loads(act.facts) == {"events": 6, "first": events[0].position, "last": events[-1].position}


def test_a_range_of_positions_is_what_lies_between(endpoint: Endpoint, events: list[Event]):
    first = events[0].position or 0

    assert again(endpoint, Range(after=first + 1, before=first + 4)) == [first + 2, first + 3]


def test_a_range_of_times_has_both_its_ends(endpoint: Endpoint, events: list[Event]):
    chosen = Range(first=events[1].created_at, last=events[3].created_at)

    assert again(endpoint, chosen) == positions(events[1:4])


def test_one_wallets(endpoint: Endpoint, events: list[Event], bobs_wallet: Wallet):
    assert again(endpoint, Range(account_id=bobs_wallet.pk)) == positions(events[2:4])


def test_of_a_range_only_what_is_wanted_or_named(events: list[Event]):
    wants_debits = new_endpoint(event_types=[DEBITED])

    assert again(wants_debits) == []
    assert again(wants_debits, Range(event_types=[CREDITED])) == positions(events)
    with pytest.raises(EventTypeUnknown), transaction.atomic():
        again(wants_debits, Range(event_types=["wallet.stolen"]))


def test_one_event_also_of_a_type_that_is_not_wanted(events: list[Event]):
    assert again(new_endpoint(event_types=[DEBITED]), events[3]) == positions(events[3:4])


def test_what_waits_in_its_queue_is_left_to_it(wallet: Wallet, endpoint: Endpoint, events: list[Event]):
    [waiting] = happen(wallet)

    assert again(endpoint) == positions(events)
    assert again(endpoint, waiting) == positions(events)
    endpoint.queues.update(position=waiting.position)
    assert again(endpoint, waiting) == positions([*events, waiting])


def test_asking_twice_sends_once_while_it_waits(endpoint: Endpoint, events: list[Event]):
    again(endpoint)

    assert again(endpoint) == positions(events)
    Delivery.objects.update(next_attempt_at=None, delivered_at=timezone.now())
    assert again(endpoint) == positions([*events, *events])


def test_a_great_many_are_sent_in_several_goes(endpoint: Endpoint, events: list[Event], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(redelivering, "AT_ONCE_MAX", 4)

    done = redeliver(endpoint=endpoint, events=ALL, actor="test", asked_by=None)

    assert (done.count, done.last, done.has_more) == (4, events[3].position, True)
    assert again(endpoint, Range(after=done.last)) == positions(events)


def test_a_test_event_is_not_sent_again(endpoint: Endpoint):
    test = send_test_event(endpoint=endpoint, actor="test", asked_by=None)
    Delivery.objects.all().delete()

    with pytest.raises(EventIsATest), transaction.atomic():
        again(endpoint, test.event)

    assert not Delivery.objects.exists()
    assert not Act.objects.filter(act="webhook.redelivered").exists()


def test_what_was_parked_gets_all_its_attempts_again(endpoint: Endpoint, events: list[Event]):
    parked = {"endpoint": endpoint, "reason": "parked", "attempts": 7, "parked_at": timezone.now()}
    rows = [Delivery.objects.create(event=event, **parked) for event in events[:3]]
    delivered = Delivery.objects.create(endpoint=endpoint, event=events[3], reason="parked", delivered_at=timezone.now())
    others = Delivery.objects.create(**{**parked, "endpoint": new_endpoint()}, event=events[0])

    assert redeliver_parked(endpoint=endpoint, actor="test", only=[rows[1].pk, others.pk]).count == 1
    assert redeliver_parked(endpoint=endpoint, actor="test").count == 2
    assert redeliver_parked(endpoint=endpoint, actor="test").count == 0

    soon = timezone.now() + timedelta(seconds=1)
    for row in rows:
        row.refresh_from_db()
        assert (row.attempts, row.parked_at, row.reason) == (0, None, "parked")
        assert row.next_attempt_at is not None
        assert row.next_attempt_at < soon
    for row in (delivered, others):
        row.refresh_from_db()
        assert row.next_attempt_at is None


def test_a_test_that_failed_is_not_what_was_parked(endpoint: Endpoint):
    test = send_test_event(endpoint=endpoint, actor="test", asked_by=None)
    Delivery.objects.update(next_attempt_at=None, parked_at=timezone.now(), attempts=1)

    assert redeliver_parked(endpoint=endpoint, actor="test").count == 0
    assert redeliver_parked(endpoint=endpoint, actor="test", only=[test.pk]).count == 0

    assert fares_of([endpoint])[endpoint.pk].parked == 0
    assert [fate.state for fate in fates_of(test.event)] == ["failed"]


def test_nothing_is_sent_again_to_a_removed_endpoint(endpoint: Endpoint):
    remove_endpoint(endpoint=endpoint, actor="test")

    for call in (lambda: again(endpoint), lambda: redeliver_parked(endpoint=endpoint, actor="test")):
        with pytest.raises(Endpoint.DoesNotExist), transaction.atomic():
            call()

    assert not Delivery.objects.exists()
