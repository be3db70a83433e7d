"""Session cookie and `X-WP-Nonce`: the way in of a browser (wordpress.md 4)."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core import signing
from django.utils import timezone
from rest_framework.test import APIClient

from people.models import User
from tests.api.conftest import INVALID_NONCE, V1, nonce_of, nothing_moves, said
from wallet_service.api import nonces
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

ME = f"{V1}/wallets/me"
STRANGER = (401, "rest_not_logged_in")


def as_user(response: Any) -> int | None:
    """Whose wallet was answered; None where it was a refusal."""
    return response.json()["user_id"] if response.status_code == 200 else None


def test_cookie_and_nonce(browser: APIClient, alice: User):
    response = browser.get(ME, HTTP_X_WP_NONCE=nonce_of(browser))

    assert as_user(response) == alice.pk
    assert response["Cache-Control"] == "no-cache, must-revalidate, max-age=0"
    assert response["Expires"] == "Wed, 11 Jan 1984 05:00:00 GMT"


def test_the_nonce_is_ten_hex_digits_and_stays_within_a_tick(browser: APIClient):
    nonce = nonce_of(browser)

    assert len(nonce) == 10
    assert int(nonce, 16) >= 0
    assert nonce_of(browser) == nonce


def test_a_cookie_without_a_nonce_is_a_strangers(browser: APIClient):
    assert said(browser.get(ME)) == STRANGER
    assert browser.get("/wp-json/").status_code == 200


@pytest.mark.parametrize("nonce", ["", "0123456789", "é", "0123456789" * 1000])
def test_a_wrong_nonce(browser: APIClient, wallet: Wallet, nonce: str):
    with nothing_moves():
        assert said(browser.get(ME, {"_wpnonce": nonce})) == INVALID_NONCE
        assert said(browser.patch(f"{V1}/wallets/{wallet.pk}", {}, HTTP_X_WP_NONCE=nonce)) == INVALID_NONCE


def test_a_nonce_without_a_session(browser: APIClient, stranger: APIClient):
    nonce = nonce_of(browser)

    assert said(stranger.get(ME, HTTP_X_WP_NONCE=nonce)) == INVALID_NONCE
    assert said(stranger.get("/wp-json/", HTTP_X_WP_NONCE=nonce)) == INVALID_NONCE


def test_another_sessions_nonce(browser: APIClient, alice: User):
    other = APIClient()
    other.force_login(alice)

    assert said(browser.get(ME, HTTP_X_WP_NONCE=nonce_of(other))) == INVALID_NONCE


def test_another_users_nonce(browser: APIClient, bob: User):
    other = APIClient()
    other.force_login(bob)

    assert said(browser.get(ME, HTTP_X_WP_NONCE=nonce_of(other))) == INVALID_NONCE


def test_signing_out_ends_the_nonce(browser: APIClient):
    nonce = nonce_of(browser)
    browser.post("/account/logout/")

    assert said(browser.get(ME, HTTP_X_WP_NONCE=nonce)) == INVALID_NONCE


def test_an_ended_session_ends_the_nonce(browser: APIClient):
    nonce = nonce_of(browser)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

    assert said(browser.get(ME, HTTP_X_WP_NONCE=nonce)) == INVALID_NONCE


def test_an_inactive_users_session(browser: APIClient, alice: User):
    nonce = nonce_of(browser)
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert said(browser.get(ME, HTTP_X_WP_NONCE=nonce)) == INVALID_NONCE


def test_a_changed_password_ends_the_nonce(browser: APIClient, alice: User):
    nonce = nonce_of(browser)
    alice.set_password("another-one-8261")
    alice.save()

    assert said(browser.get(ME, HTTP_X_WP_NONCE=nonce)) == INVALID_NONCE


def test_a_forged_session_cookie(stranger: APIClient):
    stranger.cookies["sessionid"] = signing.dumps({"_auth_user_id": "1"})

    assert said(stranger.get(ME, HTTP_X_WP_NONCE="0123456789")) == INVALID_NONCE


@pytest.mark.parametrize(("ticks", "accepted"), [(0, True), (1, True), (2, False), (3, False), (-1, False)])
def test_a_nonce_is_good_in_its_tick_and_the_next(
    browser: APIClient, alice: User, monkeypatch: pytest.MonkeyPatch, ticks: int, accepted: bool
):
    nonce = nonce_of(browser)
    now = nonces._tick()
    monkeypatch.setattr(nonces, "_tick", lambda: now + ticks)
    response = browser.get(ME, HTTP_X_WP_NONCE=nonce)

    assert (as_user(response) == alice.pk) is accepted
    if accepted:
        assert (response["X-WP-Nonce"] == nonce) is (ticks == 0)
        assert browser.get(ME, HTTP_X_WP_NONCE=response["X-WP-Nonce"]).status_code == 200


def test_ticks_are_half_days(monkeypatch: pytest.MonkeyPatch):
    at = 1_767_225_600.0
    ticks = []
    for moment in (at, at + 1, at + 43_200, at + 43_201):
        monkeypatch.setattr("wallet_service.api.nonces.time.time", lambda moment=moment: moment)
        ticks.append(nonces._tick() - 40_908)

    assert ticks == [0, 1, 1, 2]


@pytest.mark.parametrize("status", [200, 400, 403, 404])
def test_an_accepted_nonce_is_answered_with_a_current_one_whatever_the_status(
    browser: APIClient, bobs_wallet: Wallet, status: int
):
    path = {200: ME, 400: f"{V1}/transactions?page=x", 403: f"{V1}/wallets/{bobs_wallet.pk}", 404: f"{V1}/nothing"}[status]
    nonce = nonce_of(browser)
    response = browser.get(path, HTTP_X_WP_NONCE=nonce)

    assert response.status_code == status
    assert response["X-WP-Nonce"] == nonce


def test_a_page_that_stayed_open_gets_a_new_nonce_and_tries_again(
    browser: APIClient, alice: User, wallet: Wallet, monkeypatch: pytest.MonkeyPatch
):
    """As WordPress's browser client does it: on this very code it asks the page for a nonce, and repeats the call."""
    old, now = nonce_of(browser), nonces._tick()
    monkeypatch.setattr(nonces, "_tick", lambda: now + 2)
    path, body = f"{V1}/wallets/{wallet.pk}?_locale=user", {"auto_reload_threshold": "5"}
    override: dict[str, Any] = {"HTTP_X_HTTP_METHOD_OVERRIDE": "PATCH"}

    with nothing_moves():
        refused = browser.post(path, body, format="json", HTTP_X_WP_NONCE=old, **override)
    assert said(refused) == INVALID_NONCE
    assert "no-cache" in refused["Cache-Control"]
    assert "X-WP-Nonce" not in refused.headers
    for page in ("/wp-admin/admin-ajax.php?action=rest-nonce", "/account/nonce/"):
        fresh = browser.get(page)
        assert (fresh.status_code, fresh["Content-Type"]) == (200, "text/plain; charset=UTF-8")
        again = browser.post(path, body, format="json", HTTP_X_WP_NONCE=fresh.content.decode(), **override)
        assert again.json()["auto_reload_threshold"] == "5"


@pytest.mark.parametrize("page", ["/wp-admin/admin-ajax.php?action=rest-nonce", "/account/nonce/"])
def test_who_signed_out_meanwhile_gets_none_and_his_page_stops_trying(browser: APIClient, page: str):
    """The client repeats without a limit for as long as it is handed something."""
    browser.post("/account/logout/")
    response = browser.get(page)

    assert (response.status_code, response.content) == (400, b"0")
    assert "no-cache" in response["Cache-Control"]


def test_no_other_action_of_that_address_is_there(browser: APIClient):
    assert browser.get("/wp-admin/admin-ajax.php").status_code == 404
    assert browser.get("/wp-admin/admin-ajax.php?action=heartbeat").status_code == 404


@pytest.mark.parametrize("verb", ["GET", "POST", "OPTIONS", "HEAD"])
@pytest.mark.parametrize("path", [f"{V1}/nothing", "/wp-json/nobody/v1", V1, "/wp-json/"])
def test_a_wrong_nonce_is_refused_on_every_path(browser: APIClient, verb: str, path: str):
    response = browser.generic(verb, path, HTTP_X_WP_NONCE="0123456789")

    assert response.status_code == 403
    if verb != "HEAD":
        assert said(response) == INVALID_NONCE


def test_where_https_is_required_cookie_and_nonce_are_not_looked_at_over_http(browser: APIClient, settings: Any):
    nonce = nonce_of(browser)
    settings.REQUIRE_HTTPS = True

    assert said(browser.get(ME, HTTP_X_WP_NONCE="wrong")) == (403, "rest_ssl_required")
    assert said(browser.get(ME, HTTP_X_WP_NONCE=nonce)) == (403, "rest_ssl_required")
    assert browser.get(ME, HTTP_X_WP_NONCE=nonce, secure=True).status_code == 200


def test_the_nonce_in_the_query_or_in_a_form(browser: APIClient, wallet: Wallet):
    nonce, path = nonce_of(browser), f"{V1}/wallets/{wallet.pk}"

    assert browser.get(f"{ME}?_wpnonce={nonce}").status_code == 200
    assert browser.post(path, {"_wpnonce": nonce}, format="multipart").status_code == 200
    assert browser.post(path, f"_wpnonce={nonce}", content_type="application/x-www-form-urlencoded").status_code == 200
    assert said(browser.post(path, {"_wpnonce": nonce}, format="json")) == STRANGER


def test_the_nonce_in_query_or_form_beats_the_header(browser: APIClient, wallet: Wallet):
    nonce = nonce_of(browser)
    path = f"{V1}/wallets/{wallet.pk}"

    assert said(browser.get(f"{ME}?_wpnonce=wrong", HTTP_X_WP_NONCE=nonce)) == INVALID_NONCE
    assert browser.get(f"{ME}?_wpnonce={nonce}", HTTP_X_WP_NONCE="wrong").status_code == 200
    assert said(browser.post(path, {"_wpnonce": "wrong"}, format="multipart", HTTP_X_WP_NONCE=nonce)) == INVALID_NONCE


def test_a_session_may_write(browser: APIClient, wallet: Wallet):
    response = browser.patch(
        f"{V1}/wallets/{wallet.pk}", {"auto_reload_threshold": "5"}, format="json", HTTP_X_WP_NONCE=nonce_of(browser)
    )

    assert response.json()["auto_reload_threshold"] == "5"
