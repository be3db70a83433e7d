"""Who may do what at the checkout: people with their session and its nonce; keys not at all, whatever their scope."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from ledger.models import Entry
from people.models import User
from people.rights import Right
from tests.api.conftest import nothing_moves
from tests.api.store.conftest import STORE, post
from tests.api.test_rights import CALLERS
from tests.codes.making import new_code
from wallet_service.api.walletpro.store.urls import router
from wallets.models import Wallet
from wallets.services import default_wallet_of

pytestmark = pytest.mark.django_db

ROOT = "/wc/store/v1/walletpro"
TABLE: dict[tuple[str, str], tuple[int, ...]] = {
    #                         stranger owner other reader writer manager superuser read write
    ("GET", ROOT + "/balance"):   (401, 200, 200, 200, 200, 200, 200, 401, 401),
    ("POST", ROOT + "/apply"):    (401, 201, 201, 201, 201, 201, 201, 401, 401),
    ("POST", ROOT + "/remove"):   (401, 200, 200, 200, 200, 200, 200, 401, 401),
    ("POST", ROOT + "/redeem"):   (401, 201, 201, 201, 201, 201, 201, 401, 401),
}  # fmt: skip


@pytest.fixture
def people(alice: User, bob: User, manager: User, person: Callable[..., User]) -> dict[str, User]:
    return {
        "owner": alice,
        "other customer": bob,
        "reader": person("reader", Right.READ_WALLETS),
        "writer": person("writer", Right.WRITE_WALLETS),
        "manager": manager,
        "superuser": person("root", is_superuser=True),
    }


@pytest.fixture
def callers(
    people: dict[str, User],
    stranger: APIClient,
    manager: User,
    at_checkout: Callable[[User], APIClient],
    client_with_key: Callable[..., APIClient],
) -> dict[str, APIClient]:
    return {
        "stranger": stranger,
        **{name: at_checkout(user) for name, user in people.items()},
        "manager's read key": client_with_key(manager, "read"),
        "manager's write key": client_with_key(manager, "write"),
    }


@pytest.mark.parametrize(("verb", "pattern"), TABLE, ids=lambda value: value.removeprefix(ROOT))
def test_who_may(
    verb: str, pattern: str, callers: dict[str, APIClient], people: dict[str, User], wallet: Wallet, give: Callable[..., Entry]
):
    for name, expected in zip(CALLERS, TABLE[verb, pattern], strict=True):
        if name in people:
            give(default_wallet_of(people[name]), 10000)
            if pattern.endswith("remove"):
                post(callers[name], "apply", amount="5", order_id=8812)
        body = {"amount": "1", "order_id": 8812, "code": new_code()}
        path = f"/wp-json{pattern}"
        response = getattr(callers[name], verb.lower())(path, None if verb == "GET" else body, format="json")

        assert response.status_code == expected, (name, response.content)
        if verb == "GET":
            assert callers[name].head(path).status_code == expected, name
        assert callers[name].options(path).status_code == 200, name


def test_the_table_holds_every_route_and_none_that_is_gone():
    assert set(TABLE) == {(verb.upper(), pattern) for pattern, _viewset, mapping in router.live_routes() for verb in mapping}


def test_nobody_gets_at_somebody_elses(callers: dict[str, APIClient], people: dict[str, User], funded: Wallet, at_checkout: Any):
    """Whatever right he has: the balance that he sees, and the money that he applies, are his own."""
    applied = post(callers["owner"], "apply", amount="5", order_id=8812).json()["extensions"]["walletpro"]
    for name in set(people) - {"owner"}:
        default_wallet_of(people[name])
        with nothing_moves():
            shown = callers[name].get(f"{STORE}/balance", {"order_id": "8812"}).json()
            assert (shown["balance"], shown["extensions"]["walletpro"]["applied"]) == ("0", "0"), name
            assert post(callers[name], "apply", amount="5", order_id=8812).status_code == 422, name
            assert post(callers[name], "remove", hold_id=applied["hold_id"]).status_code == 403, name
