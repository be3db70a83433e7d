"""POST, PUT and PATCH /walletpro/v1/wallets/{id}: limits, auto-reload, status."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from ledger.models import Account, Entry
from people.models import User
from people.rights import Right
from tests.api.conftest import V1, nothing_moves, said
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

FORBIDDEN = (403, "rest_forbidden")


def change(client: APIClient, wallet: Wallet, verb: str = "patch", **arguments: Any) -> Any:
    return getattr(client, verb)(f"{V1}/wallets/{wallet.pk}", arguments, format="json")


@pytest.mark.parametrize("verb", ["post", "put", "patch"])
def test_a_manager_sets_everything(as_manager: APIClient, wallet: Wallet, verb: str):
    given = {
        "spending_limit": "20000",
        "auto_reload_enabled": True,
        "auto_reload_threshold": 1000,
        "auto_reload_amount": "5000",
        "status": "frozen",
    }
    response = change(as_manager, wallet, verb, **given)

    assert response.status_code == 200
    assert {name: response.json()[name] for name in given} == {**given, "auto_reload_threshold": "1000"}
    assert response.json() == as_manager.get(f"{V1}/wallets/{wallet.pk}").json()


@pytest.mark.parametrize("verb", ["post", "put", "patch"])
def test_what_is_not_named_stays(as_manager: APIClient, wallet: Wallet, verb: str):
    change(as_manager, wallet, spending_limit="500", auto_reload_threshold="7")
    body = change(as_manager, wallet, verb, auto_reload_amount="9").json()

    assert (body["spending_limit"], body["auto_reload_threshold"], body["auto_reload_amount"]) == ("500", "7", "9")


def test_null_unsets(as_manager: APIClient, wallet: Wallet):
    change(as_manager, wallet, spending_limit="500", auto_reload_threshold="7", auto_reload_amount="9")
    body = change(as_manager, wallet, spending_limit=None, auto_reload_threshold=None, auto_reload_amount=None).json()

    assert (body["spending_limit"], body["auto_reload_threshold"], body["auto_reload_amount"]) == (None, None, None)


def test_naming_nothing_changes_nothing(as_manager: APIClient, wallet: Wallet):
    before = as_manager.get(f"{V1}/wallets/{wallet.pk}").json()
    after = change(as_manager, wallet, unknown=1, balance="10000", user_id=9, name="x").json()

    assert {**after, "updated_at": ""} == {**before, "updated_at": ""}


def test_the_owner_sets_the_auto_reload_fields(as_alice: APIClient, wallet: Wallet):
    response = change(as_alice, wallet, auto_reload_enabled=True, auto_reload_threshold="1000", auto_reload_amount="5000")

    assert response.status_code == 200
    assert response.json()["auto_reload_enabled"] is True


@pytest.mark.parametrize(
    "arguments", [{"spending_limit": "1"}, {"spending_limit": None}, {"status": "frozen"}, {"status": "active"}]
)
def test_the_owner_sets_no_limit_and_no_status(as_alice: APIClient, wallet: Wallet, arguments: dict[str, Any]):
    with nothing_moves():
        assert said(change(as_alice, wallet, auto_reload_threshold="1", **arguments)) == FORBIDDEN


def test_nobody_elses_wallet(as_alice: APIClient, bobs_wallet: Wallet):
    with nothing_moves():
        assert said(change(as_alice, bobs_wallet, auto_reload_threshold="1")) == FORBIDDEN
        assert said(change(as_alice, Wallet(pk=bobs_wallet.pk + 1000), auto_reload_threshold="1")) == FORBIDDEN


@pytest.mark.parametrize("rights", [(Right.READ_WALLETS,), (Right.WRITE_WALLETS,), (Right.READ_WALLETS, Right.WRITE_WALLETS)])
def test_the_lesser_rights_do_not_reach_this(
    client_with_key: Callable[..., APIClient], person: Callable[..., User], wallet: Wallet, rights: tuple[Right, ...]
):
    client = client_with_key(person("clerk", *rights))
    with nothing_moves():
        assert said(change(client, wallet, auto_reload_threshold="1")) == FORBIDDEN


def test_a_wallet_that_is_not_there(as_manager: APIClient, wallet: Wallet):
    with nothing_moves():
        assert said(change(as_manager, Wallet(pk=wallet.pk + 1000), status="frozen")) == (404, "walletpro_wallet_not_found")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("spending_limit", "-1", "spending_limit is not of type integer."),
        ("spending_limit", -1, "spending_limit must be between 0 (inclusive) and 1000000000000000000 (inclusive)"),
        ("spending_limit", "", "spending_limit is not of type integer."),
        ("spending_limit", 1.5, "spending_limit is not of type integer."),
        (
            "auto_reload_threshold",
            "9" * 40,
            "auto_reload_threshold must be between 0 (inclusive) and 1000000000000000000 (inclusive)",
        ),
        ("auto_reload_amount", 0, "auto_reload_amount must be between 1 (inclusive) and 1000000000000000 (inclusive)"),
        ("auto_reload_enabled", "yes", "auto_reload_enabled is not of type boolean."),
        ("auto_reload_enabled", None, "auto_reload_enabled is not of type boolean."),
        ("status", "FROZEN", "status is not one of active and frozen."),
        ("status", None, "status is not of type string."),
    ],
)
def test_arguments_that_are_wrong(as_manager: APIClient, wallet: Wallet, name: str, value: Any, words: str):
    with nothing_moves():
        response = change(as_manager, wallet, **{name: value})

    assert said(response) == (400, "rest_invalid_param")
    assert response.json()["data"]["params"] == {name: words}


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        ({"auto_reload_enabled": True}, "auto_reload_threshold"),
        ({"auto_reload_enabled": True, "auto_reload_threshold": "5"}, "auto_reload_amount"),
        ({"auto_reload_enabled": True, "auto_reload_amount": "5"}, "auto_reload_threshold"),
    ],
)
def test_auto_reload_needs_threshold_and_amount(as_alice: APIClient, wallet: Wallet, arguments: dict[str, Any], missing: str):
    with nothing_moves():
        response = change(as_alice, wallet, **arguments)

    words = f"{missing} is needed where auto-reload is on."
    assert response.json() == {
        "code": "rest_invalid_param",
        "message": f"Invalid parameter(s): {missing}",
        "data": {
            "status": 400,
            "params": {missing: words},
            "details": {missing: {"code": "rest_invalid_param", "message": words, "data": None}},
        },
    }


def test_auto_reload_that_is_on_keeps_its_amount(as_alice: APIClient, wallet: Wallet):
    change(as_alice, wallet, auto_reload_enabled=True, auto_reload_threshold="1", auto_reload_amount="1")
    with nothing_moves():
        assert said(change(as_alice, wallet, auto_reload_amount=None)) == (400, "rest_invalid_param")


def test_freezing_and_thawing(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 100)
    change(as_manager, wallet, status="frozen")
    debit = {"amount": "1", "reason": "x"}

    assert as_manager.post(f"{V1}/wallets/{wallet.pk}/debit", debit).status_code == 403
    assert change(as_manager, wallet, status="active").json()["status"] == "active"
    assert as_manager.post(f"{V1}/wallets/{wallet.pk}/debit", debit).status_code == 201


def test_a_wallet_that_was_edited_behind_our_back_is_not_touched(as_manager: APIClient, wallet: Wallet):
    Account.objects.filter(pk=wallet.pk).update(credit_line=10**9)
    with nothing_moves():
        assert said(change(as_manager, wallet, status="frozen")) == (503, "walletpro_ledger_unavailable")
