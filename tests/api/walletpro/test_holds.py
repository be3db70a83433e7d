"""Holds: set aside, captured in part or whole, voided, and free again when their time is up."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from ledger.due import settle_due, show_settled
from ledger.models import Account, Entry, Hold
from ledger.verifying import verify
from tests.api.conftest import V1, nothing_moves, said
from tests.api.walletpro.clock import Clock
from wallets.models import Wallet
from wallets.services import change_wallet

pytestmark = pytest.mark.django_db

HOLDS = f"{V1}/holds"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def funded(wallet: Wallet, give: Callable[..., Entry]) -> Wallet:
    give(wallet, 10000)
    return wallet


def place(client: APIClient, wallet: Wallet, amount: str = "1500", **arguments: Any) -> Any:
    body = {"wallet_id": wallet.pk, "amount": amount, "reason": "Checkout", **arguments}
    return client.post(HOLDS, body, format="json")


def money_of(client: APIClient, wallet: Wallet) -> tuple[str, str]:
    row = client.get(f"{V1}/wallets/{wallet.pk}").json()
    return row["balance"], row["available"]


def act(client: APIClient, hold_id: int, verb: str, **arguments: Any) -> Any:
    return client.post(f"{HOLDS}/{hold_id}/{verb}", arguments, format="json")


def test_sets_money_aside(as_manager: APIClient, funded: Wallet):
    response = place(as_manager, funded, order_id=8812, reference="cart-1", expires_in=600)

    assert response.status_code == 201
    hold = response.json()
    assert hold == {
        "id": hold["id"],
        "wallet_id": funded.pk,
        "amount": "1500",
        "currency": "USD",
        "status": "active",
        "captured_amount": None,
        "transaction_id": None,
        "reason": "Checkout",
        "order_id": 8812,
        "reference": "cart-1",
        "expires_at": hold["expires_at"],
        "hmac_chain": hold["hmac_chain"],
        "created_at": hold["created_at"],
        "closed_at": None,
    }
    ends = Hold.objects.get(pk=hold["id"]).ends
    assert ends is not None
    assert timedelta(seconds=595) < ends - timezone.now() < timedelta(seconds=605)
    assert money_of(as_manager, funded) == ("10000", "8500")
    assert as_manager.get(f"{HOLDS}/{hold['id']}").json() == hold
    assert verify().findings == []


def test_lasts_fifteen_minutes_unless_said_and_needs_no_reason(as_manager: APIClient, funded: Wallet):
    response = as_manager.post(HOLDS, {"wallet_id": funded.pk, "amount": 1}, format="json")

    assert response.status_code == 201
    assert response.json()["reason"] is None
    ends = Hold.objects.get().ends
    assert ends is not None
    assert timedelta(seconds=890) < ends - timezone.now() < timedelta(seconds=901)


def test_a_hold_is_no_transaction(as_manager: APIClient, funded: Wallet):
    hold = place(as_manager, funded).json()["id"]
    act(as_manager, hold, "void")

    listed = as_manager.get(f"{V1}/transactions?wallet_id={funded.pk}").json()["data"]
    assert [row["amount"] for row in listed] == ["10000"]
    assert said(as_manager.get(f"{V1}/transactions/{hold}")) == (404, "walletpro_transaction_not_found")


def test_held_money_pays_nothing_else(as_manager: APIClient, funded: Wallet):
    place(as_manager, funded, "9000")
    with nothing_moves():
        response = as_manager.post(f"{V1}/wallets/{funded.pk}/debit", {"amount": "1001", "reason": "x"}, format="json")
        assert said(response) == (422, "walletpro_insufficient_balance")
        assert response.json()["data"] == {"status": 422, "balance": "1000", "requested": "1001"}
        assert said(place(as_manager, funded, "1001")) == (422, "walletpro_insufficient_balance")
    partial = as_manager.post(
        f"{V1}/wallets/{funded.pk}/debit", {"amount": "5000", "reason": "x", "allow_partial": True}, format="json"
    )
    assert (partial.status_code, partial.json()["amount"]) == (206, "1000")


def test_takes_all_of_it(as_manager: APIClient, funded: Wallet):
    hold = place(as_manager, funded, order_id=7).json()
    response = act(as_manager, hold["id"], "capture")

    assert response.status_code == 201
    taken = response.json()
    assert (taken["type"], taken["amount"], taken["balance_after"], taken["reason"]) == ("debit", "1500", "8500", "Checkout")
    assert (taken["hold"]["status"], taken["hold"]["captured_amount"]) == ("captured", "1500")
    assert taken["hold"] == as_manager.get(f"{HOLDS}/{hold['id']}").json()
    row = as_manager.get(f"{V1}/transactions/{taken['transaction_id']}").json()
    assert (row["type"], row["order_id"], row["of_sequence"]) == ("debit", 7, 2)
    assert money_of(as_manager, funded) == ("8500", "8500")
    assert verify().findings == []


def test_takes_part_of_it_and_frees_the_rest_at_once(as_manager: APIClient, funded: Wallet):
    hold = place(as_manager, funded).json()["id"]

    assert act(as_manager, hold, "capture", amount="1200", reason="Order #7").json()["reason"] == "Order #7"
    assert money_of(as_manager, funded) == ("8800", "8800")


def test_takes_no_more_than_it_holds(as_manager: APIClient, funded: Wallet):
    hold = place(as_manager, funded).json()["id"]
    with nothing_moves():
        response = act(as_manager, hold, "capture", amount="1501")

    assert said(response) == (422, "walletpro_capture_exceeds_hold")
    assert response.json()["data"] == {"status": 422, "held": "1500", "requested": "1501"}


def test_is_voided(as_manager: APIClient, funded: Wallet):
    hold = place(as_manager, funded).json()["id"]
    response = act(as_manager, hold, "void", reason="The basket was left")

    assert (response.status_code, response.json()["status"]) == (200, "voided")
    assert response.json() == as_manager.get(f"{HOLDS}/{hold}").json()
    assert money_of(as_manager, funded) == ("10000", "10000")


@pytest.mark.parametrize("first", ["capture", "void"])
@pytest.mark.parametrize("second", ["capture", "void"])
def test_ends_once(as_manager: APIClient, funded: Wallet, first: str, second: str):
    hold = place(as_manager, funded).json()["id"]
    assert act(as_manager, hold, first).status_code in {200, 201}
    with nothing_moves():
        assert said(act(as_manager, hold, second)) == (409, "walletpro_hold_not_active")


@pytest.mark.parametrize("verb", ["capture", "void"])
def test_past_its_time_it_is_over_whether_or_not_somebody_has_written_it(
    as_manager: APIClient, funded: Wallet, clock: Clock, verb: str
):
    hold = place(as_manager, funded, expires_in=60).json()
    clock.forward(seconds=59)
    assert money_of(as_manager, funded) == ("10000", "8500")
    clock.forward(seconds=2)
    with nothing_moves():
        assert money_of(as_manager, funded) == ("10000", "10000")
        assert as_manager.get(f"{V1}/wallets?per_page=100").json()["data"][0]["available"] == "10000"
        assert as_manager.get(f"{HOLDS}/{hold['id']}").json()["status"] == "expired"
        assert said(act(as_manager, hold["id"], verb)) == (409, "walletpro_hold_expired")

    assert settle_due() == 1
    written = Entry.objects.latest("id")
    assert (written.kind, written.amount, written.held_change, written.of, written.key) == ("release", 0, -1500, 2, None)
    assert as_manager.get(f"{HOLDS}/{hold['id']}").json()["status"] == "expired"
    assert said(act(as_manager, hold["id"], verb)) == (409, "walletpro_hold_expired")
    assert settle_due() == 0
    assert verify().findings == []


def test_whoever_comes_next_may_spend_what_an_old_hold_held(as_manager: APIClient, funded: Wallet, clock: Clock):
    place(as_manager, funded, "10000", expires_in=60)
    clock.forward(seconds=61)

    assert place(as_manager, funded, "10000").status_code == 201
    kinds = Entry.objects.filter(account_id=funded.pk).order_by("sequence").values_list("kind", flat=True)
    assert list(kinds) == ["credit", "hold", "release", "hold"]
    assert verify().findings == []


def test_what_is_held_of_expiring_credit_does_not_expire(
    as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry], clock: Clock
):
    give(wallet, 1000, expires_at=timezone.now() + timedelta(minutes=5))
    hold = place(as_manager, wallet, "400", expires_in=3600).json()["id"]
    clock.forward(minutes=6)

    assert money_of(as_manager, wallet) == ("400", "0")
    assert settle_due() == 1
    assert money_of(as_manager, wallet) == ("400", "0")
    # 300 are taken; the rest is free, and so expires in the same transaction.
    assert act(as_manager, hold, "capture", amount="300").json()["balance_after"] == "100"
    assert money_of(as_manager, wallet) == ("0", "0")
    last = Entry.objects.filter(account_id=wallet.pk).latest("sequence")
    assert (last.kind, last.amount, last.key) == ("expiry", -100, None)
    assert verify().findings == []


def test_a_frozen_wallet_holds_nothing_new_but_gives_what_was_held(as_manager: APIClient, funded: Wallet):
    first, second = (place(as_manager, funded).json()["id"] for _ in range(2))
    change_wallet(wallet=funded, status="frozen")

    assert said(place(as_manager, funded)) == (403, "walletpro_wallet_frozen")
    assert act(as_manager, first, "capture").status_code == 201
    assert act(as_manager, second, "void").status_code == 200


def test_meets_the_spending_limit_and_its_capture_does_not(as_manager: APIClient, funded: Wallet):
    change_wallet(wallet=funded, spending_limit=1500)
    with nothing_moves():
        assert said(place(as_manager, funded, "1501")) == (422, "walletpro_spending_limit_exceeded")
    hold = place(as_manager, funded, "1500").json()["id"]
    change_wallet(wallet=funded, spending_limit=0)

    assert act(as_manager, hold, "capture").status_code == 201


@pytest.mark.parametrize("verb", ["", "/capture", "/void"])
def test_a_repetition_is_answered_and_not_done_again(as_manager: APIClient, funded: Wallet, verb: str):
    hold = place(as_manager, funded).json()["id"]
    path = f"{HOLDS}/{hold}{verb}" if verb else HOLDS
    body = {"idempotency_key": str(uuid4()), **({} if verb else {"wallet_id": funded.pk, "amount": "5"})}
    first = as_manager.post(path, body, format="json")
    with nothing_moves():
        again = as_manager.post(path, body, format="json")

    assert again.status_code == 200
    assert again["Idempotent-Replay"] == "true"
    assert again.json() == {
        **first.json(),
        "code": "walletpro_idempotent_replay",
        "message": again.json()["message"],
        "data": {"status": 200, "original_status": first.status_code},
    }
    assert verify().findings == []


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": 1.5}, "amount"),
        ({"amount": "10\u0660"}, "amount"),
        ({"amount": 10**15 + 1}, "amount"),
        ({"wallet_id": 0}, "wallet_id"),
        ({"wallet_id": "x"}, "wallet_id"),
        ({"expires_in": 0}, "expires_in"),
        ({"expires_in": 2592001}, "expires_in"),
        ({"expires_in": "soon"}, "expires_in"),
        ({"reason": "a\0b"}, "reason"),
        ({"reason": "x" * 256}, "reason"),
        ({"order_id": -1}, "order_id"),
    ],
)
def test_bad_arguments(as_manager: APIClient, funded: Wallet, wrong: dict[str, Any], name: str):
    with nothing_moves():
        response = place(as_manager, funded, **wrong)

    assert said(response) == (400, "rest_invalid_param")
    assert list(response.json()["data"]["params"]) == [name]


@pytest.mark.parametrize("missing", ["wallet_id", "amount"])
def test_what_is_needed(as_manager: APIClient, funded: Wallet, missing: str):
    body = {"wallet_id": funded.pk, "amount": "5"}
    del body[missing]

    assert said(as_manager.post(HOLDS, body, format="json")) == (400, "rest_missing_callback_param")


@pytest.mark.parametrize("hold_id", [1, 2**63 - 1, 2**63, 10**40])
def test_no_such_hold(as_manager: APIClient, funded: Wallet, hold_id: int):
    assert said(as_manager.get(f"{HOLDS}/{hold_id}")) == (404, "walletpro_hold_not_found")
    for verb in ("capture", "void"):
        assert said(act(as_manager, hold_id, verb)) == (404, "walletpro_hold_not_found")


def test_no_such_wallet(as_manager: APIClient, funded: Wallet):
    for wallet_id in (funded.pk + 1000, 2**63 - 1, 10**30):
        response = as_manager.post(HOLDS, {"wallet_id": wallet_id, "amount": "5"}, format="json")
        assert said(response) == (404, "walletpro_wallet_not_found")


def test_a_transaction_is_no_hold(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    entry = give(wallet, 5)

    assert said(as_manager.get(f"{HOLDS}/{entry.pk}")) == (404, "walletpro_hold_not_found")


def test_an_account_without_holds_reads_none(as_manager: APIClient, funded: Wallet, django_assert_num_queries: Any):
    account = Account.objects.get(pk=funded.pk)

    with django_assert_num_queries(0):
        show_settled([account])
