"""Ten thousand wrong keys and nonces find nothing, and slow nobody else (contract.md 1).

The first OVER_HTTP of them go the whole way, through the limits; the rest goes to what compares them, because from the
121st on each is answered alike. `OVER_HTTP=10000` sends them all the whole way, which takes minutes.
"""

import os
import secrets
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from rest_framework.test import APIClient

from apikeys.credentials import find_key
from apikeys.services import mint_key
from audit.models import Act
from people.models import User
from tests.api.conftest import V1, nonce_of, state_of_the_money
from tests.conftest import basic
from wallet_service.api.nonces import is_valid
from wallet_service.models import RateCounter
from wallet_service.rate_counter import PostgresCounterCache
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

GUESSES = 10_000
OVER_HTTP = int(os.environ.get("OVER_HTTP", "1000"))
EVERY = OVER_HTTP // 10
ME = f"{V1}/wallets/me"


@pytest.fixture(autouse=True)
def _one_window(limits: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits as they are shipped, in one window that does not end within the test."""
    ends = int(time.time()) + 3600
    monkeypatch.setattr("django_ratelimit.core._get_window", lambda value, period: ends)
    monkeypatch.setattr(PostgresCounterCache, "get_backend_timeout", lambda self, timeout: ends)


def statuses(guess: Callable[[int], Any], meanwhile: Callable[[], None]) -> Counter[int]:
    """What the guesses over HTTP were answered; `meanwhile` happens ten times between them."""
    found: Counter[int] = Counter()
    for number in range(OVER_HTTP):
        found[guess(number).status_code] += 1
        if number % EVERY == 0:
            meanwhile()
    return found


def test_ten_thousand_wrong_keys(alice: User, wallet: Wallet):
    """Somebody knows her key's name and guesses its secret, from her own office's address."""
    key, secret = mint_key(owner=alice, scope="read", description="till")
    right, before, client = APIClient(**basic(key.consumer_key, secret)), state_of_the_money(), Client()
    remaining: list[str] = []

    def she_calls() -> None:
        response = right.get(ME)
        assert response.status_code == 200
        remaining.append(response["X-WalletPro-RateLimit-Remaining"])

    guesses = statuses(lambda number: client.get(ME, **basic(key.consumer_key, f"cs_{secrets.token_hex(20)}")), she_calls)

    assert guesses == {401: 20, 429: OVER_HTTP - 20}
    assert not any(find_key(key.consumer_key, f"cs_{secrets.token_hex(20)}") for _ in range(GUESSES - OVER_HTTP))
    assert remaining == [str(119 - call) for call in range(10)]
    assert state_of_the_money() == before
    # Her key's calls, the guesser's failed logins and his calls.
    assert_few_rows(counters=3, attempts=OVER_HTTP)


def test_ten_thousand_wrong_nonces(alice: User, browser: APIClient, wallet: Wallet):
    """A page of somebody else's makes her browser call, with her cookie and a nonce that it cannot know."""
    nonce, before = nonce_of(browser), state_of_the_money()
    lured = Client()
    lured.cookies = browser.cookies
    remaining: list[str] = []

    def she_calls() -> None:
        response = browser.get(ME, HTTP_X_WP_NONCE=nonce)
        assert response.status_code == 200
        remaining.append(response["X-WalletPro-RateLimit-Remaining"])

    guesses = statuses(lambda number: lured.get(ME, HTTP_X_WP_NONCE=f"{number:010x}"), she_calls)

    assert guesses == {403: 120, 429: OVER_HTTP - 120}
    session = browser.session
    assert not any(is_valid(f"{number:010x}", session, alice.pk) for number in range(OVER_HTTP, GUESSES))
    assert is_valid(nonce, session, alice.pk)
    assert remaining == [str(119 - call) for call in range(10)]
    assert state_of_the_money() == before
    # A nonce proves a page, and no person: it is no failed login.
    assert_few_rows(counters=2, attempts=0)


def assert_few_rows(*, counters: int, attempts: int) -> None:
    """A counter for each budget, and an audit row for each minute, however many guesses there were."""
    assert RateCounter.objects.count() == counters
    rows = Act.objects.filter(act="credential.wrong")
    assert sum(rows.values_list("count", flat=True)) == attempts
    assert len(rows) == len({row.minute for row in rows})


def test_who_guesses_is_waited_for_by_nobody(alice: User, bob: User, browser: APIClient, wallet: Wallet):
    """While all that a guess writes is locked, right ones come through: a key, a session, somebody else's too."""
    key, secret = mint_key(owner=alice, scope="read", description="till")
    other, others = mint_key(owner=bob, scope="read", description="till")
    stranger, nonce = APIClient(), nonce_of(browser)
    assert stranger.get(ME, **basic(key.consumer_key, "cs_wrong")).status_code == 401
    lock = connections.create_connection("default")
    try:
        with lock.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT FROM wallet_service_ratecounter FOR UPDATE")
            cursor.execute("SELECT FROM audit_act WHERE act = 'credential.wrong' FOR UPDATE")
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        stuck = stranger.get(ME, **basic(key.consumer_key, "cs_wrong"))
        calls = [
            APIClient(**basic(key.consumer_key, secret)).get(ME),
            APIClient(**basic(other.consumer_key, others)).get(ME),
            browser.get(ME, HTTP_X_WP_NONCE=nonce),
        ]
    finally:
        lock.close()
        connection.close()

    assert stuck.status_code == 503
    assert [call.status_code for call in calls] == [200, 200, 200]
