"""POST /walletpro/v1/wallets/{id}/debit."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from ledger.models import Account, Entry
from people.models import User
from tests.api.conftest import V1, nothing_moves, said, same_caller
from wallets.models import Wallet
from wallets.services import change_wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def funded(wallet: Wallet, give: Callable[..., Entry]) -> Wallet:
    """Alice's wallet with 42.00 dollars."""
    give(wallet, 4200)
    return wallet


def post_debit(client: APIClient, wallet: Wallet, **arguments: Any) -> Any:
    return client.post(f"{V1}/wallets/{wallet.pk}/debit", {"amount": "1000", "reason": "Order #7", **arguments}, format="json")


def test_answers_the_same_shape_as_a_credit(as_manager: APIClient, funded: Wallet):
    response = post_debit(as_manager, funded)

    entry = Entry.objects.latest("id")
    assert response.status_code == 201
    assert response.json() == {
        "transaction_id": entry.pk,
        "wallet_id": funded.pk,
        "type": "debit",
        "amount": "1000",
        "currency": "USD",
        "balance_after": "3200",
        "reason": "Order #7",
        "expiry_date": None,
        "hmac_chain": f"sha256:{bytes(entry.mac).hex()}",
        "created_at": entry.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    assert (entry.amount, entry.balance) == (-1000, 3200)


def test_refuses_more_than_the_balance(as_manager: APIClient, funded: Wallet):
    with nothing_moves():
        response = post_debit(as_manager, funded, amount="5000", idempotency_key="550e8400-e29b-41d4-a716-446655440000")

    assert response.status_code == 422
    assert response.json() == {
        "code": "walletpro_insufficient_balance",
        "message": "The wallet balance (4200) is less than the requested debit amount (5000).",
        "data": {"status": 422, "balance": "4200", "requested": "5000"},
    }


def test_takes_the_whole_balance(as_manager: APIClient, funded: Wallet):
    response = post_debit(as_manager, funded, amount="4200", allow_partial=True)

    assert (response.status_code, response.json()["balance_after"]) == (201, "0")
    assert "requested" not in response.json()


def test_takes_what_is_there_where_that_is_allowed(as_manager: APIClient, funded: Wallet):
    response = post_debit(as_manager, funded, amount="5000", allow_partial=True)

    assert response.status_code == 206
    assert list(response.json().items())[3:6] == [("amount", "4200"), ("requested", "5000"), ("currency", "USD")]
    assert response.json()["balance_after"] == "0"
    assert Account.objects.get(pk=funded.pk).balance == 0


@pytest.mark.parametrize("allow_partial", [True, "true", "1", 1])
def test_nothing_to_take_at_all(as_manager: APIClient, wallet: Wallet, allow_partial: Any):
    with nothing_moves():
        response = post_debit(as_manager, wallet, allow_partial=allow_partial)

    assert said(response) == (422, "walletpro_insufficient_balance")
    assert response.json()["message"] == "The wallet balance (0) is less than the requested debit amount (1000)."
    assert (response.json()["data"]["balance"], response.json()["data"]["requested"]) == ("0", "1000")


@pytest.mark.parametrize("given", ["yes", "", 2, None, [True]])
def test_allow_partial_is_a_boolean(as_manager: APIClient, funded: Wallet, given: Any):
    with nothing_moves():
        response = post_debit(as_manager, funded, allow_partial=given)

    assert response.json()["data"]["params"] == {"allow_partial": "allow_partial is not of type boolean."}


def test_the_spending_limit_is_the_most_that_one_debit_takes(as_manager: APIClient, funded: Wallet):
    change_wallet(wallet=funded, spending_limit=1000)
    assert post_debit(as_manager, funded, amount="1000").status_code == 201
    with nothing_moves():
        response = post_debit(as_manager, funded, amount="1001")

    assert response.status_code == 422
    assert response.json() == {
        "code": "walletpro_spending_limit_exceeded",
        "message": "The requested amount (1001) is more than the wallet's spending limit (1000).",
        "data": {"status": 422, "limit": "1000", "requested": "1001"},
    }


def test_a_partial_debit_is_held_against_what_it_would_take(as_manager: APIClient, funded: Wallet):
    change_wallet(wallet=funded, spending_limit=4200)
    assert post_debit(as_manager, funded, amount="9999", allow_partial=True).status_code == 206


def test_a_partial_debit_does_not_go_past_the_limit(as_manager: APIClient, funded: Wallet):
    change_wallet(wallet=funded, spending_limit=4199)
    with nothing_moves():
        response = post_debit(as_manager, funded, amount="9999", allow_partial=True)

    assert said(response) == (422, "walletpro_spending_limit_exceeded")
    assert response.json()["data"]["requested"] == "4200"


def test_a_limit_of_nothing_lets_nothing_out(as_manager: APIClient, funded: Wallet):
    change_wallet(wallet=funded, spending_limit=0)

    assert said(post_debit(as_manager, funded, amount="1")) == (422, "walletpro_spending_limit_exceeded")


def test_refusals_come_in_their_order(as_alice: APIClient, as_manager: APIClient, funded: Wallet):
    """Right, wallet active, spending limit, balance."""
    change_wallet(wallet=funded, spending_limit=10, status=Account.Status.FROZEN)
    assert said(post_debit(as_alice, funded, amount="9999")) == (403, "rest_forbidden")
    assert said(post_debit(as_manager, funded, amount="9999")) == (403, "walletpro_wallet_frozen")
    change_wallet(wallet=funded, status=Account.Status.ACTIVE)
    assert said(post_debit(as_manager, funded, amount="9999")) == (422, "walletpro_spending_limit_exceeded")
    change_wallet(wallet=funded, spending_limit=None)
    assert said(post_debit(as_manager, funded, amount="9999")) == (422, "walletpro_insufficient_balance")


def test_burns_what_expires_soonest(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 100, expires_at=datetime(2099, 1, 1, tzinfo=UTC))
    give(wallet, 100)
    give(wallet, 100, expires_at=datetime(2098, 1, 1, tzinfo=UTC))
    response = post_debit(as_manager, wallet, amount="150")

    assert response.json()["balance_after"] == "150"
    assert response.json()["expiry_date"] is None
    assert [share[2] for share in Entry.objects.latest("id").lots] == [-100, -50]


def test_a_customer_may_not_even_his_own(as_alice: APIClient, funded: Wallet):
    with nothing_moves():
        assert said(post_debit(as_alice, funded)) == (403, "rest_forbidden")


def test_a_wallet_that_is_not_there(as_manager: APIClient, wallet: Wallet):
    with nothing_moves():
        assert said(post_debit(as_manager, Wallet(pk=wallet.pk + 1000))) == (404, "walletpro_wallet_not_found")


def test_credit_types_are_no_argument_of_a_debit(as_manager: APIClient, funded: Wallet):
    assert post_debit(as_manager, funded, type="cashback", expiry_date="nonsense").json()["type"] == "debit"


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_debits_at_once_take_no_more_than_there_is(
    as_manager: APIClient, alice: User, funded: Wallet, at_once: Callable[..., list[Any]]
):
    codes = at_once(16, lambda number: post_debit(same_caller(as_manager), funded, amount="1000").status_code)

    assert sorted(codes) == [201] * 4 + [422] * 12
    assert Account.objects.get(pk=funded.pk).balance == 200


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_partial_debits_at_once_take_all_there_is_and_no_more(
    as_manager: APIClient, funded: Wallet, at_once: Callable[..., list[Any]]
):
    answers = at_once(8, lambda number: post_debit(same_caller(as_manager), funded, amount="1000", allow_partial=True))

    assert sorted(answer.status_code for answer in answers) == [201] * 4 + [206] + [422] * 3
    assert Account.objects.get(pk=funded.pk).balance == 0
