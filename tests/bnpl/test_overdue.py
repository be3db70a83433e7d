"""Telling of what is overdue: at most once a week for each loan, until it is repaid."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from bnpl.models import Loan
from bnpl.overdue import tell_overdue
from ledger.models import Entry
from ledger.sealing import unseal
from notices.models import Notice
from notices.rendering import mail_of
from tests.api.walletpro.clock import Clock
from tests.bnpl.conftest import Buy
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

Lends = Callable[..., None]


def mails() -> list[Notice]:
    return list(Notice.objects.filter(kind="debt.overdue").order_by("pk"))


def facts_in(mail: Notice) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(unseal(bytes(mail.text), mail.sealed_for))
    return facts


def test_begins_when_it_is_due_and_comes_once_a_week(
    lends: Lends, wallet: Wallet, buy: Buy, clock: Clock, give: Callable[..., Entry]
):
    buy(3000)
    clock.forward(days=29, hours=23)
    assert tell_overdue() == 0
    clock.forward(hours=2)
    assert (tell_overdue(), tell_overdue()) == (1, 0)
    clock.forward(days=6, hours=23)
    assert tell_overdue() == 0
    clock.forward(hours=2)
    assert (tell_overdue(), tell_overdue()) == (1, 0)
    first, second = (facts_in(mail) for mail in mails())
    loan = Loan.objects.get()
    made, due, bears = (f"{at:%Y-%m-%d}" for at in (loan.made_at, loan.due_at, loan.bears_at) if at)
    lent = {"order": 7, "lent": "$30.00", "made": made, "due": due, "number": loan.pk}
    assert first == {**lent, "amount": "$30.00", "interest": None, "interest_from": bears}
    assert second == {**lent, "amount": "$33.00", "interest": "$3.00", "interest_from": None}
    assert "$33.00 are overdue" in mail_of("debt.overdue", second).subject

    give(wallet, 3300)
    clock.forward(days=30)
    assert tell_overdue() == 0
    assert [mail.user for mail in mails()] == [wallet.user] * 2


def test_tells_of_each_loan_for_itself(lends: Lends, wallet: Wallet, buy: Buy, clock: Clock):
    buy(3000)
    clock.forward(days=3)
    buy(2000)
    clock.forward(days=28)
    assert tell_overdue() == 1
    clock.forward(days=3)
    assert tell_overdue() == 1
    assert [facts_in(mail)["amount"] for mail in mails()] == ["$30.00", "$20.00"]
