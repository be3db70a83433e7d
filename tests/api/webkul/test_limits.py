"""Three tiers: 60 a minute an address without a key, 600 a key, 30 in five seconds for either; one round trip to count them."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apikeys.services import mint_key
from people.models import User
from tests.api.conftest import V1, nothing_moves, said, same_caller
from tests.api.webkul.conftest import ADMIN, CUSTOMER, send
from tests.conftest import basic
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

WALLETS, BALANCE = f"{ADMIN}/wallets", f"{CUSTOMER}/balance"
LIMITED = (429, "too_many_requests")
WRONG = basic("ck_nobody", "cs_nothing")


@pytest.fixture(autouse=True)
def _middle_of_a_window(limits: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows end at moments of their own; none shall end within a test."""
    now = time.time()
    monkeypatch.setattr("django_ratelimit.core._get_window", lambda value, period: int(now) + period - 1)


def statuses(client: APIClient, path: str, count: int, **extra: Any) -> list[int]:
    return [client.get(path, **extra).status_code for _ in range(count)]


def test_the_figures_of_the_document(as_manager: APIClient, stranger: APIClient, limits: Any):
    """The burst of 30 is what is met first; without it, 60 and 600."""
    assert statuses(as_manager, WALLETS, 31) == [200] * 30 + [429]
    assert statuses(stranger, BALANCE, 31) == [401] * 30 + [429]
    limits(rate_wkwp_burst=0)
    assert statuses(stranger, BALANCE, 31, REMOTE_ADDR="203.0.113.1") == [401] * 31
    assert statuses(stranger, WALLETS, 30, REMOTE_ADDR="203.0.113.1") == [401] * 29 + [429]


def test_a_keys_minute_is_its_own(as_manager: APIClient, manager: User, limits: Any, by_session: Callable[[User], APIClient]):
    limits(rate_wkwp_per_key=2, rate_wkwp_per_address=3, rate_wkwp_burst=0)
    other, secret = mint_key(owner=manager, scope="read", description="other")

    assert statuses(as_manager, WALLETS, 3) == [200, 200, 429]
    assert statuses(APIClient(**basic(other.consumer_key, secret)), WALLETS, 1) == [200]
    # Who comes without a key counts by his address, whoever he is and through whichever door.
    assert statuses(by_session(manager), WALLETS, 2) == [200, 200]
    assert statuses(by_session(manager), BALANCE, 2) == [200, 429]
    # And walletpro's calls are counted apart.
    assert as_manager.get(f"{V1}/wallets").status_code == 200


def test_the_answer(as_manager: APIClient, wallet: Wallet, limits: Any):
    limits(rate_wkwp_burst=1)
    assert as_manager.get(WALLETS).status_code == 200
    with nothing_moves():
        response = send(as_manager, f"{WALLETS}/{wallet.user_id}/credit", '{"amount": 1}')

    assert response.json() == {
        "code": "too_many_requests",
        "message": "Too many requests.",
        "data": {"status": 429, "retry_after": int(response["Retry-After"])},
    }
    assert 1 <= int(response["Retry-After"]) <= 5
    assert "X-WalletPro-RateLimit-Limit" not in response.headers
    # The longer wait of two.
    limits(rate_wkwp_per_key=1)
    assert int([as_manager.get(WALLETS) for _ in "12"][-1]["Retry-After"]) > 5


def test_a_key_that_does_not_prove_itself_spends_nobodys_budget(manager: User, stranger: APIClient, limits: Any):
    limits(rate_wkwp_per_key=1, rate_wkwp_per_address=5, rate_wkwp_burst=5)
    key, secret = mint_key(owner=manager, scope="read", description="test")

    assert statuses(stranger, WALLETS, 3, **basic(key.consumer_key, "cs_wrong")) == [401] * 3
    assert stranger.post(WALLETS, **basic(key.consumer_key, secret)).status_code == 401
    assert statuses(stranger, WALLETS, 2, **basic(key.consumer_key, secret)) == [200, 429]
    # They counted by the address, like a stranger's.
    assert statuses(stranger, BALANCE, 2) == [401, 429]


def test_too_many_failed_logins(stranger: APIClient, limits: Any):
    limits(rate_failed_logins_per_minute=1)
    assert [said(stranger.get(WALLETS, **WRONG)) for _ in "12"] == [(401, "invalid_credentials"), LIMITED]


@pytest.mark.parametrize("path", ["", "/openapi.json"])
def test_documents_are_free(stranger: APIClient, limits: Any, path: str):
    limits(rate_wkwp_burst=1)
    assert statuses(stranger, ADMIN + path, 3) + statuses(stranger, CUSTOMER + path, 3) == [200] * 6


def test_the_limit_comes_before_the_route(stranger: APIClient, limits: Any):
    limits(rate_wkwp_burst=1)
    assert [said(stranger.get(f"{CUSTOMER}/nothing")) for _ in "12"] == [(404, "rest_no_route"), LIMITED]


@pytest.mark.parametrize("which", ["both", "minute", "burst", "none", "all off"])
def test_one_statement_counts_whatever_is_on(as_manager: APIClient, limits: Any, settings: Any, which: str):
    limits(
        rate_wkwp_per_key=100 if which in {"both", "minute"} else 0,
        rate_wkwp_burst=100 if which in {"both", "burst"} else 0,
    )
    settings.RATE_LIMITS = which != "all off"
    as_manager.get(WALLETS)
    with CaptureQueriesContext(connection) as queries:
        as_manager.get(WALLETS)
    counting = [query["sql"] for query in queries.captured_queries if "ratecounter" in query["sql"]]

    assert len(counting) == (which in {"both", "minute", "burst"})


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_parallel_calls_are_counted_exactly(as_manager: APIClient, limits: Any, at_once: Callable[..., list[Any]]):
    limits(rate_wkwp_per_key=20, rate_wkwp_burst=30)

    def call(number: int) -> list[int]:
        return statuses(same_caller(as_manager), WALLETS, 10)

    codes = [code for codes in at_once(8, call) for code in codes]

    assert (codes.count(200), codes.count(429)) == (20, 60)
    with connection.cursor() as cursor:
        cursor.execute("SELECT hits FROM wallet_service_ratecounter")
        assert cursor.fetchall() == [(80,), (80,)]


def test_a_counter_that_is_down_lets_calls_through(
    as_manager: APIClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    from redis.exceptions import ConnectionError as RedisDown

    def down(*args: Any, **kwargs: Any) -> Any:
        raise RedisDown

    monkeypatch.setattr(type(caches["ratelimit"]), "hit_all", down)

    assert as_manager.get(WALLETS).status_code == 200
    assert "let through uncounted" in caplog.text
