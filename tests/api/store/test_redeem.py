"""Redeeming a code at the checkout: as over walletpro/v1, with the totals beside it."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from codes.services import generate_codes
from ledger.money import Money, currency
from ledger.movements import Event
from ledger.verifying import verify
from people.models import User
from tests.api.conftest import V1, nothing_moves, said
from tests.api.store.conftest import post, totals
from wallets.models import Wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def code(manager: User) -> str:
    return make_code(manager)


def make_code(manager: User, unit: str = "USD", **terms: Any) -> str:
    """One of $20, handed out."""
    amount = Money(2000, currency(unit))
    _, [text] = generate_codes(amount=amount, event=Event.once("test"), actor="test", made_by=manager, **terms)
    return text


def test_redeems_a_code(shopper: APIClient, funded: Wallet, code: str):
    response = post(shopper, "redeem", code=code.lower(), order_id=8812, total="3999")

    assert response.status_code == 201
    row = response.json()
    assert (row["type"], row["amount"], row["balance_after"], row["redemption_code"]) == ("credit", "2000", "12000", code)
    assert totals(response) == {
        "balance": "12000", "available": "12000", "applied": "0", "currency": "USD", "hold_id": None, "remaining": "3999",
    }  # fmt: skip
    with nothing_moves():
        assert said(post(shopper, "redeem", code=code)) == (409, "walletpro_code_already_redeemed")
    assert verify().findings == []


def test_what_is_applied_to_the_order_counts(shopper: APIClient, funded: Wallet, code: str):
    applied = totals(post(shopper, "apply", amount="1500", order_id=8812, total="3999"))
    post(shopper, "apply", amount="700", order_id=9)

    assert totals(post(shopper, "redeem", code=code, order_id=8812, total="3999")) == {
        **applied, "balance": "12000", "available": "9800", "remaining": "2499",
    }  # fmt: skip


def test_what_is_over_counts_no_more(shopper: APIClient, funded: Wallet, manager: User):
    hold = totals(post(shopper, "apply", amount="1500", order_id=8812))["hold_id"]
    post(shopper, "apply", amount="700", order_id=9)
    post(shopper, "remove", hold_id=hold)
    redeemed = totals(post(shopper, "redeem", code=make_code(manager), order_id=8812))

    assert (redeemed["applied"], redeemed["hold_id"], redeemed["available"]) == ("0", None, "11300")
    assert "remaining" not in redeemed


@pytest.mark.parametrize("named", [{}, {"total": "3999"}])
def test_without_an_order_nothing_is_told_of_one(shopper: APIClient, funded: Wallet, code: str, named: dict[str, str]):
    post(shopper, "apply", amount="1500", order_id=8812)

    assert totals(post(shopper, "redeem", code=code, **named)) == {"balance": "12000", "available": "10500", "currency": "USD"}


@pytest.mark.parametrize("wrong", [0, -1, "x\0", 2**63, [1], None])
def test_bad_orders(shopper: APIClient, funded: Wallet, code: str, wrong: Any):
    with nothing_moves():
        assert said(post(shopper, "redeem", code=code, order_id=wrong)) == (400, "rest_invalid_param")


def test_it_is_the_transaction_that_walletpro_shows(
    shopper: APIClient, funded: Wallet, code: str, by_session: Callable[..., APIClient], alice: User
):
    row = post(shopper, "redeem", code=code).json()
    shown = by_session(alice).get(f"{V1}/transactions/{row['transaction_id']}").json()

    assert {name: shown[name] for name in ("amount", "balance_after", "hmac_chain")} == {
        name: row[name] for name in ("amount", "balance_after", "hmac_chain")
    }


def test_a_code_in_another_currency_leaves_the_totals_as_they_are(shopper: APIClient, funded: Wallet, manager: User):
    response = post(shopper, "redeem", code=make_code(manager, "EUR"))

    assert (response.json()["currency"], response.json()["balance_after"]) == ("EUR", "2000")
    assert totals(response)["balance"] == "10000"


def test_somebody_elses_and_no_code_at_all_look_the_same(shopper: APIClient, funded: Wallet, manager: User, bob: User):
    his = make_code(manager, restrict_to_user=bob)
    with nothing_moves():
        answers = [post(shopper, "redeem", code=code).json() for code in (his, "SUMMER-A3KF92M7WQXT", "é", "\u202e")]

    assert {answer["code"] for answer in answers} == {"walletpro_code_invalid"}
    assert all(answer == answers[0] for answer in answers)


def test_the_gate_holds_here_too(shopper: APIClient, funded: Wallet, code: str, site: Callable[..., None]):
    site(kyc_enabled=True, kyc_required_features=["redeem"])
    with nothing_moves():
        assert said(post(shopper, "redeem", code=code)) == (403, "walletpro_kyc_required")


@pytest.mark.parametrize("wrong", ["", "x" * 65, "a\0b", 5, None, ["x"]])
def test_bad_codes(shopper: APIClient, funded: Wallet, wrong: Any):
    with nothing_moves():
        response = post(shopper, "redeem", code=wrong)

    assert response.status_code == 400
    assert said(response)[1] == ("rest_missing_callback_param" if wrong is None else "rest_invalid_param")


def test_a_repetition_is_answered_and_not_done_again(shopper: APIClient, funded: Wallet, code: str):
    key = str(uuid4())
    first = post(shopper, "redeem", code=code, idempotency_key=key)
    with nothing_moves():
        again = post(shopper, "redeem", code=f" {code.lower()} ", idempotency_key=key)

    assert (first.status_code, again.status_code, again["Idempotent-Replay"]) == (201, 200, "true")
    assert again.json() == {
        **first.json(),
        "code": "walletpro_idempotent_replay",
        "message": again.json()["message"],
        "data": {"status": 200, "original_status": 201},
    }


def test_tries_count_together_with_walletpros(
    shopper: APIClient,
    by_session: Callable[..., APIClient],
    alice: User,
    funded: Wallet,
    code: str,
    counted: Callable[..., None],
):
    counted(rate_redeem_per_minute=2)
    assert said(post(shopper, "redeem", code="NOSUCHCODE22")) == (404, "walletpro_code_invalid")
    assert by_session(alice).post(f"{V1}/codes/NOSUCHCODE22/redeem").status_code == 404
    with nothing_moves():
        response = post(shopper, "redeem", code=code)

    assert said(response) == (429, "walletpro_rate_limited")
    assert int(response["Retry-After"]) >= 1
