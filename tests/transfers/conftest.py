"""Transfers are switched on."""

from collections.abc import Callable
from typing import Any

import pytest

from ledger.movements import Event
from transfers.services import SentTransfer, send_transfer
from wallets.models import Wallet


@pytest.fixture(autouse=True)
def _switched_on(site: Callable[..., None]) -> None:
    site(transfers_enabled=True)


@pytest.fixture
def send() -> Callable[..., SentTransfer]:
    """`send(wallet, bobs_wallet, 20)`: a transfer of so many minor units."""

    def send(sender: Wallet, recipient: Wallet, amount: int, **extra: Any) -> SentTransfer:
        asked = {"event": Event.once("test"), "actor": "test", **extra}
        return send_transfer(sender=sender, recipient=recipient, amount=sender.money(amount), **asked)

    return send
