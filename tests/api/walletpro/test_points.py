"""Points for an order and as a discount on one, by the credit and debit routes; what is documented stays as it is."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from ledger.models import Account, Entry
from ledger.money import currency
from ledger.verifying import verify
from people.models import User
from tests.api.conftest import nothing_moves
from wallets.models import Wallet
from wallets.services import open_wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def purse(settings: Any, site: Callable[..., None], alice: User) -> Wallet:
    settings.OWN_UNITS = ["PTS:Points:0"]
    site(points_currency="PTS", points_per_money=Decimal(10), points_per_purchase=Decimal(3))
    return open_wallet(user=alice, currency=currency("PTS"))


def send(client: APIClient, wallet: Wallet, verb: str, **body: Any) -> Any:
    return client.post(f"/wp-json/walletpro/v1/wallets/{wallet.pk}/{verb}", {"reason": "Order", **body}, format="json")


def test_an_order_brings_points_and_they_buy_a_discount(as_manager: APIClient, wallet: Wallet, purse: Wallet):
    first = send(as_manager, purse, "credit", order_total="10000", order_id=7)
    again = send(as_manager, purse, "credit", order_total=10000, order_id=7, type="credit", idempotency_key=str(uuid4()))
    spent = send(as_manager, purse, "debit", discount="1001", order_id=8, allow_partial=False)

    assert (first.status_code, first.json()["amount"], first.json()["currency"]) == (201, "300", "PTS")
    assert again.json()["transaction_id"] == first.json()["transaction_id"]
    assert (spent.status_code, spent.json()["amount"]) == (201, "101")
    assert Account.objects.get(pk=purse.pk).balance == 199
    assert list(Entry.objects.order_by("pk").values_list("kind", "order_id")) == [("grant", 7), ("debit", 8)]

    with nothing_moves():
        for verb, body, status, told in (
            ("credit", {"order_total": "10000"}, 400, "Missing parameter(s): order_id"),
            ("credit", {}, 400, "Missing parameter(s): amount"),
            ("credit", {"amount": "5", "order_total": "10000", "order_id": 9}, 400, "amount is not sent with order_total."),
            ("credit", {"order_total": "1", "order_id": 9, "type": "cashback"}, 400, "type is not sent with order_total."),
            ("credit", {"order_total": "1", "order_id": 9, "type": "x"}, 400, "type is not one of"),
            ("credit", {"order_total": "10001", "order_id": 7}, 409, "This was done before, in another way."),
            ("credit", {"order_total": "33", "order_id": 9}, 422, "At the shop's ratio this comes to no points."),
            ("debit", {"discount": "0", "order_id": 9}, 400, "discount must be between 1 (inclusive)"),
            ("debit", {"discount": "5", "order_id": 9, "if_sequence": 1}, 400, "if_sequence is not sent with discount."),
            ("debit", {"discount": "5", "order_id": 9, "allow_partial": "ja"}, 400, "allow_partial is not of type boolean."),
            ("debit", {"discount": "2000", "order_id": 9}, 422, "insufficient_balance"),
        ):
            refused = send(as_manager, purse, verb, **body)
            assert refused.status_code == status, refused.json()
            assert told in refused.content.decode(), refused.json()
        for verb, name in (("credit", "order_total"), ("debit", "discount")):
            elsewhere = send(as_manager, wallet, verb, **{name: "10000", "order_id": 9})
            assert elsewhere.json()["data"]["params"] == {name: f"{name} is for a wallet in PTS."}


def test_a_repetition_is_answered_as_at_first_whatever_the_ratio_is_by_now(
    as_manager: APIClient, purse: Wallet, site: Callable[..., None]
):
    body = {"order_total": "10000", "order_id": 7, "idempotency_key": str(uuid4())}
    first = send(as_manager, purse, "credit", **body)
    site(points_per_purchase=Decimal(0), points_currency="USD")
    with nothing_moves():
        repeated = send(as_manager, purse, "credit", **body)

    assert repeated.status_code == 200
    assert repeated.json()["transaction_id"] == first.json()["transaction_id"]


def test_an_order_that_has_its_points_moves_nothing_whatever_holds_by_now(
    manager: User, by_session: Callable[[User], APIClient], as_manager: APIClient, purse: Wallet, site: Callable[..., None]
):
    keyed = [{"order_total": "10000", "order_id": 7, "idempotency_key": str(uuid4())} for _ in range(2)]
    first = send(as_manager, purse, "credit", **keyed[0])
    site(points_per_purchase=Decimal(0), approval_above={"PTS": 1})
    again = send(by_session(manager), purse, "credit", **keyed[1], amount=None)

    assert (again.status_code, again.json()) == (201, first.json())
    assert Entry.objects.count() == 1
    # Both replies are kept, under a key that is not the entry's.
    assert [*map(str, verify().findings)] == []


def test_the_fee_of_a_discount_counts_in_what_a_key_may_move(
    client_with_key: Callable[..., APIClient], manager: User, purse: Wallet, give: Callable[..., Entry], site: Callable[..., None]
):
    give(purse, 1000)
    client = client_with_key(manager, max_amount=100)
    body = {"discount": "1000", "order_id": 9}
    site(points_subtract_fee_type="fixed", points_subtract_fee_amount=1)
    with nothing_moves():
        assert send(client, purse, "debit", **body).json()["code"] == "walletpro_key_limit_exceeded"
        site(points_per_money=Decimal(1000))
        huge = send(client, purse, "debit", discount=str(10**15), order_id=9).json()
        assert huge["data"]["params"] == {"discount": "discount comes to more than one movement carries."}
    site(points_subtract_fee_type="none", points_per_money=Decimal(10))
    assert send(client, purse, "debit", **body).status_code == 201


def test_what_takes_two_managers_takes_two_in_points(
    manager: User, by_session: Callable[[User], APIClient], purse: Wallet, site: Callable[..., None]
):
    site(approval_above={"PTS": 299})
    with nothing_moves():
        refused = send(by_session(manager), purse, "credit", order_total="10000", order_id=7)
        tried = send(by_session(manager), purse, "credit", order_total="9966", order_id=7, dry_run=True)

    assert (refused.status_code, refused.json()["code"]) == (403, "walletpro_approval_required")
    assert tried.status_code == 200
