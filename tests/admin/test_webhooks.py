"""Webhooks in the admin: a secret shown once, every button, and nothing by who may not."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Act
from people.models import User
from tests.admin.conftest import errors_of
from tests.webhooks.making import happen, new_endpoint, one_of_each
from wallets.models import Wallet
from webhooks.endpoint_secrets import secrets_of
from webhooks.models import Attempt, Delivery, Endpoint, Event, Queue, Tally, hour_of
from webhooks.naming import CREDITED, DEBITED
from webhooks.services import remove_endpoint, send_test_event

pytestmark = pytest.mark.django_db

ADD, LIST = reverse("admin:webhooks_endpoint_add"), reverse("admin:webhooks_endpoint_changelist")
SECRET = re.compile(r'value="(whsec_[^"]+)"')


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    return new_endpoint(description="Books")


@pytest.fixture
def page(endpoint: Endpoint) -> Callable[[str], str]:
    """`page("resume")`: the address of a button of the endpoint's page."""
    return lambda verb: reverse(f"admin:webhooks_endpoint_{verb}", args=[endpoint.pk])


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return response.content.decode()  # type: ignore[no-any-return]


def buttons(browser: Client, endpoint: Endpoint) -> set[str]:
    text = text_of(browser.get(reverse("admin:webhooks_endpoint_change", args=[endpoint.pk])))
    return set(re.findall(rf'href="/admin/webhooks/endpoint/{endpoint.pk}/([a-z-]+)[^"]*"', text)) - {"history", "change"}


def test_a_manager_adds_one_and_is_shown_its_secret_once(managers_browser: Client, manager: User):
    text = text_of(managers_browser.post(ADD, {"url": "https://books.example/hook", "event_types": [DEBITED, CREDITED]}))

    endpoint = Endpoint.objects.get()
    [secret] = SECRET.findall(text)
    assert secrets_of(endpoint) == [secret]
    assert (endpoint.event_types, endpoint.created_by) == ([CREDITED, DEBITED], manager)
    shown = text_of(managers_browser.get(reverse("admin:webhooks_endpoint_change", args=[endpoint.pk])))
    assert "https://books.example/hook" in shown
    assert "whsec_" not in shown
    assert LogEntry.objects.get().object_id == str(endpoint.pk)
    assert "whsec_" not in LogEntry.objects.get().change_message
    assert Act.objects.latest("id").actor == f"user:{manager.pk} admin"


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "ftp://books.example", "nonsense", "https://a:b@books.example"])
def test_a_wrong_address_is_said_to_be_one(managers_browser: Client, endpoint: Endpoint, page: Callable[[str], str], url: str):
    for address in (ADD, page("edit")):
        response = managers_browser.post(address, {"url": url})
        assert list(errors_of(response)) == ["url"]
        assert ("OUTBOUND_ALLOWED_HOSTS" in response.content.decode()) == ("127.0.0.1" in url)

    assert Endpoint.objects.get().url == endpoint.url


def test_a_manager_edits_one(managers_browser: Client, endpoint: Endpoint, page: Callable[[str], str]):
    assert endpoint.url in text_of(managers_browser.get(page("edit")))

    managers_browser.post(page("edit"), {"url": "https://new.example/", "event_types": [CREDITED]})

    endpoint.refresh_from_db()
    assert (endpoint.url, endpoint.description, endpoint.event_types) == ("https://new.example/", "", [CREDITED])


def test_the_new_secret_of_a_rotation_is_shown_once(managers_browser: Client, endpoint: Endpoint, page: Callable[[str], str]):
    [first] = secrets_of(endpoint)

    text = text_of(managers_browser.post(page("rotate_secret"), {"overlap_hours": "2"}))

    endpoint.refresh_from_db()
    assert secrets_of(endpoint) == [*SECRET.findall(text), first]
    assert "Two secrets sign now" in text_of(managers_browser.get(page("rotate_secret")))
    Endpoint.objects.update(old_secret_until=timezone.now() - timedelta(seconds=1))
    assert "Two secrets sign now" not in text_of(managers_browser.get(page("rotate_secret")))
    assert list(errors_of(managers_browser.post(page("rotate_secret"), {"overlap_hours": "169"}))) == ["overlap_hours"]


def test_a_test_event_is_sent(managers_browser: Client, manager: User, endpoint: Endpoint, page: Callable[[str], str]):
    assert managers_browser.post(page("send_test_event")).status_code == 302

    delivery = Delivery.objects.get()
    assert (delivery.endpoint, delivery.reason, delivery.asked_by) == (endpoint, "test", manager)
    event_page = reverse("admin:webhooks_event_change", args=[delivery.event_id])
    text = text_of(managers_browser.get(event_page))
    assert "waiting" in text
    # A test is sent anew, not again.
    assert "send-again" not in text
    assert managers_browser.post(reverse("admin:webhooks_event_send_again", args=[delivery.event_id])).status_code == 404


@pytest.mark.parametrize(
    ("status", "there", "hidden"),
    [
        ("active", {"switch-off"}, {"resume", "switch-on"}),
        ("off", {"switch-on"}, {"resume", "switch-off"}),
        ("failing", {"resume", "switch-off"}, {"switch-on"}),
    ],
)
def test_the_buttons_are_those_that_make_sense(
    managers_browser: Client, endpoint: Endpoint, status: str, there: set[str], hidden: set[str]
):
    Endpoint.objects.update(status=status)

    found = buttons(managers_browser, endpoint)

    assert there | {"send-test-event", "rotate-secret", "redeliver", "skip-what-waits", "remove", "edit"} <= found
    assert not hidden & found


def test_switched_off_on_and_resumed(managers_browser: Client, wallet: Wallet, endpoint: Endpoint, page: Callable[[str], str]):
    def status_after(verb: str) -> str:
        assert managers_browser.get(page(verb)).status_code == 200
        assert managers_browser.post(page(verb)).status_code == 302
        endpoint.refresh_from_db()
        return endpoint.status

    assert status_after("switch_off") == "off"
    assert status_after("switch_on") == "active"
    happen(wallet)
    Queue.objects.update(attempts=5)
    Endpoint.objects.update(status="failing", failing_since=timezone.now())
    assert status_after("resume") == "active"
    assert Queue.objects.get().attempts == 0


def test_what_waits_is_passed_over(managers_browser: Client, wallet: Wallet, endpoint: Endpoint, page: Callable[[str], str]):
    happen(wallet, 2)

    response = managers_browser.post(page("skip_what_waits"), follow=True)

    assert "2 events passed over." in text_of(response)
    assert Queue.objects.get().next_attempt_at is None


def test_a_range_is_sent_again(managers_browser: Client, wallet: Wallet, manager: User):
    events = happen(wallet, 3)
    page = reverse("admin:webhooks_endpoint_redeliver", args=[new_endpoint().pk])
    today = f"{timezone.now():%Y-%m-%d}"

    assert "Say from where to where" in text_of(managers_browser.post(page, {}))
    assert not Delivery.objects.exists()
    assert "1 events are sent again." in text_of(managers_browser.post(page, {"after": events[1].position}, follow=True))
    assert "2 events are sent again." in text_of(managers_browser.post(page, {"first": today, "last": today}, follow=True))
    assert "Nothing is sent again" in text_of(managers_browser.post(page, {"after": "0"}, follow=True))

    assert {delivery.event for delivery in Delivery.objects.all()} == set(events)
    assert {delivery.asked_by for delivery in Delivery.objects.all()} == {manager}


def test_one_event_is_sent_again_from_its_page(managers_browser: Client, wallet: Wallet):
    [event] = happen(wallet)
    endpoint = new_endpoint(event_types=[DEBITED])
    removed = new_endpoint()
    remove_endpoint(endpoint=removed, actor="test")
    page = reverse("admin:webhooks_event_send_again", args=[event.pk])

    assert list(errors_of(managers_browser.post(page, {"endpoint": removed.pk}))) == ["endpoint"]
    assert managers_browser.post(page, {"endpoint": endpoint.pk}).status_code == 302

    assert (Delivery.objects.get().event, Delivery.objects.get().endpoint) == (event, endpoint)


def test_parked_ones_are_sent_again_one_by_one_or_all(
    managers_browser: Client, wallet: Wallet, endpoint: Endpoint, page: Callable[[str], str]
):
    parked = {"endpoint": endpoint, "reason": "parked", "attempts": 8, "parked_at": timezone.now()}
    first, second, third = (Delivery.objects.create(event=event, **parked) for event in happen(wallet, 3))
    Delivery.objects.filter(pk=third.pk).update(parked_at=None, delivered_at=timezone.now())
    deliveries = reverse("admin:webhooks_delivery_changelist")

    managers_browser.post(deliveries, {"action": "send_again", "_selected_action": [str(first.pk), str(third.pk)]})
    assert list(Delivery.objects.filter(next_attempt_at__isnull=False)) == [first]
    managers_browser.post(page("send_parked_again"))

    assert set(Delivery.objects.filter(next_attempt_at__isnull=False)) == {first, second}
    response = managers_browser.post(deliveries, {"action": "send_again", "_selected_action": [str(third.pk)]}, follow=True)
    assert "none of these is." in text_of(response)


def test_a_test_that_failed_is_not_sent_again(managers_browser: Client, endpoint: Endpoint):
    test = send_test_event(endpoint=endpoint, actor="test", asked_by=None)
    Delivery.objects.update(next_attempt_at=None, parked_at=timezone.now())
    deliveries = reverse("admin:webhooks_delivery_changelist")

    assert list(managers_browser.get(deliveries, {"state": "parked"}).context["cl"].result_list) == []
    response = managers_browser.post(deliveries, {"action": "send_again", "_selected_action": [str(test.pk)]}, follow=True)

    assert "none of these is." in text_of(response)


def test_a_range_that_ends_before_it_begins_is_said_to_be_one(managers_browser: Client, page: Callable[[str], str]):
    for field, asked in (("before", {"after": "5", "before": "4"}), ("last", {"first": "2026-06-20", "last": "2026-06-19"})):
        assert list(errors_of(managers_browser.post(page("redeliver"), asked))) == [field]


def test_a_removed_one_has_no_buttons_and_is_shown_where_asked_for(
    managers_browser: Client, endpoint: Endpoint, page: Callable[[str], str]
):
    managers_browser.post(page("remove"))

    endpoint.refresh_from_db()
    assert endpoint.removed_at is not None
    assert list(managers_browser.get(LIST).context["cl"].result_list) == []
    assert managers_browser.get(LIST, {"status": "removed"}).context["cl"].result_list == [endpoint]
    assert buttons(managers_browser, endpoint) == set()
    for verb in ("edit", "resume", "rotate_secret", "redeliver", "remove"):
        assert managers_browser.post(page(verb)).status_code == 404


def test_the_list_says_how_each_fares(managers_browser: Client, wallet: Wallet):
    endpoint = one_of_each(wallet)
    Tally.objects.update(delivered=9999, failed=1)

    text = text_of(managers_browser.get(LIST))

    # Not 100: one failed.
    assert "99.9 % of 10000" in text
    assert "500 at " in text
    assert str(endpoint) in text


def test_the_last_day_is_a_picture_with_words_beside_it(managers_browser: Client, endpoint: Endpoint):
    address = reverse("admin:webhooks_endpoint_change", args=[endpoint.pk])
    assert "No calls." in text_of(managers_browser.get(address))
    an_hour_ago = hour_of(timezone.now()) - timedelta(hours=1)
    Tally.objects.create(endpoint=endpoint, hour=an_hour_ago, delivered=7, failed=2, duration_ms=90)

    response = managers_browser.get(address)

    chart = json.loads(response.context["chart"])
    assert [bars["data"][-2] for bars in chart["datasets"]] == [7, 2]
    assert len(chart["labels"]) == 24
    assert "7 went well, 2 failed; 10 ms on average." in text_of(response)
    assert 'data-type="bar"' in text_of(response)


def test_an_event_shows_its_body_and_what_became_of_it(managers_browser: Client, wallet: Wallet, endpoint: Endpoint):
    [event] = happen(wallet)
    failed = {"number": 1, "duration_ms": 5, "status": 500, "answer": "<script>x</script>", "is_success": False}
    attempt = Attempt.objects.create(endpoint=endpoint, event=event, at=timezone.now(), **failed)

    text = text_of(managers_browser.get(reverse("admin:webhooks_event_change", args=[event.pk])))

    for shown in (
        event.name,
        CREDITED,
        "Books",
        "waiting",
        f"&quot;id&quot;: &quot;{event.name}&quot;",
        "&quot;balance_after&quot;",
    ):
        assert shown in text
    answer = text_of(managers_browser.get(reverse("admin:webhooks_attempt_change", args=[attempt.pk])))
    assert "<script>x</script>" not in answer
    assert "&lt;script&gt;x&lt;/script&gt;" in answer


def test_events_are_found_by_name_position_and_wallet(managers_browser: Client, wallet: Wallet, bobs_wallet: Wallet):
    [first] = happen(wallet)
    [second] = happen(bobs_wallet)
    page = reverse("admin:webhooks_event_changelist")

    def found(**asked: Any) -> set[Event]:
        return set(managers_browser.get(page, asked).context["cl"].queryset)

    assert found(q=first.name) == found(q=f" {first.name.upper()} ") == found(account_id=wallet.pk) == {first}
    assert second in found(q=str(second.position))
    assert second in found(q=str(bobs_wallet.pk))
    assert found(q="nonsense") == found(q="9" * 30) == found(type=DEBITED) == set()
    assert found(type=CREDITED) == found(type="nonsense") == {first, second}


def test_what_waits_per_wallet_is_beneath(managers_browser: Client, wallet: Wallet, endpoint: Endpoint):
    happen(wallet)
    page = reverse("admin:webhooks_queue_changelist")

    waiting = managers_browser.get(page, {"state": "waiting", "q": str(wallet.pk)}).context["cl"]
    leased = managers_browser.get(page, {"state": "leased"}).context["cl"]

    assert [queue.endpoint for queue in waiting.result_list] == [endpoint]
    assert list(leased.result_list) == []


@pytest.mark.parametrize("verb", ["get", "post"])
def test_a_clerk_sees_and_does_nothing(
    clerks_browser: Client, endpoint: Endpoint, wallet: Wallet, page: Callable[[str], str], verb: str
):
    event = send_test_event(endpoint=endpoint, actor="test", asked_by=None).event
    acts = Act.objects.count()
    addresses = [ADD, LIST, reverse("admin:webhooks_event_send_again", args=[event.pk])]
    addresses += [page(each) for each in ("edit", "send_test_event", "resume", "switch_on", "switch_off", "rotate_secret")]
    addresses += [page(each) for each in ("redeliver", "send_parked_again", "skip_what_waits", "remove")]

    for address in addresses:
        assert getattr(clerks_browser, verb)(address).status_code == 403, address

    assert Act.objects.count() == acts
