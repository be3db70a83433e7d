"""How many SQL statements a call at the checkout costs. The session and the user are two of them each time."""

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

import pytest
from rest_framework.test import APIClient

from ledger.models import Entry
from tests.api.store.conftest import STORE, post
from tests.api.test_statements import statements
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def funded(wallet: Wallet, give: Callable[..., Entry]) -> Wallet:
    give(wallet, 1_000_000)
    return wallet


def test_the_balance(shopper: APIClient, funded: Wallet):
    assert len(statements(partial(shopper.get, f"{STORE}/balance"), 200)) == 3
    # Where nothing is held, nothing is looked for.
    assert len(statements(partial(shopper.get, f"{STORE}/balance?order_id=1"), 200)) == 3


def test_the_balance_with_what_is_applied(shopper: APIClient, funded: Wallet):
    post(shopper, "apply", amount="5", order_id=1)
    post(shopper, "apply", amount="5", order_id=2)

    # The entry that placed it, the hold, its entries.
    assert len(statements(partial(shopper.get, f"{STORE}/balance?order_id=1"), 200)) == 6


def test_applying(shopper: APIClient, funded: Wallet):
    orders = count(1)

    def apply() -> Any:
        return post(shopper, "apply", amount="5", order_id=next(orders))

    # The wallet, the lock, an earlier one (none), the terms, the live holds, entry and balance, the hold's row.
    assert len(statements(apply, 201)) == 9


def test_applying_again(shopper: APIClient, funded: Wallet):
    amounts = count(5)
    before = []
    for _ in range(3):
        spent = statements(lambda: post(shopper, "apply", amount=str(next(amounts)), order_id=1), 201)
        before.append(len(spent))

    # It does not grow with how often it was done.
    assert len(set(before)) == 1, before
    assert before[0] <= 16
