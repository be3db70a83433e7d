"""Paying later through both doors: borrowing at a checkout, one's own debts, paying back."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from ledger.models import Account, Entry
from people.models import User
from tests.api.conftest import nothing_moves, said
from tests.api.walletpro.clock import Clock
from tests.api.webkul.conftest import ADMIN, CUSTOMER, a_key, send, spelt
from tests.bnpl.conftest import clock, lends  # noqa: F401  fixtures
from tests.bnpl.making import owe
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

Lends = Callable[..., None]
REPAY = f"{CUSTOMER}/bnpl_repay"


@pytest.fixture
def buy(as_manager: APIClient, wallet: Wallet, lends: Lends) -> Callable[[str], Any]:  # noqa: F811
    """`buy('"amount": 50')`: what the shop's checkout sends."""

    def buy(body: str, **headers: str) -> Any:
        return send(as_manager, f"{ADMIN}/wallets/{wallet.user_id}/debit", f'{{"bnpl": true, {body}}}', **headers)

    return buy


def test_a_checkout_that_is_paid_later(
    buy: Callable[..., Any], as_manager: APIClient, in_session: APIClient, wallet: Wallet, give: Callable[..., Entry]
):
    give(wallet, 2000)
    key = a_key()
    first, again = (buy('"amount": 50, "order_id": 8812, "note": "Order"', **key) for _ in "12")

    paid = Entry.objects.get(kind="debit")
    assert (first.status_code, spelt(first)) == (200, {"balance_after": "0.00", "ledger_id": paid.pk})
    assert (again.content, again["Idempotent-Replay"]) == (first.content, "true")
    lent = Entry.objects.get(kind="debt")
    rows = spelt(as_manager.get(f"{ADMIN}/transactions?order_id=8812"))["items"]
    assert [(row["id"], row["type"], row["amount"]) for row in rows] == [
        (paid.pk, "debit", "-50.00"),
        (lent.pk, "credit", "30.00"),
    ]
    [debt] = spelt(in_session.get(f"{CUSTOMER}/bnpl"))["items"]
    times = {name: debt.pop(name) for name in ("due_at", "interest_from", "created_at")}
    assert debt == {
        "id": lent.pk,
        "amount": "30.00",
        "outstanding": "30.00",
        "principal": "30.00",
        "interest": "0.00",
        "currency": "USD",
        "status": "open",
        "order_id": 8812,
    }
    assert times["created_at"] < times["due_at"] < times["interest_from"]


def test_who_has_no_wallet_yet_pays_later_too(as_manager: APIClient, person: Callable[..., User], lends: Lends):  # noqa: F811
    carol = person("carol")
    path = f"{ADMIN}/wallets/{carol.pk}/debit"
    assert said(send(as_manager, path, '{"amount": 50}')) == (422, "insufficient_balance")
    assert not Wallet.objects.filter(user=carol).exists()
    lends(bnpl_eligibility="group", bnpl_groups=["Regulars"])
    carol.groups.create(name="Regulars")

    assert spelt(send(as_manager, path, '{"amount": 50, "bnpl": true}'))["balance_after"] == "0.00"
    assert Account.objects.get(wallet__user=carol).owed == 5000


def test_nobody_learns_why_nothing_is_lent(buy: Callable[..., Any], as_manager: APIClient, lends: Lends, wallet: Wallet):  # noqa: F811
    path = f"{ADMIN}/wallets/{wallet.user_id}/debit"
    with nothing_moves():
        told = [buy('"amount": 9.99'), buy('"amount": 100.01'), send(as_manager, path, '{"amount": 50}')]
        lends(bnpl_enabled=False)
        told.append(buy('"amount": 50'))
    assert [said(response) for response in told] == [(422, "insufficient_balance")] * 4
    assert said(buy('"amount": 50, "bnpl": "perhaps"')) == (400, "rest_invalid_param")


def test_repaying_by_hand(in_session: APIClient, wallet: Wallet):
    first, second = owe(wallet, 3000), owe(wallet, 2000)
    key = a_key()
    once, again = (send(in_session, REPAY, f'{{"debt_id": {second.pk}, "amount": "5"}}', **key) for _ in "12")
    assert (once.status_code, spelt(once)) == (
        200,
        {"success": True, "repaid": "5.00", "outstanding": "45.00", "balance_after": "45.00"},
    )
    assert (again.content, Entry.objects.filter(kind="repayment").count()) == (once.content, 1)
    assert spelt(send(in_session, REPAY, '{"amount": 31}'))["outstanding"] == "14.00"
    assert [(row["id"], row["outstanding"], row["due_at"]) for row in spelt(in_session.get(f"{CUSTOMER}/bnpl"))["items"]] == [
        (second.pk, "14.00", None)
    ]
    assert spelt(send(in_session, REPAY, "{}")) == {
        "success": True,
        "repaid": "14.00",
        "outstanding": "0.00",
        "balance_after": "0.00",
    }
    rows = in_session.get(f"{CUSTOMER}/transactions?type=bnpl_repay").json()
    assert rows["total"] == 4
    assert Account.objects.get(pk=wallet.pk).owed == 0
    assert said(send(in_session, REPAY, f'{{"debt_id": {first.pk}}}')) == (422, "nothing_owed")


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ('{"amount": 30.01}', (422, "limit_exceeded")),
        ('{"amount": 20.01}', (422, "insufficient_balance")),
        ('{"amount": 0}', (400, "rest_invalid_param")),
        ('{"amount": 0.001}', (400, "rest_invalid_param")),
        ('{"amount": -1}', (400, "rest_invalid_param")),
        ('{"amount": "\\u0000"}', (400, "rest_invalid_param")),
        ('{"debt_id": 0}', (400, "rest_invalid_param")),
        ('{"debt_id": 99999999999999999999}', (400, "rest_invalid_param")),
        ('{"debt_id": 9223372036854775807}', (403, "rest_forbidden")),
        ('{"currency": "JPY"}', (422, "nothing_owed")),
        ('{"currency": "JPY", "debt_id": 1}', (403, "rest_forbidden")),
        ('{"currency": "XXL"}', (400, "rest_invalid_param")),
    ],
)
def test_what_is_not_repaid(in_session: APIClient, wallet: Wallet, body: str, answer: tuple[int, str]):
    from ledger.movements import Event
    from tests.conftest import WHY
    from wallets.services import debit

    owe(wallet, 3000)
    debit(wallet=wallet, amount=wallet.money(1000), event=Event.once("test"), why=WHY)
    with nothing_moves():
        assert said(send(in_session, REPAY, body)) == answer


def test_somebody_elses_debt(in_session: APIClient, wallet: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry]):
    bobs = owe(bobs_wallet, 3000)
    give(wallet, 5000)
    with nothing_moves():
        assert said(send(in_session, REPAY, f'{{"debt_id": {bobs.pk}}}')) == (403, "rest_forbidden")
        # Nor is a transaction that is no debt one.
        own = Entry.objects.get(account_id=wallet.pk)
        assert said(send(in_session, REPAY, f'{{"debt_id": {own.pk}}}')) == (403, "rest_forbidden")
    assert in_session.get(f"{CUSTOMER}/bnpl").json()["items"] == []


def test_the_list_has_pages_and_shows_interest_before_anybody_writes_it(
    buy: Callable[..., Any],
    in_session: APIClient,
    alice: User,
    by_session: Callable[[User], APIClient],
    clock: Clock,  # noqa: F811
):
    for order in (1, 2, 3):
        assert buy(f'"amount": 20, "order_id": {order}').status_code == 200
    clock.forward(days=38)
    page = spelt(by_session(alice).get(f"{CUSTOMER}/bnpl?per_page=2&page=2"))
    assert (page["page"], page["per_page"], page["total"]) == (2, 2, 3)
    [oldest] = page["items"]
    assert (oldest["order_id"], oldest["status"], oldest["principal"], oldest["interest"]) == (1, "overdue", "20.00", "2.00")
    assert not Entry.objects.filter(kind="interest").exists()
