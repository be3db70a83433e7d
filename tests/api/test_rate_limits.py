"""Calls per minute, and failed logins (contract.md 2, "Rate limit")."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from rest_framework.test import APIClient

from apikeys.services import make_application_password, mint_key
from people.models import User
from tests.api.conftest import V1, nothing_moves, said, same_caller
from tests.conftest import PASSWORD, basic
from wallet_service.rate_counter import PostgresCounterCache
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

ME = f"{V1}/wallets/me"
NAMES = ("X-WalletPro-RateLimit-Limit", "X-WalletPro-RateLimit-Remaining", "X-WalletPro-RateLimit-Reset")
LIMITED = (429, "walletpro_rate_limited")
WRONG = basic("ck_nobody", "cs_nothing")


@pytest.fixture(autouse=True)
def _middle_of_a_window(limits: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows end at moments of their own; none shall end within a test."""
    now = time.time()
    monkeypatch.setattr("django_ratelimit.core._get_window", lambda value, period: int(now) + period - 1)


def headers(response: Any) -> list[str | None]:
    return [response.headers.get(name) for name in NAMES]


@pytest.mark.parametrize("verb", ["GET", "HEAD", "OPTIONS", "POST", "DELETE"])
@pytest.mark.parametrize("path", [ME, f"{V1}/wallets", f"{V1}/nothing", f"{V1}/transactions?page=x"])
def test_every_answer_says_where_the_caller_stands(as_alice: APIClient, stranger: APIClient, verb: str, path: str):
    for client in (as_alice, stranger):
        response = client.generic(verb, path)
        limit, remaining, reset = headers(response)

        assert (limit, remaining) == ("120", "119")
        assert time.time() <= int(reset or 0) <= time.time() + 60
        assert "Retry-After" not in response.headers


def test_wrong_credentials_count_by_address(stranger: APIClient):
    assert headers(stranger.get(ME, **WRONG))[:2] == ["120", "119"]
    assert headers(stranger.get(ME))[:2] == ["120", "118"]


@pytest.mark.parametrize("path", ["/wp-json/", V1, f"{V1}/openapi.json", "/wp-json/nobody/v1"])
def test_index_and_document_are_free(stranger: APIClient, path: str):
    assert headers(stranger.get(path)) == [None, None, None]
    assert headers(stranger.get(ME))[1] == "119"


def test_the_call_after_the_last_one_is_refused(as_alice: APIClient, wallet: Wallet, limits: Any):
    limits(rate_walletpro_per_minute=2)
    good = [as_alice.get(ME) for _ in range(2)]
    with nothing_moves():
        bad = as_alice.patch(f"{V1}/wallets/{wallet.pk}", {"auto_reload_threshold": "5"}, format="json")

    assert [response.status_code for response in good] == [200, 200]
    assert [headers(response)[1] for response in good] == ["1", "0"]
    assert bad.json() == {
        "code": "walletpro_rate_limited",
        "message": "Too many requests.",
        "data": {"status": 429, "retry_after": int(bad["Retry-After"])},
    }
    assert bad.status_code == 429
    assert headers(bad)[:2] == ["2", "0"]
    assert 1 <= int(bad["Retry-After"]) <= 60
    assert abs(int(bad[NAMES[2]]) - time.time() - int(bad["Retry-After"])) < 2


def test_the_limit_comes_before_the_route(stranger: APIClient, limits: Any):
    limits(rate_walletpro_per_minute=1)
    answers = [stranger.get(f"{V1}/nothing") for _ in range(2)]

    assert [said(answer) for answer in answers] == [(404, "rest_no_route"), LIMITED]
    assert "Allow" not in answers[1].headers


def test_a_new_window_is_a_new_budget(as_alice: APIClient, limits: Any, monkeypatch: pytest.MonkeyPatch):
    limits(rate_walletpro_per_minute=1)
    assert [as_alice.get(ME).status_code for _ in range(2)] == [200, 429]
    monkeypatch.setattr("django_ratelimit.core._get_window", lambda value, period: int(time.time()) + 2 * period)

    assert as_alice.get(ME).status_code == 200


def test_each_identity_has_a_budget_of_its_own(
    alice: User, bob: User, as_alice: APIClient, by_session: Callable[[User], APIClient], limits: Any
):
    """A key of Alice's is not Alice; her application passwords and her sessions are."""
    limits(rate_walletpro_per_minute=2)
    keys = [
        APIClient(**basic(key.consumer_key, secret))
        for key, secret in (mint_key(owner=alice, scope="read", description="") for _ in "12")
    ]
    other_password = APIClient(**basic("alice@example.test", make_application_password(user=alice, name="other")[1]))

    assert as_alice.get(ME).status_code == 200
    assert other_password.get(ME).status_code == 200
    assert by_session(alice).get(ME).status_code == 429
    for client in (*keys, by_session(bob), APIClient()):
        assert headers(client.get(ME))[1] == "1"


def test_strangers_count_by_address(stranger: APIClient, limits: Any):
    limits(rate_walletpro_per_minute=1)
    same_network = ["2001:db8:0:1::1", "2001:DB8:0:1:ffff::2"]

    assert [stranger.get(ME, REMOTE_ADDR="203.0.113.1").status_code for _ in range(2)] == [401, 429]
    assert stranger.get(ME, REMOTE_ADDR="203.0.113.2").status_code == 401
    assert [stranger.get(ME, REMOTE_ADDR=address).status_code for address in same_network] == [401, 429]
    assert stranger.get(ME, REMOTE_ADDR="2001:db8:0:2::1").status_code == 401


def test_a_stranger_does_not_spend_a_callers_budget(stranger: APIClient, alice: User, limits: Any):
    """A `ck_…` is no secret: who only knows that must not lock its owner out."""
    limits(rate_walletpro_per_minute=3)
    key, secret = mint_key(owner=alice, scope="read", description="test")
    for _ in range(5):
        stranger.get(ME, **basic(key.consumer_key, "cs_wrong"))
        stranger.post(ME, **basic(key.consumer_key, secret))

    assert headers(stranger.get(ME, **basic(key.consumer_key, secret)))[:2] == ["3", "2"]


@pytest.mark.parametrize("switched_off", ["this limit", "all limits"])
def test_switched_off(as_alice: APIClient, stranger: APIClient, limits: Any, settings: Any, switched_off: str):
    if switched_off == "this limit":
        limits(rate_walletpro_per_minute=0)
    else:
        settings.RATE_LIMITS = False
    answers = [client.get(ME) for _ in range(130) for client in (as_alice, stranger)]

    assert {response.status_code for response in answers} == {200, 401}
    assert headers(answers[-1]) == [None, None, None]


@pytest.fixture
def guesses(limits: Any) -> None:
    limits(rate_failed_logins_per_minute=2)


@pytest.mark.usefixtures("guesses")
def test_too_many_failed_logins_refuse_further_wrong_ones_only(stranger: APIClient, as_alice: APIClient, alice: User):
    wrong = [stranger.get(ME, **basic("alice", "wrong")) for _ in range(3)]

    assert [said(response) for response in wrong] == [(401, "walletpro_invalid_credentials")] * 2 + [LIMITED]
    assert wrong[-1].json()["message"] == "Too many failed logins."
    assert 1 <= int(wrong[-1]["Retry-After"]) <= 60
    assert as_alice.get(ME).status_code == 200
    assert stranger.get(ME, **basic("alice", "wrong"), REMOTE_ADDR="203.0.113.9").status_code == 401


@pytest.mark.usefixtures("guesses")
def test_every_way_in_counts_as_the_same_guessing(stranger: APIClient, alice: User):
    page = {"username": "alice", "password": "wrong"}
    codes = [
        stranger.get(ME, **WRONG).status_code,
        stranger.post("/account/login/", page).status_code,
        stranger.get("/wp-json/", **basic("alice", "wrong")).status_code,
        stranger.get(f"{ME}?consumer_key=ck_x&consumer_secret=y").status_code,
        stranger.post("/account/login/", page).status_code,
    ]

    assert codes == [401, 200, 429, 429, 429]
    assert stranger.post("/account/login/", {**page, "password": PASSWORD}).status_code == 302


@pytest.mark.usefixtures("guesses")
def test_wrong_nonces_scopes_and_addresses_are_no_failed_logins(stranger: APIClient, alice: User):
    reading, secret = mint_key(owner=alice, scope="read", description="test")
    elsewhere, other = mint_key(owner=alice, scope="read", description="test", allowed_ips=["203.0.113.1"])
    for _ in range(5):
        assert stranger.get(ME, HTTP_X_WP_NONCE="wrong").status_code == 403
        assert stranger.post(ME, **basic(reading.consumer_key, secret)).status_code == 401
        assert stranger.get(ME, **basic(elsewhere.consumer_key, other)).status_code == 403

    assert stranger.get(ME, **WRONG).status_code == 401


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_parallel_calls_are_counted_exactly(as_alice: APIClient, limits: Any, at_once: Callable[..., list[Any]]):
    limits(rate_walletpro_per_minute=20)

    def call(number: int) -> list[int]:
        client = same_caller(as_alice)
        return [client.get(ME).status_code for _ in range(10)]

    codes = [code for codes in at_once(8, call) for code in codes]

    assert (codes.count(200), codes.count(429)) == (20, 60)
    with connection.cursor() as cursor:
        cursor.execute("SELECT hits FROM wallet_service_ratecounter")
        assert cursor.fetchall() == [(80,)]


def test_the_counter_begins_anew_when_its_window_is_over():
    counter = caches["ratelimit"]
    assert isinstance(counter, PostgresCounterCache)

    assert [counter.add("x", 1, 60), counter.add("x", 1, 60)] == [True, False]
    assert counter.incr("x") == 2
    with connection.cursor() as cursor:
        cursor.execute("UPDATE wallet_service_ratecounter SET expires = now() - interval '1 second'")
    assert counter.add("x", 1, 60) is True


def test_a_counter_that_is_down_lets_calls_through(
    as_alice: APIClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    from redis.exceptions import ConnectionError as RedisDown

    def down(*args: Any, **kwargs: Any) -> Any:
        raise RedisDown

    monkeypatch.setattr("wallet_service.api.rates.get_usage", down)
    response = as_alice.get(ME)

    assert (response.status_code, headers(response)) == (200, [None, None, None])
    assert "let through uncounted" in caplog.text
