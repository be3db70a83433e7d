"""Giving back what an order took: once, newest first, into the lots it came from."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from ledger.book import lock_accounts
from ledger.debts import loan
from ledger.errors import (
    AmountOutOfRange,
    CurrencyMismatch,
    EventReused,
    OrderNotPaid,
    OrderRefunded,
    RefundExceedsOrder,
    Refusal,
)
from ledger.kinds import House, Kind
from ledger.lots import shares_of
from ledger.models import Entry, Hold
from ledger.money import Money, currency
from ledger.movements import Event
from ledger.refunds import paid_for
from ledger.reversals import reverse
from ledger.verifying import verify
from refunds.services import refund_order
from tests.conftest import WHY
from wallets.holds import capture_hold, place_hold
from wallets.models import Wallet
from wallets.services import change_wallet, debit

pytestmark = pytest.mark.django_db

ORDER = 8812
FOR_IT = replace(WHY, order_id=ORDER)


def pay(wallet: Wallet, amount: int, order: int = ORDER) -> Entry:
    why = replace(WHY, order_id=order)
    return debit(wallet=wallet, amount=wallet.money(amount), event=Event.once("test"), why=why)


def refund(wallet: Wallet, amount: int | None = None, event: Event | None = None, order: int = ORDER) -> list[Entry]:
    money = None if amount is None else wallet.money(amount)
    event = event or Event.once("test")
    return refund_order(wallet=wallet, order_id=order, amount=money, event=event, by=None)


def said(entries: list[Entry]) -> list[tuple[Any, ...]]:
    return [(entry.kind, entry.amount, entry.of) for entry in entries]


def refused(wallet: Wallet, expected: type[Refusal], amount: int | None = None) -> Any:
    before = Entry.objects.count()
    with pytest.raises(expected) as refusal, transaction.atomic():
        refund(wallet, amount)
    assert Entry.objects.count() == before
    return refusal.value


@pytest.fixture
def paid(wallet: Wallet, give: Callable[..., Entry]) -> list[int]:
    """Alice paid for the order with a debit of 10, a capture of 20 and a debit of 30; and for another one. Their sequences."""
    give(wallet, 100)
    first = pay(wallet, 10)
    pay(wallet, 5, order=1)
    placed = place_hold(
        wallet=wallet, amount=wallet.money(25), event=Event.once("test"), why=FOR_IT, expires_in=timedelta(minutes=5)
    )
    hold = Hold.objects.get(pk=placed.pk)
    captured = capture_hold(hold=hold, amount=wallet.money(20), event=Event.once("test"), why=FOR_IT)
    return [first.sequence, captured.sequence, pay(wallet, 30).sequence]


def test_gives_the_whole_order_back_newest_first(wallet: Wallet, paid: list[int]):
    entries = refund(wallet)

    assert said(entries) == [(Kind.REFUND, 30, paid[2]), (Kind.REFUND, 20, paid[1]), (Kind.REFUND, 10, paid[0])]
    assert {(entry.order_id, entry.house, entry.key) for entry in entries} == {(ORDER, House.SPENT, entries[0].key)}
    assert entries[-1].balance == 95
    refused(wallet, OrderRefunded)
    assert verify().findings == []


def test_the_last_one_may_come_back_in_part_and_its_rest_stays(wallet: Wallet, paid: list[int]):
    assert said(refund(wallet, 45)) == [(Kind.REFUND, 30, paid[2]), (Kind.REFUND, 15, paid[1])]

    # An entry is given back once: of the capture's other 5 nothing comes any more.
    assert paid_for(wallet.pk, ORDER).open_minor == 10
    assert refused(wallet, RefundExceedsOrder, 11).most.minor == 10
    assert said(refund(wallet)) == [(Kind.REFUND, 10, paid[0])]
    assert verify().findings == []


def test_what_was_reversed_before_is_not_refunded_again(wallet: Wallet, paid: list[int]):
    newest = Entry.objects.get(account_id=wallet.pk, sequence=paid[2])
    reverse(entry=newest, amount=wallet.money(1), event=Event.once("test"), why=WHY)

    assert refused(wallet, RefundExceedsOrder, 31).most.minor == 30
    assert said(refund(wallet, 30)) == [(Kind.REFUND, 20, paid[1]), (Kind.REFUND, 10, paid[0])]


@pytest.mark.parametrize("amount", [0, -1])
def test_refuses_nothing_and_less(wallet: Wallet, paid: list[int], amount: int):
    refused(wallet, AmountOutOfRange, amount)


def test_refuses_an_order_that_this_wallet_did_not_pay(wallet: Wallet, bobs_wallet: Wallet, paid: list[int]):
    refused(bobs_wallet, OrderNotPaid)


def test_refuses_another_currency(wallet: Wallet, paid: list[int]):
    with pytest.raises(CurrencyMismatch), transaction.atomic():
        euros = Money(5, currency("EUR"))
        refund_order(wallet=wallet, order_id=ORDER, amount=euros, event=Event.once("test"), by=None)


def test_once_for_each_event(wallet: Wallet, paid: list[int]):
    event = Event.named("refund_request:1", 45)

    first = refund(wallet, 45, event)
    assert [entry.pk for entry in refund(wallet, 45, event)] == [entry.pk for entry in first]
    with pytest.raises(EventReused), transaction.atomic():
        refund(wallet, 10, Event.named("refund_request:1", 10))
    assert Entry.objects.filter(kind=Kind.REFUND).count() == 2


def test_comes_back_into_the_lots_it_took_last_taken_first(wallet: Wallet, give: Callable[..., Entry]):
    soon, later = (timezone.now() + timedelta(days=days) for days in (1, 2))
    give(wallet, 10, expires_at=soon)
    give(wallet, 10, expires_at=later)
    give(wallet, 10)
    pay(wallet, 25)

    (entry,) = refund(wallet, 12)

    # What a debit of 13 would have left: 5 outside lots, then 7 of what ends last.
    assert [(share.sequence, share.ends, share.amount) for share in shares_of(entry)] == [(2, later, 7)]


def test_a_frozen_wallet_gets_it_and_repays_first(wallet: Wallet, paid: list[int]):
    book = lock_accounts(wallet.pk)
    book.post(loan(book[wallet.pk], wallet.money(35), WHY), event=Event.once("test"))
    change_wallet(wallet=wallet, status="frozen")

    entries = refund(wallet)

    assert [entry.amount for entry in entries] == [30, 20, 10, -30, -5]
    assert [entry.amount for entry in sorted(entries, key=lambda entry: entry.sequence)] == [30, -30, 20, -5, 10]
    assert verify().findings == []
