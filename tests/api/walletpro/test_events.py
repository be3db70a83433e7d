"""`/walletpro/v1/events`: the feed, for who would rather pull."""

import json

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.api.conftest import V1, said
from tests.webhooks.making import happen, new_endpoint
from wallets.models import Wallet
from webhooks.models import Attempt, Event
from webhooks.naming import CREDITED, DEBITED

pytestmark = pytest.mark.django_db

EVENTS = f"{V1}/events"


@pytest.fixture
def events(wallet: Wallet, bobs_wallet: Wallet) -> list[Event]:
    return happen(wallet, 3) + happen(bobs_wallet, 2)


def test_tells_what_happened_in_its_order(as_manager: APIClient, events: list[Event]):
    answer = as_manager.get(EVENTS).json()

    assert [row["position"] for row in answer["data"]] == [event.position for event in events]
    assert answer["data"][0] == {
        "position": events[0].position,
        "id": f"evt_{events[0].pk.hex}",
        "type": CREDITED,
        "created_at": answer["data"][0]["created_at"],
        "data": json.loads(events[0].data),
    }
    last = events[-1].position
    assert answer["meta"] == {"next": last, "has_more": False, "last_position": last, "oldest_position": events[0].position}


def test_who_goes_on_from_next_misses_nothing(as_manager: APIClient, events: list[Event]):
    got, after = [], 0
    while True:
        answer = as_manager.get(EVENTS, {"after": after, "per_page": 2}).json()
        got += [row["id"] for row in answer["data"]]
        after = answer["meta"]["next"]
        if not answer["meta"]["has_more"]:
            break

    assert got == [event.name for event in events]


def test_filters(as_manager: APIClient, events: list[Event], bobs_wallet: Wallet):
    def positions(**asked: str | int) -> list[int]:
        return [row["position"] for row in as_manager.get(EVENTS, asked).json()["data"]]

    assert positions(wallet_id=bobs_wallet.pk) == [event.position for event in events[3:]]
    assert positions(type=DEBITED) == []
    assert len(positions(type=f"{DEBITED},{CREDITED}")) == 5
    assert said(as_manager.get(EVENTS, {"type": "wallet.stolen"})) == (400, "rest_invalid_param")
    assert said(as_manager.get(EVENTS, {"per_page": 1001})) == (400, "rest_invalid_param")


def test_a_position_ahead_and_one_that_is_forgotten_are_told(as_manager: APIClient, events: list[Event]):
    first, last = events[0].position or 0, events[-1].position or 0
    Event.objects.filter(position__lte=first + 1).delete()

    ahead = as_manager.get(EVENTS, {"after": last + 1})
    forgotten = as_manager.get(EVENTS, {"after": first})

    assert said(ahead) == (422, "walletpro_position_ahead")
    assert ahead.json()["data"]["last_position"] == last
    assert said(forgotten) == (410, "walletpro_events_forgotten")
    assert forgotten.json()["data"]["oldest_position"] == first + 2
    assert len(as_manager.get(EVENTS, {"after": first + 1}).json()["data"]) == 3
    assert len(as_manager.get(EVENTS, {"after": 0}).json()["data"]) == 3


def test_one_event_and_what_became_of_it(as_manager: APIClient, wallet: Wallet):
    endpoint, other = new_endpoint(), new_endpoint()
    [event] = happen(wallet)
    endpoint.queues.update(position=event.position)
    answered = {"number": 1, "duration_ms": 5, "status": 200, "is_success": True}
    attempt = Attempt.objects.create(endpoint=endpoint, event=event, at=timezone.now(), **answered)

    row = as_manager.get(f"{EVENTS}/{event.name}").json()

    assert as_manager.get(f"{EVENTS}/{event.position}").json() == row
    assert (row["id"], row["position"], row["data"]) == (event.name, event.position, json.loads(event.data))
    assert row["deliveries"] == [
        {
            "webhook_id": endpoint.pk,
            "state": "delivered",
            "attempts": 1,
            "last_attempt_at": f"{attempt.at:%Y-%m-%dT%H:%M:%SZ}",
            "last_answer": "200",
        },
        {"webhook_id": other.pk, "state": "waiting", "attempts": 0, "last_attempt_at": None, "last_answer": None},
    ]


@pytest.mark.parametrize("name", ["0", "7", f"evt_{'0' * 32}", "evt_1", "nonsense", "9" * 30])
def test_an_event_that_is_not_there(as_manager: APIClient, name: str):
    assert said(as_manager.get(f"{EVENTS}/{name}")) == (404, "walletpro_event_not_found")
