"""Fifty at once: one key has one effect and forty-nine replays; what can be done once is done once, whatever the keys.

Each was seen to fail. Without FOR NO KEY UPDATE in LOCK_ACCOUNT, captures and reversals
under different keys meet each other's entries: the unique constraints still allow one,
and the others are told that the account is not intact (503) instead of the truth. With a
claim that does not wait (a key of its own for every call), one key has many effects.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from idempotency.models import Claim
from ledger.models import Account, Entry, Hold
from ledger.verifying import verify
from tests.api.conftest import V1, same_caller
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

AtOnce = Callable[..., list[Any]]


@pytest.fixture
def storm(as_manager: APIClient, at_once: AtOnce) -> Callable[..., list[Any]]:
    """`storm("holds", one_key=True, amount="5")`: the same call fifty times, under one key or under fifty."""

    def storm(path: str, *, one_key: bool, **arguments: Any) -> list[Any]:
        keys = [str(uuid4())] * 50 if one_key else [str(uuid4()) for _ in range(50)]

        def call(number: int) -> Any:
            body = {"reason": "storm", **arguments, "idempotency_key": keys[number]}
            return same_caller(as_manager).post(f"{V1}/{path}", body, format="json")

        return at_once(50, call)

    return storm


@pytest.fixture
def funded(wallet: Wallet, give: Callable[..., Entry]) -> Wallet:
    give(wallet, 10_000)
    return wallet


@pytest.fixture
def hold(as_manager: APIClient, funded: Wallet) -> int:
    body = {"wallet_id": funded.pk, "amount": "600", "reason": "storm"}
    return int(as_manager.post(f"{V1}/holds", body, format="json").json()["id"])


def codes(responses: list[Any]) -> list[int]:
    return sorted(response.status_code for response in responses)


def told(responses: list[Any]) -> set[Any]:
    """What the answers name: one thing, if there was one effect."""
    return {response.json().get("transaction_id") or response.json().get("id") for response in responses}


def refusals(responses: list[Any]) -> list[str]:
    return [response.json()["code"] for response in responses if response.status_code >= 400]


def require_figures(wallet: Wallet, *, balance: int, held: int, entries: int) -> None:
    account = Account.objects.get(pk=wallet.pk)
    assert (account.balance, account.held, account.sequence) == (balance, held, entries)
    assert verify(wallet.pk).findings == []


def test_one_key_one_credit(wallet: Wallet, storm: Callable[..., list[Any]]):
    responses = storm(f"wallets/{wallet.pk}/credit", one_key=True, amount="700")

    assert (codes(responses), len(told(responses))) == ([200] * 49 + [201], 1)
    require_figures(wallet, balance=700, held=0, entries=1)


def test_one_key_one_hold(funded: Wallet, storm: Callable[..., list[Any]]):
    responses = storm("holds", one_key=True, wallet_id=funded.pk, amount="700")

    assert (codes(responses), len(told(responses))) == ([200] * 49 + [201], 1)
    assert Hold.objects.count() == Claim.objects.count() == 1
    require_figures(funded, balance=10_000, held=700, entries=2)


def test_one_key_one_capture(funded: Wallet, hold: int, storm: Callable[..., list[Any]]):
    responses = storm(f"holds/{hold}/capture", one_key=True, amount="500")

    assert (codes(responses), len(told(responses))) == ([200] * 49 + [201], 1)
    require_figures(funded, balance=9_500, held=0, entries=3)


def test_one_key_one_reversal(funded: Wallet, storm: Callable[..., list[Any]]):
    given = Entry.objects.get(account_id=funded.pk)
    responses = storm(f"transactions/{given.pk}/reverse", one_key=True, amount="400")

    assert (codes(responses), len(told(responses))) == ([200] * 49 + [201], 1)
    require_figures(funded, balance=9_600, held=0, entries=2)


def test_of_fifty_captures_of_one_hold_one_takes_it(funded: Wallet, hold: int, storm: Callable[..., list[Any]]):
    responses = storm(f"holds/{hold}/capture", one_key=False, amount="500")

    assert codes(responses) == [201] + [409] * 49
    assert set(refusals(responses)) == {"walletpro_hold_not_active"}
    require_figures(funded, balance=9_500, held=0, entries=3)


def test_of_fifty_reversals_of_one_entry_one_gives_it_back(funded: Wallet, storm: Callable[..., list[Any]]):
    given = Entry.objects.get(account_id=funded.pk)
    responses = storm(f"transactions/{given.pk}/reverse", one_key=False, amount="10")

    assert codes(responses) == [201] + [409] * 49
    assert len(set(refusals(responses))) == 1
    require_figures(funded, balance=9_990, held=0, entries=2)


def test_fifty_debits_under_a_cap_of_ten_are_ten(storm: Callable[..., list[Any]], funded: Wallet, site: Any):
    """Without the account's lock, or with the count taken before it, more than ten get through."""
    site(velocity_max_count=10)
    responses = storm(f"wallets/{funded.pk}/debit", one_key=False, amount="5")

    assert codes(responses) == [201] * 10 + [429] * 40
    assert {response.json()["code"] for response in responses if response.status_code == 429} == {
        "walletpro_velocity_cap_exceeded"
    }
    assert Account.objects.get(pk=funded.pk).balance == 9950
