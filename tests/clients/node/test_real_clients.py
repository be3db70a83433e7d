"""Clients from npm that nobody here wrote, unmodified, against the running service."""

import pytest

from tests.clients.node.conftest import Shop
from tests.journeys.ports import HOST

pytestmark = pytest.mark.node


def test_woocommerce_by_basic_over_https(shop: Shop):
    said = shop.node("woocommerce.cjs", URL=shop.https)

    # A page each: the demo shop's two newest of three.
    assert said["wallets"] == [124, 123]
    assert said["pages"] == "3"
    assert said["credit"] == [201, "1000", "credit"]
    assert said["wrong"] == [401, "walletpro_invalid_credentials"]


def test_woocommerce_by_query_over_https(shop: Shop):
    assert shop.node("woocommerce.cjs", URL=shop.https, IN_QUERY="yes")["credit"] == [201, "1000", "credit"]


def test_woocommerce_by_oauth_over_http(shop: Shop):
    key = shop.command(
        "create_api_key", "--owner", "manager", "--scope", "read_write", "--description", "signs", "--oauth", "--allow-ip", HOST
    )
    said = shop.node("woocommerce.cjs", URL=shop.http, CONSUMER_KEY=key["consumer_key"], CONSUMER_SECRET=key["consumer_secret"])

    assert said["wallets"] == [124, 123]
    assert said["credit"] == [201, "1000", "credit"]
    assert said["wrong"][0] == 401


def test_wpapi_discovers_the_service_and_reads_lists(shop: Shop):
    said = shop.node("wpapi.cjs")

    assert "walletpro/v1" in said["namespaces"]
    assert said["me"] == 42
    assert said["page"] == [1, True]
    assert said["second"] == 1
    assert said["wrong"] == "walletpro_invalid_credentials"


def test_api_fetch_reads_and_refreshes_a_stale_nonce(shop: Shop):
    said = shop.node("api_fetch.mjs")

    assert said["id"] == 42
    assert said["refreshed"] is True
    # api-fetch sends a PUT as a POST with the header that says what it means.
    assert said["threshold"] == "1200"
    assert said["all"] >= 100
    assert said["stranger"] == "rest_cookie_invalid_nonce"
