"""QR codes over HTTP: one's own as token and image, another's resolved and paid."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from rest_framework.test import APIClient

from hooks.points import rest_response
from ledger.models import Entry
from people.models import User
from tests.api.conftest import nothing_moves, said
from tests.api.test_statements import statements
from tests.api.webkul.conftest import CUSTOMER, a_key, send, spelt
from tests.transfers.test_mailed_codes import mailed
from transfers.qr_tokens import LENGTH
from wallets.models import Wallet
from wallets.services import lock_transfers

pytestmark = pytest.mark.django_db

Site = Callable[..., None]


@pytest.fixture(autouse=True)
def _on(site: Site, wallet: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry]) -> None:
    site(qr_pay_enabled=True)
    give(wallet, 100_000)


@pytest.fixture
def alices(alice: User, by_session: Callable[[User], APIClient]) -> APIClient:
    return by_session(alice)


@pytest.fixture
def bobs(bob: User, by_session: Callable[[User], APIClient]) -> APIClient:
    return by_session(bob)


def shown(client: APIClient, **query: str) -> str:
    return str(client.get(f"{CUSTOMER}/qr", query).json()["token"])


def pay(client: APIClient, token: str, amount: str, more: str = "", **headers: str) -> Any:
    return send(client, f"{CUSTOMER}/qr_pay", f'{{"token":"{token}","amount":{amount}{more}}}', **headers)


def resolve(client: APIClient, token: str) -> Any:
    return client.post(f"{CUSTOMER}/qr_resolve", {"token": token}, format="json")


def test_shown_resolved_and_paid(alices: APIClient, bobs: APIClient, bobs_wallet: Wallet, site: Site):
    site(transfer_fee_type="percent", transfer_fee_amount=1)
    own = bobs.get(f"{CUSTOMER}/qr")
    masked = f"WK-0000-••••-{bobs_wallet.pk:04d}"
    assert {**own.json(), "created_at": ""} == {
        **{"token": shown(bobs), "amount": None, "currency": "USD", "wallet_id": masked, "created_at": ""}
    }
    assert len(own.json()["token"]) == LENGTH
    assert resolve(alices, shown(bobs)).json() == {
        **{"recipient": "b…@example.test", "wallet_id": masked, "amount": None, "currency": "USD"}
    }

    response = pay(alices, shown(bobs), "250.00", ',"note":"Coffee"')

    assert response.status_code == 200
    body = spelt(response)
    assert list(body) == ["success", "transfer_id", "balance_after"]
    assert body["balance_after"] == "747.50"
    rows = spelt(bobs.get(f"{CUSTOMER}/transactions"))["items"]
    assert [(row["amount"], row["note"], row["reference"]) for row in rows] == [("250.00", "Coffee", "qr_pay")]


def no_row(row: Any, request: Any) -> Any:
    raise AssertionError(row)


@pytest.mark.parametrize(("kind", "media", "begins"), [("png", "image/png", b"\x89PNG\r\n"), ("svg", "image/svg+xml", b"<?xml")])
def test_as_an_image(bobs: APIClient, kind: str, media: str, begins: bytes):
    images = {
        bobs.get(f"{CUSTOMER}/qr", {"format": kind, **extra}).content for extra in ({}, {"_envelope": "1"}, {"_fields": "x"})
    }
    response = bobs.get(f"{CUSTOMER}/qr", {"format": kind})

    assert (response.status_code, response["Content-Type"]) == (200, media)
    assert response.content.startswith(begins)
    assert images == {response.content}, "the same each time"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"] or "no-cache" in response["Cache-Control"]
    assert bobs.get(f"{CUSTOMER}/qr", {"format": "gif"}).status_code == 400
    rest_response["get_qr"].connect(no_row)
    try:
        assert bobs.get(f"{CUSTOMER}/qr", {"format": kind}).content == response.content, "an operator's app is not handed images"
    finally:
        rest_response["get_qr"].disconnect(no_row)
    assert bobs.head(f"{CUSTOMER}/qr", {"format": kind}).content == b""


def test_a_fixed_amount_is_locked(alices: APIClient, bobs: APIClient):
    token = shown(bobs, amount="12.5")
    assert token != shown(bobs)
    assert b'"amount":12.50' in resolve(alices, token).content

    with nothing_moves():
        refused = pay(alices, token, "12.51")
    assert refused.json()["code"] == "rest_invalid_param"
    assert refused.json()["data"]["params"] == {"amount": "amount must be 12.50: the QR code says so."}
    assert pay(alices, token, '"12.5"').status_code == 200
    assert bobs.get(f"{CUSTOMER}/qr", {"amount": "0.001"}).status_code == 400


def test_a_regenerated_one_is_the_only_one(alices: APIClient, bobs: APIClient):
    before = [shown(bobs), shown(bobs, amount="5")]
    new = bobs.post(f"{CUSTOMER}/qr/regenerate")
    assert new.json()["token"] == shown(bobs) not in before

    with nothing_moves():
        for dead in before:
            assert said(pay(alices, dead, "5")) == said(resolve(alices, dead)) == (404, "recipient_invalid")
    assert pay(alices, shown(bobs), "5").status_code == 200


def test_above_the_threshold_with_an_otp(alices: APIClient, bobs: APIClient, site: Site):
    site(qr_pay_otp_threshold=1000)
    token = shown(bobs)
    assert pay(alices, token, "10.00", ',"otp":"never looked at"').status_code == 200
    with nothing_moves():
        missing = pay(alices, token, "10.01")
        assert (missing.status_code, missing.json()["code"]) == (400, "invalid_otp")
        assert "qr_send_otp" in missing.json()["message"]
        assert said(pay(alices, token, "10.01", ',"otp":"123456"')) == (400, "invalid_otp")
    assert send(alices, f"{CUSTOMER}/qr_send_otp", f'{{"token":"{token}","amount":10.01}}').status_code == 200
    otp = mailed()
    with nothing_moves():
        assert said(pay(alices, token, "10.02", f',"otp":"{otp}"')) == (400, "invalid_otp")
    assert pay(alices, token, "10.01", f',"otp":"{otp}"').status_code == 200
    with nothing_moves():
        assert said(pay(alices, token, "10.01", f',"otp":"{otp}"')) == (410, "expired_otp")


def test_what_it_is_refused_for(alices: APIClient, alice: User, bobs: APIClient, site: Site):
    token = shown(bobs)
    site(kyc_enabled=True, kyc_required_features=["qr_pay"], qr_pay_min=200, qr_pay_max=500_000)
    lock_transfers(user=alice, is_locked=True)
    with nothing_moves():
        assert pay(alices, token, "5").json()["message"] == "Sender must have an approved KYC submission to pay by QR code."
        site(kyc_enabled=False)
        assert said(pay(alices, token, "5")) == (403, "transfer_locked")
    lock_transfers(user=alice, is_locked=False)
    with nothing_moves():
        codes = [pay(alices, token, amount).json()["code"] for amount in ("1.99", "5000.01", "1000.01")]
        assert codes == ["limit_exceeded", "limit_exceeded", "insufficient_balance"]
        assert said(pay(bobs, token, "5")) == said(resolve(bobs, token)) == (404, "recipient_invalid")
        site(kyc_enabled=True, qr_receive_kyc_required=True, kyc_required_features=[])
        assert pay(alices, token, "5").content == pay(alices, "x", "5").content == resolve(alices, token).content
    site(qr_pay_enabled=False)
    with nothing_moves():
        for answer in (
            *(pay(alices, token, "5"), resolve(alices, token), alices.get(f"{CUSTOMER}/qr")),
            *(alices.post(f"{CUSTOMER}/qr/regenerate"), send(alices, f"{CUSTOMER}/qr_send_otp", '{"token":"x","amount":5}')),
        ):
            assert said(answer) == (403, "qr_pay_disabled")
            assert answer.json()["message"] == "QR Pay is currently disabled"


def test_a_repetition_is_the_first_answer_whatever_the_token_is_by_now(alices: APIClient, bobs: APIClient):
    key, token = a_key(), shown(bobs)
    first = pay(alices, token, "5", **key)
    bobs.post(f"{CUSTOMER}/qr/regenerate")

    with nothing_moves():
        again = pay(alices, token, "5", **key)
    assert (again.status_code, again.content, again["Idempotent-Replay"]) == (200, first.content, "true")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_what_it_costs(alices: APIClient, bobs: APIClient):
    token = shown(bobs)
    calls = iter([partial(pay, alices, token, of, **a_key()) for of in ("1.00", "2.00")])
    spent = statements(lambda: next(calls)(), 200)

    # The session, its user, his rights, whether it was done before, the QR code, his wallet; the claim, the QR code, two locks,
    # his terms, two entries, the transfer, two mails, the reply.
    assert len(spent) == 17, "\n".join(spent)
