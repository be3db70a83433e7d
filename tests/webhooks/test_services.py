"""Endpoints are made, changed, paused, tried out and removed; what that does to what waits for them."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from audit.models import Act
from ledger.alarms import raise_alarm
from ledger.models import Alarm
from ledger.sealing import SealBroken
from people.models import User
from tests.webhooks.making import happen, new_endpoint
from wallets.models import Wallet
from webhooks.dispatching import dispatch_waiting
from webhooks.endpoint_secrets import secrets_of
from webhooks.errors import EndpointUrlInvalid, EventTypeUnknown, TooManyEndpoints
from webhooks.models import FAILING_ALARM, Delivery, Endpoint, Event, Queue
from webhooks.naming import CREDITED, DEBITED, EVENT_TYPES
from webhooks.sample import DATA
from webhooks.services import (
    ENDPOINTS_MAX,
    change_endpoint,
    create_endpoint,
    remove_endpoint,
    resume_endpoint,
    rotate_secret,
    send_test_event,
    skip_waiting,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    return new_endpoint()


def last_act() -> tuple[str, str, Any]:
    act = Act.objects.latest("id")
    return act.act, act.subject, json.loads(act.facts)


def test_a_new_endpoint_has_a_secret_that_only_its_own_row_opens(manager: User):
    endpoint, secret = create_endpoint(
        url=" https://shop.example/hook?t=1 ", event_types=[DEBITED, CREDITED, DEBITED], actor="user:1 admin", created_by=manager
    )

    kept = Endpoint.objects.get()
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert secret.encode() not in bytes(kept.secret)
    assert secrets_of(kept) == [secret]
    assert (kept.url, kept.event_types, kept.created_by) == ("https://shop.example/hook?t=1", [CREDITED, DEBITED], manager)
    facts = {"host": "shop.example", "event_types": [CREDITED, DEBITED], "status": "active"}
    assert last_act() == ("webhook.created", f"webhook:{endpoint.pk}", facts)
    other = new_endpoint()
    other.secret = kept.secret
    with pytest.raises(SealBroken):
        secrets_of(other)


@pytest.mark.parametrize(
    "url",
    [
        *("", "shop.example", "ftp://shop.example/", "https:///hook", "https://", "//shop.example/", "javascript:alert(1)"),
        *(
            "https://ada:pass@shop.example/",
            "https://ada@shop.example/",
            "https://shop.example/#part",
            "https://shop.example:0x/",
        ),
        *("https://shop.example/a b", "https://shop.example\\@evil.example/", "https://shöp.example/", "https://[::1/"),
        *("https://127.0.0.1/", "https://127.1/", "https://0x7f000001/", "https://2130706433/", "https://[::1]/"),
        *("https://10.0.0.8/", "https://192.168.1.1/", "https://169.254.169.254/", "https://[fd00::1]/", "https://0.0.0.0/"),
        *("https://[::ffff:127.0.0.1]/", "https://100.64.0.1/", "https://localhost/", "https://x.localhost./hook"),
        *("https://127.0.0.1./", "https://[fe80::1%25eth0]/", "https://[::1%25lo]/", "https://%31%32%37.0.0.1/"),
        *("https://10.1./", "https://localhost../", "https://[::10.1.2.3]/", "https://[::ffff:0:10.1.2.3]/"),
        *("https://[fec0::1]/", "https://[v1.x]/", "https://[v1.a:b]/"),
        *("https://shop.example:0/", "https://shop..example/", f"https://{'x' * 64}.example/", "https://./"),
        f"https://shop.example/{'x' * 2000}",
    ],
)
def test_an_address_that_no_event_should_go_to_is_refused(url: str):
    with pytest.raises(EndpointUrlInvalid), transaction.atomic():
        new_endpoint(url)

    assert not Endpoint.objects.exists()
    assert not Act.objects.filter(act="webhook.created").exists()


@pytest.mark.parametrize(
    "url", ["https://8.8.8.8/", "https://shop.example:8443/a?b=c", "http://shop.example/", "HTTPS://Shop.Example"]
)
def test_an_address_out_in_the_world_is_taken(url: str):
    assert new_endpoint(url).url == url


def test_in_production_events_go_over_https(settings: Any):
    settings.PRODUCTION = True

    with pytest.raises(EndpointUrlInvalid, match="https"), transaction.atomic():
        new_endpoint("http://shop.example/hook")
    settings.OUTBOUND_ALLOWED_HOSTS = ["Shop.example"]

    assert new_endpoint("http://shop.example/hook").pk


def test_the_operator_opens_a_private_address_by_naming_it(settings: Any):
    settings.OUTBOUND_ALLOWED_HOSTS = ["127.0.0.1"]

    assert new_endpoint("http://127.0.0.1:9000/hook").pk
    with pytest.raises(EndpointUrlInvalid), transaction.atomic():
        new_endpoint("http://127.0.0.2:9000/hook")


@pytest.mark.parametrize("name", ["wallet.stolen", "webhook.test", "", "*"])
def test_an_event_that_is_none_is_refused(name: str, endpoint: Endpoint):
    with pytest.raises(EventTypeUnknown), transaction.atomic():
        new_endpoint(event_types=[CREDITED, name])
    with pytest.raises(EventTypeUnknown), transaction.atomic():
        change_endpoint(endpoint=endpoint, actor="test", event_types=[name])

    assert Endpoint.objects.get().event_types == []


def test_there_is_an_end_to_them(endpoint: Endpoint):
    for number in range(ENDPOINTS_MAX - 1):
        new_endpoint(f"https://shop.example/{number}")
    with pytest.raises(TooManyEndpoints), transaction.atomic():
        new_endpoint()
    remove_endpoint(endpoint=endpoint, actor="test")

    assert new_endpoint().pk


def test_what_is_changed_is_told_and_what_stands_in_an_address_is_not(endpoint: Endpoint):
    changed = change_endpoint(
        endpoint=endpoint,
        actor="test",
        url="https://other.example/s3cret",
        event_types=[CREDITED],
        description="Books",
        status="off",
    )

    assert (changed.url, changed.event_types, changed.description, changed.status) == (
        *("https://other.example/s3cret", [CREDITED], "Books", "off"),
    )
    assert last_act() == (
        "webhook.changed",
        f"webhook:{endpoint.pk}",
        {
            "url": {"from": "shop.example", "to": "other.example"},
            "event_types": {"from": [], "to": [CREDITED]},
            "description": "changed",
            "status": {"from": "active", "to": "off"},
        },
    )
    before = Act.objects.count()
    change_endpoint(endpoint=endpoint, actor="test", url="https://other.example/s3cret", status="off")
    assert Act.objects.count() == before


def test_a_rotation_lets_both_sign_until_its_overlap_is_over(endpoint: Endpoint):
    [first] = secrets_of(endpoint)

    second = rotate_secret(endpoint=endpoint, actor="test", overlap=timedelta(hours=2))

    endpoint.refresh_from_db()
    assert secrets_of(endpoint) == [second, first]
    assert secrets_of(endpoint, timezone.now() + timedelta(hours=2, seconds=1)) == [second]
    assert last_act() == ("webhook.secret_rotated", f"webhook:{endpoint.pk}", {"overlap_seconds": 7200})


def test_a_second_rotation_puts_an_end_to_the_oldest(endpoint: Endpoint):
    second = rotate_secret(endpoint=endpoint, actor="test")

    third = rotate_secret(endpoint=endpoint, actor="test")

    endpoint.refresh_from_db()
    assert secrets_of(endpoint) == [third, second]


def test_a_rotation_at_once_leaves_one(endpoint: Endpoint):
    rotate_secret(endpoint=endpoint, actor="test")

    third = rotate_secret(endpoint=endpoint, actor="test", overlap=timedelta())

    endpoint.refresh_from_db()
    assert secrets_of(endpoint) == [third]
    assert endpoint.old_secret is None


def test_what_waits_for_a_failing_endpoint_is_tried_at_once_when_it_is_resumed(wallet: Wallet, endpoint: Endpoint):
    happen(wallet)
    later = timezone.now() + timedelta(hours=6)
    Queue.objects.update(attempts=6, next_attempt_at=later)
    Endpoint.objects.update(status="failing", failing_since=timezone.now())
    raise_alarm(FAILING_ALARM, endpoint.subject, "failing")
    raise_alarm(FAILING_ALARM, "endpoint 0", "another's")

    resumed = resume_endpoint(endpoint=endpoint, actor="test")

    queue = Queue.objects.get()
    assert (resumed.status, resumed.failing_since) == ("active", None)
    assert queue.attempts == 0
    assert queue.next_attempt_at is not None
    assert queue.next_attempt_at < later
    assert [alarm.subject for alarm in Alarm.objects.open()] == ["endpoint 0"]
    assert last_act() == ("webhook.resumed", f"webhook:{endpoint.pk}", {"from": "failing", "wallets": 1, "deliveries": 0})


def test_what_was_asked_for_by_hand_goes_on_with_it(wallet: Wallet, endpoint: Endpoint):
    [event] = happen(wallet)
    later = timezone.now() + timedelta(hours=6)
    waiting = Delivery.objects.create(endpoint=endpoint, event=event, reason="by_hand", attempts=6, next_attempt_at=later)
    others = Delivery.objects.create(endpoint=new_endpoint(), event=event, reason="by_hand", attempts=6, next_attempt_at=later)
    parked = Delivery.objects.create(endpoint=endpoint, event=event, reason="parked", parked_at=timezone.now())

    resume_endpoint(endpoint=endpoint, actor="test")

    waiting.refresh_from_db()
    assert (waiting.attempts, waiting.next_attempt_at and waiting.next_attempt_at <= timezone.now()) == (0, True)
    for row in (others, parked):
        was = (row.attempts, row.next_attempt_at)
        row.refresh_from_db()
        assert (row.attempts, row.next_attempt_at) == was
    assert last_act()[2]["deliveries"] == 1


def test_at_a_new_address_nothing_has_failed_and_what_is_paused_stays_so(endpoint: Endpoint):
    Endpoint.objects.update(status="failing", failing_since=timezone.now())
    change_endpoint(endpoint=endpoint, actor="test", description="the same receiver")
    endpoint.refresh_from_db()
    assert endpoint.failing_since is not None

    change_endpoint(endpoint=endpoint, actor="test", url="https://other.example/")

    kept = Endpoint.objects.get()
    assert (kept.status, kept.failing_since) == ("failing", None)


def test_switched_off_it_keeps_what_waits_and_gets_it_when_it_is_on_again(wallet: Wallet, endpoint: Endpoint):
    change_endpoint(endpoint=endpoint, actor="test", status="off")
    happen(wallet, 2)
    Queue.objects.update(attempts=3, next_attempt_at=timezone.now() + timedelta(hours=1))

    change_endpoint(endpoint=endpoint, actor="test", status="active")

    queue = Queue.objects.get()
    assert queue.last_position - queue.position == 2
    assert (queue.attempts, queue.next_attempt_at and queue.next_attempt_at <= timezone.now()) == (0, True)


def test_a_queue_in_which_nothing_waits_is_left_alone(wallet: Wallet, endpoint: Endpoint):
    happen(wallet)
    Queue.objects.update(next_attempt_at=None)

    resume_endpoint(endpoint=endpoint, actor="test")

    assert Queue.objects.get().next_attempt_at is None


def test_what_waits_can_be_passed_over(wallet: Wallet, bobs_wallet: Wallet):
    endpoint = new_endpoint(event_types=[CREDITED])
    other = new_endpoint()
    first, _, third = happen(wallet, 3)
    [last] = happen(bobs_wallet)
    Queue.objects.update(lease="12345678-1234-4234-8234-123456789abc", leased_until=timezone.now(), attempts=2)

    assert skip_waiting(endpoint=endpoint, actor="test") == 4

    for queue in endpoint.queues.all():
        assert (queue.position, queue.attempts, queue.next_attempt_at, queue.lease) == (queue.last_position, 0, None, None)
    assert all(queue.position < queue.last_position and queue.lease for queue in other.queues.all())
    facts = {"events": 4, "wallets": 2, "first": first.position, "last": last.position, "parked": 0}
    assert last_act() == ("webhook.skipped", f"webhook:{endpoint.pk}", facts)
    # What happens next is sent.
    [event] = happen(wallet)
    queue = endpoint.queues.get(account_id=wallet.pk)
    assert (queue.position, queue.last_position) == (third.position, event.position)
    assert queue.next_attempt_at is not None


def test_what_waits_beside_the_queues_is_passed_over_as_well(wallet: Wallet, endpoint: Endpoint):
    first, second = happen(wallet, 2)
    Queue.objects.update(position=second.position, next_attempt_at=None)
    lease = {"lease": "12345678-1234-4234-8234-123456789abc", "leased_until": timezone.now()}
    for event in (first, second):
        Delivery.objects.create(endpoint=endpoint, event=event, reason="by_hand", next_attempt_at=timezone.now(), **lease)
    others = Delivery.objects.create(endpoint=new_endpoint(), event=first, reason="by_hand", next_attempt_at=timezone.now())
    test = send_test_event(endpoint=endpoint, actor="test", asked_by=None)

    assert skip_waiting(endpoint=endpoint, actor="test") == 2

    rows = endpoint.deliveries.filter(reason="by_hand")
    assert {(row.state, row.lease, row.leased_until) for row in rows} == {("parked", None, None)}
    for row in (others, test):
        row.refresh_from_db()
        assert row.state == "waiting"
    assert last_act()[2] == {"events": 0, "wallets": 0, "first": None, "last": None, "parked": 2}


def test_where_nothing_waits_nothing_is_passed_over(endpoint: Endpoint):
    assert skip_waiting(endpoint=endpoint, actor="test") == 0
    assert last_act()[2] == {"events": 0, "wallets": 0, "first": None, "last": None, "parked": 0}


def test_a_removed_endpoint_gets_nothing_and_keeps_no_secret(wallet: Wallet, endpoint: Endpoint):
    happen(wallet)
    rotate_secret(endpoint=endpoint, actor="test")
    send_test_event(endpoint=endpoint, actor="test", asked_by=None)
    raise_alarm(FAILING_ALARM, endpoint.subject, "failing")

    remove_endpoint(endpoint=endpoint, actor="test")

    happen(wallet)
    kept = Endpoint.objects.get()
    assert kept.removed_at is not None
    assert (bytes(kept.secret), kept.old_secret, kept.old_secret_until) == (b"", None, None)
    assert not Queue.objects.exists()
    assert not Delivery.objects.exists()
    assert not Alarm.objects.open().exists()
    assert last_act()[0] == "webhook.removed"


@pytest.mark.parametrize(
    "again",
    [
        remove_endpoint,
        resume_endpoint,
        skip_waiting,
        rotate_secret,
        lambda **asked: change_endpoint(**asked, status="off"),
        lambda **asked: send_test_event(**asked, asked_by=None),
    ],
)
def test_nothing_can_be_done_to_a_removed_endpoint(endpoint: Endpoint, again: Callable[..., Any]):
    remove_endpoint(endpoint=endpoint, actor="test")
    acts = Act.objects.count()

    with pytest.raises(Endpoint.DoesNotExist), transaction.atomic():
        again(endpoint=endpoint, actor="test")

    assert Act.objects.count() == acts


def test_a_test_event_goes_to_one_endpoint_and_has_no_place_in_the_order(manager: User, endpoint: Endpoint):
    new_endpoint()

    delivery = send_test_event(endpoint=endpoint, actor="test", asked_by=manager)

    event = Event.objects.get()
    assert (event.type, event.position, event.account_id) == ("webhook.test", None, 0)
    assert json.loads(event.data)["webhook_id"] == endpoint.pk
    assert (delivery.endpoint, delivery.reason, delivery.asked_by) == (endpoint, "test", manager)
    assert delivery.next_attempt_at is not None
    assert not Queue.objects.exists()
    dispatch_waiting()
    assert Event.objects.get().position is None


def test_the_sample_looks_like_what_a_credit_tells(wallet: Wallet):
    [event] = happen(wallet)

    assert event.type == CREDITED
    assert list(json.loads(event.data)) == list(DATA)


def test_an_endpoint_wants_what_it_names_or_everything(endpoint: Endpoint):
    assert all(endpoint.wants(name) for name in EVENT_TYPES)
    assert not new_endpoint(event_types=[CREDITED]).wants(DEBITED)
