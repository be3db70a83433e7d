"""Points for an order and as a discount on one, by the admin door's credit and debit routes: amounts are the site's money."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from ledger.models import Account, Entry
from ledger.money import currency
from ledger.verifying import verify
from people.models import User
from tests.api.conftest import nothing_moves
from tests.api.webkul.conftest import ADMIN, a_key, exactly, send
from wallets.models import Wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def _points(settings: Any, site: Callable[..., None]) -> None:
    settings.OWN_UNITS = ["PTS:Points:1"]
    site(points_currency="PTS", points_per_money=Decimal(10), points_per_purchase=Decimal(3))


@pytest.mark.usefixtures("_points")
def test_an_order_brings_points_and_they_buy_a_discount(as_manager: APIClient, alice: User, wallet: Wallet):
    def move(verb: str, body: str, **headers: str) -> Any:
        return send(as_manager, f"{ADMIN}/wallets/{alice.pk}/{verb}", body, **headers)

    with nothing_moves():
        poor = move("debit", '{"discount": 5, "order_id": 8}')
        assert (poor.status_code, poor.json()["code"]) == (422, "insufficient_balance")
    key = a_key()
    # Who has no wallet in points gets one.
    first = move("credit", '{"order_total": 100, "order_id": 7}', **key)
    again = move("credit", '{"order_total": "100.00", "order_id": 7}')
    replayed = move("credit", '{"order_total": 1e2, "order_id": "7"}', **key)
    spent = move("debit", '{"discount": 10.01, "order_id": 8, "bnpl": false}')

    purse = Wallet.objects.get(user=alice, currency_code=currency("PTS").code)
    assert (first.status_code, exactly(first)["balance_after"]) == (200, Decimal("300.0"))
    assert again.json()["ledger_id"] == first.json()["ledger_id"] == replayed.json()["ledger_id"]
    assert replayed.headers["Idempotent-Replay"] == "true"
    assert exactly(spent)["balance_after"] == Decimal("199.9")
    assert list(Entry.objects.filter(account_id=purse.pk).order_by("pk").values_list("kind", "amount", "order_id")) == [
        ("grant", 3000, 7),
        ("debit", -1001, 8),
    ]
    assert Account.objects.get(pk=wallet.pk).sequence == 0

    with nothing_moves():
        for verb, body, status, told in (
            ("credit", '{"order_total": 100}', 400, "order_id"),
            ("credit", "{}", 400, "amount"),
            ("credit", '{"order_total": 1, "order_id": 9, "amount": 1}', 400, "amount is not sent with order_total."),
            ("credit", '{"order_total": 1, "order_id": 9, "currency": "PTS"}', 400, "currency is not sent with order_total."),
            ("credit", '{"order_total": 1.001, "order_id": 9}', 400, "order_total has more decimals than USD"),
            ("credit", '{"order_total": -1, "order_id": 9}', 400, "order_total must be greater than 0"),
            ("credit", '{"order_total": 101, "order_id": 7}', 409, "This was done before, in another way."),
            ("credit", '{"order_total": 0.01, "order_id": 9}', 422, "At the shop's ratio this comes to no points."),
            ("debit", '{"discount": 1, "order_id": 9, "bnpl": true}', 400, "bnpl is not sent with discount."),
            ("debit", '{"discount": 200, "order_id": 9}', 422, "insufficient_balance"),
        ):
            refused = move(verb, body)
            assert refused.status_code == status, refused.json()
            assert told in refused.content.decode(), refused.json()
        assert send(as_manager, f"{ADMIN}/wallets/999999/debit", '{"discount": 1, "order_id": 9}').status_code == 404
    assert [*map(str, verify().findings)] == []
