"""A customer at the checkout."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from ledger.models import Entry
from people.models import User
from tests.api.conftest import nonce_of
from wallets.models import Wallet

STORE = "/wp-json/wc/store/v1/walletpro"


@pytest.fixture
def at_checkout() -> Callable[[User], APIClient]:
    """`at_checkout(alice)`: a browser in which she is signed in, whose shop sends the nonce as Woo's blocks do."""

    def at_checkout(user: User) -> APIClient:
        client = APIClient()
        client.force_login(user)
        client.credentials(HTTP_NONCE=nonce_of(client))
        return client

    return at_checkout


@pytest.fixture
def shopper(alice: User, at_checkout: Callable[[User], APIClient]) -> APIClient:
    """Alice's browser."""
    return at_checkout(alice)


@pytest.fixture
def counted(limits: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """As `limits`, in a minute that does not end while a test runs."""
    now = int(time.time())
    monkeypatch.setattr("django_ratelimit.core._get_window", lambda value, period: now + period - 1)
    return limits


@pytest.fixture
def funded(wallet: Wallet, give: Callable[..., Entry]) -> Wallet:
    """Alice's wallet, with $100."""
    give(wallet, 10000)
    return wallet


def post(client: APIClient, verb: str, **arguments: Any) -> Any:
    return client.post(f"{STORE}/{verb}", arguments, format="json")


def totals(response: Any) -> dict[str, Any]:
    """The extension that an answer carries."""
    body = response.json()
    assert response.status_code in {200, 201}, body
    assert set(body["extensions"]) == {"walletpro"}
    return dict(body["extensions"]["walletpro"])
