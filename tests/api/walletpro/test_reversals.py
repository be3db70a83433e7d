"""Giving a transaction back: once, linked, bounded by what it was."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from ledger.kinds import Kind
from ledger.models import Entry, Lot
from ledger.verifying import verify
from tests.api.conftest import V1, nothing_moves, said
from tests.api.walletpro.clock import Clock
from wallets.models import Wallet
from wallets.services import change_wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def reverse(client: APIClient, transaction_id: int, **arguments: Any) -> Any:
    return client.post(f"{V1}/transactions/{transaction_id}/reverse", {"reason": "A mistake", **arguments}, format="json")


def debit(client: APIClient, wallet: Wallet, amount: str) -> int:
    response = client.post(f"{V1}/wallets/{wallet.pk}/debit", {"amount": amount, "reason": "x"}, format="json")
    return int(response.json()["transaction_id"])


def balance(client: APIClient, wallet: Wallet) -> str:
    return str(client.get(f"{V1}/wallets/{wallet.pk}").json()["balance"])


def test_a_debit_comes_back(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 1000)
    spent = debit(as_manager, wallet, "400")
    response = reverse(as_manager, spent, note="Told by phone", reference="R-1")

    assert response.status_code == 201
    row = response.json()
    assert (row["type"], row["amount"], row["balance_after"], row["reason"]) == ("credit", "400", "1000", "A mistake")
    assert row["reversed_transaction_id"] == spent
    assert [entry["of_sequence"] for entry in row["entries"]] == [2]
    shown = as_manager.get(f"{V1}/transactions/{row['transaction_id']}").json()
    assert (shown["of_sequence"], shown["note"], shown["reference"]) == (2, "Told by phone", "R-1")
    entry = Entry.objects.get(pk=row["transaction_id"])
    assert (entry.kind, entry.house, entry.of) == (Kind.REVERSAL, "spent", 2)
    assert verify().findings == []


def test_a_credit_goes_back(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    given = give(wallet, 1000)
    row = reverse(as_manager, given.pk, amount="300").json()

    assert (row["type"], row["amount"], row["balance_after"]) == ("debit", "300", "700")
    assert verify().findings == []


def test_only_once_whole_or_in_part(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    given = give(wallet, 1000)
    reverse(as_manager, given.pk, amount="300")
    with nothing_moves():
        for arguments in ({}, {"amount": "300"}, {"amount": "1"}):
            assert said(reverse(as_manager, given.pk, **arguments)) == (409, "walletpro_already_reversed")


def test_at_most_what_it_was(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    given, spent = give(wallet, 1000).pk, debit(as_manager, wallet, "400")
    give(wallet, 5000)
    with nothing_moves():
        for transaction, most in ((given, "1000"), (spent, "400")):
            response = reverse(as_manager, transaction, amount=str(int(most) + 1))
            assert said(response) == (422, "walletpro_reversal_exceeds_original")
            assert response.json()["data"]["most"] == most


def test_a_credit_that_was_spent_is_not_there_to_go_back(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    given = give(wallet, 1000)
    debit(as_manager, wallet, "400")
    with nothing_moves():
        assert said(reverse(as_manager, given.pk)) == (422, "walletpro_insufficient_balance")
    assert reverse(as_manager, given.pk, amount="600").json()["balance_after"] == "0"


def test_what_expired_of_a_credit_does_not_go_back(
    as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry], clock: Clock
):
    given = give(wallet, 1000, expires_at=timezone.now() + timedelta(minutes=5))
    give(wallet, 5000)
    debit(as_manager, wallet, "400")
    clock.forward(minutes=6)

    with nothing_moves():
        response = reverse(as_manager, given.pk, amount="401")
    assert said(response) == (422, "walletpro_reversal_exceeds_original")
    assert response.json()["data"]["most"] == "400"
    assert reverse(as_manager, given.pk).json()["amount"] == "400"
    assert balance(as_manager, wallet) == "4600"
    assert verify().findings == []


def test_a_credit_that_expired_whole_is_not_given_back(
    as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry], clock: Clock
):
    given = give(wallet, 1000, expires_at=timezone.now() + timedelta(minutes=5))
    give(wallet, 5000)
    clock.forward(minutes=6)

    assert said(reverse(as_manager, given.pk)) == (422, "walletpro_reversal_exceeds_original")


def test_a_debit_comes_back_into_the_lots_it_took_from(
    as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry], clock: Clock
):
    soon, later = (timezone.now() + timedelta(minutes=minutes) for minutes in (5, 60))
    give(wallet, 100, expires_at=soon)
    give(wallet, 100, expires_at=later)
    give(wallet, 100)
    spent = debit(as_manager, wallet, "250")
    clock.forward(minutes=6)

    # 50 outside lots, then the lot that ends last, then 30 of the one that has ended: it has no end any more.
    assert reverse(as_manager, spent, amount="180").json()["balance_after"] == "230"
    assert sorted(Lot.objects.values_list("sequence", "ends", "rest")) == [(1, None, 30), (2, later, 100)]
    assert verify().findings == []


def test_a_capture_comes_back_and_a_hold_does_not(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 1000)
    body = {"wallet_id": wallet.pk, "amount": "400"}
    hold = as_manager.post(f"{V1}/holds", body, format="json").json()["id"]
    taken = as_manager.post(f"{V1}/holds/{hold}/capture", {"amount": "300"}, format="json").json()["transaction_id"]

    assert reverse(as_manager, taken).json()["balance_after"] == "1000"
    assert said(reverse(as_manager, hold)) == (404, "walletpro_transaction_not_found")
    assert verify().findings == []


@pytest.mark.parametrize("kind", [Kind.TOPUP])
def test_what_has_a_life_of_its_own_is_undone_by_its_own_route(
    as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry], kind: Kind
):
    entry = give(wallet, 1000, kind)
    with nothing_moves():
        response = reverse(as_manager, entry.pk)

    assert said(response) == (409, "walletpro_not_reversible")
    assert response.json()["data"]["kind"] == kind


def test_a_reversal_and_an_expiry_stay(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry], clock: Clock):
    back = reverse(as_manager, give(wallet, 1000).pk).json()["transaction_id"]
    give(wallet, 10, expires_at=timezone.now() + timedelta(minutes=5))
    clock.forward(minutes=6)
    give(wallet, 1)
    expired = Entry.objects.get(kind=Kind.EXPIRY).pk

    for transaction in (back, expired):
        assert said(reverse(as_manager, transaction)) == (409, "walletpro_not_reversible")


def test_a_frozen_wallet_gives_back(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    given = give(wallet, 1000)
    change_wallet(wallet=wallet, status="frozen")

    assert reverse(as_manager, given.pk).status_code == 201


def test_a_repetition_is_answered_and_not_done_again(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    given, key = give(wallet, 1000), str(uuid4())
    first = reverse(as_manager, given.pk, idempotency_key=key)
    with nothing_moves():
        again = reverse(as_manager, given.pk, idempotency_key=key)

    assert (again.status_code, again["Idempotent-Replay"]) == (200, "true")
    assert again.json()["transaction_id"] == first.json()["transaction_id"]
    assert verify().findings == []


def test_no_such_transaction(as_manager: APIClient, wallet: Wallet):
    for transaction in (1, 2**63, 10**30):
        assert said(reverse(as_manager, transaction)) == (404, "walletpro_transaction_not_found")


@pytest.mark.parametrize("amount", ["0", "-1", "1.0", 0.5, "", 10**16, True, [1]])
def test_bad_amounts(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry], amount: Any):
    given = give(wallet, 1000)
    with nothing_moves():
        assert said(reverse(as_manager, given.pk, amount=amount)) == (400, "rest_invalid_param")
