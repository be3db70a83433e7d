"""PyPI's `woocommerce`, unmodified, as a shop's program uses it, straight into Django's test client.

Over https it sends the key, in the header or in the query; over http it signs by OAuth 1.0a.
"""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from django.test import Client
from requests.adapters import BaseAdapter
from woocommerce import API
from woocommerce import api as woocommerce_api

from apikeys.models import OauthNonce
from apikeys.services import mint_key
from ledger.models import Entry
from people.models import User
from tests.api.conftest import nothing_moves
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

SHOP = "https://shop.test"
PLAIN = "http://shop.test"
HERE = "127.0.0.1"


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
    with requests.Session() as session:
        session.mount("https://", IntoDjango())
        session.mount("http://", IntoDjango())
        monkeypatch.setattr(woocommerce_api, "request", session.request)
        yield


WAYS: dict[str, dict[str, Any]] = {
    "basic": {"url": SHOP},
    "query": {"url": SHOP, "query_string_auth": True},
    "oauth": {"url": PLAIN},
}
every_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


@pytest.fixture(params=WAYS.values(), ids=list(WAYS))
def shop(request: Any, settings: Any, manager: User) -> API:
    """The client with a new key of the manager's: in the header, in the query, or under a signature."""
    signs = request.param["url"] == PLAIN
    settings.REQUIRE_HTTPS = not signs
    key, secret = mint_key(
        owner=manager, scope="read_write", description="shop", oauth_enabled=signs, allowed_ips=[HERE] if signs else []
    )
    return client(key.consumer_key, secret, **request.param)


def client(consumer_key: str, consumer_secret: str, **options: Any) -> API:
    pair = {"consumer_key": consumer_key, "consumer_secret": consumer_secret}
    return API(**{"url": SHOP, **pair, "wp_api": True, "version": "walletpro/v1", **options})


def test_reads_wallets(shop: API, wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 8500)
    response = shop.get("wallets", params={"balance_min": 5000, "currency": "USD", "per_page": 5})

    assert response.status_code == 200
    assert [row["id"] for row in response.json()["data"]] == [wallet.pk]
    assert response.headers["X-WP-Total"] == "1"
    assert shop.get(f"wallets/{wallet.pk}").json()["balance"] == "8500"


def test_asks_for_what_needs_quoting(shop: API, wallet: Wallet):
    """Blanks, umlauts, marks, brackets: each is spelt one way in the address and another in what is signed."""
    asked = {"search": "Zoë & 50 % off+~", "_fields": "data,meta.total", "type": "credit,debit", "x[a]": "1", "flag": True}
    response = shop.get("transactions", params=asked)

    assert response.status_code == 200
    assert response.json() == {"data": [], "meta": {"total": 0}}


def test_turns_pages_without_telling_the_secret(shop: API, wallet: Wallet, bobs_wallet: Wallet):
    response = shop.get("wallets", params={"per_page": 1})

    assert response.links["next"]["url"] == f"{shop.url}/wp-json/walletpro/v1/wallets?per_page=1&page=2"


def test_posts_a_credit(shop: API, wallet: Wallet):
    response = shop.post(f"wallets/{wallet.pk}/credit", {"amount": "1000", "reason": "Zoë's reward"})

    assert response.status_code == 201
    assert response.json()["balance_after"] == "1000"
    assert Entry.objects.get().reason == "Zoë's reward"


def test_puts_and_deletes(shop: API, wallet: Wallet):
    assert shop.put(f"wallets/{wallet.pk}", {"spending_limit": "500"}).json()["spending_limit"] == "500"
    assert shop.delete(f"wallets/{wallet.pk}").json()["code"] == "rest_no_route"
    assert shop.options(f"wallets/{wallet.pk}").json()["namespace"] == "walletpro/v1"


@every_way
def test_a_wrong_secret(manager: User, wallet: Wallet, way: dict[str, Any]):
    key, _ = mint_key(owner=manager, scope="read_write", description="shop", oauth_enabled=True, allowed_ips=[HERE])
    with nothing_moves():
        response = client(key.consumer_key, "cs_wrong", **way).post(
            f"wallets/{wallet.pk}/credit", {"amount": "1000", "reason": "x"}
        )

    assert (response.status_code, response.json()["code"]) == (401, "walletpro_invalid_credentials")


@every_way
def test_a_read_key_writes_nothing(manager: User, wallet: Wallet, way: dict[str, Any]):
    key, secret = mint_key(owner=manager, scope="read", description="shop", oauth_enabled=True)
    reading = client(key.consumer_key, secret, **way)
    with nothing_moves():
        response = reading.post(f"wallets/{wallet.pk}/credit", {"amount": "1000", "reason": "x"})

    assert response.status_code == 401
    assert reading.get("wallets").status_code == 200


def test_over_http_every_call_is_signed_anew(manager: User, wallet: Wallet):
    key, secret = mint_key(owner=manager, scope="read", description="shop", oauth_enabled=True)
    shop = client(key.consumer_key, secret, url=PLAIN)

    assert [shop.get("wallets").status_code for _ in range(3)] == [200] * 3
    assert OauthNonce.objects.filter(key=key).count() == 3


def test_over_http_a_key_that_was_not_chosen_for_it_is_none(manager: User, wallet: Wallet):
    key, secret = mint_key(owner=manager, scope="read_write", description="shop")
    response = client(key.consumer_key, secret, url=PLAIN).get("wallets")

    assert (response.status_code, response.json()["code"]) == (401, "walletpro_invalid_credentials")


def test_over_http_a_key_without_an_address_list_reads_only(manager: User, wallet: Wallet):
    key, secret = mint_key(owner=manager, scope="read_write", description="shop", oauth_enabled=True)
    shop = client(key.consumer_key, secret, url=PLAIN)
    with nothing_moves():
        response = shop.post(f"wallets/{wallet.pk}/credit", {"amount": "1000", "reason": "x"})

    assert (response.status_code, response.json()["code"]) == (403, "forbidden_caller_ip")
    assert shop.get("wallets").status_code == 200


@every_way
def test_where_https_is_required_plain_http_is_refused_unread(settings: Any, manager: User, wallet: Wallet, way: dict[str, Any]):
    settings.REQUIRE_HTTPS = True
    key, secret = mint_key(owner=manager, scope="read_write", description="shop", oauth_enabled=True, allowed_ips=[HERE])
    response = client(key.consumer_key, secret, **way).get("wallets")

    told = response.json().get("code")
    assert (response.status_code, told) == ((403, "rest_ssl_required") if way["url"] == PLAIN else (200, None))


@pytest.mark.parametrize("way", ["basic", "oauth"])
def test_the_admin_door_of_the_other_family(manager: User, wallet: Wallet, settings: Any, way: str):
    """wkwp-wallet/v1: exact numbers through a client that knows only floats, signed or in the header, and not in the query."""
    settings.REQUIRE_HTTPS = way == "basic"
    key, secret = mint_key(
        owner=manager, scope="read_write", description="shop", oauth_enabled=way == "oauth", allowed_ips=[HERE]
    )
    shop = client(key.consumer_key, secret, **WAYS[way], version="wkwp-wallet/v1")

    assert shop.post(f"wallets/{wallet.user_id}/credit", {"amount": 0.1, "note": "Zoë & 50 %"}).status_code == 200
    credited = shop.post(f"wallets/{wallet.user_id}/credit", {"amount": 0.2})
    assert b'"balance_after":0.30' in credited.content
    listed = shop.get("transactions", params={"type": "credit,debit", "user_id": wallet.user_id, "per_page": 1})
    assert (listed.json()["total"], listed.json()["items"][0]["amount"]) == (2, 0.2)
    assert listed.links["next"]["url"].startswith(f"{shop.url}/wp-json/wkwp-wallet/v1/transactions?")
    in_query = client(key.consumer_key, secret, **WAYS["query"], version="wkwp-wallet/v1")
    assert in_query.get("wallets").json()["code"] == "rest_not_logged_in"
