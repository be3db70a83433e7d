"""Withdrawals are switched on, without a minimum; Alice has $10.00 of her own."""

from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from ledger.models import Entry
from ledger.movements import Event
from people.models import User
from tests.withdrawals.double import DoublePayouts
from wallets.models import Wallet
from withdrawals.adapters import ADAPTERS, provider_named
from withdrawals.models import Withdrawal
from withdrawals.services import approve_withdrawal, request_withdrawal

BANK = {"account_name": "Alice Liddell", "account_number": "12 3456 7890", "ifsc": "hdfc0001234"}

Ask = Callable[..., Withdrawal]


@pytest.fixture(autouse=True)
def _switched_on(site: Callable[..., None]) -> None:
    site(withdrawals_enabled=True, withdrawal_min=1)


@pytest.fixture
def funded(wallet: Wallet, give: Callable[..., Entry]) -> Wallet:
    give(wallet, 1000)
    wallet.account.refresh_from_db()
    return wallet


@pytest.fixture
def ask() -> Ask:
    """`ask(wallet, 100)`: a withdrawal of so many minor units to the bank."""
    return asked


def asked(wallet: Wallet, minor: int, **extra: Any) -> Withdrawal:
    given = {"method": "bank", "details": BANK, "event": Event.once("test"), "actor": f"user:{wallet.user_id}"}
    return request_withdrawal(wallet=wallet, **{"amount": wallet.money(minor), **given, **extra})


@pytest.fixture
def pending(funded: Wallet, ask: Ask, site: Callable[..., None]) -> Withdrawal:
    """Of 400, 10 of them the fee."""
    site(withdrawal_fee_type="percent", withdrawal_fee_amount="2.5")
    return ask(funded, 400)


@pytest.fixture
def approved(pending: Withdrawal, manager: User) -> Withdrawal:
    return approve_withdrawal(withdrawal_id=pending.pk, by=manager, actor=f"user:{manager.pk} admin")


@pytest.fixture
def provider(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[DoublePayouts]:
    """New payouts are this one's, of the tests' own."""
    monkeypatch.setitem(ADAPTERS, "double", "tests.withdrawals.double.DoublePayouts")
    settings.PAYOUT_PROVIDER = "double"
    provider_named.cache_clear()
    yield cast(DoublePayouts, provider_named("double"))
    provider_named.cache_clear()
