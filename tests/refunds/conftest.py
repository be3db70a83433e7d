"""Refund requests are switched on; who pays for orders, asks and decides."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ledger.models import Entry
from ledger.movements import Event
from people.models import User
from refunds.models import RefundRequest
from refunds.services import approve_refund, ask_refund
from tests.conftest import WHY
from wallets.models import Wallet
from wallets.services import debit

ORDER = 8812


@pytest.fixture(autouse=True)
def _switched_on(site: Callable[..., None]) -> None:
    site(refund_requests_enabled=True)


@pytest.fixture
def pay(give: Callable[..., Entry]) -> Callable[..., Entry]:
    """`pay(wallet, 30)`: a debit for the order, out of money that was given for it."""

    def pay(wallet: Wallet, amount: int, order: int = ORDER) -> Entry:
        give(wallet, amount)
        why = replace(WHY, order_id=order)
        return debit(wallet=wallet, amount=wallet.money(amount), event=Event.once("test"), why=why)

    return pay


@pytest.fixture
def ask() -> Callable[..., RefundRequest]:
    """`ask(wallet, 30)`: a request for so many minor units of the order."""

    def ask(wallet: Wallet, amount: int = 30, order: int = ORDER, **extra: Any) -> RefundRequest:
        asked = {"reason": "Broken", "event": Event.once("test"), **extra}
        return ask_refund(wallet=wallet, order_id=order, amount=wallet.money(amount), **asked)

    return ask


@pytest.fixture
def approve(manager: User) -> Callable[..., RefundRequest]:
    """`approve(request, 20)`: as the manager."""

    def approve(request: RefundRequest, amount: int | None = None, **extra: Any) -> RefundRequest:
        money = None if amount is None else request.wallet.money(amount)
        asked = {"by": manager, "event": Event.once("test"), **extra}
        return approve_refund(request_id=request.pk, amount=money, **asked)

    return approve
