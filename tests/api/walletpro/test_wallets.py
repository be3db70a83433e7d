"""GET and POST /walletpro/v1/wallets, /wallets/me and /wallets/{id}."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from ledger.models import Account, Entry
from ledger.money import currency
from people.models import User
from people.rights import Right
from tests.api.conftest import V1, nothing_moves, said, same_caller
from wallets.models import Wallet
from wallets.services import change_wallet, open_wallet

pytestmark = pytest.mark.django_db

FORBIDDEN = (403, "rest_forbidden")


def second(moment: Any) -> str:
    return str(moment.strftime("%Y-%m-%dT%H:%M:%SZ"))


@pytest.fixture
def shop(person: Callable[..., User], give: Callable[..., Entry]) -> dict[str, Wallet]:
    """Three wallets in dollars and one in yen, opened in this order."""
    wallets = {}
    for number, (name, minor) in enumerate((("ann", 300), ("ben", 100), ("cat", 200))):
        wallets[name] = open_wallet(user=person(name))
        give(wallets[name], minor)
        created = timezone.now() - timedelta(days=10 - number)
        Wallet.objects.filter(pk=wallets[name].pk).update(created_at=created)
    wallets["yen"] = open_wallet(user=wallets["ann"].user, currency=currency("JPY"))
    return wallets


def names(response: Any, shop: dict[str, Wallet]) -> list[str]:
    by_id = {wallet.pk: name for name, wallet in shop.items()}
    return [by_id[row["id"]] for row in response.json()["data"]]


def test_the_documents_shape(as_manager: APIClient, alice: User, wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 8500)
    wallet = change_wallet(
        wallet=wallet, spending_limit=20000, auto_reload_enabled=True, auto_reload_threshold=1000, auto_reload_amount=5000
    )
    row = {
        "id": wallet.pk,
        "user_id": alice.pk,
        "currency": "USD",
        "balance": "8500",
        "balance_formatted": "$85.00",
        "available": "8500",
        "withdrawable": "8500",
        "spending_limit": "20000",
        "auto_reload_enabled": True,
        "auto_reload_threshold": "1000",
        "auto_reload_amount": "5000",
        "status": "active",
        "name": wallet.name,
        "is_default": True,
        "created_at": second(wallet.created_at),
        "updated_at": second(wallet.updated_at),
        "sequence": 1,
    }

    assert as_manager.get(f"{V1}/wallets/{wallet.pk}").json() == row
    assert as_manager.get(f"{V1}/wallets").json() == {
        "data": [row],
        "meta": {"total": 1, "total_pages": 1, "page": 1, "per_page": 10},
    }


def test_unset_limits_are_null(as_alice: APIClient):
    body = as_alice.get(f"{V1}/wallets/me").json()

    assert (body["spending_limit"], body["auto_reload_threshold"], body["auto_reload_amount"]) == (None, None, None)
    assert body["auto_reload_enabled"] is False


@pytest.mark.parametrize(
    ("code", "minor", "formatted"),
    [("JPY", 8500, "¥8,500"), ("KWD", 8500, "KWD8.500"), ("PTS", 8500, "85.00 Points")],
)
def test_a_balance_for_people_in_its_own_decimals(
    as_manager: APIClient, alice: User, give: Callable[..., Entry], settings: Any, code: str, minor: int, formatted: str
):
    settings.OWN_UNITS = ["PTS:Points:2"]
    wallet = open_wallet(user=alice, currency=currency(code))
    give(wallet, minor)

    body = as_manager.get(f"{V1}/wallets/{wallet.pk}").json()
    assert (body["balance"], body["currency"]) == ("8500", code)
    assert body["balance_formatted"] == formatted


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["yen", "cat", "ben", "ann"]),
        ("order=asc", ["ann", "ben", "cat", "yen"]),
        ("orderby=created&order=asc", ["ann", "ben", "cat", "yen"]),
        ("orderby=balance", ["ann", "cat", "ben", "yen"]),
        ("orderby=balance&order=asc", ["yen", "ben", "cat", "ann"]),
        ("currency=USD&order=asc", ["ann", "ben", "cat"]),
        ("currency=JPY", ["yen"]),
        ("currency=EUR", []),
        ("balance_min=200&orderby=balance", ["ann", "cat"]),
        ("balance_max=200&orderby=balance", ["cat", "ben", "yen"]),
        ("balance_min=100&balance_max=200&currency=USD&orderby=balance", ["cat", "ben"]),
        ("balance_min=0200&orderby=balance", ["ann", "cat"]),
        ("per_page=2&page=2", ["ben", "ann"]),
        ("unknown=1&_locale=user", ["yen", "cat", "ben", "ann"]),
    ],
)
def test_filters_and_order(as_manager: APIClient, shop: dict[str, Wallet], query: str, found: list[str]):
    assert names(as_manager.get(f"{V1}/wallets?{query}"), shop) == found


def test_order_by_the_last_change(as_manager: APIClient, shop: dict[str, Wallet], give: Callable[..., Entry]):
    """An entry changes a wallet as much as a new limit does."""
    Wallet.objects.update(updated_at=timezone.now() - timedelta(days=1))
    give(shop["ben"], 1)
    change_wallet(wallet=shop["cat"], spending_limit=5)
    response = as_manager.get(f"{V1}/wallets?orderby=updated&currency=USD")

    assert names(response, shop) == ["cat", "ben", "ann"]
    updated = [row["updated_at"] for row in response.json()["data"]]
    assert updated == sorted(updated, reverse=True)


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_equal_wallets_are_on_one_page_each(as_manager: APIClient, person: Callable[..., User], order: str):
    opened = [open_wallet(user=person(f"user{number}")).pk for number in range(7)]
    for pk in (opened[3], opened[0], opened[5]):
        # An updated row moves to another place in the table.
        Wallet.objects.filter(pk=pk).update(spending_limit=5)
        Account.objects.filter(pk=pk).update(credit_line=5)
    seen = [
        row["id"]
        for page in range(1, 5)
        for row in as_manager.get(f"{V1}/wallets?orderby=balance&order={order}&per_page=2&page={page}").json()["data"]
    ]

    assert seen == sorted(opened, reverse=order == "desc")


@pytest.mark.parametrize(
    "query",
    [
        "orderby=name",
        "orderby=",
        "order=ASC",
        "balance_min=-5",
        "balance_max=1.5",
        "balance_min=",
        "balance_min=1e3",
        "currency=",
        "currency=%00",
    ],
)
def test_filters_that_are_none(as_manager: APIClient, query: str):
    response = as_manager.get(f"{V1}/wallets?{query}")

    assert said(response) == (400, "rest_invalid_param")
    assert list(response.json()["data"]["params"]) == [query.partition("=")[0]]


def test_my_wallet(as_alice: APIClient, alice: User, wallet: Wallet):
    assert as_alice.get(f"{V1}/wallets/me").json()["id"] == wallet.pk


def test_my_wallet_in_another_currency(as_alice: APIClient, alice: User, wallet: Wallet):
    yen = open_wallet(user=alice, currency=currency("JPY"))

    assert as_alice.get(f"{V1}/wallets/me?currency=JPY").json()["id"] == yen.pk
    assert as_alice.get(f"{V1}/wallets/me?currency=USD").json()["id"] == wallet.pk
    assert as_alice.get(f"{V1}/wallets/me").json()["id"] == wallet.pk
    with nothing_moves():
        assert said(as_alice.get(f"{V1}/wallets/me?currency=EUR")) == (404, "walletpro_wallet_not_found")


@pytest.mark.parametrize("query", ["", "?currency=USD"])
def test_my_wallet_opens_if_it_is_missing(client_with_key: Callable[..., APIClient], person: Callable[..., User], query: str):
    carol = person("carol")
    client = client_with_key(carol, "read")
    body = client.get(f"{V1}/wallets/me{query}").json()

    assert (body["user_id"], body["balance"], body["currency"]) == (carol.pk, "0", "USD")
    assert client.get(f"{V1}/wallets/me").json()["id"] == body["id"]
    assert Wallet.objects.filter(user=carol).count() == 1


def test_a_customer_reads_his_own_wallet_and_sees_no_other(as_alice: APIClient, wallet: Wallet, bobs_wallet: Wallet):
    assert as_alice.get(f"{V1}/wallets/{wallet.pk}").json()["id"] == wallet.pk
    other = as_alice.get(f"{V1}/wallets/{bobs_wallet.pk}")
    nobodys = as_alice.get(f"{V1}/wallets/{bobs_wallet.pk + 1000}")
    assert said(other) == said(nobodys) == FORBIDDEN
    assert other.content == nobodys.content


def test_a_reader_reads_every_wallet(client_with_key: Callable[..., APIClient], person: Callable[..., User], wallet: Wallet):
    reader = client_with_key(person("reader", Right.READ_WALLETS))

    assert reader.get(f"{V1}/wallets/{wallet.pk}").json()["id"] == wallet.pk
    assert reader.get(f"{V1}/wallets").json()["meta"]["total"] == 1
    assert said(reader.get(f"{V1}/wallets/{wallet.pk + 1000}")) == (404, "walletpro_wallet_not_found")


def test_a_frozen_wallet_can_be_read(as_alice: APIClient, wallet: Wallet):
    change_wallet(wallet=wallet, status=Account.Status.FROZEN)

    assert as_alice.get(f"{V1}/wallets/me").json()["status"] == "frozen"


def test_open_a_wallet(as_manager: APIClient, person: Callable[..., User]):
    carol = person("carol")
    response = as_manager.post(f"{V1}/wallets", {"user_id": carol.pk, "currency": "JPY"}, format="json")

    wallet = Wallet.objects.get(user=carol)
    assert response.status_code == 201
    assert response["Location"] == f"http://testserver{V1}/wallets/{wallet.pk}"
    assert response.json() == as_manager.get(f"{V1}/wallets/{wallet.pk}").json()
    assert (response.json()["currency"], response.json()["balance"]) == ("JPY", "0")


def test_a_wallet_opens_in_the_sites_currency_unless_said(
    as_manager: APIClient, person: Callable[..., User], settings: Any, site: Any
):
    site(default_currency="EUR")
    settings.PUBLIC_URL = "https://shop.example"
    response = as_manager.post(f"{V1}/wallets", {"user_id": person("carol").pk}, format="json")

    assert response.json()["currency"] == "EUR"
    assert response["Location"].startswith("https://shop.example/wp-json/")


def test_a_second_wallet_in_one_currency(as_manager: APIClient, alice: User, wallet: Wallet):
    with nothing_moves():
        response = as_manager.post(f"{V1}/wallets", {"user_id": alice.pk}, format="json")

    assert said(response) == (409, "walletpro_wallet_exists")
    assert response.json()["data"]["wallet_id"] == wallet.pk


@pytest.mark.parametrize("user_id", [10**9, 2**63 - 1, 10**30])
def test_a_wallet_for_nobody(as_manager: APIClient, user_id: int):
    with nothing_moves():
        response = as_manager.post(f"{V1}/wallets", {"user_id": user_id}, format="json")

    assert response.status_code == 404
    assert response.json() == {"code": "rest_user_invalid_id", "message": "Invalid user ID.", "data": {"status": 404}}


@pytest.mark.parametrize("code", ["XXL", "usd", "XAU", "XXX", "U S", "💶"])
def test_a_wallet_in_a_currency_that_is_none(as_manager: APIClient, alice: User, code: str):
    with nothing_moves():
        response = as_manager.post(f"{V1}/wallets", {"user_id": alice.pk, "currency": code}, format="json")

    assert said(response) == (400, "rest_invalid_param")
    assert response.json()["data"]["params"] == {"currency": "currency is not a currency of this site."}


@pytest.mark.parametrize(
    "body",
    [{"user_id": 0}, {"user_id": "x"}, {"user_id": -1}, {"user_id": 1, "currency": ""}, {"user_id": 1, "currency": "X" * 13}],
)
def test_a_wallet_that_cannot_be(as_manager: APIClient, body: dict[str, Any]):
    with nothing_moves():
        assert said(as_manager.post(f"{V1}/wallets", body, format="json")) == (400, "rest_invalid_param")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_openings_at_once_open_one(
    as_manager: APIClient,
    client_with_key: Callable[..., APIClient],
    person: Callable[..., User],
    at_once: Callable[..., list[Any]],
):
    carol = person("carol")
    mine = client_with_key(carol)

    def call(number: int) -> int:
        if number % 2:
            return int(same_caller(mine).get(f"{V1}/wallets/me").status_code)
        return int(same_caller(as_manager).post(f"{V1}/wallets", {"user_id": carol.pk}, format="json").status_code)

    codes = at_once(6, call)

    assert Wallet.objects.filter(user=carol).count() == 1
    assert codes[1::2] == [200, 200, 200]
    assert set(codes[::2]) <= {201, 409}
