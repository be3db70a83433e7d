"""Packages of points in walletpro/v1: listed, and bought by `POST /topups`."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from payments.models import Topup
from payments.services import confirm_topup
from points.packages.services import make_package, retire_package
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

ROOT = "/wp-json/walletpro/v1"
KEY = "550e8400-e29b-41d4-a716-446655440000"


@pytest.fixture(autouse=True)
def _points(settings: Any, site: Callable[..., None]) -> None:
    settings.PAYMENT_PROVIDER = "manual"
    settings.OWN_UNITS = ["PTS:Points:0"]
    site(points_currency="PTS")


def post(client: APIClient, **asked: Any) -> Any:
    return client.post(f"{ROOT}/topups", asked, format="json")


def test_lists_what_is_for_sale(as_alice: APIClient, client: Any):
    second = make_package(points_minor=2000, price_minor=1700, position=2, actor="test")
    first = make_package(points_minor=1000, price_minor=900, position=1, actor="test")
    retire_package(package_id=make_package(points_minor=5, price_minor=5, actor="test").pk, actor="test")
    response = as_alice.get(f"{ROOT}/point-packages")

    assert [row["id"] for row in response.json()["data"]] == [first.pk, second.pk]
    assert response.json()["data"][0] == {
        "id": first.pk,
        "points": "1000",
        "currency": "PTS",
        "price": "900",
        "price_currency": "USD",
        "position": 1,
    }
    assert client.get(f"{ROOT}/point-packages").status_code == 401


def test_buys_one_and_the_repetition_finds_it_even_when_it_is_retired(as_alice: APIClient):
    package = make_package(points_minor=1000, price_minor=900, actor="test")
    first = post(as_alice, package_id=package.pk, idempotency_key=KEY)
    retire_package(package_id=package.pk, actor="test")
    again = post(as_alice, package_id=package.pk, idempotency_key=KEY)

    row = first.json()
    assert first.status_code == 201
    told = {name: row[name] for name in ("amount", "currency", "price", "price_currency", "fee", "bonus", "package_id")}
    assert told == {
        **{"amount": "1000", "currency": "PTS", "price": "900", "price_currency": "USD"},
        **{"fee": "0", "bonus": "0", "package_id": package.pk},
    }
    assert (again.status_code, again.json()["id"]) == (200, row["id"])
    topup = Topup.objects.get()
    confirm_topup(topup_id=topup.pk, paid=topup.price, actor="test")
    assert as_alice.get(f"{ROOT}/topups/{topup.pk}").json()["status"] == "completed"


def test_a_plain_topup_answers_what_it_did(as_alice: APIClient, wallet: Wallet):
    row = post(as_alice, amount="5000").json()

    assert row["amount"] == "5000"
    assert not {"price", "price_currency", "fee", "package_id"} & row.keys()
    missing = post(as_alice)
    assert (missing.status_code, missing.json()["code"]) == (400, "rest_missing_callback_param")
    assert missing.json()["message"] == "Missing parameter(s): amount"


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"package_id": 10**30}, 404, "walletpro_point_package_not_found"),
        ({"package_id": 999_999}, 404, "walletpro_point_package_not_found"),
        ({"package_id": 0}, 400, "rest_invalid_param"),
        ({"package_id": "x"}, 400, "rest_invalid_param"),
        ({"package_id": "{id}", "amount": "5"}, 400, "rest_invalid_param"),
        ({"package_id": "{id}", "currency": "USD"}, 400, "rest_invalid_param"),
        ({"package_id": "{id}", "wallet_id": "{dollars}"}, 400, "rest_invalid_param"),
    ],
)
def test_says_why_not(as_alice: APIClient, wallet: Wallet, asked: dict[str, Any], status: int, code: str):
    known = {"{id}": make_package(points_minor=1000, price_minor=900, actor="test").pk, "{dollars}": wallet.pk}
    response = post(as_alice, **{name: known.get(value, value) for name, value in asked.items()})

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not Topup.objects.exists()
