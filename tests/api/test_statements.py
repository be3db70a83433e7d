"""How many SQL statements a call costs.

BEGIN and COMMIT are not counted, SAVEPOINT and RELEASE are; the last use is written already.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from apikeys.services import make_application_password
from ledger.models import Entry
from people.models import User
from people.rights import Right
from site_settings.reading import current_settings
from tests.api.conftest import V1
from tests.api.walletpro.clock import Clock
from tests.conftest import basic
from wallets.models import Wallet
from wallets.services import open_wallet

# As it is served: real transactions, no savepoints of a test's around them.
pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

UNCOUNTED = ("BEGIN", "COMMIT", "ROLLBACK")


def statements(call: Callable[[], Any], status: int) -> list[str]:
    """What `call` says to the database, once its credential was used and its connection stands."""
    assert call().status_code in {200, 201}
    with CaptureQueriesContext(connection) as queries:
        response = call()
    assert response.status_code == status, response.content
    return [query["sql"] for query in queries.captured_queries if query["sql"] not in UNCOUNTED]


@pytest.fixture(autouse=True)
def _settings_were_read(db: None) -> None:
    """Site settings are read once a process, not once a request."""
    current_settings()


def credit_once(client: APIClient, wallet: Wallet, verb: str = "credit", **arguments: Any) -> Callable[[], Any]:
    path = f"{V1}/wallets/{wallet.pk}/{verb}"
    body = {"amount": "5", "reason": "x", **arguments}
    return lambda: client.post(path, {**body, "idempotency_key": str(uuid4())}, format="json")


@pytest.fixture(params=["superuser", "shop manager"])
def owner(request: Any, manager: User, person: Callable[..., User]) -> User:
    """Whoever owns the key: what he may do must not cost more to find out."""
    return manager if request.param == "shop manager" else person("root", is_superuser=True)


@pytest.fixture(params=[False, True], ids=["uncounted", "rate limited"])
def rate_statements(request: Any, limits: Any, settings: Any) -> int:
    """The rate limit's own statement: it is part of the bill."""
    settings.RATE_LIMITS = request.param
    return int(request.param)


def test_a_credit_with_key_and_idempotency_key(
    owner: User, wallet: Wallet, client_with_key: Callable[..., APIClient], rate_statements: int
):
    spent = statements(credit_once(client_with_key(owner), wallet), 201)

    # The key, the wallet, the claim, the lock, entry and balance, the reply.
    assert len(spent) == 6 + rate_statements, spent
    assert len(spent) <= 8


def test_a_credit_by_cookie_and_nonce(owner: User, wallet: Wallet, by_session: Callable[[User], APIClient], rate_statements: int):
    spent = statements(credit_once(by_session(owner), wallet), 201)

    # The session and the user; his rights, where he has not all of them.
    assert len(spent) == 7 + (not owner.is_superuser) + rate_statements, spent
    assert len(spent) <= 10


def test_a_credit_with_an_application_password(owner: User, wallet: Wallet, rate_statements: int):
    password = make_application_password(user=owner, name="test")[1]
    spent = statements(credit_once(APIClient(**basic(owner.username, password)), wallet), 201)

    assert len(spent) == 6 + rate_statements, spent


def test_a_debit_reads_the_limit_besides(
    owner: User, wallet: Wallet, client_with_key: Callable[..., APIClient], give: Callable[..., Entry]
):
    give(wallet, 1000)
    spent = statements(credit_once(client_with_key(owner), wallet, "debit"), 201)

    assert len(spent) == 7, spent


def test_a_hold_from_its_beginning_to_its_end(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 1000)

    def place() -> Any:
        body = {"wallet_id": wallet.pk, "amount": "5", "idempotency_key": str(uuid4())}
        return as_manager.post(f"{V1}/holds", body, format="json")

    # As a debit; the hold's row, and from the second hold on those that are live.
    assert len(statements(place, 201)) == 9

    def capture() -> Any:
        hold_id = place().json()["id"]
        with CaptureQueriesContext(connection) as queries:
            response = as_manager.post(f"{V1}/holds/{hold_id}/capture", {"idempotency_key": str(uuid4())}, format="json")
        spent.append([query["sql"] for query in queries.captured_queries if query["sql"] not in UNCOUNTED])
        return response

    spent: list[list[str]] = []
    assert (capture().status_code, capture().status_code) == (201, 201)
    # The key, hold and its entries, the wallet, the claim, the lock, hold and entries behind it, those that are live,
    # entry and balance, the hold's row, the reply.
    assert [len(queries) for queries in spent] == [12, 12], spent


def test_what_is_due_costs_a_reader_two_statements(
    as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry], monkeypatch: pytest.MonkeyPatch
):
    client, path = as_manager, f"{V1}/wallets?per_page=100"
    clock = Clock(monkeypatch)
    give(wallet, 5, expires_at=timezone.now() + timedelta(minutes=1))
    before = len(statements(lambda: client.get(path), 200))
    clock.forward(minutes=2)

    assert len(statements(lambda: client.get(path), 200)) == before + 2


def test_a_wallet_with_key(owner: User, wallet: Wallet, client_with_key: Callable[..., APIClient], rate_statements: int):
    client = client_with_key(owner, "read")
    spent = statements(lambda: client.get(f"{V1}/wallets/{wallet.pk}"), 200)

    assert len(spent) == 2 + rate_statements, spent
    assert len(spent) <= 3


def test_a_wallet_by_cookie_and_nonce(owner: User, wallet: Wallet, by_session: Callable[[User], APIClient], rate_statements: int):
    client = by_session(owner)
    spent = statements(lambda: client.get(f"{V1}/wallets/{wallet.pk}"), 200)

    assert len(spent) == 3 + (not owner.is_superuser) + rate_statements, spent
    assert len(spent) <= 5


def test_ones_own_wallet(as_alice: APIClient, wallet: Wallet, rate_statements: int):
    for path in (f"{V1}/wallets/me", f"{V1}/wallets/{wallet.pk}"):
        spent = statements(partial(as_alice.get, path), 200)
        assert len(spent) == 2 + rate_statements, spent


def test_a_replay(as_manager: APIClient, wallet: Wallet):
    body = {"amount": "5", "reason": "x", "idempotency_key": str(uuid4())}
    spent = statements(lambda: as_manager.post(f"{V1}/wallets/{wallet.pk}/credit", body, format="json"), 200)

    # The key, the wallet, the claim that is taken, the reply.
    assert len(spent) == 4, spent


def test_a_stranger_costs_nothing(stranger: APIClient):
    with CaptureQueriesContext(connection) as queries:
        stranger.get(f"{V1}/wallets/me")
        stranger.get("/wp-json/")
        stranger.get(V1)

    assert not queries.captured_queries


@pytest.mark.parametrize("path", [f"{V1}/wallets?orderby=balance", f"{V1}/transactions"])
def test_a_list_page_does_not_grow_with_its_length(
    as_manager: APIClient, person: Callable[..., User], give: Callable[..., Entry], path: str
):
    counts = []
    for length in (1, 12):
        for number in range(length):
            give(open_wallet(user=person(f"customer{length}-{number}", Right.READ_WALLETS)), 100)
        counts.append(len(statements(lambda: as_manager.get(path + ("&" if "?" in path else "?") + "per_page=50"), 200)))

    # The key, the total, the rows.
    assert counts == [3, 3]


def test_a_customers_list_page(as_alice: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    for _ in range(12):
        give(wallet, 1)
    spent = statements(lambda: as_alice.get(f"{V1}/transactions?wallet_id={wallet.pk}"), 200)

    assert len(spent) <= 5, spent
