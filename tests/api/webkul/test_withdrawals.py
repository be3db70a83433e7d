"""Withdrawals through both doors: asked for by the customer, decided by the shop."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from audit.models import Act, RequestLog
from ledger.models import Account, Entry, Outbox
from ledger.verifying import verify
from notices.models import Notice
from people.models import User
from tests.api.conftest import nothing_moves
from tests.api.webkul.conftest import ADMIN, CUSTOMER, a_key, send, spelt
from wallets.models import Wallet
from wallets.services import change_wallet, open_wallet
from withdrawals.models import Withdrawal

pytestmark = pytest.mark.django_db

PATH = f"{CUSTOMER}/withdrawals"
BANK = '{"account_name": "Alice Liddell", "account_number": "1234567890", "ifsc": "HDFC0001234"}'


@pytest.fixture(autouse=True)
def _switched_on(site: Callable[..., None], wallet: Wallet, give: Callable[..., Entry]) -> None:
    """Alice has $50.00, and the fee is 2.5 %."""
    site(withdrawals_enabled=True, withdrawal_min=100, withdrawal_fee_type="percent", withdrawal_fee_amount="2.5")
    give(wallet, 5000)


@pytest.fixture
def alices(alice: User, by_session: Callable[[User], APIClient]) -> APIClient:
    return by_session(alice)


def ask(client: APIClient, amount: str = "10", method: str = "bank", details: str = BANK, **headers: str) -> Any:
    body = f'{{"amount": {amount}, "method": "{method}"' + (f', "details": {details}}}' if details else "}")
    return send(client, PATH, body, **headers)


def decide(client: APIClient, number: int, verb: str, body: str = "{}", **headers: str) -> Any:
    return send(client, f"{ADMIN}/withdrawals/{number}/{verb}", body, **headers)


def said(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def balance(client: APIClient) -> tuple[str, ...]:
    body = spelt(client.get(f"{CUSTOMER}/balance"))
    return body["balance"], body["available"], body["withdrawable"]


def test_from_asking_to_paid(alices: APIClient, as_manager: APIClient, wallet: Wallet, alice: User):
    response = ask(alices, "10.00")
    row = spelt(response)

    assert response.status_code == 201
    created_at = row.pop("created_at")
    assert created_at.endswith("Z")
    expected = {
        **{"id": Withdrawal.objects.get().pk, "user_id": alice.pk, "currency": "USD", "method": "bank", "status": "pending"},
        **{"amount": "10.00", "fee": "0.25", "net": "9.75"},
        **{"note": None, "payout_reference": None, "decided_at": None},
    }
    assert row == expected
    assert b'"amount":10.00' in response.content
    assert balance(alices) == ("40.00",) * 3

    number = row["id"]
    approved = spelt(decide(as_manager, number, "approve", '{"note": "Checked"}'))
    assert (approved["status"], approved["note"], approved["decided_at"] is not None) == ("approved", "Checked", True)
    assert said(decide(as_manager, number, "approve")) == said(decide(as_manager, number, "reject")) == (409, "not_pending")
    assert decide(as_manager, number, "approve").json()["data"] == {"status": 409, "withdrawal_status": "approved"}
    paid = spelt(decide(as_manager, number, "paid", '{"payout_reference": "WK-1"}'))
    assert {**paid, "created_at": created_at} == {
        **{**expected, "created_at": created_at, "decided_at": approved["decided_at"]},
        **{"status": "paid", "note": "Checked", "payout_reference": "WK-1"},
    }
    assert said(decide(as_manager, number, "paid", '{"payout_reference": "WK-2"}')) == (409, "not_approved")
    assert spelt(decide(as_manager, number, "failed", '{"payout_reference": "BACK-1"}'))["payout_reference"] == "WK-1"
    assert said(decide(as_manager, number, "failed")) == (409, "not_approved")
    assert balance(alices) == ("50.00",) * 3
    assert [act.actor for act in Act.objects.filter(act="withdrawal.requested")] == [f"user:{alice.pk} session"]
    assert verify().findings == []


def test_lists_are_ones_own_or_the_shops(
    alices: APIClient, as_manager: APIClient, bob: User, bobs_wallet: Wallet, give: Callable[..., Entry], by_session: Any
):
    give(bobs_wallet, 5000)
    bobs = by_session(bob)
    first, second, third = (spelt(ask(client))["id"] for client in (alices, bobs, alices))
    decide(as_manager, first, "reject")

    def ids(client: APIClient, path: str, **query: str) -> list[int]:
        return [row["id"] for row in client.get(f"{path}/withdrawals", query).json()["items"]]

    assert (ids(alices, CUSTOMER), ids(bobs, CUSTOMER)) == ([third, first], [second])
    assert ids(alices, CUSTOMER, status="rejected") == [first]
    assert ids(as_manager, ADMIN) == [third, second, first]
    assert ids(as_manager, ADMIN, user_id=str(bob.pk)) == [second]
    assert ids(as_manager, ADMIN, status="pending", per_page="1", page="2") == [second]
    page = as_manager.get(f"{ADMIN}/withdrawals", {"per_page": "1"}).json()
    assert (page["page"], page["per_page"], page["total"], len(page["items"])) == (1, 1, 3, 1)
    assert said(as_manager.get(f"{ADMIN}/withdrawals", {"status": "open"})) == (400, "rest_invalid_param")


def test_a_repetition_takes_it_once(alices: APIClient, wallet: Wallet):
    key = a_key()
    first, again = ask(alices, **key), ask(alices, **key)

    assert (first.status_code, again.status_code, again.headers["Idempotent-Replay"]) == (201, 200, "true")
    assert again.content == first.content
    assert said(ask(alices, "11", **key)) == (422, "idempotency_key_reused")
    assert Withdrawal.objects.count() == 1


def test_a_second_one_goes_where_the_first_went(alices: APIClient):
    assert said(ask(alices, details="")) == (400, "rest_missing_callback_param")
    assert ask(alices, details="").json()["data"]["params"] == ["details"]
    ask(alices)

    assert ask(alices, details="").status_code == 201


BAD = [
    ('{"method": "bank"}', "rest_missing_callback_param"),
    ('{"amount": 10}', "rest_missing_callback_param"),
    *(
        (f'{{"amount": {amount}, "method": "bank", "details": {BANK}}}', "rest_invalid_param")
        for amount in ("0", "-1", "1.001", '"ten"', "1e20", "[]", "true")
    ),
    *(
        (f'{{"amount": 10, "method": "{method}", "details": {details}}}', "rest_invalid_param")
        for method, details in (
            *(("cash", BANK), ("bank", "{}"), ("bank", '"x"'), ("bank", "[]"), ("bank", "5"), ("bank", '{"email": "a@b.test"}')),
            *(("paypal", '{"email": "a\\u0000@b.test"}'), ("paypal", '{"email": ["a@b.test"]}'), ("stripe", '{"account": "1"}')),
        )
    ),
]


def test_bad_input_moves_nothing(alices: APIClient):
    with nothing_moves():
        for body, code in BAD:
            assert said(send(alices, PATH, body)) == (400, code), body


def test_says_which_member_is_wrong(alices: APIClient):
    answer = ask(alices, details='{"account_name": "A", "account_number": "12", "iban": "DE00"}').json()

    assert answer["data"]["params"] == {
        "details[account_number]": "details[account_number] is not valid.",
        "details[iban]": "details[iban] is not one of this method's.",
        "details[ifsc]": "details[ifsc] is required for this method.",
    }


def test_takes_a_form(alices: APIClient):
    form = {"amount": "10", "method": "paypal", "details[email]": "alice@example.test"}

    assert alices.post(PATH, form).status_code == 201


def test_refusals_have_their_words(
    alices: APIClient, site: Callable[..., None], wallet: Wallet, give: Callable[..., Entry], bob: User, by_session: Any
):
    with nothing_moves():
        site(withdrawals_enabled=False)
        assert said(ask(alices)) == (403, "withdrawals_disabled")
        site(withdrawals_enabled=True, withdrawal_methods=["paypal"])
        assert said(ask(alices)) == (400, "rest_invalid_param")
        site(withdrawal_methods=["bank"], kyc_enabled=True, kyc_required_features=["withdrawal"])
        assert said(ask(alices)) == (403, "kyc_required")
        site(kyc_enabled=False, withdrawal_max=3000, withdrawal_monthly_max=2000)
        assert ask(alices, "0.5").json()["data"] == {"status": 422, "minimum": 1.0, "maximum": 30.0, "requested": 0.5}
        assert said(ask(alices, "30.01")) == (422, "limit_exceeded")
        monthly = ask(alices, "20.01").json()
        assert (monthly["code"], monthly["data"]["left"]) == ("limit_exceeded", 20.0)
        site(withdrawal_max=0, withdrawal_monthly_max=0, velocity_max_count=1)
    give(wallet, 1000, "cashback")
    with nothing_moves():
        short = ask(alices, "50.01").json()
        assert (short["code"], short["data"]) == ("insufficient_balance", {"status": 422, "balance": 50.0, "requested": 50.01})
        # The wallet holds 60.00.
        assert short["message"] == "What may be paid out (50.00) is less than the requested amount (50.01)."
    assert ask(alices).status_code == 201
    assert said(ask(alices)) == (429, "velocity_cap_exceeded")
    change_wallet(wallet=wallet, status="frozen")
    assert said(ask(alices)) == (403, "wallet_frozen")
    Wallet.objects.filter(user=bob).delete()
    assert said(ask(by_session(bob))) == (422, "insufficient_balance")


def test_decisions_have_their_words(alices: APIClient, as_manager: APIClient, site: Callable[..., None]):
    number = spelt(ask(alices))["id"]
    assert said(decide(as_manager, 10**9, "approve")) == (404, "not_found")
    assert said(decide(as_manager, number, "paid", '{"payout_reference": "X"}')) == (409, "not_approved")
    assert said(decide(as_manager, number, "paid")) == (400, "rest_missing_callback_param")
    for body in ('{"note": 5}', '{"note": "a\\u0000"}', f'{{"note": "{"x" * 501}"}}'):
        assert said(decide(as_manager, number, "approve", body)) == (400, "rest_invalid_param")
    site(withdrawal_hold_enabled=True)
    decide(as_manager, number, "approve")

    waits = decide(as_manager, number, "paid", '{"payout_reference": "X"}').json()
    assert (waits["code"], waits["data"]["payable_at"][-1]) == ("payout_not_due", "Z")
    Withdrawal.objects.update(payout_began_at="2026-01-01T00:00:00Z", next_attempt_at="2030-01-01T00:00:00Z")
    assert said(decide(as_manager, number, "failed")) == (409, "payout_under_way")


def test_a_repeated_decision_is_the_first_answer(alices: APIClient, as_manager: APIClient):
    paid, rejected = (spelt(ask(alices))["id"] for _ in range(2))
    reference = '{"payout_reference": "WK-1"}'
    for number, verb, body in (
        *((paid, "approve", "{}"), (paid, "paid", reference), (paid, "failed", reference)),
        (rejected, "reject", "{}"),
    ):
        key = a_key()
        first = decide(as_manager, number, verb, body, **key)
        with nothing_moves():
            again = decide(as_manager, number, verb, body, **key)
            assert said(decide(as_manager, number + 1, verb, body, **key)) == (422, "idempotency_key_reused")
            assert decide(as_manager, number, verb, body, **a_key()).status_code == 409
        assert (first.status_code, again.status_code, again.headers["Idempotent-Replay"]) == (200, 200, "true"), verb
        assert again.content == first.content
    assert balance(alices) == ("50.00",) * 3


def test_nobody_decides_on_his_own(as_manager: APIClient, manager: User, by_session: Any, give: Callable[..., Entry]):
    give(open_wallet(user=manager), 5000)
    number = spelt(ask(by_session(manager)))["id"]

    for verb in ("approve", "reject"):
        assert said(decide(as_manager, number, verb)) == (403, "rest_forbidden")


def test_where_it_goes_is_told_and_logged_nowhere(
    alices: APIClient, as_manager: APIClient, site: Callable[..., None], manager: User
):
    site(request_logging=True)
    number = spelt(ask(alices, **a_key()))["id"]
    decide(as_manager, number, "approve")
    alices.get(PATH)
    ask(alices, method="paypal", details='{"email": "hidden@example.test"}')
    ask(alices, method="stripe", details='{"account": "acct_HIDDEN"}')

    assert RequestLog.objects.filter(path__contains="withdrawals").count() >= 4
    kept = [repr(list(model._default_manager.values())) for model in (RequestLog, Act, Outbox, Notice, Entry)]
    for secret in ("1234567890", "Liddell", "HDFC0001234", "hidden@example", "acct_HIDDEN"):
        assert not any(secret in text for text in kept), secret
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM withdrawals_withdrawal t UNION ALL SELECT t::text FROM idempotency_claim t")
        assert not any("Liddell" in text or "acct_" in text for (text,) in cursor.fetchall())


def test_what_may_be_withdrawn_stands_beside_what_is_available(
    alices: APIClient, as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry]
):
    give(wallet, 700, "cashback")

    assert balance(alices) == ("57.00", "57.00", "50.00")
    row = as_manager.get(f"/wp-json/walletpro/v1/wallets/{wallet.pk}").json()
    assert (row["available"], row["withdrawable"]) == ("5700", "5000")
    assert Account.objects.get(pk=wallet.pk).withdrawable == 5000


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_managers_approve_at_once(alices: APIClient, at_once: Any, client_with_key: Any, manager: User, person: Any):
    other = person("other", is_superuser=True)
    clients = [client_with_key(user) for user in (manager, other)]
    number = spelt(ask(alices))["id"]

    keys = [a_key(), a_key()]
    answers = at_once(2, lambda turn: decide(clients[turn], number, "approve", **keys[turn]))

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert [answer.json()["code"] for answer in answers if answer.status_code == 409] == ["not_pending"]
    assert Entry.objects.filter(kind="withdrawal").count() == 1
