"""Paying back: by every credit, and by hand."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from bnpl.errors import DebtNotFound, NothingOwed, RepaymentExceedsDebt
from bnpl.reading import debts_of, rows_of
from bnpl.services import Repayment, repay
from ledger.book import lock_accounts
from ledger.debts import loan
from ledger.errors import AmountOutOfRange, InsufficientFunds, Refusal
from ledger.models import Entry, Hold
from ledger.movements import Event
from ledger.verifying import verify
from tests.api.walletpro.clock import Clock
from tests.bnpl.conftest import Buy, loan_of
from tests.conftest import WHY
from wallets.holds import place_hold, void_hold
from wallets.models import Wallet
from wallets.services import change_wallet

pytestmark = pytest.mark.django_db

Lends = Callable[..., None]
Give = Callable[..., Entry]


def told(done: Repayment) -> tuple[int, int, int]:
    return done.repaid.minor, done.outstanding.minor, done.balance.minor


def pay(
    wallet: Wallet, amount: int | None = None, debt_id: int | None = None, event: Event | None = None
) -> tuple[int, int, int]:
    money = None if amount is None else wallet.money(amount)
    done = repay(account_id=wallet.pk, amount=money, debt_id=debt_id, event=event or Event.once("test"), actor="user:1")
    return told(done)


@pytest.fixture
def two(lends: Lends, wallet: Wallet, give: Give, buy: Buy) -> tuple[int, int]:
    """Two loans, of 3000 and 2000, of a wallet that has 2500."""
    give(wallet, 2500)
    held = place_hold(wallet=wallet, amount=wallet.money(2500), event=Event.once("test"), why=WHY, expires_in=timedelta(hours=1))
    first, second = loan_of(buy(3000)).pk, loan_of(buy(2000)).pk
    void_hold(hold=Hold.objects.get(pk=held.pk), event=Event.once("test"), why=WHY)
    return first, second


def rows(wallet: Wallet) -> list[tuple[str, int, int]]:
    """The oldest first: status, principal, interest."""
    return [(str(row.status), row.principal, row.interest) for row in rows_of(list(debts_of(wallet.pk)))][::-1]


def test_takes_the_oldest_first_and_what_is_there(wallet: Wallet, two: tuple[int, int]):
    assert pay(wallet, 500) == (500, 4500, 2000)
    assert pay(wallet) == (2000, 2500, 0)
    assert rows(wallet) == [("open", 500, 0), ("open", 2000, 0)]
    assert verify().findings == []


def test_takes_the_one_that_is_named(wallet: Wallet, two: tuple[int, int]):
    assert pay(wallet, debt_id=two[1]) == (2000, 3000, 500)
    assert rows(wallet) == [("open", 3000, 0), ("repaid", 0, 0)]
    entry = Entry.objects.get(kind="repayment")
    assert (entry.actor, entry.reason, entry.house) == ("user:1", "Debt repaid", "debt")


def test_of_a_frozen_wallet_too(wallet: Wallet, two: tuple[int, int]):
    change_wallet(wallet=wallet, status="frozen")
    assert pay(wallet) == (2500, 2500, 0)


def test_happens_once_for_an_event(wallet: Wallet, two: tuple[int, int]):
    event = Event.named("repay:1")
    assert pay(wallet, 500, event=event) == pay(wallet, 500, event=event) == (500, 4500, 2000)


def test_pays_interest_behind_the_principal(wallet: Wallet, lends: Lends, clock: Clock, buy: Buy, give: Give):
    buy(3000)
    clock.forward(days=31)
    assert rows(wallet) == [("overdue", 3000, 0)]
    clock.forward(days=6, hours=1)
    # Nobody has written it yet.
    assert rows(wallet) == [("overdue", 3000, 300)]
    give(wallet, 3100)
    assert rows(wallet) == [("overdue", 0, 200)]
    give(wallet, 250)
    assert rows(wallet) == [("repaid", 0, 0)]
    assert verify().findings == []


def test_interest_is_on_what_is_still_owed_rounded_half_up_and_once(
    wallet: Wallet, lends: Lends, clock: Clock, buy: Buy, give: Give
):
    buy(3000)
    give(wallet, 2995)
    clock.forward(days=38)
    # A tenth of five.
    assert rows(wallet) == [("overdue", 5, 1)]
    clock.forward(days=400)
    give(wallet, 1)
    assert rows(wallet) == [("overdue", 4, 1)]
    assert verify().findings == []


def test_terms_are_those_of_the_making(wallet: Wallet, lends: Lends, clock: Clock, buy: Buy, give: Give):
    buy(3000)
    lends(bnpl_interest_type="fixed", bnpl_interest_amount=7, bnpl_grace_days=0)
    buy(2000)
    clock.forward(days=31)
    assert rows(wallet) == [("overdue", 3000, 0), ("overdue", 2000, 7)]
    clock.forward(days=7)
    assert rows(wallet) == [("overdue", 3000, 300), ("overdue", 2000, 7)]


def test_shows_what_a_provider_took_back_as_well(wallet: Wallet, two: tuple[int, int]):
    with transaction.atomic():
        book = lock_accounts(wallet.pk)
        book.post(loan(book[wallet.pk], wallet.money(40), WHY, is_bound=True), event=Event.once("test"))

    newest = rows_of(list(debts_of(wallet.pk)))[0]
    assert (newest.status, newest.outstanding, newest.loan, len(rows(wallet))) == ("open", 40, None, 3)
    assert pay(wallet, 40, debt_id=newest.entry.pk) == (40, 5000, 2500)


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"amount": 0}, AmountOutOfRange),
        ({"amount": 5001}, RepaymentExceedsDebt),
        ({"amount": 2501}, InsufficientFunds),
        ({"debt_id": 2**63 - 1}, DebtNotFound),
    ],
)
def test_refuses_what_is_not_owed_or_not_there(
    wallet: Wallet, two: tuple[int, int], asked: dict[str, Any], refusal: type[Refusal]
):
    before = Entry.objects.count()
    with pytest.raises(refusal), transaction.atomic():
        pay(wallet, **asked)
    assert Entry.objects.count() == before


def test_refuses_more_than_is_owed_of_a_debt_and_one_that_is_repaid(wallet: Wallet, two: tuple[int, int]):
    with pytest.raises(RepaymentExceedsDebt), transaction.atomic():
        pay(wallet, 2001, two[1])
    pay(wallet, debt_id=two[1])
    with pytest.raises(NothingOwed), transaction.atomic():
        pay(wallet, debt_id=two[1])
    pay(wallet)
    with pytest.raises(InsufficientFunds), transaction.atomic():
        pay(wallet)


def test_refuses_somebody_elses_debt_and_to_repay_nothing(bobs_wallet: Wallet, two: tuple[int, int], give: Give):
    give(bobs_wallet, 50)
    with pytest.raises(DebtNotFound), transaction.atomic():
        pay(bobs_wallet, debt_id=two[0])
    with pytest.raises(NothingOwed), transaction.atomic():
        pay(bobs_wallet)


def test_does_not_reach_into_a_credit_line(wallet: Wallet, lends: Lends, buy: Buy):
    buy(3000)
    with transaction.atomic():
        lock_accounts(wallet.pk).set_terms(wallet.pk, credit_line=500)
    with pytest.raises(InsufficientFunds), transaction.atomic():
        pay(wallet)
