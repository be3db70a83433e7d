"""Giving back what an order took: its debits and captures, newest first, one row for each, and each of them once.

A debit that was given back in part is done with: what is left of it is left (`ledger_entry_of_once`). So what of an order
can be refunded are those that nothing was given back of, by a reversal or a refund. A refund of an order that was not paid
yet is a plain credit, of no debit: what is paid for it later is given back less that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from ledger.book import Book
from ledger.errors import AmountOutOfRange, OrderNotPaid, OrderOpen, OrderRefunded, RefundExceedsOrder
from ledger.kinds import Kind
from ledger.models import ACTS_ONCE, Entry, Hold
from ledger.money import Money
from ledger.movements import Circumstances, Movement
from ledger.reversals import debit_back

# What a shop takes for an order.
TAKING = (Kind.DEBIT, Kind.CAPTURE)


@dataclass(frozen=True, slots=True)
class OrderPaid:
    """What an account paid for an order, the newest first. Of what is `open`, nothing was given back yet.

    `credited` are the order's plain refunds.
    """

    taken: Sequence[Entry]
    open: Sequence[Entry]
    credited: Sequence[Entry]

    @property
    def open_minor(self) -> int:
        """What may still be given back."""
        return max(0, -sum(entry.amount for entry in (*self.open, *self.credited)))

    @property
    def at(self) -> datetime | None:
        """When it was paid, or the last of it; None where this account paid nothing for it."""
        return self.taken[0].at if self.taken else None


def paid_for(account_id: int, order_id: int) -> OrderPaid:
    """What this account paid for this order. Behind the account's lock it is what is decided on, else what a reader sees."""
    paying, plain = Q(kind__in=TAKING, amount__lt=0), Q(kind=Kind.REFUND, of=None)
    rows = list(Entry.objects.filter(paying | plain, account_id=account_id, order_id=order_id).order_by("-sequence"))
    taken, credited = [row for row in rows if row.amount < 0], [row for row in rows if row.amount > 0]
    numbers = [entry.sequence for entry in taken]
    acts = Entry.objects.filter(account_id=account_id, of__in=numbers, kind__in=ACTS_ONCE)
    done = set(acts.values_list("of", flat=True))
    return OrderPaid(taken, [entry for entry in taken if entry.sequence not in done], credited)


def is_held_for(order_id: int, account_ids: Iterable[int]) -> bool:
    """Whether money of these accounts is held for this order, as a reader sees it."""
    live = Hold.objects.filter(account_id__in=account_ids, closed_by=None)
    lasting = live.filter(Q(ends=None) | Q(ends__gt=timezone.now()))
    return Entry.objects.filter(pk__in=lasting.values("pk"), order_id=order_id).exists()


def require_nothing_held(book: Book, account_ids: Iterable[int], order_id: int) -> None:
    """For who has locked these accounts.

    Raises:
        OrderOpen: money of theirs is held for this order.
    """
    for account_id in account_ids:
        held = [hold.sequence for hold in book.holds_of(account_id)]
        if held and Entry.objects.filter(account_id=account_id, sequence__in=held, order_id=order_id).exists():
            raise OrderOpen(order_id)


def order_back(book: Book, account_id: int, order_id: int, amount: Money | None, why: Circumstances) -> list[Movement]:
    """The refunds of an order, newest debit first, the last one in part where `amount` is less: for who has locked its account.

    All that can be given back unless `amount` says. Each goes into the lots that its debit took from, and is bound.

    Raises, in this order:
        OrderOpen: money of the account is held for it.
        OrderNotPaid: the account paid nothing for it.
        OrderRefunded: all that it paid was given back, or a part of each, or as much by plain refunds.
        RefundExceedsOrder: `amount` is more than what nothing was given back of yet, less plain refunds.
        AmountOutOfRange: it is nothing, or less.
    """
    require_nothing_held(book, [account_id], order_id)
    paid = paid_for(account_id, order_id)
    if not paid.taken:
        raise OrderNotPaid(order_id)
    if not paid.open_minor:
        raise OrderRefunded(order_id)
    most = book[account_id].money(paid.open_minor)
    asked = most if amount is None else amount
    if asked.minor > most.minor:
        raise RefundExceedsOrder(most=most, requested=asked)
    if asked.minor < 1:
        raise AmountOutOfRange(asked.minor)
    refunds, left = [], asked.minor
    for entry in paid.open:
        if part := min(left, -entry.amount):
            left -= part
            money = Money(part, asked.currency)
            refunds.append(debit_back(book, entry, money, replace(why, order_id=order_id), kind=Kind.REFUND))
    return refunds
