"""How many SQL statements a call costs, counted as in tests/api/test_statements.py: never more than walletpro's."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from ledger.models import Entry
from people.models import User
from tests.api.test_statements import statements
from tests.api.webkul.conftest import ADMIN, CUSTOMER, a_key, send
from wallets.models import Wallet
from wallets.services import open_wallet

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture(params=[False, True], ids=["uncounted", "rate limited"])
def rate_statements(request: Any, limits: Any, settings: Any) -> int:
    """All tiers of the limit are one statement."""
    settings.RATE_LIMITS = request.param
    return int(request.param)


def test_money(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry], rate_statements: int):
    give(wallet, 1000)
    path = f"{ADMIN}/wallets/{wallet.user_id}"
    # The key, the wallet, the claim, the lock, entry and balance, the reply; of a debit also its limit.
    for verb, expected in (("credit", 6), ("debit", 7)):
        spent = statements(lambda verb=verb: send(as_manager, f"{path}/{verb}", '{"amount": 0.05}', **a_key()), 200)  # type: ignore[misc]
        assert len(spent) == expected + rate_statements, spent
    key = a_key()
    spent = statements(lambda: send(as_manager, f"{path}/credit", '{"amount": 0.05}', **key), 200)
    # The key, the wallet, the claim that is taken, the reply.
    assert len(spent) == 4 + rate_statements, spent


def test_reading(as_manager: APIClient, wallet: Wallet, in_session: APIClient, rate_statements: int):
    for client, path, expected in (
        (as_manager, f"{ADMIN}/wallets/{wallet.user_id}", 2),
        # The session, the user, his rights; the wallet.
        (in_session, f"{CUSTOMER}/balance", 4),
    ):
        spent = statements(lambda client=client, path=path: client.get(path), 200)  # type: ignore[misc]
        assert len(spent) == expected + rate_statements, spent


def test_a_page_does_not_grow_with_its_length(as_manager: APIClient, person: Callable[..., User], give: Callable[..., Entry]):
    counts = []
    for length in (1, 12):
        for number in range(length):
            give(open_wallet(user=person(f"customer{length}-{number}")), 100)
        for path in ("wallets", "wallets?sort=balance_desc&min_balance=0", "transactions"):
            counts.append(len(statements(lambda path=path: as_manager.get(f"{ADMIN}/{path}"), 200)))  # type: ignore[misc]

    # The key, the total, the rows.
    assert counts == [3] * 6
