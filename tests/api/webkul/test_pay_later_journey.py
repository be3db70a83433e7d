"""Paid later at two checkouts, and what becomes of it: through three namespaces, over six weeks."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from bnpl.overdue import tell_overdue
from ledger.due import settle_due
from ledger.models import Account, Entry
from ledger.movements import Event
from ledger.reversals import reverse
from ledger.verifying import verify
from notices.models import Notice
from payments.services import confirm_topup
from people.models import User
from refunds.services import refund_order
from tests.api.conftest import V1
from tests.api.walletpro.clock import Clock
from tests.api.webkul.conftest import ADMIN, CUSTOMER, send, spelt
from tests.bnpl.conftest import BOUNDS, TERMS
from tests.codes.making import new_code
from tests.conftest import WHY
from tests.ledger.transfers import switch_on, transfer
from tests.payments.conftest import started
from wallets.models import Wallet
from wallets.services import debit

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def order(client: APIClient, wallet: Wallet, amount: int, number: int) -> Any:
    body = f'{{"amount": {amount}, "order_id": {number}, "note": "Order", "bnpl": true}}'
    return send(client, f"{ADMIN}/wallets/{wallet.user_id}/debit", body)


def mailed() -> int:
    return Notice.objects.filter(kind="debt.overdue").count()


def test_from_the_checkout_to_the_last_cent(
    as_manager: APIClient,
    alice: User,
    wallet: Wallet,
    give: Callable[..., Entry],
    by_session: Callable[[User], APIClient],
    site: Callable[..., None],
    clock: Clock,
):
    def debts() -> list[tuple[int, str, str, str]]:
        """The oldest first: order, status, principal and interest."""
        items = spelt(by_session(alice).get(f"{CUSTOMER}/bnpl"))["items"]
        return [tuple(row[name] for name in ("order_id", "status", "principal", "interest")) for row in reversed(items)]

    site(bnpl_enabled=True, **BOUNDS, **TERMS)
    assert order(as_manager, wallet, 50, 1).status_code == 422
    call_command("allow_pay_later", "--user", "alice", "--json")
    give(wallet, 2000)

    # Two checkouts: the wallet pays what it has, the rest later.
    assert spelt(order(as_manager, wallet, 50, 1))["balance_after"] == "0.00"
    assert spelt(order(as_manager, wallet, 40, 2))["balance_after"] == "0.00"
    assert order(as_manager, wallet, 40, 3).json()["code"] == "insufficient_balance"
    assert debts() == [(1, "open", "30.00", "0.00"), (2, "open", "40.00", "0.00")]

    # A credit through walletpro repays the oldest first, in part.
    credited = as_manager.post(f"{V1}/wallets/{wallet.pk}/credit", {"amount": "2000", "reason": "Sorry"}, format="json")
    assert (credited.status_code, credited.json()["balance_after"]) == (201, "2000")
    assert debts() == [(1, "open", "10.00", "0.00"), (2, "open", "40.00", "0.00")]
    assert as_manager.get(f"{V1}/wallets/{wallet.pk}").json()["balance"] == "0"

    # Overdue: a mail for each, once a week.
    clock.forward(days=31)
    assert [status for _, status, _, _ in debts()] == ["overdue", "overdue"]
    assert (tell_overdue(), tell_overdue(), mailed()) == (2, 0, 2)
    clock.forward(days=6)
    assert (tell_overdue(), mailed()) == (0, 2)

    # Interest, on what is still owed, once: a tenth of 10 and of 40.
    clock.forward(days=1)
    assert (tell_overdue(), mailed()) == (2, 4)
    assert debts() == [(1, "overdue", "10.00", "1.00"), (2, "overdue", "40.00", "4.00")]
    assert settle_due() == 1
    assert Account.objects.get(pk=wallet.pk).owed == 5500

    # A credit through the second family: the oldest whole, principal before interest, then the next.
    credited = send(as_manager, f"{ADMIN}/wallets/{wallet.user_id}/credit", '{"amount": 30}')
    assert spelt(credited)["balance_after"] == "0.00"
    assert debts() == [(1, "repaid", "0.00", "0.00"), (2, "overdue", "21.00", "4.00")]
    clock.forward(days=90)
    assert (tell_overdue(), mailed()) == (1, 5)

    # The rest is there, and stays there but for what is owed.
    credited = send(as_manager, f"{ADMIN}/wallets/{wallet.user_id}/credit", '{"amount": 30}')
    assert spelt(credited)["balance_after"] == "5.00"
    assert [status for _, status, _, _ in debts()] == ["repaid", "repaid"]
    clock.forward(days=30)
    assert (tell_overdue(), settle_due(), Account.objects.get(pk=wallet.pk).owed) == (0, 0, 0)
    rows = spelt(as_manager.get(f"{ADMIN}/transactions?user_id={alice.pk}&type=bnpl_repay"))["items"]
    assert [row["amount"] for row in reversed(rows)] == ["-20.00", "-10.00", "-1.00", "-19.00", "-21.00", "-4.00"]
    assert verify().findings == []


def test_every_credit_of_every_family_repays(
    as_manager: APIClient,
    as_alice: APIClient,
    wallet: Wallet,
    bobs_wallet: Wallet,
    give: Callable[..., Entry],
    site: Callable[..., None],
    settings: Any,
):
    """Each brings 10.00, and leaves 10.00 less owed and nothing in the wallet."""
    site(bnpl_enabled=True, **BOUNDS)
    call_command("allow_pay_later", "--user", "alice", "--json")
    switch_on()
    settings.PAYMENT_PROVIDER = "manual"
    give(wallet, 2000)
    event = Event.once
    spent = debit(wallet=wallet, amount=wallet.money(1000), event=event("test"), why=WHY)
    assert order(as_manager, wallet, 110, 9).status_code == 200
    give(bobs_wallet, 1000)
    topup = started(wallet, 1000)
    credits: list[Callable[[], Any]] = [
        lambda: as_manager.post(f"{V1}/wallets/{wallet.pk}/credit", {"amount": "1000", "reason": "x"}, format="json"),
        lambda: send(as_manager, f"{ADMIN}/wallets/{wallet.user_id}/credit", '{"amount": 10}'),
        lambda: as_alice.post(f"{V1}/codes/{new_code(1000)}/redeem"),
        lambda: transfer(bobs_wallet, wallet, 1000),
        lambda: confirm_topup(topup_id=topup.pk, paid=topup.amount, actor="provider:manual", reference="till-1"),
        lambda: reverse(entry=spent, event=event("test"), why=WHY),
        lambda: refund_order(wallet=wallet, order_id=9, amount=wallet.money(1000), event=event("test"), by=None, actor="test"),
    ]
    owed = 10_000
    for credited in credits:
        credited()
        owed -= 1000
        account = Account.objects.get(pk=wallet.pk)
        assert (account.owed, account.balance) == (owed, 0)
    assert Entry.objects.filter(account_id=wallet.pk, kind="repayment").count() == len(credits)
    assert verify().findings == []
