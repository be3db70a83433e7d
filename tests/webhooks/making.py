"""Endpoints, and events that have their places, for tests that need some."""

from itertools import count
from typing import Any

from django.utils import timezone

from ledger.movements import Event as LedgerEvent
from ledger.outbox import tell
from tests.conftest import WHY
from wallets.models import Wallet
from wallets.services import credit
from webhooks.dispatching import dispatch_waiting
from webhooks.models import Attempt, Delivery, Endpoint, Event, Tally, hour_of
from webhooks.naming import CODE_VOIDED
from webhooks.services import create_endpoint

_numbers = count(1)


def new_endpoint(url: str = "https://shop.example/hook", **terms: Any) -> Endpoint:
    return create_endpoint(url=url, actor="test", created_by=None, **terms)[0]


def happen(wallet: Wallet, times: int = 1) -> list[Event]:
    """So many credits of this wallet, dispatched: each is one event. In their order."""
    before = last_position()
    for _ in range(times):
        credit(wallet=wallet, amount=wallet.money(next(_numbers)), event=LedgerEvent.once("test"), why=WHY)
    dispatch_waiting()
    return list(Event.objects.filter(position__gt=before, account_id=wallet.pk).order_by("position"))


def last_position() -> int:
    event = Event.objects.filter(position__isnull=False).order_by("-position").first()
    return event.position or 0 if event else 0


def one_of_each(wallet: Wallet) -> Endpoint:
    """A webhook with an event of this wallet in its queue, parked as well, a call that failed, and its hour. No money moves."""
    endpoint, now = new_endpoint(), timezone.now()
    tell(CODE_VOIDED, account_id=wallet.pk)
    dispatch_waiting()
    event = Event.objects.get(position=last_position())
    Delivery.objects.create(endpoint=endpoint, event=event, reason="parked", attempts=8, parked_at=now)
    failed = {"number": 8, "duration_ms": 5, "status": 500, "answer": "<b>sorry</b>", "is_success": False}
    Attempt.objects.create(endpoint=endpoint, event=event, at=now, **failed)
    Tally.objects.create(endpoint=endpoint, hour=hour_of(now), delivered=2, failed=1, duration_ms=30)
    return endpoint
