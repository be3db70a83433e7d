"""Who may come in at the checkout: a session; where something is written, with its nonce (facts.md 3.16)."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from apikeys.services import make_application_password
from people.models import User
from tests.api.conftest import INVALID_NONCE, V1, nonce_of, nothing_moves, said
from tests.api.store.conftest import STORE, post, totals
from tests.conftest import basic
from wallet_service.api import nonces
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

BALANCE = f"{STORE}/balance"
STRANGER = (401, "rest_not_logged_in")
WRITES = ["apply", "remove", "redeem"]
BODY = {"amount": "1", "order_id": 1, "code": "x"}


@pytest.fixture
def cookie(alice: User) -> APIClient:
    """Alice's browser, which sends no nonce."""
    client = APIClient()
    client.force_login(alice)
    return client


def test_reading_takes_the_cookie_alone(cookie: APIClient, funded: Wallet):
    response = cookie.get(BALANCE)

    assert totals(response)["balance"] == "10000"
    assert response["Cache-Control"] == "no-cache, must-revalidate, max-age=0"
    assert "Cookie" in response["Vary"]
    # Whoever sent none is given none: it is what writes.
    assert "Nonce" not in response.headers
    assert "X-WP-Nonce" not in response.headers


def test_no_other_site_reads_it(cookie: APIClient, funded: Wallet, settings: Any):
    response = cookie.get(BALANCE, HTTP_ORIGIN="https://evil.example")

    assert "Access-Control-Allow-Origin" not in response.headers
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert response["X-Content-Type-Options"] == "nosniff"
    assert said_without_data(cookie.get(f"{BALANCE}?_jsonp=steal")) == (400, "rest_callback_disabled")
    # A browser would not even send the cookie with it.
    assert settings.SESSION_COOKIE_SAMESITE == "Lax"


def said_without_data(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@pytest.mark.parametrize("verb", WRITES)
def test_writing_takes_the_nonce_too(cookie: APIClient, funded: Wallet, verb: str):
    with nothing_moves():
        assert said(post(cookie, verb, **BODY)) == STRANGER
        for way in ({"Nonce": "0123456789"}, {"X-WP-Nonce": "0123456789"}, {"Nonce": ""}):
            assert said(cookie.post(f"{STORE}/{verb}", BODY, format="json", headers=way)) == INVALID_NONCE
        assert said(cookie.post(f"{STORE}/{verb}?_wpnonce=0123456789", BODY, format="json")) == INVALID_NONCE


def test_a_verb_that_was_put_over_another_is_the_one_that_counts(cookie: APIClient, funded: Wallet):
    assert cookie.post(f"{BALANCE}?_method=GET").status_code == 200
    with nothing_moves():
        assert said(cookie.get(f"{STORE}/apply?_method=POST&amount=1&order_id=1")) == (404, "rest_no_route")


@pytest.mark.parametrize("way", ["Nonce", "X-WP-Nonce", "_wpnonce"])
def test_the_nonce_comes_in_any_of_three_ways_and_a_current_one_goes_back(cookie: APIClient, funded: Wallet, way: str):
    nonce = nonce_of(cookie)
    query = f"?_wpnonce={nonce}" if way == "_wpnonce" else ""
    headers = {} if query else {way: nonce}
    response = cookie.post(f"{STORE}/apply{query}", {"amount": "1", "order_id": 1}, format="json", headers=headers)

    assert response.status_code == 201
    assert (response["Nonce"], response["X-WP-Nonce"]) == (nonce, nonce)


def test_a_refused_call_is_answered_with_a_current_nonce_as_well(
    cookie: APIClient, funded: Wallet, monkeypatch: pytest.MonkeyPatch
):
    old = nonce_of(cookie)
    tick = nonces._tick()
    monkeypatch.setattr(nonces, "_tick", lambda: tick + 1)
    response = cookie.post(f"{STORE}/apply", {}, format="json", HTTP_NONCE=old)

    assert response.status_code == 400
    assert response["Nonce"] == response["X-WP-Nonce"] == nonce_of(cookie) != old


def test_woos_own_header_comes_first(cookie: APIClient, funded: Wallet):
    nonce = nonce_of(cookie)

    assert cookie.get(BALANCE, HTTP_NONCE=nonce, HTTP_X_WP_NONCE="wrong").status_code == 200
    assert said(cookie.get(BALANCE, HTTP_NONCE="wrong", HTTP_X_WP_NONCE=nonce)) == INVALID_NONCE


def test_a_wrong_nonce_is_refused_where_none_is_needed(cookie: APIClient, stranger: APIClient, funded: Wallet):
    for client in (cookie, stranger):
        for path in (BALANCE, "/wp-json/wc/store/v1", "/wp-json/wc/store/v1/walletpro", f"{STORE}/nothing"):
            assert said(client.get(path, HTTP_NONCE="0123456789")) == INVALID_NONCE


def test_another_sessions_nonce(cookie: APIClient, funded: Wallet, bob: User, at_checkout: Callable[..., APIClient]):
    other = nonce_of(at_checkout(bob))
    with nothing_moves():
        assert said(cookie.post(f"{STORE}/apply", BODY, format="json", HTTP_NONCE=other)) == INVALID_NONCE


def test_nothing_but_a_session_is_looked_at(
    stranger: APIClient, cookie: APIClient, alice: User, client_with_key: Callable[..., APIClient], funded: Wallet
):
    _, password = make_application_password(user=alice, name="test")
    key = client_with_key(alice)
    for header in (basic("alice", password), key.defaults, basic("alice", "wrong"), basic("ck_x", "cs_x")):
        assert said(stranger.get(BALANCE, **header)) == STRANGER
        assert said(stranger.get(f"{BALANCE}?consumer_key=ck_x&consumer_secret=cs_x", **header)) == STRANGER
        # A site behind a Basic proxy works.
        assert cookie.get(BALANCE, **header).status_code == 200


def test_a_session_that_is_over(cookie: APIClient, alice: User, funded: Wallet):
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert said(cookie.get(BALANCE)) == STRANGER
    assert said(post(cookie, "apply", **BODY)) == STRANGER


def test_a_stranger(stranger: APIClient):
    assert said(stranger.get(BALANCE)) == STRANGER
    for verb in WRITES:
        assert said(post(stranger, verb, **BODY)) == STRANGER


def test_calls_count_towards_the_same_limit_as_walletpros(
    shopper: APIClient, by_session: Callable[..., APIClient], alice: User, funded: Wallet, counted: Callable[..., None]
):
    counted(rate_walletpro_per_minute=3)
    first = shopper.get(BALANCE)
    assert (first["X-WalletPro-RateLimit-Limit"], first["X-WalletPro-RateLimit-Remaining"]) == ("3", "2")
    assert by_session(alice).get(f"{V1}/wallets/me")["X-WalletPro-RateLimit-Remaining"] == "1"
    assert post(shopper, "apply", amount="1", order_id=1).status_code == 201
    with nothing_moves():
        response = post(shopper, "apply", amount="1", order_id=2)

    assert said(response) == (429, "walletpro_rate_limited")
    assert int(response["Retry-After"]) >= 1


def test_https_where_it_is_asked_for(shopper: APIClient, settings: Any):
    settings.REQUIRE_HTTPS = True

    assert said(shopper.get(BALANCE)) == (403, "rest_ssl_required")


def test_wordpresss_habits_hold(shopper: APIClient, funded: Wallet):
    assert shopper.get(f"{BALANCE}/").status_code == 200
    assert shopper.head(BALANCE).status_code == 200
    assert shopper.get(f"{BALANCE}?_fields=extensions.walletpro.available").json() == {
        "extensions": {"walletpro": {"available": "10000"}}
    }
    assert shopper.get(f"{BALANCE}?_envelope").json()["body"]["balance"] == "10000"
    form = shopper.post(f"{STORE}/apply?total=7", "amount=5&order_id=1", content_type="application/x-www-form-urlencoded")
    assert totals(form)["remaining"] == "2"
    assert said(shopper.get(f"{STORE}/apply")) == (404, "rest_no_route")
    assert said(shopper.get("/wp-json/wc/store/v1/cart")) == (404, "rest_no_route")
    assert said(shopper.post(f"{STORE}/apply", "{", content_type="application/json")) == (400, "rest_invalid_json")
    assert shopper.options(f"{STORE}/apply").json()["methods"] == ["POST"]
