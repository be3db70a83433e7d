"""The births of an error, each in WordPress's envelope: from a route of walletpro's, and from one of the site's own."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import TooManyFieldsSent
from django.db import OperationalError
from django.http.request import UnreadablePostError
from rest_framework.test import APIClient

from people.models import User
from tests.api.conftest import V1, nothing_moves, said
from tests.conftest import basic
from wallet_service.api import authentication
from wallet_service.api.site import IndexViewSet
from wallet_service.api.walletpro import wallets
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

INDEX = "/wp-json/"
ELSEWHERE = "/wp-json/nobody/v1/things"
WRONG = basic("ck_nobody", "cs_nothing")
BOTH = pytest.mark.parametrize("path", [f"{V1}/wallets/me", INDEX], ids=["walletpro", "site"])


@pytest.fixture
def patient() -> Callable[[APIClient], APIClient]:
    """A client that is answered 500 where others are handed the exception."""

    def patient(client: APIClient) -> APIClient:
        client.raise_request_exception = False
        return client

    return patient


def credit_path(wallet: Wallet) -> str:
    return f"{V1}/wallets/{wallet.pk}/credit"


def test_no_credentials(stranger: APIClient):
    response = stranger.get(f"{V1}/wallets/me")

    assert response.status_code == 401
    assert response.json() == {
        "code": "rest_not_logged_in",
        "message": "You are not currently logged in.",
        "data": {"status": 401},
    }
    assert "WWW-Authenticate" not in response.headers


def test_the_site_asks_no_credentials(stranger: APIClient):
    assert stranger.get(INDEX).status_code == 200


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"{V1}/wallets/me", "walletpro_invalid_credentials"),
        (V1, "walletpro_invalid_credentials"),
        (f"{V1}/nothing/here", "walletpro_invalid_credentials"),
        (INDEX, "invalid_credentials"),
        (ELSEWHERE, "invalid_credentials"),
    ],
)
def test_wrong_credentials(stranger: APIClient, path: str, code: str):
    response = stranger.get(path, **WRONG)

    assert said(response) == (401, code)
    assert "Allow" not in response.headers
    assert "WWW-Authenticate" not in response.headers


@pytest.mark.parametrize("path", [f"{V1}/wallets/me", f"{V1}/nothing", INDEX, ELSEWHERE])
def test_wrong_nonce(stranger: APIClient, path: str):
    response = stranger.get(path, HTTP_X_WP_NONCE="0123456789")

    assert response.status_code == 403
    assert response.json() == {
        "code": "rest_cookie_invalid_nonce",
        "message": "Cookie check failed",
        "data": {"status": 403},
    }
    assert response["Cache-Control"] == "no-cache, must-revalidate, max-age=0"


def test_missing_right(as_alice: APIClient):
    response = as_alice.get(f"{V1}/wallets")

    assert response.json() == {
        "code": "rest_forbidden",
        "message": "Sorry, you are not allowed to do that.",
        "data": {"status": 403},
    }
    assert response["Allow"] == "GET, POST"


def test_unreadable_body(as_manager: APIClient, wallet: Wallet):
    with nothing_moves():
        response = as_manager.post(credit_path(wallet), b'{"amount": ', content_type="application/json")

    assert response.status_code == 400
    assert response.json() == {
        "code": "rest_invalid_json",
        "message": "Invalid JSON body passed.",
        "data": {"status": 400, "json_error_code": 4, "json_error_message": "Syntax error"},
    }


def test_missing_arguments_are_told_first_and_all(as_manager: APIClient, wallet: Wallet):
    with nothing_moves():
        response = as_manager.post(credit_path(wallet), {"order_id": "x"}, format="json")

    assert response.json() == {
        "code": "rest_missing_callback_param",
        "message": "Missing parameter(s): amount, reason",
        "data": {"status": 400, "params": ["amount", "reason"]},
    }


def test_invalid_arguments_are_told_all(as_manager: APIClient):
    response = as_manager.get(f"{V1}/wallets?page=abc&order=up&per_page=10")

    assert response.status_code == 400
    assert response.json() == {
        "code": "rest_invalid_param",
        "message": "Invalid parameter(s): page, order",
        "data": {
            "status": 400,
            "params": {"page": "page is not of type integer.", "order": "order is not one of asc and desc."},
            "details": {
                "page": {
                    "code": "rest_invalid_type",
                    "message": "page is not of type integer.",
                    "data": {"param": "page"},
                },
                "order": {"code": "rest_not_in_enum", "message": "order is not one of asc and desc.", "data": None},
            },
        },
    }


@pytest.mark.parametrize("verb", ["post", "put", "patch", "delete", "trace"])
@pytest.mark.parametrize("path", [INDEX, V1, f"{V1}/openapi.json", f"{V1}/wallets/me"])
def test_wrong_method_is_no_route(as_manager: APIClient, path: str, verb: str):
    response = as_manager.generic(verb.upper(), path)

    assert response.json() == {
        "code": "rest_no_route",
        "message": "No route was found matching the URL and request method.",
        "data": {"status": 404},
    }
    assert response.status_code == 404
    assert "Allow" not in response.headers


@pytest.mark.parametrize(
    "path",
    [
        ELSEWHERE,
        "/wp-json/walletpro",
        "/wp-json/walletpro/v2/wallets",
        "/wp-json/walletpro/v1wallets",
        f"{V1}/nothing",
        f"{V1}/wallets/abc",
        f"{V1}/wallets/-1",
        f"{V1}/wallets/1.0",
        f"{V1}/wallets/\u0661",
        f"{V1}/wallets/42/nothing",
        f"{V1}/wallets/42%0A",
        f"{V1}/%00%ff",
        f"{V1.upper()}/wallets",
    ],
)
@pytest.mark.parametrize("verb", ["GET", "POST", "DELETE", "FETCH"])
def test_unknown_path_is_no_route(stranger: APIClient, path: str, verb: str):
    response = stranger.generic(verb, path)

    if path.startswith("/WP-JSON"):
        assert response["Content-Type"].startswith("text/html")
    else:
        assert said(response) == (404, "rest_no_route")
        assert "Allow" not in response.headers


@pytest.mark.parametrize("path", [f"{V1}/wallets/me", f"{V1}/nothing", INDEX])
def test_rate_limit(stranger: APIClient, limits: Any, path: str):
    limits(rate_walletpro_per_minute=1)
    limits(rate_failed_logins_per_minute=1)
    answers = [stranger.get(path, **WRONG) for _ in range(3)]

    assert said(answers[-1]) == (429, "too_many_requests" if path == INDEX else "walletpro_rate_limited")
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert answers[-1].json()["data"]["retry_after"] == int(answers[-1]["Retry-After"])


def break_walletpro(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise failure

    monkeypatch.setattr(wallets, "read_wallet", fail)
    monkeypatch.setattr(IndexViewSet, "_routes", fail)


@pytest.mark.parametrize("path", [f"{V1}/wallets/42", INDEX], ids=["walletpro", "site"])
def test_a_bug_is_told_nobody_but_the_log(
    as_manager: APIClient,
    patient: Callable[[APIClient], APIClient],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    limits: Any,
    path: str,
):
    break_walletpro(monkeypatch, RuntimeError("the secret detail"))
    with caplog.at_level(logging.ERROR, "django.request"):
        response = patient(as_manager).get(path)

    assert response.status_code == 500
    assert response.json() == {
        "code": "internal_server_error",
        "message": "There has been a critical error on this website.",
        "data": {"status": 500},
    }
    assert response["Content-Type"] == "application/json; charset=UTF-8"
    assert response["Cache-Control"] == "no-cache, must-revalidate, max-age=0"
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Link"] == '<http://testserver/wp-json/>; rel="https://api.w.org/"'
    assert ("X-WalletPro-RateLimit-Limit" in response.headers) is (path != INDEX)
    assert "the secret detail" in caplog.text


def test_a_bug_on_a_page_is_a_page(stranger: APIClient, monkeypatch: pytest.MonkeyPatch, patient: Callable[..., APIClient]):
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr("wallet_service.web.views.HomeView.get_context_data", fail)
    response = patient(stranger).get("/")

    assert response.status_code == 500
    assert response["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", [f"{V1}/wallets/me", f"{V1}/nothing", INDEX, ELSEWHERE])
@pytest.mark.parametrize("host", ["evil.example", "a b", "testserver:99999x"])
def test_a_host_that_is_not_ours(stranger: APIClient, path: str, host: str):
    response = stranger.get(path, HTTP_HOST=host)

    assert response.json() == {
        "code": "rest_invalid_request",
        "message": "The request could not be read.",
        "data": {"status": 400},
    }
    assert response.status_code == 400
    assert response["Content-Type"] == "application/json; charset=UTF-8"
    assert "evil" not in str(response.headers)


def test_a_host_that_is_not_ours_gets_no_page(stranger: APIClient):
    response = stranger.get("/", HTTP_HOST="evil.example")

    assert response.status_code == 400
    assert response["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_too_large(as_manager: Any, wallet: Wallet, content_type: str):
    with nothing_moves():
        response = as_manager.generic("POST", credit_path(wallet), b"x" * (1024 * 1024 + 1), content_type)

    assert said(response) == (413, "rest_request_too_large")


def test_a_mebibyte_is_not_too_large(as_manager: APIClient, wallet: Wallet):
    body = json.dumps({"amount": "1", "reason": "x", "padding": ""})
    body = body.replace('""', '"' + "x" * (1024 * 1024 - len(body)) + '"')

    assert as_manager.generic("POST", credit_path(wallet), body, "application/json").status_code == 201


def test_a_stranger_is_not_read_however_much_he_sends(stranger: Any, wallet: Wallet):
    response = stranger.generic("POST", credit_path(wallet), b"x" * (1024 * 1024 + 1), "application/json")

    assert said(response) == (401, "rest_not_logged_in")


def test_too_large_a_form_for_a_nonce_to_be_looked_for(stranger: Any):
    """It is looked for with a session's cookie only."""
    stranger.cookies["sessionid"] = "anything"
    response = stranger.generic("POST", ELSEWHERE, b"x" * (1024 * 1024 + 1), "application/x-www-form-urlencoded")

    assert said(response) == (413, "rest_request_too_large")


@pytest.mark.parametrize("path", [f"{V1}/wallets/42", INDEX], ids=["walletpro", "site"])
def test_too_many_query_parameters(as_manager: APIClient, path: str):
    response = as_manager.get(path + "?" + "&".join(f"a{number}=1" for number in range(1001)))

    assert said(response) == (400, "rest_invalid_request")
    assert response["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("failure", [TooManyFieldsSent(), UnreadablePostError()])
def test_a_body_that_breaks_off(as_manager: APIClient, wallet: Wallet, monkeypatch: pytest.MonkeyPatch, failure: Exception):
    def fail(request: Any) -> Any:
        raise failure

    monkeypatch.setattr("wallet_service.api.wordpress.read_arguments", fail)

    assert said(as_manager.post(credit_path(wallet))) == (400, "rest_invalid_request")


@pytest.mark.parametrize(("path", "code"), [(f"{V1}/wallets/42", "walletpro_busy"), (INDEX, "busy")], ids=["walletpro", "site"])
def test_a_database_that_is_away(as_manager: APIClient, monkeypatch: pytest.MonkeyPatch, path: str, code: str):
    break_walletpro(monkeypatch, OperationalError("connection refused on 10.0.0.7"))
    response = as_manager.get(path)

    assert said(response) == (503, code)
    assert response["Retry-After"] == "1"
    assert "10.0.0.7" not in response.content.decode()


@BOTH
def test_a_database_that_is_away_when_credentials_are_looked_up(stranger: APIClient, monkeypatch: pytest.MonkeyPatch, path: str):
    def fail(*args: Any) -> Any:
        raise OperationalError("no connection left")

    monkeypatch.setattr(authentication, "find_key", fail)
    response = stranger.get(path, **WRONG)

    assert said(response) == (503, "busy" if path == INDEX else "walletpro_busy")


@BOTH
def test_jsonp_is_off_and_says_so_as_wordpress_does(stranger: APIClient, path: str):
    response = stranger.get(path, {"_jsonp": "callback"})

    assert response.status_code == 400
    assert response.json() == {
        "code": "rest_callback_disabled",
        "message": "JSONP support is disabled on this site.",
    }


@pytest.mark.parametrize("path", [f"{V1}/wallets/me", f"{V1}/nothing", ELSEWHERE])
def test_plain_http_is_refused_before_anything_is_looked_at(stranger: APIClient, settings: Any, path: str):
    settings.REQUIRE_HTTPS = True

    assert said(stranger.get(path, **WRONG)) == (403, "rest_ssl_required")
    assert said(stranger.get(path, secure=True, **WRONG))[0] == 401


@pytest.mark.parametrize("path", [INDEX, V1, f"{V1}/openapi.json"])
def test_what_is_public_may_be_read_over_plain_http(stranger: APIClient, settings: Any, path: str):
    settings.REQUIRE_HTTPS = True

    assert stranger.get(path).status_code == 200


STOCK = {
    "Content-Type": "application/json; charset=UTF-8",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
    "Link": '<http://testserver/wp-json/>; rel="https://api.w.org/"',
    "Access-Control-Expose-Headers": "X-WP-Total, X-WP-TotalPages, Link",
    "Access-Control-Allow-Headers": "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type",
}


@pytest.mark.parametrize("verb", ["GET", "HEAD", "POST", "OPTIONS", "DELETE"])
@pytest.mark.parametrize("path", [INDEX, V1, f"{V1}/wallets/me", f"{V1}/nothing", ELSEWHERE])
def test_every_answer_has_the_stock_headers(stranger: APIClient, verb: str, path: str):
    response = stranger.generic(verb, path)

    assert {name: response.headers.get(name) for name in STOCK} == STOCK
    assert "Origin" in response.headers.get("Vary", "") or verb != "GET"


def test_the_first_complaint_wins(
    stranger: APIClient, as_alice: APIClient, as_manager: APIClient, alice: User, bobs_wallet: Wallet
):
    """Credentials, route, login and right, JSON, missing arguments, invalid ones, the route's own."""
    path = f"{V1}/wallets/{bobs_wallet.pk}"
    broken: Any = {"data": b"{", "content_type": "application/json"}

    assert said(stranger.post(f"{V1}/nothing", **broken, **WRONG)) == (401, "walletpro_invalid_credentials")
    assert said(stranger.post(f"{V1}/nothing", **broken)) == (404, "rest_no_route")
    assert said(stranger.post(f"{path}/credit", **broken)) == (401, "rest_not_logged_in")
    assert said(as_alice.post(f"{path}/credit", **broken)) == (403, "rest_forbidden")
    assert said(as_alice.post(path, **broken)) == (403, "rest_forbidden")
    assert said(as_manager.post(f"{V1}/wallets/9999/credit", **broken)) == (400, "rest_invalid_json")
    assert said(as_manager.post(f"{V1}/wallets/9999", **broken)) == (400, "rest_invalid_json")
    assert said(as_manager.post(f"{V1}/wallets/9999/credit", {"amount": "-"})) == (400, "rest_missing_callback_param")
    assert said(as_manager.post(f"{V1}/wallets/9999/credit", {"amount": "-", "reason": "x"})) == (400, "rest_invalid_param")
    assert said(as_manager.post(f"{V1}/wallets/9999", {"status": "melted"})) == (400, "rest_invalid_param")
    assert said(as_manager.post(f"{V1}/wallets", {"user_id": 9999, "currency": "XXL"})) == (400, "rest_invalid_param")
    assert said(as_manager.post(f"{V1}/wallets/9999/credit", {"amount": "1", "reason": "x"})) == (
        404,
        "walletpro_wallet_not_found",
    )
