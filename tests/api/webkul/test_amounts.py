"""Amounts in and out: exact numbers of major units, whatever way they are spelt."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from ledger.money import Currency, currency
from tests.api.conftest import nothing_moves, said
from tests.api.webkul.conftest import ADMIN, CUSTOMER, a_key, send, spelt
from wallet_service.api.bodies import from_json
from wallet_service.api.webkul.fields import AMOUNT, in_minor, major
from wallet_service.api.wordpress import dump, load
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

COIN = Currency("COIN", 8, "Coins", is_iso=False)


def credit(client: APIClient, wallet: Wallet, amount: str, **others: str) -> Any:
    extra = "".join(f', "{name}": {value}' for name, value in others.items())
    return send(client, f"{ADMIN}/wallets/{wallet.user_id}/credit", f'{{"amount": {amount}{extra}}}')


def test_a_tenth_and_two_tenths_are_three_tenths(as_manager: APIClient, wallet: Wallet, in_session: APIClient):
    assert spelt(credit(as_manager, wallet, "0.1"))["balance_after"] == "0.10"
    assert spelt(credit(as_manager, wallet, "0.2"))["balance_after"] == "0.30"

    for response in (
        as_manager.get(f"{ADMIN}/wallets"),
        as_manager.get(f"{ADMIN}/wallets/{wallet.user_id}"),
        as_manager.get(f"{ADMIN}/wallets?_fields=items.balance&_envelope&_pretty"),
        in_session.get(f"{CUSTOMER}/balance"),
        in_session.get(f"{CUSTOMER}/transactions?_fields=items.balance_after"),
    ):
        assert b"0.30" in response.content
        assert b"0.3\n" not in response.content
        assert b"0.3000" not in response.content
    amounts = [row["amount"] for row in spelt(as_manager.get(f"{ADMIN}/transactions"))["items"]]
    assert amounts == ["0.20", "0.10"]


def test_fifteen_digits_are_exact(as_manager: APIClient, wallet: Wallet):
    """9999999999999.99 and 0.01 are more than a binary float tells apart from their neighbours."""
    assert spelt(credit(as_manager, wallet, "9999999999999.99"))["balance_after"] == "9999999999999.99"
    assert spelt(credit(as_manager, wallet, "9007199254740.93"))["balance_after"] == "19007199254740.92"
    debited = send(as_manager, f"{ADMIN}/wallets/{wallet.user_id}/debit", '{"amount": 0.01}')

    assert spelt(debited)["balance_after"] == "19007199254740.91"
    assert b'"amount":-0.01,"balance_after":19007199254740.91' in as_manager.get(f"{ADMIN}/transactions").content


@pytest.mark.parametrize("amount", ["100", "100.00", "1e2", '"100"', '"1.0E2"', "100.000000000", '" 100.0 "'])
def test_however_it_is_spelt(as_manager: APIClient, wallet: Wallet, amount: str):
    assert spelt(credit(as_manager, wallet, amount))["balance_after"] == "100.00"


@pytest.mark.parametrize(
    ("amount", "complaint"),
    [
        ("0.001", "amount has more decimals than USD, which has 2."),
        ("100.0000000000000000000000000000000001", "amount has more decimals than USD, which has 2."),
        (f"1.{'0' * 9999}1", "amount has more decimals than any currency."),
        ("1e-999999", "amount has more decimals than USD, which has 2."),
        ("1e-99999999999", "amount has more decimals than any currency."),
        ("0", "amount must be greater than 0"),
        ("0e999999999", "amount must be greater than 0"),
        ("-0.00", "amount must be greater than 0"),
        ("-5", "amount must be greater than 0"),
        ("10000000000000.01", "amount must be between 0.01 (inclusive) and 10000000000000.00 (inclusive)"),
        ("1e30", "amount must be between 0.01 (inclusive) and 10000000000000.00 (inclusive)"),
        ("1e999999999", "amount is larger than any amount."),
        ("9" * 500, "amount is larger than any amount."),
        ("true", "amount is not of type number."),
        ('"ten"', "amount is not of type number."),
        ('"١٠"', "amount is not of type number."),
        ('"1,5"', "amount is not of type number."),
        ('"0x10"', "amount is not of type number."),
        ('"NaN"', "amount is not of type number."),
        ('""', "amount is not of type number."),
        ("[1]", "amount is not of type number."),
        ('{"minor": 1}', "amount is not of type number."),
    ],
)
def test_what_is_no_amount_of_dollars(as_manager: APIClient, wallet: Wallet, amount: str, complaint: str):
    with nothing_moves():
        response = credit(as_manager, wallet, amount)

    assert said(response) == (400, "rest_invalid_param")
    assert response.json()["data"]["params"] == {"amount": complaint}


@pytest.mark.parametrize("amount", ["Infinity", "NaN", "1.", ".5", "01", "1e", "+1"])
def test_what_is_no_json(as_manager: APIClient, wallet: Wallet, amount: str):
    assert said(credit(as_manager, wallet, amount)) == (400, "rest_invalid_json")


@pytest.mark.parametrize("code", ["JPY", "KWD", "PTS"])
def test_each_currency_has_its_own_decimals(as_manager: APIClient, wallet: Wallet, settings: Any, code: str):
    settings.OWN_UNITS = ["PTS:Points:8"]
    amount, shown = {"JPY": ("500", 500), "KWD": ("0.005", "0.005"), "PTS": ("0.00000005", "0.00000005")}[code]
    named = {"currency": f'"{code}"'}
    assert spelt(credit(as_manager, wallet, amount, **named))["balance_after"] == shown
    too_fine = "0.5" if code == "JPY" else f"{amount}5"

    assert said(credit(as_manager, wallet, too_fine, **named)) == (400, "rest_invalid_param")
    [row] = spelt(as_manager.get(f"{ADMIN}/wallets?currency={code}&_fields=items"))["items"]
    assert (row["balance"], row["currency"]) == (shown, code)


def test_amounts_may_come_in_a_form_or_in_the_query(as_manager: APIClient, wallet: Wallet):
    path = f"{ADMIN}/wallets/{wallet.user_id}/credit"

    assert spelt(as_manager.post(path, {"amount": "0.1"}))["balance_after"] == "0.10"
    assert spelt(as_manager.post(f"{path}?amount=0.2"))["balance_after"] == "0.30"


def test_a_refusal_tells_its_facts_as_numbers(as_manager: APIClient, wallet: Wallet, give: Any):
    give(wallet, 30)
    response = send(as_manager, f"{ADMIN}/wallets/{wallet.user_id}/debit", '{"amount": 1250}')

    assert response.status_code == 422
    assert spelt(response) == {
        "code": "insufficient_balance",
        "message": "The wallet balance (0.30) is less than the requested amount (1250.00).",
        "data": {"status": 422, "balance": "0.30", "requested": "1250.00"},
    }


def test_a_replay_has_the_very_same_digits(as_manager: APIClient, wallet: Wallet):
    key = a_key()
    path = f"{ADMIN}/wallets/{wallet.user_id}/credit"
    first, again = (send(as_manager, path, body, **key) for body in ('{"amount": 0.10}', '{"amount": "1e-1"}'))

    trimmed = send(as_manager, f"{path}?_fields=balance_after&_envelope", '{"amount": 0.1}', **key)

    assert trimmed.content.startswith(b'{"body":{"balance_after":0.10},"status":200')
    assert first.content == again.content
    assert b'"balance_after":0.10,' in again.content


@given(st.integers(-(10**18), 10**18), st.sampled_from(["USD", "JPY", "KWD", "COIN"]))
def test_out_and_in_again_is_the_same(minor: int, code: str):
    unit = COIN if code == "COIN" else currency(code)
    text = dump({"amount": major(minor, unit)})

    assert dump(load(text)) == text
    assert "e" not in text.lower()[10:]
    if 0 < minor <= 10**15:
        assert in_minor("amount", AMOUNT.parse("amount", from_json(text.encode())["amount"]), unit) == minor
