"""`/walletpro/v1/webhooks`: made, read, changed, rotated, tried out, resumed, removed; what was sent, and what is sent again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from apikeys.models import ApiKey
from audit.models import Act, RequestLog
from tests.api.conftest import V1, said
from tests.webhooks.making import happen, new_endpoint
from wallets.models import Wallet
from webhooks.endpoint_secrets import secrets_of
from webhooks.models import Attempt, Delivery, Endpoint, Event
from webhooks.naming import CREDITED, DEBITED, EVENT_TYPES, MEANINGS
from webhooks.services import ENDPOINTS_MAX

pytestmark = pytest.mark.django_db

WEBHOOKS = f"{V1}/webhooks"
BOOKS = {"url": "https://books.example/hooks?t=1", "description": "Books", "event_types": [DEBITED, CREDITED]}
NOTHING = {
    "hours": 24,
    "delivered": 0,
    "failed": 0,
    "average_ms": None,
    "waiting": 0,
    "oldest_waiting_at": None,
    "parked": 0,
    "last_attempt_at": None,
    "last_answer": None,
}


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    return new_endpoint()


@pytest.fixture
def post(as_manager: APIClient, endpoint: Endpoint) -> Callable[..., Any]:
    """`post("rotate", overlap_hours=1)`: to the endpoint, as the manager."""

    def post(verb: str, **arguments: Any) -> Any:
        return as_manager.post(f"{WEBHOOKS}/{endpoint.pk}/{verb}", arguments, format="json")

    return post


def attempts(endpoint: Endpoint, events: list[Event], status: int | None = 200) -> list[Attempt]:
    facts = {"status": status, "is_success": status == 200, "error": "" if status else "no answer in time", "answer": "ok"}
    return [
        Attempt.objects.create(endpoint=endpoint, event=event, number=1, at=timezone.now(), duration_ms=12, **facts)
        for event in events
    ]


def test_creates_one_and_shows_its_secret_in_this_answer_alone(as_manager: APIClient, key_of: ApiKey):
    response = as_manager.post(WEBHOOKS, BOOKS, format="json")
    row = response.json()

    endpoint = Endpoint.objects.get()
    assert response.status_code == 201
    assert response["Location"].endswith(f"{WEBHOOKS}/{endpoint.pk}")
    assert secrets_of(endpoint) == [row.pop("secret")]
    assert row == {
        "id": endpoint.pk,
        **BOOKS,
        "event_types": [CREDITED, DEBITED],
        "status": "active",
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "failing_since": None,
        "last_success_at": None,
        "two_signatures_until": None,
        "statistics": NOTHING,
    }
    assert as_manager.get(f"{WEBHOOKS}/{endpoint.pk}").json() == row
    assert as_manager.get(WEBHOOKS).json()["data"] == [row]
    assert endpoint.created_by == key_of.owner
    assert Act.objects.get(act="webhook.created").actor == f"key:{key_of.pk} user:{key_of.owner_id}"


def test_no_event_named_is_all_of_them_and_a_list_may_be_one_text(as_manager: APIClient):
    both = f"{CREDITED},{DEBITED}"

    assert as_manager.post(WEBHOOKS, {"url": "https://a.example"}).json()["event_types"] == []
    assert as_manager.post(WEBHOOKS, {"url": "https://a.example", "event_types": both}).json()["event_types"] == [
        *(CREDITED, DEBITED)
    ]


@pytest.mark.parametrize(
    ("wrong", "params"),
    [
        ({"url": "https://127.0.0.1/hook"}, ["url"]),
        ({"url": "ftp://books.example"}, ["url"]),
        ({"url": "https://ada:pw@books.example"}, ["url"]),
        ({"url": 5}, ["url"]),
        ({"event_types": ["wallet.stolen"]}, ["event_types"]),
        ({"event_types": ["webhook.test"]}, ["event_types"]),
        ({"status": "failing"}, ["status"]),
        ({"description": "x" * 201}, ["description"]),
    ],
)
def test_what_is_wrong_makes_and_changes_nothing(
    as_manager: APIClient, endpoint: Endpoint, wrong: dict[str, Any], params: list[str]
):
    for path, body in ((WEBHOOKS, {**BOOKS, **wrong}), (f"{WEBHOOKS}/{endpoint.pk}", wrong)):
        response = as_manager.post(path, body, format="json")

        assert said(response) == (400, "rest_invalid_param")
        assert list(response.json()["data"]["params"]) == params
    assert Endpoint.objects.get().updated_at == endpoint.updated_at


def test_an_address_is_needed_and_there_is_an_end_to_them(as_manager: APIClient):
    assert said(as_manager.post(WEBHOOKS, {})) == (400, "rest_missing_callback_param")
    for _ in range(ENDPOINTS_MAX):
        new_endpoint()

    response = as_manager.post(WEBHOOKS, BOOKS, format="json")

    assert said(response) == (409, "walletpro_too_many_webhooks")
    assert response.json()["data"]["limit"] == ENDPOINTS_MAX
    assert Endpoint.objects.count() == ENDPOINTS_MAX


@pytest.mark.parametrize("verb", ["post", "put", "patch"])
def test_changes_what_is_named(as_manager: APIClient, endpoint: Endpoint, verb: str):
    response = getattr(as_manager, verb)(f"{WEBHOOKS}/{endpoint.pk}", {"status": "off", "event_types": []}, format="json")

    assert response.status_code == 200
    row = response.json()
    assert (row["status"], row["url"], row["description"]) == ("off", endpoint.url, "")
    assert [row["id"] for row in as_manager.get(WEBHOOKS, {"status": "off"}).json()["data"]] == [endpoint.pk]
    assert as_manager.get(WEBHOOKS, {"status": "active"}).json()["data"] == []


def test_removes_one(as_manager: APIClient, endpoint: Endpoint):
    page = f"{WEBHOOKS}/{endpoint.pk}"
    row = as_manager.get(page).json()

    assert as_manager.delete(page).json() == {"deleted": True, "previous": row}

    assert as_manager.get(WEBHOOKS).json()["data"] == []
    for response in (as_manager.get(page), as_manager.delete(page), as_manager.post(f"{page}/rotate")):
        assert said(response) == (404, "walletpro_webhook_not_found")


@pytest.mark.parametrize("verb", ["rotate", "test", "resume", "skip", "redeliver"])
def test_of_one_that_is_not_there_nothing_is_done(as_manager: APIClient, verb: str):
    response = as_manager.post(f"{WEBHOOKS}/99999999999999999999/{verb}", {"after": 0}, format="json")

    assert said(response) == (404, "walletpro_webhook_not_found")


def test_a_rotation_shows_the_new_secret_once(as_manager: APIClient, endpoint: Endpoint, post: Callable[..., Any]):
    [first] = secrets_of(endpoint)

    row = post("rotate", overlap_hours=2).json()

    endpoint.refresh_from_db()
    assert secrets_of(endpoint) == [row["secret"], first]
    assert endpoint.old_secret_until is not None
    assert abs(endpoint.old_secret_until - timezone.now() - timedelta(hours=2)) < timedelta(minutes=1)
    shown = as_manager.get(f"{WEBHOOKS}/{endpoint.pk}").json()
    assert "secret" not in shown
    assert shown["two_signatures_until"] == row["two_signatures_until"]
    assert post("rotate", overlap_hours=0).json()["two_signatures_until"] is None
    assert said(post("rotate", overlap_hours=169)) == (400, "rest_invalid_param")


def test_no_log_keeps_a_secret(as_manager: APIClient, endpoint: Endpoint, site: Callable[..., None], post: Callable[..., Any]):
    site(request_logging=True)

    made = as_manager.post(WEBHOOKS, BOOKS, format="json").json()
    rotated = post("rotate").json()

    kept = [(row.path, row.response_body) for row in RequestLog.objects.order_by("path")]
    assert [path for path, _ in kept] == [WEBHOOKS, f"{WEBHOOKS}/{endpoint.pk}/rotate"]
    for _, body in kept:
        assert '"secret":"[redacted]"' in body
        assert "whsec_" not in body
    assert made["secret"] != rotated["secret"]


@pytest.mark.parametrize("format", ["json", "form"])
def test_of_an_address_the_log_keeps_its_host(as_manager: APIClient, site: Callable[..., None], format: str):
    """What stands behind it is how some receivers know who is calling."""
    site(request_logging=True)
    url = "https://books.example:8443/hooks/t0psecret?t=t0psecret"
    body = f"url={url}" if format == "form" else {"url": url}
    kind: dict[str, Any] = {"content_type": "application/x-www-form-urlencoded"} if format == "form" else {"format": "json"}

    assert as_manager.post(f"{WEBHOOKS}?url={url}", body, **kind).json()["url"] == url
    as_manager.get(WEBHOOKS)

    for row in RequestLog.objects.all():
        assert "t0psecret" not in str(vars(row))
        assert "https://books.example/" in row.response_body


def test_a_test_event_waits_to_be_sent(as_manager: APIClient, endpoint: Endpoint, post: Callable[..., Any]):
    response = post("test")

    assert response.status_code == 202
    row = response.json()
    assert (row["type"], row["position"], row["reason"], row["state"]) == ("webhook.test", None, "test", "waiting")
    assert as_manager.get(f"{WEBHOOKS}/{endpoint.pk}/deliveries").json()["data"] == [row]
    event = as_manager.get(f"{V1}/events/{row['event']}").json()
    assert event["data"]["webhook_id"] == endpoint.pk
    assert [fate["state"] for fate in event["deliveries"]] == ["waiting"]


def test_resumes_and_passes_over_what_waits(endpoint: Endpoint, wallet: Wallet, post: Callable[..., Any]):
    happen(wallet, 3)
    Endpoint.objects.update(status="failing", failing_since=timezone.now())

    resumed = post("resume").json()

    assert (resumed["status"], resumed["failing_since"], resumed["statistics"]["waiting"]) == ("active", None, 3)
    skipped = post("skip").json()
    assert (skipped["skipped"], skipped["webhook"]["statistics"]["waiting"]) == (3, 0)


def test_sends_a_range_of_positions_again(wallet: Wallet, manager: Any, as_manager: APIClient):
    events = happen(wallet, 4)
    endpoint = new_endpoint()
    first = events[0].position or 0

    response = as_manager.post(f"{WEBHOOKS}/{endpoint.pk}/redeliver", {"after": first, "before": first + 3}, format="json")

    assert (response.status_code, response.json()) == (202, {"count": 2, "next": first + 2, "has_more": False})
    rows = as_manager.get(f"{WEBHOOKS}/{endpoint.pk}/deliveries", {"state": "waiting"}).json()["data"]
    assert [(row["position"], row["reason"]) for row in rows] == [(first + 2, "by_hand"), (first + 1, "by_hand")]
    assert Delivery.objects.all()[0].asked_by == manager


def test_sends_a_day_again(wallet: Wallet, as_manager: APIClient):
    events = happen(wallet, 2)
    endpoint = new_endpoint()
    Event.objects.filter(pk=events[0].pk).update(created_at="2026-06-20T23:59:59.9Z")
    Event.objects.filter(pk=events[1].pk).update(created_at="2026-06-21T00:00:00Z")
    day = {"from": "2026-06-20", "to": "2026-06-20"}

    assert as_manager.post(f"{WEBHOOKS}/{endpoint.pk}/redeliver", day, format="json").json()["count"] == 1

    assert Delivery.objects.get().event == events[0]


def test_sends_one_event_again_by_either_name(wallet: Wallet, as_manager: APIClient):
    first, second = happen(wallet, 2)
    path = f"{WEBHOOKS}/{new_endpoint(event_types=[DEBITED]).pk}/redeliver"

    for event in (first.name, str(second.position)):
        assert as_manager.post(path, {"event": event}, format="json").json()["count"] == 1
    for event in ("evt_1", "0", "nonsense", "9" * 40, f"evt_{'0' * 32}"):
        assert said(as_manager.post(path, {"event": event}, format="json")) == (404, "walletpro_event_not_found")

    assert {delivery.event for delivery in Delivery.objects.all()} == {first, second}


def test_a_test_is_sent_anew_and_not_again(endpoint: Endpoint, post: Callable[..., Any]):
    response = post("redeliver", event=post("test").json()["event"])

    assert said(response) == (400, "rest_invalid_param")
    assert response.json()["data"]["params"] == {"event": "event is a test, which is one call: /test sends another."}
    assert [delivery.reason for delivery in Delivery.objects.all()] == ["test"]


def test_a_mistyped_argument_does_not_send_everything_again(wallet: Wallet, as_manager: APIClient):
    happen(wallet)
    path = f"{WEBHOOKS}/{new_endpoint().pk}/redeliver"

    for body in ({}, {"evnt": "1"}, {"to": "2026-06-20"}, {"before": 10**9}, {"parked": False}):
        assert said(as_manager.post(path, body, format="json")) == (400, "rest_missing_callback_param")

    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"parked": True, "event": "1"}, ["parked"]),
        ({"parked": True, "after": 0}, ["after"]),
        ({"parked": True, "type": CREDITED, "wallet_id": 1}, ["type", "wallet_id"]),
        ({"event": "1", "after": 0, "before": 2}, ["after", "before"]),
        ({"event": "1", "to": "2026-06-20"}, ["to"]),
        ({"after": 5, "before": 4}, ["before"]),
        ({"from": "2026-06-20", "to": "2026-06-19"}, ["to"]),
        ({"after": 0, "from": "2026-06-20T10:00:00Z", "to": "2026-06-20T09:59:59Z"}, ["to"]),
    ],
)
def test_two_ways_at_once_and_a_range_that_ends_before_it_begins_are_refused(
    wallet: Wallet, endpoint: Endpoint, post: Callable[..., Any], body: dict[str, Any], wrong: list[str]
):
    [event] = happen(wallet)
    Delivery.objects.create(endpoint=endpoint, event=event, reason="parked", parked_at=timezone.now())

    response = post("redeliver", **body)

    assert said(response) == (400, "rest_invalid_param")
    assert list(response.json()["data"]["params"]) == wrong
    assert Delivery.objects.get().state == "parked"


def test_a_range_may_name_both_positions_and_times(wallet: Wallet, as_manager: APIClient):
    [event] = happen(wallet)
    path, at = f"{WEBHOOKS}/{new_endpoint().pk}/redeliver", event.created_at.isoformat()
    both = {"parked": False, "after": (event.position or 0) - 1, "before": (event.position or 0) + 1, "from": at, "to": at}

    assert as_manager.post(path, both, format="json").json()["count"] == 1


def test_a_test_that_failed_is_not_listed_with_what_was_parked(
    endpoint: Endpoint, as_manager: APIClient, post: Callable[..., Any]
):
    post("test")
    Delivery.objects.update(next_attempt_at=None, parked_at=timezone.now(), attempts=1)
    page = f"{WEBHOOKS}/{endpoint.pk}/deliveries"

    assert as_manager.get(page, {"state": "parked"}).json()["data"] == []
    assert len(as_manager.get(page).json()["data"]) == 1
    assert post("redeliver", parked=True).json()["count"] == 0


def test_an_overlap_that_is_over_is_not_shown(endpoint: Endpoint, as_manager: APIClient, post: Callable[..., Any]):
    assert post("rotate").json()["two_signatures_until"] is not None
    Endpoint.objects.update(old_secret_until=timezone.now() - timedelta(seconds=1))

    assert as_manager.get(f"{WEBHOOKS}/{endpoint.pk}").json()["two_signatures_until"] is None


def test_sends_what_was_parked_again(wallet: Wallet, endpoint: Endpoint, as_manager: APIClient, post: Callable[..., Any]):
    for event in happen(wallet, 2):
        Delivery.objects.create(endpoint=endpoint, event=event, reason="parked", attempts=8, parked_at=timezone.now())
    page = f"{WEBHOOKS}/{endpoint.pk}/deliveries"
    assert len(as_manager.get(page, {"state": "parked"}).json()["data"]) == 2

    assert post("redeliver", parked=True).json() == {"count": 2, "next": None, "has_more": False}

    assert as_manager.get(page, {"state": "parked"}).json()["data"] == []
    assert {row["state"] for row in as_manager.get(page).json()["data"]} == {"waiting"}


def test_calls_are_listed_newest_first_and_without_a_count(wallet: Wallet, endpoint: Endpoint, as_manager: APIClient):
    made = attempts(endpoint, happen(wallet, 5))
    attempts(new_endpoint(), [made[0].event])
    page = f"{WEBHOOKS}/{endpoint.pk}/attempts"

    got: list[int] = []
    before: dict[str, int] = {}
    while True:
        answer = as_manager.get(page, {"per_page": 2, **before}).json()
        got += [row["id"] for row in answer["data"]]
        if not answer["meta"]["has_more"]:
            break
        before = {"before": answer["meta"]["next"]}

    assert got == [attempt.pk for attempt in made[::-1]]
    assert answer["meta"] == {"next": None, "has_more": False, "per_page": 2}
    with CaptureQueriesContext(connection) as captured:
        as_manager.get(page)
    assert not any("COUNT(" in query["sql"].upper() for query in captured if "webhooks_attempt" in query["sql"])


def test_a_call_tells_what_came_back(wallet: Wallet, endpoint: Endpoint, as_manager: APIClient):
    [event] = happen(wallet)
    attempts(endpoint, [event])
    [failed] = attempts(endpoint, [event], status=None)

    [row] = as_manager.get(f"{WEBHOOKS}/{endpoint.pk}/attempts", {"failed": "true"}).json()["data"]

    assert row == {
        "id": failed.pk,
        "event": event.name,
        "type": CREDITED,
        "number": 1,
        "at": row["at"],
        "duration_ms": 12,
        "status": None,
        "error": "no answer in time",
        "answer": "ok",
        "is_success": False,
    }
    assert as_manager.get(f"{WEBHOOKS}/{endpoint.pk}").json()["statistics"]["last_answer"] == "no answer in time"


def test_the_list_costs_as_many_statements_for_ten_as_for_one(as_manager: APIClient, endpoint: Endpoint):
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert as_manager.get(WEBHOOKS).status_code == 200
        return len(captured)

    statements()
    few = statements()
    for _ in range(9):
        new_endpoint()

    assert statements() == few


def test_all_events_and_what_they_mean(as_manager: APIClient):
    rows = as_manager.get(f"{WEBHOOKS}/event_types").json()["data"]

    assert [row["name"] for row in rows] == list(EVENT_TYPES)
    assert {row["name"]: row["meaning"] for row in rows} == MEANINGS
