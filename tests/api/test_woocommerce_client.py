"""PyPI's `woocommerce`, unmodified, as a shop's program uses it: over https, straight into Django's test client."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from django.test import Client
from requests.adapters import BaseAdapter
from woocommerce import API
from woocommerce import api as woocommerce_api

from apikeys.services import mint_key
from ledger.models import Entry
from people.models import User
from tests.api.conftest import nothing_moves
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

SHOP = "https://shop.test"


class IntoDjango(BaseAdapter):
    """What `requests` would send goes to Django's test client, header for header."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        url = urlsplit(str(request.url))
        headers = {name: str(value) for name, value in request.headers.items() if name.lower() != "content-length"}
        given = Client().generic(
            str(request.method),
            url.path,
            request.body or b"",
            headers.pop("content-type", "application/octet-stream"),
            secure=url.scheme == "https",
            headers=headers,
            QUERY_STRING=url.query,
            SERVER_NAME=url.hostname,
        )
        response = requests.Response()
        response.status_code = given.status_code
        response.headers.update(given.headers)
        response._content = given.content
        response.url, response.request = str(request.url), request
        return response

    def close(self) -> None:
        pass


@pytest.fixture(autouse=True)
def _sent_into_django(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    settings.ALLOWED_HOSTS = ["shop.test"]
    settings.REQUIRE_HTTPS = True
    with requests.Session() as session:
        session.mount("https://", IntoDjango())
        session.mount("http://", IntoDjango())
        monkeypatch.setattr(woocommerce_api, "request", session.request)
        yield


@pytest.fixture(params=[False, True], ids=["basic", "query"])
def shop(request: Any, manager: User) -> API:
    """The client with a new key of the manager's: in the header, or in the query."""
    key, secret = mint_key(owner=manager, scope="read_write", description="shop")
    return client(key.consumer_key, secret, query_string_auth=request.param)


def client(consumer_key: str, consumer_secret: str, **options: Any) -> API:
    return API(
        url=SHOP, consumer_key=consumer_key, consumer_secret=consumer_secret, wp_api=True, version="walletpro/v1", **options
    )


def test_reads_wallets(shop: API, wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 8500)
    response = shop.get("wallets", params={"balance_min": 5000, "currency": "USD", "per_page": 5})

    assert response.status_code == 200
    assert [row["id"] for row in response.json()["data"]] == [wallet.pk]
    assert response.headers["X-WP-Total"] == "1"
    assert shop.get(f"wallets/{wallet.pk}").json()["balance"] == "8500"


def test_turns_pages_without_telling_the_secret(shop: API, wallet: Wallet, bobs_wallet: Wallet):
    response = shop.get("wallets", params={"per_page": 1})

    assert response.links["next"]["url"] == f"{SHOP}/wp-json/walletpro/v1/wallets?per_page=1&page=2"


def test_posts_a_credit(shop: API, wallet: Wallet):
    response = shop.post(f"wallets/{wallet.pk}/credit", {"amount": "1000", "reason": "Zoë's reward"})

    assert response.status_code == 201
    assert response.json()["balance_after"] == "1000"
    assert Entry.objects.get().reason == "Zoë's reward"


def test_puts_and_deletes(shop: API, wallet: Wallet):
    assert shop.put(f"wallets/{wallet.pk}", {"spending_limit": "500"}).json()["spending_limit"] == "500"
    assert shop.delete(f"wallets/{wallet.pk}").json()["code"] == "rest_no_route"
    assert shop.options(f"wallets/{wallet.pk}").json()["namespace"] == "walletpro/v1"


@pytest.mark.parametrize("in_query", [False, True])
def test_a_wrong_secret(manager: User, wallet: Wallet, in_query: bool):
    key, _ = mint_key(owner=manager, scope="read_write", description="shop")
    with nothing_moves():
        response = client(key.consumer_key, "cs_wrong", query_string_auth=in_query).post(
            f"wallets/{wallet.pk}/credit", {"amount": "1000", "reason": "x"}
        )

    assert (response.status_code, response.json()["code"]) == (401, "walletpro_invalid_credentials")


def test_a_read_key_writes_nothing(manager: User, wallet: Wallet):
    key, secret = mint_key(owner=manager, scope="read", description="shop")
    reading = client(key.consumer_key, secret)
    with nothing_moves():
        response = reading.post(f"wallets/{wallet.pk}/credit", {"amount": "1000", "reason": "x"})

    assert response.status_code == 401
    assert reading.get("wallets").status_code == 200
