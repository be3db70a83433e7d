"""What issue 2 lists as bad input: the right code in the envelope, no 500, and nothing lost or written."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from ledger.models import Entry
from tests.api.conftest import V1, nothing_moves, said
from tests.conftest import basic
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

KEY = "550e8400-e29b-41d4-a716-446655440000"
BOTH = pytest.mark.parametrize("verb", ["credit", "debit"])


@pytest.fixture
def funded(wallet: Wallet, give: Callable[..., Entry]) -> Wallet:
    give(wallet, 10000)
    return wallet


def path_of(wallet: Wallet, verb: str) -> str:
    return f"{V1}/wallets/{wallet.pk}/{verb}"


def raw(client: Any, wallet: Wallet, verb: str, body: bytes, content_type: str = "application/json") -> Any:
    with nothing_moves():
        return client.generic("POST", path_of(wallet, verb), body, content_type)


# As they stand in a JSON body.
NO_AMOUNTS = [
    "10.5", "10.0", "1e3", "1E3", "1e-3", "1e999999999", "-1e999999999", "0.1e1", "-5", "0", "-0", "true", "false", "[]", "[5]",
    "{}", '{"minor":5}', '""', '" "', '"1e3"', '" 10"', '"10 "', '"1 0"', '"10.00"', '"10,00"',
    '"1_000"', '"+10"', '"-10"', '"0"',
    '"000"',
    '"0x10"', '"ten"', '"NaN"', '"Infinity"', '"١٠"', '"１０"', '"१०"', '"²"', '"1٠"',
    '"10\\u0000"', '"\\u0000"', '"1\\u200b0"', '"\\ufeff10"',
    "9" * 40, '"' + "9" * 40 + '"', '"' + "9" * 100_000 + '"', "9" * 100_000, "-" + "9" * 40,
    '"1000000000000001"', "1000000000000001",
    "9223372036854775808", '"9223372036854775808"',
]  # fmt: skip


@BOTH
@pytest.mark.parametrize("amount", NO_AMOUNTS, ids=lambda amount: amount[:24])
def test_an_amount_that_is_none(as_manager: APIClient, funded: Wallet, verb: str, amount: str):
    body = f'{{"amount":{amount},"reason":"x","allow_partial":true,"idempotency_key":"{KEY}"}}'
    response = raw(as_manager, funded, verb, body.encode())

    assert said(response) == (400, "rest_invalid_param")
    assert list(response.json()["data"]["params"]) == ["amount"]


@BOTH
@pytest.mark.parametrize("amount", ["", " ", "1e3", "10.0", "+5", "-5", "0", "9" * 40, "١٠", "5\0"])
def test_an_amount_that_is_none_in_a_form(as_manager: APIClient, funded: Wallet, verb: str, amount: str):
    with nothing_moves():
        response = as_manager.post(path_of(funded, verb), {"amount": amount, "reason": "x", "idempotency_key": KEY})

    assert said(response) == (400, "rest_invalid_param")


@BOTH
@pytest.mark.parametrize("amount", ["null", None])
def test_no_amount_at_all(as_manager: APIClient, funded: Wallet, verb: str, amount: str | None):
    response = raw(as_manager, funded, verb, b'{"amount":null,"reason":"x"}' if amount else b'{"reason":"x"}')

    assert said(response) == (400, "rest_missing_callback_param")
    assert response.json()["data"]["params"] == ["amount"]


BODIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "rest_missing_callback_param"),
    "text": (b"amount=5&reason=x", "rest_invalid_json"),
    "half of it": (b'{"amount":"5","reason":"x"', "rest_invalid_json"),
    "more than it": (b'{"amount":"5","reason":"x"}}', "rest_invalid_json"),
    "two": (b'{"amount":"5","reason":"x"}\n{"amount":"5","reason":"x"}', "rest_invalid_json"),
    "a list": (b'[{"amount":"5","reason":"x"}]', "rest_missing_callback_param"),
    "a number": (b"5", "rest_missing_callback_param"),
    "a text in JSON": (b'"amount"', "rest_missing_callback_param"),
    "null": (b"null", "rest_missing_callback_param"),
    "a NUL byte": (b"\0", "rest_invalid_json"),
    "NUL bytes in it": (b'{"amount":"5","reason":"a\0b"}', "rest_invalid_json"),
    "an escaped NUL": (b'{"amount":"5","reason":"a\\u0000b"}', "rest_invalid_param"),
    "an escaped NUL in a note": (b'{"amount":"5","reason":"x","note":"\\u0000"}', "rest_invalid_param"),
    "bad UTF-8": (b'{"amount":"5","reason":"\xff"}', "rest_invalid_json"),
    "UTF-16": ('{"amount":"5","reason":"x"}'.encode("utf-16"), "rest_invalid_json"),
    "UTF-16 without a mark": ('{"amount":"5","reason":"x"}'.encode("utf-16-le"), "rest_invalid_json"),
    "UTF-32": ('{"amount":"5","reason":"x"}'.encode("utf-32"), "rest_invalid_json"),
    "a byte order mark": (b'\xef\xbb\xbf{"amount":"5","reason":"x"}', "rest_invalid_json"),
    "a lone surrogate": (b'{"amount":"5","reason":"\\ud83d"}', "rest_invalid_json"),
    "NaN": (b'{"amount":NaN,"reason":"x"}', "rest_invalid_json"),
    "too deep": (b'{"amount":"5","reason":"x","a":' + b"[" * 600 + b"]" * 600 + b"}", "rest_invalid_json"),
    "very deep": (b"[" * 900_000, "rest_invalid_json"),
    "10 MB": (b'{"amount":"5","reason":"' + b"x" * 10_000_000 + b'"}', "rest_request_too_large"),
    "10 MB of nothing": (b" " * 10_000_000, "rest_request_too_large"),
}


@BOTH
@pytest.mark.parametrize(("body", "code"), BODIES.values(), ids=BODIES)
def test_a_body_that_is_no_json_object(as_manager: APIClient, funded: Wallet, verb: str, body: bytes, code: str):
    response = raw(as_manager, funded, verb, body)

    assert said(response) == (413 if code == "rest_request_too_large" else 400, code)


@pytest.mark.parametrize("path", [f"{V1}/wallets", f"{V1}/wallets/me", f"{V1}/transactions", f"{V1}/nothing", "/wp-json/"])
def test_ten_megabytes_anywhere_else(as_manager: Any, path: str):
    for verb in ("POST", "GET"):
        response = as_manager.generic(verb, path, b" " * 10_000_000, "application/json")
        assert response.status_code < 500


@BOTH
@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "", "application/octet-stream"])
def test_a_body_of_no_type_that_we_read(as_manager: APIClient, funded: Wallet, verb: str, content_type: str):
    response = raw(as_manager, funded, verb, b'{"amount":"5","reason":"x"}', content_type)

    assert said(response) == (400, "rest_missing_callback_param")


@BOTH
@pytest.mark.parametrize("number", ["0", "999999999", "9" * 19, "9" * 40, "9" * 6000])
def test_a_wallet_that_does_not_exist(as_manager: APIClient, funded: Wallet, verb: str, number: str):
    body = {"amount": "5", "reason": "x", "idempotency_key": KEY}
    with nothing_moves():
        response = as_manager.post(f"{V1}/wallets/{number}/{verb}", body, format="json")

    assert said(response) == (404, "walletpro_wallet_not_found")


@BOTH
@pytest.mark.parametrize("number", ["abc", "-1", "1.5", "1e3", "٤٢", "42'--", "%27", "../1", ""])
def test_a_wallet_that_cannot_exist(as_manager: APIClient, funded: Wallet, verb: str, number: str):
    with nothing_moves():
        response = as_manager.post(f"{V1}/wallets/{number}/{verb}", {"amount": "5", "reason": "x"}, format="json")

    assert said(response) == (404, "rest_no_route")


@BOTH
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "FETCH"])
def test_a_wrong_verb(as_manager: APIClient, funded: Wallet, verb: str, method: str):
    body = json.dumps({"amount": "5", "reason": "x", "idempotency_key": KEY})
    with nothing_moves():
        response = as_manager.generic(method, path_of(funded, verb), body, "application/json")

    assert response.status_code == 404
    assert method == "HEAD" or said(response) == (404, "rest_no_route")


@BOTH
@pytest.mark.parametrize(
    ("key", "secret"),
    [("ck_" + "0" * 40, "cs_" + "0" * 40), ("ck_", "x"), ("ck_\0", "\0"), ("ck_é", "漢"), ("a" * 10_000, "b" * 10_000)],
)
def test_a_wrong_key(stranger: Any, funded: Wallet, verb: str, key: str, secret: str):
    with nothing_moves():
        response = stranger.post(path_of(funded, verb), {"amount": "5", "reason": "x"}, format="json", **basic(key, secret))

    assert said(response) == (401, "walletpro_invalid_credentials")


@pytest.mark.parametrize(
    "name", ["page", "per_page", "wallet_id", "type", "after", "before", "currency", "orderby", "balance_min"]
)
@pytest.mark.parametrize(
    "value", ["%00", "%ff", "'", "9" * 5000, "1e999999", "%ed%a0%80", "[]", "\u0661", "-" * 1000, "{}", "%F0%9F%99%82"]
)
def test_a_query_never_breaks_a_list(as_manager: APIClient, name: str, value: str):
    for path in (f"{V1}/wallets", f"{V1}/transactions"):
        for query in (f"{name}={value}", f"{name}[]={value}", f"{name}[a]={value}", f"{name}[{value}]=1"):
            assert as_manager.get(f"{path}?{query}").status_code in {200, 400}


def test_a_thousand_headers_of_nonsense(stranger: APIClient):
    nonsense: Any = {f"HTTP_X_{number}": "\xff\x80" for number in range(1000)}
    response = stranger.get(
        f"{V1}/wallets/me", HTTP_X_WP_NONCE="\xff", HTTP_X_HTTP_METHOD_OVERRIDE="\x80", HTTP_ORIGIN="\xff", **nonsense
    )

    assert response.status_code == 403
