"""What clients find their way by: the index, the namespace's document, and the Link on every page (wordpress.md 1)."""

import re
from typing import Any

import pytest
from rest_framework.test import APIClient

from people.models import User
from tests.api.conftest import V1
from wallet_service.families import DOCUMENTS

pytestmark = pytest.mark.django_db

INDEX = "/wp-json/"
API_LINK = '<http://testserver/wp-json/>; rel="https://api.w.org/"'


@pytest.fixture
def index(stranger: APIClient) -> dict[str, Any]:
    return dict(stranger.get(INDEX).json())


def test_members_and_their_order(index: dict[str, Any]):
    routes = index.pop("routes")

    assert index == {
        "name": "Wallet service",
        "description": "",
        "url": "http://testserver",
        "home": "http://testserver",
        "gmt_offset": "0",
        "timezone_string": "UTC",
        "namespaces": ["walletpro/v1", "wc/store/v1", "wkwp-wallet/v1", "wkwc_wallet/v1", "cmmpexapi/v1"],
        "authentication": {
            "application-passwords": {"endpoints": {"authorization": "http://testserver/admin/"}},
        },
        "_links": {"help": [{"href": "https://developer.wordpress.org/rest-api/"}]},
    }
    assert "/walletpro/v1/wallets" in routes


def test_the_order_of_members_is_wordpresss(stranger: APIClient):
    assert list(stranger.get(INDEX).json()) == [
        "name", "description", "url", "home", "gmt_offset", "timezone_string", "namespaces", "authentication", "routes", "_links",
    ]  # fmt: skip


def test_the_routes(index: dict[str, Any]):
    """Webkul's are in the tables of tests/api/webkul/test_rights, the gateway's in that of tests/api/cmmp/test_rights."""
    routes = {pattern: entry["methods"] for pattern, entry in index["routes"].items() if not pattern.startswith(("/wk", "/cmmp"))}
    assert routes == {
        "/": ["GET"],
        "/walletpro/v1": ["GET"],
        "/walletpro/v1/openapi.json": ["GET"],
        "/walletpro/v1/wallets": ["GET", "POST"],
        "/walletpro/v1/wallets/me": ["GET"],
        r"/walletpro/v1/wallets/(?P<id>[\d]+)": ["GET", "POST", "PUT", "PATCH"],
        r"/walletpro/v1/wallets/(?P<id>[\d]+)/credit": ["POST"],
        r"/walletpro/v1/wallets/(?P<id>[\d]+)/debit": ["POST"],
        "/walletpro/v1/transactions": ["GET"],
        r"/walletpro/v1/transactions/(?P<id>[\d]+)": ["GET"],
        r"/walletpro/v1/transactions/(?P<id>[\d]+)/receipt": ["GET"],
        r"/walletpro/v1/transactions/(?P<id>[\d]+)/reverse": ["POST"],
        "/walletpro/v1/holds": ["POST"],
        r"/walletpro/v1/holds/(?P<id>[\d]+)": ["GET"],
        r"/walletpro/v1/holds/(?P<id>[\d]+)/capture": ["POST"],
        r"/walletpro/v1/holds/(?P<id>[\d]+)/void": ["POST"],
        "/walletpro/v1/codes": ["GET", "POST"],
        "/walletpro/v1/codes/(?P<code>[^/]+)/redeem": ["POST"],
        "/walletpro/v1/codes/(?P<code>[^/]+)/void": ["POST"],
        "/walletpro/v1/transfers": ["POST"],
        "/walletpro/v1/money_requests": ["GET", "POST"],
        r"/walletpro/v1/money_requests/(?P<id>[\d]+)/accept": ["POST"],
        r"/walletpro/v1/money_requests/(?P<id>[\d]+)/decline": ["POST"],
        r"/walletpro/v1/money_requests/(?P<id>[\d]+)/cancel": ["POST"],
        "/walletpro/v1/topups": ["GET", "POST"],
        "/walletpro/v1/topups/options": ["GET"],
        "/walletpro/v1/topups/(?P<id>[0-9A-Fa-f-]+)": ["GET"],
        "/walletpro/v1/payment_methods": ["GET"],
        "/walletpro/v1/point-packages": ["GET"],
        r"/walletpro/v1/payment_methods/(?P<id>[\d]+)": ["DELETE"],
        "/walletpro/v1/checkpoints": ["GET"],
        "/walletpro/v1/checkpoints/latest": ["GET"],
        "/walletpro/v1/checkpoints/keys": ["GET"],
        r"/walletpro/v1/checkpoints/(?P<id>[\d]+)": ["GET"],
        "/walletpro/v1/webhooks": ["GET", "POST"],
        "/walletpro/v1/webhooks/event_types": ["GET"],
        r"/walletpro/v1/webhooks/(?P<id>[\d]+)": ["GET", "POST", "PUT", "PATCH", "DELETE"],
        r"/walletpro/v1/webhooks/(?P<id>[\d]+)/rotate": ["POST"],
        r"/walletpro/v1/webhooks/(?P<id>[\d]+)/test": ["POST"],
        r"/walletpro/v1/webhooks/(?P<id>[\d]+)/resume": ["POST"],
        r"/walletpro/v1/webhooks/(?P<id>[\d]+)/skip": ["POST"],
        r"/walletpro/v1/webhooks/(?P<id>[\d]+)/redeliver": ["POST"],
        r"/walletpro/v1/webhooks/(?P<id>[\d]+)/attempts": ["GET"],
        r"/walletpro/v1/webhooks/(?P<id>[\d]+)/deliveries": ["GET"],
        "/walletpro/v1/events": ["GET"],
        "/walletpro/v1/events/(?P<id>[0-9a-z_]+)": ["GET"],
        "/wc/store/v1": ["GET"],
        "/wc/store/v1/openapi.json": ["GET"],
        "/wc/store/v1/walletpro/balance": ["GET"],
        "/wc/store/v1/walletpro/apply": ["POST"],
        "/wc/store/v1/walletpro/remove": ["POST"],
        "/wc/store/v1/walletpro/redeem": ["POST"],
    }


def test_the_routes_are_the_live_ones(index: dict[str, Any]):
    live = {pattern for document in DOCUMENTS for pattern, _viewset, _mapping in document.router.live_routes()}
    roots = {f"/{document.router.namespace}{path}" for document in DOCUMENTS for path in ("", "/openapi.json")}

    assert set(index["routes"]) == live | roots | {"/"}


def test_one_endpoint_a_verb_with_its_arguments(index: dict[str, Any]):
    entry = index["routes"]["/walletpro/v1/wallets"]

    assert entry["namespace"] == "walletpro/v1"
    assert [endpoint["methods"] for endpoint in entry["endpoints"]] == [["GET"], ["POST"]]
    assert entry["endpoints"][0]["args"]["per_page"] == {
        "description": "Results per page.",
        "type": "integer",
        "minimum": 1,
        "maximum": 100,
        "default": 10,
        "required": False,
    }
    assert entry["endpoints"][1]["args"]["user_id"]["required"] is True


def test_links_only_where_the_pattern_has_no_placeholder(index: dict[str, Any]):
    for pattern, entry in index["routes"].items():
        if "(" in pattern:
            assert "_links" not in entry
        else:
            assert entry["_links"] == {"self": [{"href": f"http://testserver/wp-json{pattern}"}]}


def test_what_wpapi_needs_to_build_itself(index: dict[str, Any]):
    """One bad pattern and npm's wpapi throws the whole index away."""
    for pattern, entry in index["routes"].items():
        assert pattern.startswith("/")
        assert "\\." not in pattern
        assert "{" not in pattern
        groups = re.findall(r"\(.*?\)", pattern)
        assert all(re.fullmatch(r"\(\?P<(?!slug)\w+>[^()]+\)", group) for group in groups)
        assert "(" not in re.sub(r"\(\?P<\w+>[^()]+\)", "", pattern)
        re.compile(pattern)
        for endpoint in entry["endpoints"]:
            assert isinstance(endpoint["methods"], list)
            assert isinstance(endpoint["args"], dict)
            assert all("required" in argument for argument in endpoint["args"].values())


@pytest.mark.parametrize(
    "path", ["/wp-json", "/wp-json/", "/wp-json///", "/wp-json/?context=view", "/wp-json/?unknown=1&_locale=user"]
)
def test_with_and_without_the_slash(stranger: APIClient, index: dict[str, Any], path: str):
    response = stranger.get(path)

    assert (response.status_code, response.json()) == (200, index)


@pytest.mark.parametrize(
    ("fields", "members"),
    [
        ("name,namespaces", {"name", "namespaces", "_links"}),
        ("routes./walletpro/v1/wallets", {"routes", "_links"}),
        ("nothing", {"_links"}),
    ],
)
def test_fields_trim_it_and_links_stay(stranger: APIClient, fields: str, members: set[str]):
    body = stranger.get(INDEX, {"_fields": fields}).json()

    assert set(body) == members
    assert set(body.get("routes", {})) <= {"/walletpro/v1/wallets"}


def test_a_cookie_alone_is_a_strangers(stranger: APIClient, index: dict[str, Any], alice: User):
    stranger.force_login(alice)
    response = stranger.get(INDEX)

    assert response.json() == index
    assert "X-WP-Nonce" not in response.headers
    assert "Cache-Control" not in response.headers


def test_application_passwords_are_not_offered_where_they_would_be_refused(stranger: APIClient, settings: Any):
    settings.REQUIRE_HTTPS = True

    assert stranger.get(INDEX).json()["authentication"] == {}
    assert stranger.get(INDEX, secure=True).json()["authentication"] != {}


def test_the_public_url_is_the_one_that_is_shown(stranger: APIClient, settings: Any):
    settings.PUBLIC_URL = "https://shop.example"
    response = stranger.get(INDEX)

    assert response.json()["url"] == "https://shop.example"
    assert response.json()["routes"]["/"]["_links"]["self"][0]["href"] == "https://shop.example/wp-json/"
    assert response["Link"] == '<https://shop.example/wp-json/>; rel="https://api.w.org/"'


@pytest.mark.parametrize("path", ["/", "/account/login/"])
@pytest.mark.parametrize("verb", ["HEAD", "GET"])
def test_a_page_leads_strangers_to_the_api_without_a_redirect(stranger: APIClient, path: str, verb: str):
    response = stranger.generic(verb, path)

    assert response.status_code == 200
    assert response["Link"] == API_LINK
    assert (response.content == b"") is (verb == "HEAD")


def test_a_page_that_is_not_there_leads_to_the_api_too(stranger: APIClient):
    response = stranger.get("/nothing/here/")

    assert response.status_code == 404
    assert response["Link"] == API_LINK


def test_a_head_of_the_index(stranger: APIClient):
    response = stranger.head(INDEX)

    assert (response.status_code, response.content) == (200, b"")
    assert response["Allow"] == "GET"


@pytest.mark.parametrize("path", [V1, f"{V1}/", f"{V1}/openapi.json", f"{V1}/openapi.json/"])
def test_the_namespace_root_is_its_openapi_document(stranger: APIClient, path: str):
    response = stranger.get(path)

    assert response.status_code == 200
    assert response["Content-Type"] == "application/json; charset=UTF-8"
    assert response.json()["openapi"] == "3.1.1"
    assert response.json() == stranger.get(f"{V1}/openapi.json").json()


def test_the_documents_server_is_the_site_as_it_is_seen(stranger: APIClient):
    response = stranger.get(V1, HTTP_HOST="localhost:8000", secure=True)

    assert response.json()["servers"] == [{"url": "https://localhost:8000/wp-json/walletpro/v1"}]
