"""Endpoints, and events that have their places, for tests that need some."""

from itertools import count
from typing import Any

from ledger.movements import Event as LedgerEvent
from tests.conftest import WHY
from wallets.models import Wallet
from wallets.services import credit
from webhooks.dispatching import dispatch_waiting
from webhooks.models import Endpoint, Event
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
