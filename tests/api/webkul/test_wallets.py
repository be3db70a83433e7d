"""Wallets behind the admin door, and one's own balance behind the other (seeds/001)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from apikeys.models import ApiKey
from kyc.services import decide
from ledger.kinds import Kind
from ledger.models import Entry
from ledger.money import currency
from people.models import User
from tests.api.conftest import nothing_moves, said
from tests.api.webkul.conftest import ADMIN, CUSTOMER, a_key, send, spelt
from wallets.models import Wallet
from wallets.services import change_wallet, open_wallet

pytestmark = pytest.mark.django_db

WALLETS = f"{ADMIN}/wallets"


@pytest.fixture
def three(wallet: Wallet, bobs_wallet: Wallet, person: Callable[..., User], give: Callable[..., Entry]) -> list[Wallet]:
    """Alice with 5.00, Bob with 7.00 lately, Carol with nothing ever."""
    carols = open_wallet(user=person("carol"))
    give(wallet, 500)
    give(bobs_wallet, 700)
    return [wallet, bobs_wallet, carols]


def users(response: Any) -> list[int]:
    return [item["user_id"] for item in response.json()["items"]]


def test_the_list_is_as_the_document_has_it(as_manager: APIClient, three: list[Wallet], alice: User, manager: User):
    decide(user=alice, status="approved", by=manager)
    response = as_manager.get(WALLETS, {"sort": "balance_desc", "max_balance": "5"})
    entry = Entry.objects.get(account=three[0].pk)

    assert response.status_code == 200
    assert list(response.json()) == ["page", "per_page", "total", "items"]
    assert spelt(response)["items"][0] == {
        "user_id": alice.pk,
        "email": "alice@example.test",
        "balance": "5.00",
        "currency": "USD",
        "kyc_status": "approved",
        "last_activity_at": f"{entry.at:%Y-%m-%dT%H:%M:%SZ}",
    }
    assert (response.json()["page"], response.json()["per_page"], response.json()["total"]) == (1, 20, 2)
    assert (response["X-WP-Total"], response["X-WP-TotalPages"]) == ("2", "1")
    nothing_ever = response.json()["items"][1]
    assert (nothing_ever["balance"], nothing_ever["kyc_status"], nothing_ever["last_activity_at"]) == (0, "not_submitted", None)


def test_sorts_filters_and_pages(as_manager: APIClient, three: list[Wallet]):
    alice, bob, carol = (wallet.user_id for wallet in three)

    assert users(as_manager.get(WALLETS)) == [bob, alice, carol]
    assert users(as_manager.get(WALLETS, {"sort": "balance_desc"})) == [bob, alice, carol]
    assert users(as_manager.get(WALLETS, {"min_balance": "5", "max_balance": "7.0"})) == [bob, alice]
    assert users(as_manager.get(WALLETS, {"min_balance": "5.01"})) == [bob]
    assert users(as_manager.get(WALLETS, {"max_balance": "-1"})) == []
    second = as_manager.get(f"{WALLETS}?per_page=1&page=2")
    assert users(second) == [alice]
    assert 'page=3>; rel="next"' in second["Link"]
    assert users(as_manager.get(WALLETS, {"page": 9})) == []


@pytest.mark.parametrize(
    "query", [{"per_page": 101}, {"per_page": 0}, {"sort": "balance_asc"}, {"min_balance": "0.001"}, {"currency": "XXL"}]
)
def test_a_list_that_is_refused(as_manager: APIClient, query: dict[str, Any]):
    response = as_manager.get(WALLETS, query)

    assert said(response) == (400, "rest_invalid_param")
    assert list(response.json()["data"]["params"]) == list(query)


def test_one_is_an_item_of_the_list(as_manager: APIClient, three: list[Wallet]):
    listed = {item["user_id"]: item for item in as_manager.get(WALLETS).json()["items"]}
    for wallet in three:
        assert as_manager.get(f"{WALLETS}/{wallet.user_id}").json() == listed[wallet.user_id]


def test_a_user_without_a_wallet_has_nothing(as_manager: APIClient, manager: User, wallet: Wallet):
    for path, code in ((f"{WALLETS}/{manager.pk}", "USD"), (f"{WALLETS}/{wallet.user_id}?currency=JPY", "JPY")):
        row = as_manager.get(path).json()
        assert (row["balance"], row["currency"], row["last_activity_at"]) == (0, code, None)
    assert not Wallet.objects.filter(user=manager).exists()


@pytest.mark.parametrize("verb", ["", "/credit", "/debit"])
@pytest.mark.parametrize("user_id", ["999999", "9" * 30])
def test_nobody(as_manager: APIClient, verb: str, user_id: str):
    path = f"{WALLETS}/{user_id}{verb}"
    with nothing_moves():
        response = send(as_manager, path, '{"amount": 1}') if verb else as_manager.get(path)

    assert said(response) == (404, "rest_user_invalid_id")


def test_a_credit(as_manager: APIClient, wallet: Wallet, key_of: ApiKey):
    body = '{"amount": 100, "note": "Q4 bonus", "reference": "Q4_BONUS_2026"}'
    first, second = (send(as_manager, f"{WALLETS}/{wallet.user_id}/credit", body) for _ in "12")
    entries = list(Entry.objects.filter(account=wallet.pk).order_by("sequence"))

    assert [response.status_code for response in (first, second)] == [200, 200]
    assert spelt(first) == {"balance_after": "100.00", "ledger_id": entries[0].pk}
    # A reference need not be unique, and does not stop a second one.
    assert spelt(second) == {"balance_after": "200.00", "ledger_id": entries[1].pk}
    credit = entries[0]
    assert (credit.kind, credit.amount, credit.reason, credit.reference) == (Kind.CREDIT, 10000, "Q4 bonus", "Q4_BONUS_2026")
    assert credit.actor.startswith(f"key:{key_of.pk} ")


def test_a_credit_needs_nothing_but_its_amount(as_manager: APIClient, manager: User):
    """Who has no wallet gets one."""
    assert said(send(as_manager, f"{WALLETS}/{manager.pk}/credit", "{}")) == (400, "rest_missing_callback_param")
    assert send(as_manager, f"{WALLETS}/{manager.pk}/credit", '{"amount": "1.50"}').status_code == 200
    assert Wallet.objects.get(user=manager).account.balance == 150


def test_a_debit(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 2000)
    response = send(as_manager, f"{WALLETS}/{wallet.user_id}/debit", '{"amount": 12.5, "note": "Order", "order_id": 8812}')
    entry = Entry.objects.latest("id")

    assert (response.status_code, spelt(response)) == (200, {"balance_after": "7.50", "ledger_id": entry.pk})
    assert (entry.kind, entry.amount, entry.order_id, entry.reason) == (Kind.DEBIT, -1250, 8812, "Order")


def test_a_debit_of_who_has_no_wallet(as_manager: APIClient, manager: User):
    with nothing_moves():
        response = send(as_manager, f"{WALLETS}/{manager.pk}/debit", '{"amount": 1}')

    assert said(response) == (422, "insufficient_balance")


def test_what_refuses_a_debit(
    as_manager: APIClient,
    wallet: Wallet,
    give: Callable[..., Entry],
    site: Callable[..., None],
    client_with_key: Callable[..., APIClient],
    manager: User,
):
    give(wallet, 10000)
    path = f"{WALLETS}/{wallet.user_id}/debit"
    small = client_with_key(manager, max_amount=100)
    change_wallet(wallet=wallet, spending_limit=5000)
    with nothing_moves():
        assert said(send(small, path, '{"amount": 1.01}')) == (403, "key_limit_exceeded")
        assert said(send(as_manager, path, '{"amount": 50.01}')) == (422, "limit_exceeded")
        assert said(send(as_manager, path, '{"amount": 1, "currency": "XXL"}')) == (400, "rest_invalid_param")
    site(kyc_enabled=True, kyc_required_features=["wallet_usage"])
    assert said(send(as_manager, path, '{"amount": 1}')) == (403, "kyc_required")
    site(kyc_enabled=False, velocity_max_count=1)
    assert send(as_manager, path, '{"amount": 1}').status_code == 200
    capped = send(as_manager, path, '{"amount": 1}')
    assert said(capped) == (429, "velocity_cap_exceeded")
    assert int(capped["Retry-After"]) > 0
    change_wallet(wallet=wallet, status="frozen")
    for verb in ("credit", "debit"):
        assert said(send(as_manager, f"{WALLETS}/{wallet.user_id}/{verb}", '{"amount": 1}')) == (403, "wallet_frozen")


def test_the_words_of_the_document_for_an_identity_that_was_not_checked():
    from kyc.errors import KycRequired
    from wallet_service.api.family import envelope
    from wallet_service.api.webkul.errors import ANSWERS

    answer = ANSWERS[KycRequired]
    assert envelope(answer, answer.facts(KycRequired("transfer"))) == {
        "code": "kyc_required",
        "message": "Sender must have an approved KYC submission to transfer.",
        "data": {"status": 403},
    }


def test_a_person_alone_moves_so_much_only(
    manager: User, wallet: Wallet, by_session: Callable[[User], APIClient], site: Callable[..., None]
):
    site(approval_above={"USD": 10000})
    session = by_session(manager)
    path = f"{WALLETS}/{wallet.user_id}/credit"

    assert send(session, path, '{"amount": 100}').status_code == 200
    response = send(session, path, '{"amount": 100.01}')
    assert (said(response), spelt(response)["data"]["limit"]) == ((403, "approval_required"), "100.00")


def test_the_balance_after_is_after_all_that_the_call_caused(
    as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry], monkeypatch: pytest.MonkeyPatch
):
    """Whatever a credit brings about within its own transaction: here that somebody takes a part of it at once."""
    from ledger.movements import Event
    from tests.conftest import WHY
    from wallet_service.api.webkul import wallets
    from wallets.services import credit, debit

    def credit_and_take(**said: Any) -> Entry:
        entry = credit(**said)
        debit(wallet=wallet, amount=wallet.money(30), event=Event.once("test"), why=WHY)
        return entry

    monkeypatch.setattr(wallets, "credit", credit_and_take)
    response = send(as_manager, f"{WALLETS}/{wallet.user_id}/credit", '{"amount": 1}')

    assert spelt(response)["balance_after"] == "0.70"
    assert Entry.objects.get(pk=response.json()["ledger_id"]).amount == 100


def test_ones_own_balance(in_session: APIClient, alice: User, wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 125000)
    give(open_wallet(user=alice, currency=currency("JPY")), 500)

    figures = ("balance", "available", "withdrawable")
    assert spelt(in_session.get(f"{CUSTOMER}/balance")) == {**dict.fromkeys(figures, "1250.00"), "currency": "USD"}
    assert spelt(in_session.get(f"{CUSTOMER}/balance?currency=JPY")) == {**dict.fromkeys(figures, 500), "currency": "JPY"}
    assert spelt(in_session.get(f"{CUSTOMER}/balance?currency=EUR"))["balance"] == "0.00"
    assert said(in_session.get(f"{CUSTOMER}/balance?currency=usd")) == (400, "rest_invalid_param")


def test_repeats(as_manager: APIClient, wallet: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry]):
    """The contract's rules of walletpro, by header, and a replay that is the original body and nothing else."""
    path, key = f"{WALLETS}/{wallet.user_id}/credit", a_key()
    first = send(as_manager, path, '{"amount": 100, "note": "x"}', **key)
    again = send(as_manager, path, '{"note": "x", "amount": "100.0"}', **key)

    assert (again.status_code, again.content) == (200, first.content)
    assert (again["Idempotent-Replay"], "Idempotent-Replay" in first.headers) == ("true", False)
    with nothing_moves():
        for other, body in (
            (path, '{"amount": 100.01, "note": "x"}'),
            (path, '{"amount": 100, "note": "y"}'),
            (f"{WALLETS}/{bobs_wallet.user_id}/credit", '{"amount": 100, "note": "x"}'),
            (f"{WALLETS}/{wallet.user_id}/debit", '{"amount": 100, "note": "x"}'),
        ):
            assert said(send(as_manager, other, body, **key)) == (422, "idempotency_key_reused")
    # A refusal leaves a key free, and a key of the one family is none of the other's.
    late, debit = a_key(), f"{WALLETS}/{wallet.user_id}/debit"
    assert said(send(as_manager, debit, '{"amount": 150}', **late)) == (422, "insufficient_balance")
    give(wallet, 5000)
    assert send(as_manager, debit, '{"amount": 150}', **late).status_code == 200
    assert Wallet.objects.get(pk=wallet.pk).account.money(0).decimal == Decimal("0.00")


@pytest.mark.parametrize("key", ["", "x", "550e8400-e29b-11d4-a716-446655440000", "550E8400-E29B-41D4-A716-446655440000"])
def test_a_key_that_is_none_is_told_with_the_other_arguments(as_manager: APIClient, wallet: Wallet, key: str):
    path = f"{WALLETS}/{wallet.user_id}/credit"
    with nothing_moves():
        response = send(as_manager, path, '{"amount": 0}', **{"Idempotency-Key": key})

    assert said(response) == (400, "rest_invalid_param")
    assert list(response.json()["data"]["params"]) == ["amount", "Idempotency-Key"]


def test_a_key_among_the_arguments_is_not_looked_at(as_manager: APIClient, wallet: Wallet):
    body = '{"amount": 1, "idempotency_key": "x", "Idempotency-Key": "y"}'
    responses = [send(as_manager, f"{WALLETS}/{wallet.user_id}/credit", body) for _ in "12"]

    assert [spelt(response)["balance_after"] for response in responses] == ["1.00", "2.00"]
