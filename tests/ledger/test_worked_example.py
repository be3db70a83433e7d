"""The worked example of the ledger's design: two accounts, every kind of entry that moves them, to the last lot."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from ledger import interest
from ledger.book import lock_accounts
from ledger.debts import loan
from ledger.kinds import House, Kind
from ledger.lots import shares_of
from ledger.models import Account, Entry, Hold
from ledger.movements import Event, Movement
from ledger.reversals import reverse
from ledger.verifying import verify
from refunds.services import refund_order
from tests.conftest import WHY
from tests.ledger.clock import Clock
from tests.ledger.loans import nobodys_loans
from tests.ledger.transfers import switch_on, transfer
from wallets.holds import capture_hold, place_hold, void_hold
from wallets.models import Wallet
from wallets.services import debit

pytestmark = pytest.mark.django_db

GRACE = timedelta(days=37)
MAY, JUNE = datetime(2099, 5, 1, tzinfo=UTC), datetime(2099, 6, 1, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def last(wallet: Wallet) -> tuple[int, int, int, int, int]:
    """Sequence, amount, held change, balance and held of the wallet's last entry."""
    entry = Entry.objects.filter(account_id=wallet.pk).latest("sequence")
    return entry.sequence, entry.amount, entry.held_change, entry.balance, entry.held


def touched(wallet: Wallet) -> list[tuple[int, datetime | None, int]]:
    entry = Entry.objects.filter(account_id=wallet.pk).latest("sequence")
    return [(share.sequence, share.ends, share.amount) for share in shares_of(entry)]


@pytest.fixture(autouse=True)
def _interest_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever bears interest costs one minor unit."""
    nobodys_loans(monkeypatch)
    monkeypatch.setattr(interest, "_terms", [lambda debts: {(debt.account_id, debt.sequence): 1 for debt in debts}])


def test_every_row_of_the_example(wallet: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry], clock: Clock):
    a, b, money = wallet, bobs_wallet, wallet.money

    def hold(amount: int) -> Hold:
        entry = place_hold(wallet=a, amount=money(amount), event=Event.once("test"), expires_in=timedelta(minutes=15), why=WHY)
        return Hold.objects.get(pk=entry.pk)

    give(a, 100, Kind.TOPUP)
    give(a, 10, Kind.BONUS)
    assert touched(a) == [(2, None, 10)]
    give(a, 30, expires_at=MAY)
    assert touched(a) == [(3, MAY, 30)]
    debit(wallet=a, amount=money(20), event=Event.once("test"), why=replace(WHY, order_id=8812))
    assert (last(a), touched(a)) == ((4, -20, 0, 120, 0), [(3, MAY, -20)])

    first = hold(15)
    assert last(a) == (5, 0, 15, 120, 15)
    capture_hold(hold=first, amount=money(12), event=Event.once("test"), why=WHY)
    assert (last(a), touched(a)) == ((6, -12, -15, 108, 0), [(3, MAY, -10), (2, None, -2)])
    second = hold(5)
    void_hold(hold=second, event=Event.once("test"), why=WHY)
    assert last(a) == (8, 0, -5, 108, 0)

    give(a, 6, expires_at=JUNE)
    switch_on(fee=1)
    transfer(a, b, 20)
    assert (last(a), touched(a)) == ((11, -1, 0, 93, 0), [])
    sent = Entry.objects.get(account_id=a.pk, sequence=10)
    assert [(share.sequence, share.ends, share.amount) for share in shares_of(sent)] == [(9, JUNE, -6), (2, None, -8)]
    assert (last(b), touched(b)) == ((1, 20, 0, 20, 0), [(1, JUNE, 6), (1, None, 8)])

    # A refund (a debit's reversal is alike), once May and June are over.
    clock.set(JUNE + timedelta(days=1))
    (refund,) = refund_order(wallet=a, order_id=8812, event=Event.once("test"), by=None)
    assert (last(a), touched(a)) == ((12, 20, 0, 113, 0), [(3, None, 20)])
    assert (refund.kind, refund.of, refund.house) == (Kind.REFUND, 4, House.SPENT)
    given = give(a, 5)
    reverse(entry=given, event=Event.once("test"), why=WHY)
    assert (last(a), touched(a)) == ((14, -5, 0, 113, 0), [])

    # What is due of B is written by who locks it next: a debit that a loan helps to pay.
    with transaction.atomic():
        book = lock_accounts(b.pk)
        paid = Movement(b.pk, Kind.DEBIT, money(-20), House.SPENT, WHY)
        bears_at = book.now + GRACE
        book.post(loan(book[b.pk], money(6), WHY, bears_at=bears_at), paid, event=Event.once("test"))
    expiry = Entry.objects.get(account_id=b.pk, sequence=2)
    assert (expiry.kind, expiry.amount, expiry.balance, expiry.house, expiry.key) == (Kind.EXPIRY, -6, 14, House.EXPIRED, None)
    assert [(share.sequence, share.ends, share.amount) for share in shares_of(expiry)] == [(1, JUNE, -6)]
    lent = Entry.objects.get(account_id=b.pk, sequence=3)
    assert (lent.kind, lent.amount, lent.owed_change, lent.balance, lent.house) == (Kind.DEBT, 6, 6, 20, House.DEBT)
    assert [(share.sequence, share.ends, share.amount) for share in shares_of(lent)] == [(3, None, 6)]
    assert (last(b), touched(b)) == ((4, -20, 0, 0, 0), [(1, None, -8), (3, None, -6)])

    # It bears interest when due date and grace are over: whoever locks the account next writes it, and then credits.
    assert (lent.ends, Account.objects.get(pk=b.pk).due_at) == (bears_at, bears_at)
    clock.set(bears_at)
    give(b, 10, Kind.TOPUP)
    accrued, topup, repaid, paid_on_top = Entry.objects.filter(account_id=b.pk, sequence__gt=4).order_by("sequence")
    assert (accrued.kind, accrued.amount, accrued.owed_change, accrued.of, accrued.house) == (Kind.INTEREST, 0, 1, 3, None)
    assert (topup.kind, topup.amount, topup.balance) == (Kind.TOPUP, 10, 10)
    assert (repaid.kind, repaid.of, repaid.amount, repaid.owed_change, repaid.balance, repaid.house) == (
        *(Kind.REPAYMENT, 3, -6, -6, 4),
        House.DEBT,
    )
    assert (paid_on_top.kind, paid_on_top.of, paid_on_top.owed_change, paid_on_top.house) == (
        *(Kind.INTEREST, 3, -1),
        House.INTEREST,
    )
    assert (last(b), touched(b)) == ((8, -1, 0, 3, 0), [])
    assert (Account.objects.get(pk=b.pk).owed, Account.objects.get(pk=b.pk).due_at) == (0, None)
    assert verify().findings == []
