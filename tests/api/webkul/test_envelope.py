"""The births of an error behind both doors, each in WordPress's envelope and in this family's words."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from rest_framework.test import APIClient

from people.models import User
from tests.api.conftest import nothing_moves, said
from tests.api.test_envelope import STOCK
from tests.api.webkul.conftest import ADMIN, CUSTOMER, send
from tests.conftest import basic
from wallet_service.api.webkul import transactions, wallets
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

WRONG = basic("ck_nobody", "cs_nothing")
ROUTES = {"admin": f"{ADMIN}/wallets", "customer": f"{CUSTOMER}/balance"}
BOTH = pytest.mark.parametrize("path", ROUTES.values(), ids=ROUTES)


@pytest.fixture
def clients(as_manager: APIClient, in_session: APIClient) -> dict[str, APIClient]:
    """Who may come in by which door."""
    return {ROUTES["admin"]: as_manager, ROUTES["customer"]: in_session}


@BOTH
def test_no_credentials(stranger: APIClient, path: str):
    response = stranger.get(path)

    assert response.json() == {
        "code": "rest_not_logged_in",
        "message": "You are not currently logged in.",
        "data": {"status": 401},
    }
    assert "WWW-Authenticate" not in response.headers


@pytest.mark.parametrize("path", [f"{ADMIN}/wallets", ADMIN, f"{ADMIN}/nothing"])
def test_wrong_credentials(stranger: APIClient, path: str):
    response = stranger.get(path, **WRONG)

    assert said(response) == (401, "invalid_credentials")
    assert "Allow" not in response.headers


def test_beyond_the_scope_or_from_elsewhere(manager: User, client_with_key: Callable[..., APIClient], wallet: Wallet):
    credit = f"{ADMIN}/wallets/{wallet.user_id}/credit"
    with nothing_moves():
        assert said(send(client_with_key(manager, "read"), credit, '{"amount": 1}')) == (401, "invalid_credentials")
        elsewhere = client_with_key(manager, allowed_ips=["203.0.113.1"])
        assert said(send(elsewhere, credit, '{"amount": 1}')) == (403, "forbidden_caller_ip")


@pytest.mark.parametrize("path", [*ROUTES.values(), f"{ADMIN}/nothing", f"{CUSTOMER}/nothing"])
def test_wrong_nonce(stranger: APIClient, path: str):
    assert said(stranger.get(path, HTTP_X_WP_NONCE="0123456789")) == (403, "rest_cookie_invalid_nonce")


def test_missing_right(as_alice: APIClient):
    response = as_alice.get(f"{ADMIN}/wallets")

    assert (said(response), response["Allow"]) == ((403, "rest_forbidden"), "GET")


def test_bodies_and_arguments(as_manager: APIClient, wallet: Wallet):
    path = f"{ADMIN}/wallets/{wallet.user_id}/credit"
    with nothing_moves():
        assert said(send(as_manager, path, '{"amount": ')) == (400, "rest_invalid_json")
        assert send(as_manager, path, "{}").json()["data"]["params"] == ["amount"]
        assert list(send(as_manager, path, '{"amount": [], "note": 1}').json()["data"]["params"]) == ["amount", "note"]
        assert said(send(as_manager, path, f'{{"amount": 1, "note": "{"x" * 2**20}"}}')) == (413, "rest_request_too_large")
        assert said(send(as_manager, path, '{"amount": 1, "note": "\\u0000"}')) == (400, "rest_invalid_param")


@pytest.mark.parametrize("verb", ["PUT", "PATCH", "DELETE", "TRACE"])
@BOTH
def test_wrong_verb_and_unknown_path_are_no_route(clients: dict[str, APIClient], path: str, verb: str):
    for wrong in (path, f"{path}/nothing/here"):
        assert said(clients[path].generic(verb, wrong)) == (404, "rest_no_route")


@BOTH
def test_a_bug_is_told_nobody(
    clients: dict[str, APIClient], path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("the secret detail")

    monkeypatch.setattr(wallets, "read_wallet_in", fail)
    monkeypatch.setattr(wallets, "_wallets_in", fail)
    client = clients[path]
    client.raise_request_exception = False
    with caplog.at_level(logging.ERROR, "django.request"):
        response = client.get(path)

    assert said(response) == (500, "internal_server_error")
    assert b"secret" not in response.content
    assert "the secret detail" in caplog.text


def test_a_database_that_is_away(as_manager: APIClient, monkeypatch: pytest.MonkeyPatch):
    def fail(*args: Any) -> Any:
        raise OperationalError("connection refused on 10.0.0.7")

    monkeypatch.setattr(transactions, "_entries", fail)
    response = as_manager.get(f"{ADMIN}/transactions")

    assert (said(response), response["Retry-After"]) == ((503, "busy"), "1")
    assert b"10.0.0.7" not in response.content


@BOTH
def test_plain_http_and_jsonp(stranger: APIClient, settings: Any, path: str):
    assert stranger.get(path, {"_jsonp": "x"}).json()["code"] == "rest_callback_disabled"
    settings.REQUIRE_HTTPS = True
    assert said(stranger.get(path)) == (403, "rest_ssl_required")


@BOTH
def test_headers(clients: dict[str, APIClient], stranger: APIClient, settings: Any, path: str):
    settings.CORS_ORIGINS = ["https://app.example.com"]
    for client in (clients[path], stranger):
        response = client.get(path)
        assert {name: response.headers.get(name) for name in STOCK if name != "Link"} == {
            name: value for name, value in STOCK.items() if name != "Link"
        }
        assert response["X-Request-Id"]
        assert "Access-Control-Allow-Origin" not in client.get(path, HTTP_ORIGIN="https://evil.example").headers
        allowed = client.get(path, HTTP_ORIGIN="https://app.example.com")
        assert allowed["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert ("X-WP-Nonce" in clients[path].get(path).headers) is (path == ROUTES["customer"])
