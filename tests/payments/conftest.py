"""Top-ups of Alice's wallet, taken by hand unless a test has a provider of its own."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any, cast

import pytest
from django.db import connections

from payments.adapters import ADAPTERS, provider_named
from payments.models import PaymentMethod, Topup
from payments.services import start_topup
from people.models import User
from tests.payments.bank import FOLDER, Bank, opened
from tests.payments.double import DoubleProvider
from tests.payments.stripe_cast import stripe
from wallets.models import Wallet

__all__ = ["stripe"]


@pytest.fixture(autouse=True)
def _by_hand(settings: Any) -> None:
    settings.PAYMENT_PROVIDER = "manual"


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


@pytest.fixture
def provider(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[DoubleProvider]:
    """New payments are this one's."""
    monkeypatch.setitem(ADAPTERS, "double", "tests.payments.double.DoubleProvider")
    settings.PAYMENT_PROVIDER = "double"
    provider_named.cache_clear()
    yield cast(DoubleProvider, provider_named("double"))
    provider_named.cache_clear()


def all_at_once(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each returned, or the exception that it raised."""
    ready = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            ready.wait()
            return work()
        except Exception as failure:
            return failure
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@pytest.fixture
def bank(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bank]:
    """The provider of now: it charges who is away, and has not moved any money yet."""
    monkeypatch.setitem(ADAPTERS, "bank", "tests.payments.bank.Bank")
    monkeypatch.setenv(FOLDER, "")
    settings.PAYMENT_PROVIDER = "bank"
    provider_named.cache_clear()
    yield opened(tmp_path / "bank")
    provider_named.cache_clear()


@pytest.fixture
def card(alice: User, bank: Bank) -> PaymentMethod:
    """Alice's, which the bank may charge."""
    return PaymentMethod.objects.create(user=alice, provider="bank", reference="card_1", label="Visa •••• 4242")
