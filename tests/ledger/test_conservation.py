"""Many threads on few accounts: whatever they do to one another, no money is made or lost, and nobody is left waiting."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection, connections
from django.db.models import F, Sum
from psycopg import errors as postgres

from ledger import interest
from ledger.book import lock_accounts
from ledger.debts import REPAYS, loan
from ledger.errors import Busy, LedgerUnavailable, Refusal
from ledger.kinds import Kind
from ledger.models import Account, Debt, Entry, Hold
from ledger.movements import Event
from ledger.retry import ATTEMPTS, in_transaction
from ledger.reversals import reverse
from ledger.verifying import verify
from people.models import User
from refunds.services import refund_order
from tests.conftest import WHY
from tests.ledger.loans import nobodys_loans
from tests.ledger.transfers import switch_on, transfer
from wallets.holds import capture_hold, place_hold, void_hold
from wallets.models import Wallet
from wallets.services import credit, debit, open_wallet

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

THREADS = 6
STEPS = 40
CAPITAL = 500

Moved = list[Entry]


class Mover:
    """One thread: it goes by its own dice, on wallets that are everybody's, and keeps what it has written."""

    def __init__(self, wallets: list[Wallet], seed: int) -> None:
        self.wallets = wallets
        self.dice = Random(seed)
        self.written: Moved = []
        self.holds: Moved = []

    def work(self) -> Moved:
        try:
            for _ in range(STEPS):
                verb = self.dice.choice(
                    [
                        *(self.credit, self.debit, self.transfer, self.transfer),
                        *(self.hold, self.end_hold, self.reverse, self.borrow, self.refund),
                    ]
                )
                try:
                    self.written += in_transaction(verb)
                except (Busy, LedgerUnavailable):
                    raise
                except Refusal:
                    pass
            return self.written
        finally:
            connections.close_all()

    def _asked(self) -> dict[str, Any]:
        wallet = self.dice.choice(self.wallets)
        return {"wallet": wallet, "amount": wallet.money(self.dice.randint(1, 90)), "event": Event.once("test"), "why": WHY}

    def credit(self) -> Moved:
        return [credit(**self._asked(), kind=self.dice.choice([Kind.CREDIT, Kind.CASHBACK]))]

    def debit(self) -> Moved:
        """For one of a few orders, which are everybody's as well."""
        asked = {**self._asked(), "why": replace(WHY, order_id=self.dice.randint(1, 3))}
        return [debit(**asked, allow_partial=True)]

    def refund(self) -> Moved:
        wallet, order = self.dice.choice(self.wallets), self.dice.randint(1, 3)
        return refund_order(wallet=wallet, order_id=order, event=Event.once("test"), by=None)

    def transfer(self) -> Moved:
        """In both directions at once: locked in any other order than by id, some would lie across each other."""
        sender, recipient = self.dice.sample(self.wallets, 2)
        return transfer(sender, recipient, self.dice.randint(1, 60))

    def borrow(self) -> Moved:
        wallet = self.dice.choice(self.wallets)
        book = lock_accounts(wallet.pk)
        lent = wallet.money(self.dice.randint(1, 60))
        bears_at = self.dice.choice([None, book.now + timedelta(milliseconds=20)])
        return book.post(loan(book[wallet.pk], lent, WHY, bears_at=bears_at), event=Event.once("test"))

    def hold(self) -> Moved:
        entry = place_hold(**self._asked(), expires_in=timedelta(milliseconds=self.dice.choice([20, 60_000])))
        self.holds.append(entry)
        return [entry]

    def end_hold(self) -> Moved:
        if not self.holds:
            return []
        hold = Hold.objects.get(pk=self.dice.choice(self.holds).pk)
        return [self.dice.choice([capture_hold, void_hold])(hold=hold, event=Event.once("test"), why=WHY)]

    def reverse(self) -> Moved:
        """Anybody's entry, so that two may want the same one."""
        entries = list(Entry.objects.filter(account_id=self.dice.choice(self.wallets).pk).order_by("-id")[:10])
        return reverse(entry=self.dice.choice(entries), event=Event.once("test"), why=WHY)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_sum_is_what_came_in_less_what_went_out(seed: int, monkeypatch: pytest.MonkeyPatch):
    """Seen to fail without FOR NO KEY UPDATE, and with accounts locked in the order in which they are named (Busy)."""
    # Nobody tries a second time: there is one order, so there is no deadlock.
    monkeypatch.setitem(ATTEMPTS, postgres.DeadlockDetected, 1)
    # As much as is still owed.
    monkeypatch.setattr(interest, "_terms", [lambda owed: {(debt.account_id, debt.sequence): debt.principal for debt in owed}])
    nobodys_loans(monkeypatch)
    switch_on(fee=seed)
    wallets = [open_wallet(user=User.objects.create_user(f"w{number}", f"w{number}@example.test")) for number in range(4)]
    for wallet in wallets:
        credit(wallet=wallet, amount=wallet.money(CAPITAL), event=Event.once("test"), why=WHY)
    movers = [Mover(wallets, seed * 100 + number) for number in range(THREADS)]
    pool = connection.settings_dict["OPTIONS"]["pool"]
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    usual, pool["max_size"] = pool["max_size"], THREADS + 1
    try:
        with ThreadPoolExecutor(THREADS) as threads:
            written = [entry for moved in threads.map(Mover.work, movers) for entry in moved if entry.kind not in REPAYS]
    finally:
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]
        pool["max_size"] = usual

    repaid = Entry.objects.filter(kind__in=REPAYS)
    repaid_in_all = repaid.aggregate(total=Sum("amount"))["total"]
    added = Entry.objects.filter(kind=Kind.INTEREST, amount=0).aggregate(total=Sum("owed_change"))["total"]
    lent = sum(entry.amount for entry in written if entry.kind == Kind.DEBT)
    assert repaid_in_all < 0 < added
    expected = len(wallets) * CAPITAL + sum(entry.amount for entry in written) + repaid_in_all
    totals = Account.objects.aggregate(balance=Sum("balance"), owed=Sum("owed"))
    assert totals == {"balance": expected, "owed": lent + added + repaid_in_all}
    assert (Debt.objects.aggregate(total=Sum(F("principal") + F("interest")))["total"] or 0) == totals["owed"]
    # Each entry that a thread was told of is there once, and no other but what lapsed and what was repaid.
    told = sorted(entry.pk for entry in written)
    there = Entry.objects.exclude(key=None).exclude(kind__in=REPAYS).order_by("id").values_list("pk", flat=True)
    assert list(there)[len(wallets) :] == told
    assert verify().findings == []
