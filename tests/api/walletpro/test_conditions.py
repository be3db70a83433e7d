"""Conditional writes: 412 where the wallet is not as the caller said."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from ledger.models import Entry
from tests.api.conftest import V1, nothing_moves, said
from tests.api.walletpro.clock import Clock
from wallets.models import Wallet
from wallets.services import change_wallet

pytestmark = pytest.mark.django_db

ROUTES = ["/wallets/{wallet}/credit", "/wallets/{wallet}/debit", "/holds"]


@pytest.fixture
def funded(wallet: Wallet, give: Callable[..., Entry]) -> Wallet:
    give(wallet, 600)
    give(wallet, 400)
    return wallet


def post(client: APIClient, route: str, wallet: Wallet, **arguments: Any) -> Any:
    body = {"wallet_id": wallet.pk, "amount": "10", "reason": "x", **arguments}
    return client.post(V1 + route.format(wallet=wallet.pk), body, format="json")


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("condition", [{"if_balance_gte": "1000"}, {"if_sequence": 2}, {"if_balance_gte": 0, "if_sequence": "2"}])
def test_met(as_manager: APIClient, funded: Wallet, route: str, condition: dict[str, Any]):
    assert post(as_manager, route, funded, **condition).status_code == 201


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("condition", [{"if_balance_gte": "1001"}, {"if_sequence": 1}, {"if_balance_gte": 0, "if_sequence": 3}])
def test_not_met(as_manager: APIClient, funded: Wallet, route: str, condition: dict[str, Any]):
    with nothing_moves():
        response = post(as_manager, route, funded, **condition)
        tried = post(as_manager, route, funded, **condition, dry_run=True)

    assert said(response) == said(tried) == (412, "walletpro_precondition_failed")
    assert response.json()["data"] == {"status": 412, "balance": "1000", "sequence": 2}


def test_a_wallet_shows_the_sequence_to_ask_for(as_manager: APIClient, funded: Wallet):
    shown = as_manager.get(f"{V1}/wallets/{funded.pk}").json()["sequence"]

    assert post(as_manager, ROUTES[0], funded, if_sequence=shown).status_code == 201
    assert said(post(as_manager, ROUTES[0], funded, if_sequence=shown)) == (412, "walletpro_precondition_failed")


def test_settling_what_a_reader_was_shown_as_settled_breaks_no_condition(
    as_manager: APIClient, funded: Wallet, monkeypatch: pytest.MonkeyPatch
):
    clock = Clock(monkeypatch)
    post(as_manager, "/holds", funded, expires_in=60)
    clock.forward(seconds=61)
    shown = as_manager.get(f"{V1}/wallets/{funded.pk}").json()
    assert (shown["sequence"], shown["available"]) == (3, "1000")

    assert post(as_manager, ROUTES[1], funded, if_sequence=3).status_code == 201
    assert Entry.objects.filter(account_id=funded.pk).count() == 5


def test_frozen_and_limited_come_first_and_too_little_last(as_manager: APIClient, funded: Wallet):
    unmet = {"if_sequence": 99}
    assert said(post(as_manager, ROUTES[1], funded, amount="5000", **unmet)) == (412, "walletpro_precondition_failed")
    change_wallet(wallet=funded, spending_limit=5)
    assert said(post(as_manager, ROUTES[1], funded, **unmet)) == (422, "walletpro_spending_limit_exceeded")
    change_wallet(wallet=funded, status="frozen")
    assert said(post(as_manager, ROUTES[1], funded, **unmet)) == (403, "walletpro_wallet_frozen")


@pytest.mark.parametrize("wrong", [{"if_balance_gte": "-1"}, {"if_balance_gte": 1.5}, {"if_sequence": -1}, {"if_sequence": "x"}])
def test_bad_conditions(as_manager: APIClient, funded: Wallet, wrong: dict[str, Any]):
    with nothing_moves():
        response = post(as_manager, ROUTES[0], funded, **wrong)

    assert said(response) == (400, "rest_invalid_param")
    assert list(response.json()["data"]["params"]) == list(wrong)


def test_a_repetition_of_a_call_whose_condition_no_longer_holds_is_a_repetition(as_manager: APIClient, funded: Wallet):
    body = {"if_sequence": 2, "idempotency_key": "550e8400-e29b-41d4-a716-446655440000"}
    assert post(as_manager, ROUTES[0], funded, **body).status_code == 201

    assert post(as_manager, ROUTES[0], funded, **body).status_code == 200


def test_the_clock_of_these_tests_moves(monkeypatch: pytest.MonkeyPatch):
    from django.utils import timezone

    clock, before = Clock(monkeypatch), timezone.now()
    clock.forward(hours=1)

    assert timezone.now() - before > timedelta(minutes=59)


def test_nothing_to_take_comes_behind_the_condition_too(as_manager: APIClient, wallet: Wallet):
    path, partial = ROUTES[1], {"allow_partial": True}

    assert said(post(as_manager, path, wallet, **partial, if_sequence=9)) == (412, "walletpro_precondition_failed")
    assert said(post(as_manager, path, wallet, **partial)) == (422, "walletpro_insufficient_balance")
