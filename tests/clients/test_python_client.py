"""clients/python as an integrator uses it, straight into the WSGI application."""

import base64
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from django.core import signals
from django.db import close_old_connections

from apikeys.services import make_application_password, mint_key
from ledger.models import Entry
from people.models import User
from wallet_service.wsgi import application
from wallets.models import Wallet

pytestmark = pytest.mark.django_db
KEY = UUID("550e8400-e29b-41d4-a716-446655440000")


@pytest.fixture(autouse=True)
def _on_the_path(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.syspath_prepend(request.config.rootpath / "clients" / "python")


@pytest.fixture(autouse=True)
def _open_connection() -> Iterator[None]:
    """Where the WSGI application says that a request ends, Django would close the test's connection."""
    both = (signals.request_started, signals.request_finished)
    for signal in both:
        signal.disconnect(close_old_connections)
    yield
    for signal in both:
        signal.connect(close_old_connections)


def client_of(name: str, password: str) -> Any:
    from wallet_service_client.walletpro_v1 import AuthenticatedClient

    url = "http://localhost/wp-json/walletpro/v1"
    token = base64.b64encode(f"{name}:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {token}"}
    client = AuthenticatedClient(url, token=token, prefix="Basic")
    return client.set_httpx_client(httpx.Client(base_url=url, transport=httpx.WSGITransport(app=application), headers=headers))


@pytest.fixture
def shop(manager: User) -> Any:
    """With a key of the manager's."""
    key, secret = mint_key(owner=manager, scope="read_write", description="test")
    return client_of(key.consumer_key, secret)


def test_reads_wallets_and_their_page(shop: Any, wallet: Wallet, give: Callable[..., Entry]):
    from wallet_service_client.walletpro_v1.api.wallets import get_wallet, list_wallets
    from wallet_service_client.walletpro_v1.models import TransactionType, WalletStatus

    give(wallet, 8500)
    read = get_wallet.sync(wallet.pk, client=shop)
    page = list_wallets.sync(client=shop, currency="USD", balance_min="5000")

    assert (read.id, read.balance, read.status) == (wallet.pk, "8500", WalletStatus.ACTIVE)
    assert [row.to_dict() for row in page.data] == [read.to_dict()]
    assert page.meta.total == 1
    assert TransactionType.CASHBACK == "cashback"


def test_credits_once(shop: Any, wallet: Wallet):
    from wallet_service_client.walletpro_v1.api.wallets import credit_wallet
    from wallet_service_client.walletpro_v1.models import CreditWalletArguments, Movement, MovementReplay

    body = CreditWalletArguments(amount="1000", reason="Zoë's reward", idempotency_key=KEY)
    first, second = (credit_wallet.sync(wallet.pk, client=shop, body=body) for _ in range(2))

    assert isinstance(first, Movement)
    assert isinstance(second, MovementReplay)
    assert (second.transaction_id, second.code) == (first.transaction_id, "walletpro_idempotent_replay")
    assert Entry.objects.get().reason == "Zoë's reward"


def test_a_refusal_tells_its_facts(shop: Any, wallet: Wallet, give: Callable[..., Entry]):
    from wallet_service_client.walletpro_v1.api.wallets import debit_wallet
    from wallet_service_client.walletpro_v1.models import ApiError, DebitWalletArguments

    give(wallet, 4200)
    said = debit_wallet.sync_detailed(wallet.pk, client=shop, body=DebitWalletArguments(amount="5000", reason="x"))

    assert said.status_code == 422
    assert isinstance(said.parsed, ApiError)
    assert (said.parsed.code, said.parsed.data.balance) == ("walletpro_insufficient_balance", "4200")
    assert Entry.objects.count() == 1


def test_a_customer_reads_what_is_his(alice: User, wallet: Wallet, give: Callable[..., Entry]):
    from wallet_service_client.walletpro_v1.api.transactions import list_transactions
    from wallet_service_client.walletpro_v1.api.wallets import get_my_wallet

    give(wallet, 4200)
    _, password = make_application_password(user=alice, name="test")
    shop = client_of("alice", password)

    assert get_my_wallet.sync(client=shop).id == wallet.pk
    assert [row.amount for row in list_transactions.sync(client=shop).data] == ["4200"]
    assert list_transactions.sync(client=shop, wallet_id=wallet.pk + 1).code == "rest_forbidden"
