"""POST /walletpro/v1/wallets/{id}/credit."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import connection, connections, transaction
from rest_framework.test import APIClient

from ledger.book import lock_accounts
from ledger.kinds import Kind
from ledger.models import Account, Entry, Lot
from ledger.verifying import verify
from people.models import User
from tests.api.conftest import V1, nothing_moves, said, same_caller
from wallets.models import Wallet
from wallets.services import change_wallet

pytestmark = pytest.mark.django_db


def post_credit(client: APIClient, wallet: Wallet, **arguments: Any) -> Any:
    body = {"amount": "1000", "reason": "Loyalty reward Q2", **arguments}
    return client.post(f"/wp-json/walletpro/v1/wallets/{wallet.pk}/credit", body, format="json")


def balance_of(wallet: Wallet) -> int:
    return Account.objects.get(pk=wallet.pk).balance


def test_answers_the_documents_shape(as_manager: APIClient, wallet: Wallet):
    response = post_credit(as_manager, wallet, expiry_date="2099-12-31T23:59:59Z")

    entry = Entry.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "transaction_id": entry.pk,
        "wallet_id": wallet.pk,
        "type": "credit",
        "amount": "1000",
        "currency": "USD",
        "balance_after": "1000",
        "reason": "Loyalty reward Q2",
        "expiry_date": "2099-12-31T23:59:59Z",
        "hmac_chain": f"sha256:{bytes(entry.mac).hex()}",
        "created_at": entry.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def test_adds_to_the_balance(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 8500)
    response = post_credit(as_manager, wallet)

    assert response.json()["balance_after"] == "9500"
    assert balance_of(wallet) == 9500


@pytest.mark.parametrize("amount", ["1000", 1000, "01000"])
def test_an_amount_is_digits_or_an_integer(as_manager: APIClient, wallet: Wallet, amount: Any):
    assert post_credit(as_manager, wallet, amount=amount).json()["amount"] == "1000"


def test_the_least_and_the_most(as_manager: APIClient, wallet: Wallet):
    assert post_credit(as_manager, wallet, amount="1").json()["balance_after"] == "1"
    assert post_credit(as_manager, wallet, amount=str(10**15)).json()["balance_after"] == str(10**15 + 1)


@pytest.mark.parametrize("form", ["multipart", None])
def test_a_form_will_do(as_manager: APIClient, wallet: Wallet, form: str | None):
    path = f"{V1}/wallets/{wallet.pk}/credit"
    if form:
        response = as_manager.post(path, {"amount": "5", "reason": "x y"}, format=form)
    else:
        response = as_manager.post(path, "amount=5&reason=x+y", content_type="application/x-www-form-urlencoded")

    assert (response.status_code, response.json()["reason"]) == (201, "x y")


def test_keeps_who_and_why(as_manager: APIClient, wallet: Wallet, manager: User, key_of: Any):
    post_credit(as_manager, wallet, note="for managers", order_id=8812, reference="INV-7")

    entry = Entry.objects.get()
    assert entry.actor == f"key:{key_of.pk} user:{manager.pk}"
    assert (entry.reason, entry.note, entry.order_id, entry.reference) == ("Loyalty reward Q2", "for managers", 8812, "INV-7")


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ("credit", Kind.CREDIT),
        ("topup", Kind.TOPUP),
        ("cashback", Kind.CASHBACK),
        ("milestone", Kind.MILESTONE),
        ("referral", Kind.REFERRAL),
    ],
)
def test_types_of_credit(as_manager: APIClient, wallet: Wallet, given: str, kind: Kind):
    assert post_credit(as_manager, wallet, type=given).json()["type"] == given
    assert Entry.objects.get().kind == kind


@pytest.mark.parametrize("given", ["debit", "withdrawal", "expiry", "transfer_in", "Credit", "", None, 5])
def test_types_that_are_no_credit(as_manager: APIClient, wallet: Wallet, given: Any):
    with nothing_moves():
        response = post_credit(as_manager, wallet, type=given)

    assert said(response) == (400, "rest_invalid_param")
    assert list(response.json()["data"]["params"]) == ["type"]


def test_the_expiry_in_any_offset(as_manager: APIClient, wallet: Wallet):
    response = post_credit(as_manager, wallet, expiry_date="2099-12-31T20:00:00-03:30")

    assert response.json()["expiry_date"] == "2099-12-31T23:30:00Z"
    assert Lot.objects.get().ends == datetime(2099, 12, 31, 23, 30, tzinfo=UTC)


def test_a_bare_date_is_its_midnight(as_manager: APIClient, wallet: Wallet):
    assert post_credit(as_manager, wallet, expiry_date="2099-12-31").json()["expiry_date"] == "2099-12-31T00:00:00Z"


@pytest.mark.parametrize("blank", [{}, {"expiry_date": ""}, {"expiry_date": None}])
def test_left_blank_it_never_expires(as_manager: APIClient, wallet: Wallet, blank: dict[str, Any]):
    response = post_credit(as_manager, wallet, **blank)

    assert (response.status_code, response.json()["expiry_date"]) == (201, None)
    assert not Lot.objects.exists()


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(seconds=1), timedelta(days=400)])
def test_a_past_expiry_is_refused(as_manager: APIClient, wallet: Wallet, ago: timedelta):
    past = (datetime.now(timezone(timedelta(hours=5))) - ago).isoformat(timespec="seconds")
    with nothing_moves():
        response = post_credit(as_manager, wallet, expiry_date=past)

    assert said(response) == (400, "rest_invalid_param")
    assert response.json()["data"]["params"] == {"expiry_date": "expiry_date must lie in the future."}


@pytest.mark.parametrize("given", ["tomorrow", "31.12.2099", "2099-13-01", 4102444799, True])
def test_an_expiry_that_is_no_date(as_manager: APIClient, wallet: Wallet, given: Any):
    with nothing_moves():
        response = post_credit(as_manager, wallet, expiry_date=given)

    assert response.json()["data"]["params"] == {"expiry_date": "Invalid date."}


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ({"reason": ""}, "reason must be at least 1 character long."),
        ({"reason": "x" * 256}, "reason must be at most 255 characters long."),
        ({"reason": 5}, "reason is not of type string."),
        ({"reason": "a\0b"}, "reason contains a NUL character."),
        ({"note": "x" * 2001}, "note must be at most 2000 characters long."),
        ({"note": None}, "note is not of type string."),
        ({"order_id": 0}, "order_id must be between 1 (inclusive) and 9223372036854775807 (inclusive)"),
        ({"order_id": 2**63}, "order_id must be between 1 (inclusive) and 9223372036854775807 (inclusive)"),
        ({"order_id": "#8812"}, "order_id is not of type integer."),
        ({"reference": "x" * 256}, "reference must be at most 255 characters long."),
        ({"idempotency_key": "not-a-uuid"}, "idempotency_key is not a valid UUID."),
    ],
)
def test_arguments_that_are_wrong(as_manager: APIClient, wallet: Wallet, arguments: dict[str, Any], wrong: str):
    with nothing_moves():
        response = post_credit(as_manager, wallet, **arguments)

    assert said(response) == (400, "rest_invalid_param")
    assert response.json()["data"]["params"] == {next(iter(arguments)): wrong}


def test_255_characters_of_any_script(as_manager: APIClient, wallet: Wallet):
    assert post_credit(as_manager, wallet, reason="漢" * 255).json()["reason"] == "漢" * 255


def test_a_wallet_that_is_not_there(as_manager: APIClient, wallet: Wallet):
    with nothing_moves():
        response = post_credit(as_manager, Wallet(pk=wallet.pk + 1000))

    assert response.status_code == 404
    assert response.json() == {
        "code": "walletpro_wallet_not_found",
        "message": "There is no such wallet.",
        "data": {"status": 404},
    }


def test_a_customer_may_not_even_his_own(as_alice: APIClient, wallet: Wallet):
    with nothing_moves():
        assert said(post_credit(as_alice, wallet)) == (403, "rest_forbidden")


def test_a_frozen_wallet_takes_nothing(as_manager: APIClient, wallet: Wallet):
    change_wallet(wallet=wallet, status=Account.Status.FROZEN)
    with nothing_moves():
        response = post_credit(as_manager, wallet)

    assert response.status_code == 403
    assert response.json() == {
        "code": "walletpro_wallet_frozen",
        "message": "The wallet is frozen.",
        "data": {"status": 403},
    }


def test_a_wallet_that_would_hold_too_much(as_manager: APIClient, wallet: Wallet, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ledger.possible.BALANCE_MAX", 1500)
    post_credit(as_manager, wallet)
    with nothing_moves():
        response = post_credit(as_manager, wallet)

    assert said(response) == (422, "walletpro_balance_limit")
    assert (response.json()["data"]["balance"], response.json()["data"]["requested"]) == ("1000", "1000")


def test_a_wallet_that_was_edited_behind_our_back_does_not_move(as_manager: APIClient, wallet: Wallet):
    Account.objects.filter(pk=wallet.pk).update(balance=10**9)
    with nothing_moves():
        response = post_credit(as_manager, wallet)

    assert said(response) == (503, "walletpro_ledger_unavailable")


def test_a_currency_without_decimals(as_manager: APIClient, alice: User, wallet: Wallet):
    from ledger.money import currency
    from wallets.services import open_wallet

    yen = open_wallet(user=alice, currency=currency("JPY"))
    body = post_credit(as_manager, yen).json()

    assert (body["amount"], body["currency"], body["balance_after"]) == ("1000", "JPY", "1000")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_lock_that_cannot_be_had(as_manager: APIClient, wallet: Wallet):
    """Somebody holds the account for longer than anybody waits."""
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                lock_accounts(wallet.pk)
                held.set()
                release.wait(20)
        finally:
            connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")
    try:
        response = post_credit(as_manager, wallet, idempotency_key="550e8400-e29b-41d4-a716-446655440000")
    finally:
        release.set()
        holder.join()
        connection.close()

    assert response.status_code == 503
    assert response.json() == {
        "code": "walletpro_busy",
        "message": "The service is busy; nothing was changed. Please try again.",
        "data": {"status": 503, "retry_after": 1},
    }
    assert response["Retry-After"] == "1"
    assert not Entry.objects.exists()
    assert post_credit(as_manager, wallet, idempotency_key="550e8400-e29b-41d4-a716-446655440000").status_code == 201


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_credits_at_once_all_count(as_manager: APIClient, wallet: Wallet, at_once: Callable[..., list[Any]]):
    responses = at_once(12, lambda number: post_credit(same_caller(as_manager), wallet, amount=str(number + 1)))

    assert {response.status_code for response in responses} == {201}
    assert balance_of(wallet) == sum(range(1, 13))
    assert sorted(Entry.objects.values_list("sequence", flat=True)) == list(range(1, 13))


@pytest.mark.parametrize("never", ["9999-12-31T23:59:59Z", "9999-12-31", "9999-12-31T23:59:59+00:00"])
def test_the_end_of_all_days_is_an_end(as_manager: APIClient, wallet: Wallet, never: str):
    response = as_manager.post(
        f"{V1}/wallets/{wallet.pk}/credit", {"amount": "5", "reason": "x", "expiry_date": never}, format="json"
    )

    assert response.status_code == 201
    assert response.json()["expiry_date"].startswith("9999-12-31T")
    assert verify().findings == []


@pytest.mark.parametrize("beyond", ["9999-12-31T23:59:59-01:00", "10000-01-01"])
def test_what_lies_behind_it_is_none(as_manager: APIClient, wallet: Wallet, beyond: str):
    response = as_manager.post(
        f"{V1}/wallets/{wallet.pk}/credit", {"amount": "5", "reason": "x", "expiry_date": beyond}, format="json"
    )

    assert said(response) == (400, "rest_invalid_param")
