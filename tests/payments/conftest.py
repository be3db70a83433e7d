"""Top-ups of Alice's wallet, taken by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from payments.models import Topup
from payments.services import start_topup
from wallets.models import Wallet


@pytest.fixture
def topup(wallet: Wallet) -> Topup:
    """Of $50.00 into Alice's wallet, waiting to be paid."""
    return started(wallet)


@pytest.fixture
def start() -> Callable[..., Topup]:
    """`start(wallet, 5000)`: a top-up that waits to be paid."""
    return started


def started(wallet: Wallet, amount: int = 5000, **extra: Any) -> Topup:
    asked = {"origin": Topup.Origin.CUSTOMER, "actor": f"user:{wallet.user_id}", **extra}
    return start_topup(wallet=wallet, amount=wallet.money(amount), **asked)
