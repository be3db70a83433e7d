"""Refund requests behind both doors: asked for by a customer, decided once by a manager."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from ledger.models import Account, Entry
from ledger.money import currency
from ledger.movements import Event
from ledger.verifying import verify
from people.models import User
from refunds.models import RefundRequest
from refunds.services import ask_refund
from tests.api.conftest import nothing_moves, said, same_caller
from tests.api.webkul.conftest import ADMIN, CUSTOMER, a_key, send, spelt
from tests.conftest import WHY
from wallets.holds import place_hold
from wallets.models import Wallet
from wallets.services import debit, open_wallet

pytestmark = pytest.mark.django_db

OWN, STAFF = f"{CUSTOMER}/refund_requests", f"{ADMIN}/refund_requests"
ORDER = 8812
ASKED = '{"order_id": 8812, "amount": 0.30, "reason": "Broken"%s}'


@pytest.fixture(autouse=True)
def _switched_on(site: Callable[..., None]) -> None:
    site(refund_requests_enabled=True)


@pytest.fixture
def paid(wallet: Wallet, give: Callable[..., Entry]) -> Entry:
    """Alice has paid $0.50 of her $1.00 for the order."""
    give(wallet, 100)
    why = replace(WHY, order_id=ORDER)
    return debit(wallet=wallet, amount=wallet.money(50), event=Event.once("test"), why=why)


def asked_for(wallet: Wallet, amount: int = 30, order: int = ORDER) -> int:
    """The id of a request that waits."""
    money, event = wallet.money(amount), Event.once("test")
    return ask_refund(wallet=wallet, order_id=order, amount=money, reason="Broken", event=event).pk


def decide(client: APIClient, number: int, verb: str = "approve", body: str = "{}", **headers: str) -> Any:
    return send(client, f"{STAFF}/{number}/{verb}", body, **headers)


def balance(wallet: Wallet) -> int:
    return Account.objects.get(pk=wallet.pk).balance


def test_asked_for_approved_and_seen_by_both(
    in_session: APIClient, as_manager: APIClient, alice: User, wallet: Wallet, paid: Entry, manager: User
):
    response = send(in_session, OWN, ASKED % ', "note": "In two halves"')

    assert response.status_code == 201
    number = RefundRequest.objects.get().pk
    row = spelt(response)
    assert row == {
        "id": number,
        "user_id": alice.pk,
        "order_id": ORDER,
        "amount": "0.30",
        "approved_amount": None,
        "currency": "USD",
        "reason": "Broken",
        "note": "In two halves",
        "status": "pending",
        "decision_note": "",
        "created_at": row["created_at"],
        "decided_at": None,
    }
    assert b'"amount":0.30,' in response.content
    assert spelt(as_manager.get(STAFF))["items"] == [row] == spelt(in_session.get(OWN))["items"]
    assert balance(wallet) == 50

    decided = decide(as_manager, number, body='{"amount": "0.2", "note": "One half"}')

    assert decided.status_code == 200
    approved = spelt(decided)
    changed = {"approved_amount": "0.20", "status": "approved", "decision_note": "One half"}
    assert approved == {**row, **changed, "decided_at": approved["decided_at"]}
    assert spelt(in_session.get(OWN, {"status": "approved"}))["items"] == [approved]
    assert spelt(as_manager.get(STAFF, {"status": "pending"}))["total"] == 0
    entry = Entry.objects.get(kind="refund")
    assert (entry.amount, entry.of, entry.order_id, balance(wallet)) == (20, paid.sequence, ORDER, 70)
    assert RefundRequest.objects.get().decided_by == manager
    transaction = spelt(in_session.get(f"{CUSTOMER}/transactions", {"type": "refund"}))["items"][0]
    assert (transaction["amount"], transaction["note"]) == ("0.20", "Refund of order 8812")
    assert verify().findings == []


def test_rejected_and_asked_for_again(in_session: APIClient, as_manager: APIClient, wallet: Wallet, paid: Entry):
    number = asked_for(wallet)

    with nothing_moves():
        rejected = decide(as_manager, number, "reject", '{"note": "It was used"}')
        assert rejected.status_code == 200
        assert (rejected.json()["status"], rejected.json()["decision_note"]) == ("rejected", "It was used")
        for verb in ("approve", "reject"):
            again = decide(as_manager, number, verb)
            assert said(again) == (409, "not_pending")
            assert again.json()["data"]["request_status"] == "rejected"
    assert send(in_session, OWN, ASKED % "").status_code == 201


REFUSED = [
    ('{"order_id": 8812, "amount": 0.51, "reason": "x"}', (422, "limit_exceeded")),
    ('{"order_id": 1, "amount": 1, "reason": "x"}', (409, "already_requested")),
    ('{"order_id": 8812, "reason": "x"}', (400, "rest_missing_callback_param")),
    ('{"amount": 1, "reason": "x"}', (400, "rest_missing_callback_param")),
    ('{"order_id": 8812, "amount": 1}', (400, "rest_missing_callback_param")),
    ('{"order_id": 8812, "amount": 1, "reason": ""}', (400, "rest_invalid_param")),
    ('{"order_id": 8812, "amount": 0.001, "reason": "x"}', (400, "rest_invalid_param")),
    ('{"order_id": 8812, "amount": 0, "reason": "x"}', (400, "rest_invalid_param")),
    ('{"order_id": 8812, "amount": -1, "reason": "x"}', (400, "rest_invalid_param")),
    ('{"order_id": 8812, "amount": 1e99, "reason": "x"}', (400, "rest_invalid_param")),
    ('{"order_id": 8812, "amount": true, "reason": "x"}', (400, "rest_invalid_param")),
    ('{"order_id": 9223372036854775808, "amount": 1, "reason": "x"}', (400, "rest_invalid_param")),
    ('{"order_id": 0, "amount": 1, "reason": "x"}', (400, "rest_invalid_param")),
    ('{"order_id": "WC-8812", "amount": 1, "reason": "x"}', (400, "rest_invalid_param")),
    ('{"order_id": [8812], "amount": 1, "reason": "x"}', (400, "rest_invalid_param")),
    ('{"order_id": 8812, "amount": 1, "reason": "a\\u0000b"}', (400, "rest_invalid_param")),
    ('{"order_id": 8812, "amount": 1, "reason": "%s"}' % ("x" * 256), (400, "rest_invalid_param")),
    ("{", (400, "rest_invalid_json")),
]


def test_what_is_no_request_is_refused_and_leaves_nothing(in_session: APIClient, wallet: Wallet, paid: Entry):
    asked_for(wallet, order=1)

    with nothing_moves():
        for body, expected in REFUSED:
            assert said(send(in_session, OWN, body)) == expected, body
    assert RefundRequest.objects.count() == 1
    # The shop's number in any of WordPress's spellings.
    assert (
        send(in_session, OWN, '{"order_id": "9223372036854775807", "amount": "1.5", "reason": "Ünïcödé 🙂"}').status_code == 201
    )


def test_off_gated_or_too_late(
    in_session: APIClient, wallet: Wallet, paid: Entry, site: Callable[..., None], sql: Callable[[str], int]
):
    site(refund_requests_enabled=False)
    assert said(send(in_session, OWN, ASKED % "")) == (403, "refund_requests_disabled")
    site(refund_requests_enabled=True, kyc_enabled=True, kyc_required_features=["refund_request"])
    gated = send(in_session, OWN, ASKED % "")
    assert said(gated) == (403, "kyc_required")
    assert gated.json()["message"] == "Customer must have an approved KYC submission to request a refund."
    site(kyc_enabled=False)
    sql(f"UPDATE ledger_entry SET at = at - interval '14 days' WHERE id = {paid.pk}")
    late = send(in_session, OWN, ASKED % "")
    assert said(late) == (422, "refund_period_over")
    assert late.json()["data"]["days"] == 14
    assert not RefundRequest.objects.exists()


def test_a_key_asks_once_and_approves_once(
    in_session: APIClient, as_manager: APIClient, wallet: Wallet, paid: Entry, site: Callable[..., None]
):
    key = a_key()
    first, second = (send(in_session, OWN, ASKED % "", **key) for _ in range(2))
    assert (first.status_code, second.status_code, second.headers["Idempotent-Replay"]) == (201, 200, "true")
    assert first.content == second.content
    assert said(send(in_session, OWN, ASKED % "")) == (409, "already_requested")
    assert said(send(in_session, OWN, ASKED % ', "note": "x"', **key)) == (422, "idempotency_key_reused")

    key, number = a_key(), first.json()["id"]
    first, second = (decide(as_manager, number, **key) for _ in range(2))
    assert (first.status_code, second.headers["Idempotent-Replay"], first.content) == (200, "true", second.content)
    assert said(decide(as_manager, number)) == (409, "not_pending")
    key, number = a_key(), asked_for(wallet, order=1)
    assert {decide(as_manager, number, "reject", **key).status_code for _ in range(2)} == {200}
    assert balance(wallet) == 80
    assert verify().findings == []


def test_a_key_asks_once_whichever_wallet_has_paid_by_then(
    in_session: APIClient, alice: User, wallet: Wallet, give: Callable[..., Entry]
):
    """Another amount, in another currency, would be meant by the same call now."""
    key, body = a_key(), ASKED % ""
    first = send(in_session, OWN, body, **key)
    yen, why = open_wallet(user=alice, currency=currency("JPY")), replace(WHY, order_id=ORDER)
    give(yen, 500)
    debit(wallet=yen, amount=yen.money(500), event=Event.once("test"), why=why)

    second = send(in_session, OWN, body, **key)

    assert (first.status_code, second.status_code, second.headers["Idempotent-Replay"]) == (201, 200, "true")
    assert first.content == second.content
    assert said(send(in_session, OWN, body, **a_key())) == (400, "rest_invalid_param")


def test_nothing_comes_back_while_money_is_held_for_the_order(
    in_session: APIClient, as_manager: APIClient, wallet: Wallet, paid: Entry
):
    number = asked_for(wallet)
    held: dict[str, Any] = {"event": Event.once("test"), "why": replace(WHY, order_id=ORDER), "expires_in": timedelta(minutes=5)}
    place_hold(wallet=wallet, amount=wallet.money(50), **held)

    with nothing_moves():
        assert said(decide(as_manager, number)) == (409, "order_open")
        assert decide(as_manager, number, "reject").status_code == 200
        assert said(send(in_session, OWN, ASKED % "")) == (409, "order_open")


def test_only_downward_and_only_by_another_manager(
    as_manager: APIClient, manager: User, wallet: Wallet, paid: Entry, client_with_key: Callable[..., APIClient], bob: User
):
    number, own = asked_for(wallet), asked_for(open_wallet(user=manager))

    with nothing_moves():
        above = decide(as_manager, number, body='{"amount": 0.31}')
        assert said(above) == (422, "limit_exceeded")
        assert spelt(above)["data"] == {"status": 422, "maximum": "0.30", "requested": "0.31"}
        for body in ('{"amount": 0}', '{"amount": "x"}', '{"amount": 0.001}'):
            assert said(decide(as_manager, number, body=body)) == (400, "rest_invalid_param"), body
        assert said(decide(as_manager, own)) == said(decide(as_manager, own, "reject")) == (403, "rest_forbidden")
        assert said(decide(client_with_key(bob), number)) == (403, "rest_forbidden")
        for missing in (404, 2**63 - 1, 2**63, 10**30):
            assert said(decide(as_manager, missing)) == said(decide(as_manager, missing, "reject")) == (404, "not_found")


def test_what_the_ledger_does_not_bear_out_is_an_adjustment_by_hand(
    manager: User, by_session: Callable[[User], APIClient], wallet: Wallet, paid: Entry, site: Callable[..., None]
):
    site(approval_above={"USD": 20})
    browser = by_session(manager)
    other, borne_out = asked_for(wallet, order=1), asked_for(wallet)

    with nothing_moves():
        assert said(decide(browser, other)) == (403, "approval_required")
    assert decide(browser, other, body='{"amount": 0.20}').status_code == 200
    assert decide(browser, borne_out).status_code == 200


def test_everybody_lists_his_own_and_managers_filter(
    in_session: APIClient, as_manager: APIClient, wallet: Wallet, bobs_wallet: Wallet, paid: Entry
):
    first, second, bobs = asked_for(wallet), asked_for(wallet, order=1), asked_for(bobs_wallet)

    def ids(client: APIClient, path: str, **query: Any) -> list[int]:
        return [row["id"] for row in client.get(path, query).json()["items"]]

    assert ids(in_session, OWN) == [second, first]
    assert ids(in_session, OWN, user_id=bobs_wallet.user_id) == [second, first]
    assert ids(as_manager, STAFF, user_id=bobs_wallet.user_id, status="pending") == [bobs]
    assert ids(as_manager, STAFF, per_page=1, page=2) == [second]
    assert ids(as_manager, STAFF, user_id=2**63) == []
    assert said(as_manager.get(STAFF, {"status": "paid"})) == (400, "rest_invalid_param")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_managers_at_once_approve_once(as_manager: APIClient, wallet: Wallet, paid: Entry, at_once: Callable[..., list[Any]]):
    """Seen to fail without the request's lock: both find it pending, and the second one's entries are there already."""
    number = asked_for(wallet)
    clients = [same_caller(as_manager) for _ in range(4)]

    answers = at_once(4, lambda caller: decide(clients[caller], number))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"not_pending"}
    assert (balance(wallet), Entry.objects.filter(kind="refund").count()) == (80, 1)
    assert verify().findings == []


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_one_customer_asks_once_however_often_at_once(
    alice: User, wallet: Wallet, paid: Entry, by_session: Callable[[User], APIClient], at_once: Callable[..., list[Any]]
):
    """Seen to fail without the user's lock: the second one is a unique violation, and a 500."""
    clients = [by_session(alice) for _ in range(4)]

    answers = at_once(4, lambda caller: send(clients[caller], OWN, ASKED % ""))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert RefundRequest.objects.count() == 1
