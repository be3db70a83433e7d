"""The judge of the webhooks' test: silent where all is right, and heard of whatever is not."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from ledger.kinds import Kind
from ledger.models import Entry
from ledger.movements import Event as LedgerEvent
from tests.conftest import WHY
from tests.torture.deliveries import DeliveryJudge
from tests.webhooks.receiver import Received
from wallets.models import Wallet
from wallets.services import debit
from webhooks.dispatching import dispatch_waiting
from webhooks.models import Attempt, Delivery, Endpoint, Event
from webhooks.signing import Message

pytestmark = pytest.mark.django_db

Log = list[Received]


@pytest.fixture
def log(wallet: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry]) -> Log:
    """What a receiver keeps to which all came, some of it twice: eight events of two wallets."""
    for holder in (wallet, bobs_wallet):
        give(holder, 500, Kind.CASHBACK)
        debit(wallet=holder, amount=holder.money(200), event=LedgerEvent.once("test"), why=WHY)
    give(wallet, 1)
    give(bobs_wallet, 2)
    dispatch_waiting()
    came = []
    for event in Event.objects.order_by("position"):
        message = Message(event.pk, event.position, event.type, event.data, event.created_at)
        came.append(Received(message.name, message.type, message.body, 0.0, "fine"))
    assert len(came) == 8
    return [*came[:3], came[1], *came[3:], came[0]]


@pytest.fixture
def problems(tmp_path: Path) -> Callable[[Log], str]:
    def problems(log: Log) -> str:
        file = tmp_path / "received.jsonl"
        file.write_text("".join(json.dumps(asdict(one)) + "\n" for one in log))
        return "\n".join(DeliveryJudge(file).judge())

    return problems


def test_finds_nothing_where_all_is_right(log: Log, problems: Callable[[Log], str]):
    assert problems(log) == ""


def swapped(log: Log) -> Log:
    """A wallet's last two events, the other way round."""
    return [*log[:2], log[7], *log[3:7], log[2], *log[8:]]


def with_data(one: Received, **data: Any) -> Received:
    body = json.loads(one.body)
    return replace(one, body=json.dumps({**body, "data": {**body["data"], **data}}))


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda log: [one for one in log if one.id != log[4].id], "never came"),
        (lambda log: [*log, replace(log[0], id="evt_0")], "came and never happened"),
        (swapped, "came behind"),
        (lambda log: [*log[:-1], with_data(log[-1], amount="7")], "with 2 bodies"),
        (lambda log: [*log[:2], with_data(log[2], amount="7"), *log[3:]], "told were"),
        (lambda log: [*log[:2], replace(log[2], type="wallet.credited"), *log[3:]], "is in the ledger and 0 times told"),
        (lambda log: [*log[:2], with_data(log[2], sequence=9), *log[3:]], "is told and not in the ledger"),
    ],
)
def test_hears_of_what_is_not(log: Log, problems: Callable[[Log], str], spoil: Callable[[Log], Log], expected: str):
    assert expected in problems(spoil(log))


def test_hears_of_what_the_tables_say(log: Log, problems: Callable[[Log], str], give: Callable[..., Entry], wallet: Wallet):
    endpoint, event = Endpoint.objects.create(url="http://127.0.0.1:1/", secret=b""), Event.objects.earliest("position")
    Delivery.objects.create(endpoint=endpoint, event=event, reason="parked", parked_at=event.created_at)
    Attempt.objects.create(
        endpoint=endpoint, event=event, number=1, at=event.created_at, duration_ms=1, status=401, is_success=False
    )
    give(wallet, 5)
    Event.objects.filter(position=4).update(position=40)

    told = problems(log)

    for expected in ("1 events were given up", "1 deliveries did not verify", "in the outbox", "the positions have holes"):
        assert expected in told
