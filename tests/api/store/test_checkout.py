"""Applying the wallet to an order, and taking it back: contract.md 2, "Store API"."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from ledger.models import Entry, Hold
from ledger.verifying import verify
from people.models import User
from tests.api.conftest import V1, nothing_moves, said
from tests.api.store.conftest import STORE, post, totals
from tests.api.walletpro.clock import Clock
from wallets.models import Wallet
from wallets.services import change_wallet

pytestmark = pytest.mark.django_db

NOT_HIS = (403, "rest_forbidden")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def hold_of_the_shop(shop: APIClient, wallet: Wallet, **arguments: Any) -> int:
    body = {"wallet_id": wallet.pk, "amount": "1500", "order_id": 8812, **arguments}
    return int(shop.post(f"{V1}/holds", body, format="json").json()["id"])


def live() -> list[tuple[int, int]]:
    """Id and amount of every live hold."""
    return list(Hold.objects.filter(closed_by=None).order_by("id").values_list("id", "amount"))


def test_reads_the_callers_wallet(shopper: APIClient, funded: Wallet):
    assert shopper.get(f"{STORE}/balance").json() == {
        "balance": "10000",
        "balance_formatted": "$100.00",
        "available": "10000",
        "currency": "USD",
        "extensions": {
            "walletpro": {"balance": "10000", "available": "10000", "applied": "0", "currency": "USD", "hold_id": None}
        },
    }


def test_a_wallet_that_is_missing_is_opened(at_checkout: Callable[..., APIClient], person: Callable[..., User]):
    carol = person("carol")

    assert totals(at_checkout(carol).get(f"{STORE}/balance"))["balance"] == "0"
    assert Wallet.objects.filter(user=carol).count() == 1


def test_applies_it_to_an_order(shopper: APIClient, funded: Wallet):
    response = post(shopper, "apply", amount="1500", order_id=8812, total="3999")

    assert response.status_code == 201
    hold = Hold.objects.get()
    assert response.json() == {
        "extensions": {
            "walletpro": {
                "balance": "10000",
                "available": "8500",
                "applied": "1500",
                "currency": "USD",
                "hold_id": hold.pk,
                "remaining": "2499",
            }
        }
    }
    assert hold.ends is not None
    assert timedelta(seconds=890) < hold.ends - timezone.now() < timedelta(seconds=901)
    placed = Entry.objects.get(pk=hold.pk)
    assert (placed.actor, placed.order_id, placed.reason) == (f"user:{funded.user_id} store", 8812, "Order #8812")
    assert verify().findings == []


@pytest.mark.parametrize("amount", [1500, "1500"])
def test_what_remains_is_told_where_the_total_is(shopper: APIClient, funded: Wallet, amount: Any):
    assert "remaining" not in totals(post(shopper, "apply", amount=amount, order_id=1))
    assert totals(post(shopper, "apply", amount=amount, order_id=2, total=amount))["remaining"] == "0"


def test_the_balance_tells_what_is_applied_to_an_order(shopper: APIClient, funded: Wallet):
    applied = totals(post(shopper, "apply", amount="1500", order_id=8812))

    assert totals(shopper.get(f"{STORE}/balance", {"order_id": "8812", "total": "2000"})) == {**applied, "remaining": "500"}
    assert totals(shopper.get(f"{STORE}/balance", {"order_id": 8813})) == {**applied, "applied": "0", "hold_id": None}


def test_what_was_applied_is_over_with_its_time(shopper: APIClient, funded: Wallet, clock: Clock):
    hold = totals(post(shopper, "apply", amount="1500", order_id=8812))["hold_id"]
    clock.forward(minutes=16)

    assert totals(shopper.get(f"{STORE}/balance", {"order_id": 8812})) == {
        "balance": "10000", "available": "10000", "applied": "0", "currency": "USD", "hold_id": None,
    }  # fmt: skip
    with nothing_moves():
        for named in ({"order_id": 8812}, {"hold_id": hold}):
            assert said(post(shopper, "remove", **named)) == (409, "walletpro_hold_expired")
    assert totals(post(shopper, "apply", amount="10000", order_id=8812))["available"] == "0"


def test_no_more_than_there_is(shopper: APIClient, funded: Wallet):
    post(shopper, "apply", amount="4000", order_id=1)
    with nothing_moves():
        response = post(shopper, "apply", amount="6001", order_id=2)

    assert said(response) == (422, "walletpro_insufficient_balance")
    assert response.json()["data"] == {"status": 422, "balance": "6000", "requested": "6001"}


def test_no_more_than_the_cart_costs(shopper: APIClient, funded: Wallet):
    with nothing_moves():
        response = post(shopper, "apply", amount="4000", order_id=1, total="3999")

    assert said(response) == (422, "walletpro_exceeds_total")
    assert response.json()["data"] == {"status": 422, "total": "3999", "requested": "4000"}


def test_applying_again_takes_the_place_of_what_was_applied(shopper: APIClient, funded: Wallet):
    first = totals(post(shopper, "apply", amount="9000", order_id=8812))["hold_id"]
    second = totals(post(shopper, "apply", amount="9500", order_id=8812))

    assert (second["available"], second["applied"]) == ("500", "9500")
    assert live() == [(second["hold_id"], 9500)]
    assert first != second["hold_id"]
    assert verify().findings == []


def test_what_was_applied_stays_where_its_place_cannot_be_taken(shopper: APIClient, funded: Wallet):
    post(shopper, "apply", amount="9000", order_id=8812)
    with nothing_moves():
        response = post(shopper, "apply", amount="10001", order_id=8812)

    # What could be applied to this order: what is free, and what is applied to it.
    assert response.json()["data"] == {"status": 422, "balance": "10000", "requested": "10001"}


def test_orders_stand_side_by_side(shopper: APIClient, funded: Wallet):
    holds = [totals(post(shopper, "apply", amount="2000", order_id=order))["hold_id"] for order in (1, 2)]

    assert live() == [(hold, 2000) for hold in holds]


def test_a_second_click_gets_what_the_first_one_placed(shopper: APIClient, funded: Wallet, clock: Clock):
    first = post(shopper, "apply", amount="1500", order_id=8812)
    clock.forward(seconds=9)
    with nothing_moves():
        assert post(shopper, "apply", amount="1500", order_id=8812).json() == first.json()
    clock.forward(seconds=2)
    later = totals(post(shopper, "apply", amount="1500", order_id=8812))

    assert live() == [(later["hold_id"], 1500)]
    assert later["hold_id"] != totals(first)["hold_id"]


def test_two_keys_are_two_calls_however_soon(shopper: APIClient, funded: Wallet):
    bodies = [{"amount": "1500", "order_id": 8812, "idempotency_key": str(uuid4())} for _ in range(2)]
    first, second = (post(shopper, "apply", **body) for body in bodies)

    assert (first.status_code, second.status_code) == (201, 201)
    assert live() == [(totals(second)["hold_id"], 1500)]
    assert totals(first)["hold_id"] != totals(second)["hold_id"]
    # Each reply that is kept tells of what was done under its key.
    assert verify().findings == []
    with nothing_moves():
        assert [totals(post(shopper, "apply", **body)) for body in bodies] == [totals(first), totals(second)]


def test_a_key_behind_a_click_without_one_is_a_call_of_its_own(shopper: APIClient, funded: Wallet):
    click = totals(post(shopper, "apply", amount="1500", order_id=8812))["hold_id"]
    named = totals(post(shopper, "apply", amount="1500", order_id=8812, idempotency_key=str(uuid4())))["hold_id"]

    assert live() == [(named, 1500)]
    assert named != click
    assert verify().findings == []


def test_a_hold_of_the_shops_is_not_replaced(shopper: APIClient, as_manager: APIClient, funded: Wallet):
    shops = hold_of_the_shop(as_manager, funded)
    mine = totals(post(shopper, "apply", amount="2000", order_id=8812))

    assert live() == [(shops, 1500), (mine["hold_id"], 2000)]
    assert mine["available"] == "6500"
    assert totals(shopper.get(f"{STORE}/balance", {"order_id": 8812}))["applied"] == "2000"


@pytest.mark.parametrize("by", ["order_id", "hold_id", "both"])
def test_takes_it_back(shopper: APIClient, funded: Wallet, by: str):
    hold = totals(post(shopper, "apply", amount="1500", order_id=8812))["hold_id"]
    named = {"order_id": {"order_id": 8812}, "hold_id": {"hold_id": hold}, "both": {"order_id": 8812, "hold_id": hold}}[by]
    response = post(shopper, "remove", total="3999", **named)

    assert response.status_code == 200
    assert totals(response) == {
        "balance": "10000", "available": "10000", "applied": "0", "currency": "USD", "hold_id": None, "remaining": "3999",
    }  # fmt: skip
    assert live() == []
    with nothing_moves():
        assert said(post(shopper, "remove", **named)) == (409, "walletpro_hold_not_active")
    assert verify().findings == []


def test_takes_back_no_hold_of_the_shops_or_of_anybody_else(
    shopper: APIClient, as_manager: APIClient, funded: Wallet, bob: User, at_checkout: Callable[..., APIClient]
):
    shops = hold_of_the_shop(as_manager, funded)
    mine = totals(post(shopper, "apply", amount="1500", order_id=7))["hold_id"]
    bobs = at_checkout(bob)
    with nothing_moves():
        for named in ({"order_id": 8812}, {"hold_id": shops}, {"hold_id": 2**63}, {"hold_id": mine, "order_id": 8}):
            assert said(post(shopper, "remove", **named)) == NOT_HIS
        for named in ({"order_id": 7}, {"hold_id": mine}, {"hold_id": shops}):
            assert said(post(bobs, "remove", **named)) == NOT_HIS


def test_a_manager_at_the_checkout_is_a_customer(
    manager: User, as_manager: APIClient, funded: Wallet, at_checkout: Callable[..., APIClient]
):
    shops = hold_of_the_shop(as_manager, funded)

    assert said(post(at_checkout(manager), "remove", hold_id=shops)) == NOT_HIS
    assert live() == [(shops, 1500)]


def test_without_a_name_what_was_applied_last_is_taken_back(shopper: APIClient, as_manager: APIClient, funded: Wallet):
    first, _second = (totals(post(shopper, "apply", amount="5", order_id=order))["hold_id"] for order in (1, 2))
    shops = hold_of_the_shop(as_manager, funded)

    assert totals(post(shopper, "remove", total="1"))["remaining"] == "1"
    assert live() == [(first, 5), (shops, 1500)]
    post(shopper, "remove")
    with nothing_moves():
        assert said(post(shopper, "remove")) == NOT_HIS


def test_the_limits_hold_here_too(shopper: APIClient, funded: Wallet, site: Callable[..., None]):
    change_wallet(wallet=funded, spending_limit=1500)
    with nothing_moves():
        assert said(post(shopper, "apply", amount="1501", order_id=1)) == (422, "walletpro_spending_limit_exceeded")
    site(velocity_max_sum=2000)
    post(shopper, "apply", amount="1500", order_id=1)
    with nothing_moves():
        assert said(post(shopper, "apply", amount="501", order_id=2)) == (429, "walletpro_velocity_cap_exceeded")
    # What is given up for it does not count.
    assert totals(post(shopper, "apply", amount="1400", order_id=1))["applied"] == "1400"
    site(kyc_enabled=True, kyc_required_features=["wallet_usage"])
    with nothing_moves():
        assert said(post(shopper, "apply", amount="1", order_id=1)) == (403, "walletpro_kyc_required")
    change_wallet(wallet=funded, status="frozen")
    with nothing_moves():
        assert said(post(shopper, "apply", amount="1", order_id=3)) == (403, "walletpro_wallet_frozen")
    assert post(shopper, "remove", order_id=1).status_code == 200


@pytest.mark.parametrize("verb", ["apply", "remove"])
def test_a_repetition_is_answered_and_not_done_again(shopper: APIClient, funded: Wallet, verb: str, clock: Clock):
    body = {"order_id": 8812, "idempotency_key": str(uuid4()), **({"amount": "1500"} if verb == "apply" else {})}
    if verb == "remove":
        post(shopper, "apply", amount="1500", order_id=8812)
    first = post(shopper, verb, **body)
    clock.forward(seconds=60)
    with nothing_moves():
        again = post(shopper, verb, **body)

    assert (again.status_code, again["Idempotent-Replay"]) == (200, "true")
    assert again.json() == {
        **first.json(),
        "code": "walletpro_idempotent_replay",
        "message": again.json()["message"],
        "data": {"status": 200, "original_status": first.status_code},
    }


@pytest.mark.parametrize("by", ["nothing", "order_id", "hold_id"])
def test_taking_back_is_answered_again_whatever_became_of_it(shopper: APIClient, funded: Wallet, by: str):
    hold = totals(post(shopper, "apply", amount="1500", order_id=8812))["hold_id"]
    named = {"nothing": {}, "order_id": {"order_id": 8812}, "hold_id": {"hold_id": hold}}[by]
    body = {"total": "3999", "idempotency_key": str(uuid4()), **named}
    first = post(shopper, "remove", **body)
    other = totals(post(shopper, "apply", amount="700", order_id=9))["hold_id"]
    with nothing_moves():
        again = post(shopper, "remove", **body)

    assert (first.status_code, again.status_code, again["Idempotent-Replay"]) == (200, 200, "true")
    assert totals(again) == totals(first)
    assert live() == [(other, 700)]
    post(shopper, "remove", order_id=9)
    assert totals(post(shopper, "remove", **body)) == totals(first)
    assert verify().findings == []


def test_a_refusal_to_take_back_leaves_the_key_free(shopper: APIClient, funded: Wallet):
    body = {"idempotency_key": str(uuid4())}
    with nothing_moves():
        assert said(post(shopper, "remove", **body)) == NOT_HIS
    post(shopper, "apply", amount="1500", order_id=8812)

    response = post(shopper, "remove", **body)
    assert response.status_code == 200
    assert "Idempotent-Replay" not in response
    assert live() == []


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "1.50"}, "amount"),
        ({"amount": 1.5}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": "10\u0660"}, "amount"),
        ({"amount": 10**15 + 1}, "amount"),
        ({"order_id": 0}, "order_id"),
        ({"order_id": "x\0"}, "order_id"),
        ({"order_id": 2**63}, "order_id"),
        ({"total": "-1"}, "total"),
        ({"total": ["1"]}, "total"),
        ({"total": None}, "total"),
        ({"idempotency_key": "x"}, "idempotency_key"),
    ],
)
def test_bad_arguments(shopper: APIClient, funded: Wallet, wrong: dict[str, Any], name: str):
    with nothing_moves():
        response = post(shopper, "apply", **{"amount": "5", "order_id": 1, **wrong})

    assert said(response) == (400, "rest_invalid_param")
    assert list(response.json()["data"]["params"]) == [name]


@pytest.mark.parametrize("wrong", [{"hold_id": 0}, {"hold_id": "-1"}, {"hold_id": "\0"}, {"hold_id": [1]}])
def test_bad_hold_ids(shopper: APIClient, funded: Wallet, wrong: dict[str, Any]):
    with nothing_moves():
        assert said(post(shopper, "remove", **wrong)) == (400, "rest_invalid_param")


def test_what_is_needed(shopper: APIClient, funded: Wallet):
    response = post(shopper, "apply")

    assert said(response) == (400, "rest_missing_callback_param")
    assert response.json()["data"]["params"] == ["amount", "order_id"]


def test_the_whole_journey(
    shopper: APIClient, alice: User, manager: User, client_with_key: Callable[..., APIClient], funded: Wallet
):
    """The customer applies, changes her mind, the shop's backend takes the money with its key."""
    shop = client_with_key(manager)
    post(shopper, "apply", amount="3000", order_id=8812, total="3999")
    applied = totals(post(shopper, "apply", amount="3999", order_id=8812, total="3999"))
    assert applied["remaining"] == "0"

    taken = shop.post(f"{V1}/holds/{applied['hold_id']}/capture", {}, format="json").json()

    assert (taken["type"], taken["amount"], taken["balance_after"]) == ("debit", "3999", "6001")
    assert taken["reason"] == "Order #8812"
    row = shop.get(f"{V1}/transactions/{taken['transaction_id']}").json()
    assert row["order_id"] == 8812
    assert totals(shopper.get(f"{STORE}/balance", {"order_id": 8812})) == {
        "balance": "6001", "available": "6001", "applied": "0", "currency": "USD", "hold_id": None,
    }  # fmt: skip
    with nothing_moves():
        assert said(post(shopper, "remove", order_id=8812)) == (409, "walletpro_hold_not_active")
    assert verify().findings == []
