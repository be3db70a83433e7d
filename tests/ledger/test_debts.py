"""Debts: what makes them, what they cost on top, what every credit repays of them, and what a provider takes back."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from ledger import interest
from ledger.book import Book, lock_accounts
from ledger.debts import loan
from ledger.due import settle_due, show_settled
from ledger.errors import (
    AccountFrozen,
    AccountNotIntact,
    AlreadyReversed,
    InsufficientFunds,
    NotReversible,
    ReversalExceedsOriginal,
)
from ledger.kinds import House, Kind
from ledger.lots import shares_of
from ledger.models import Account, Debt, Entry, Hold, Lot
from ledger.movements import Event, Movement
from ledger.reversals import reverse, taken_back
from ledger.verifying import verify
from tests.conftest import WHY
from tests.ledger.clock import Clock
from tests.ledger.loans import nobodys_loans
from tests.ledger.transfers import switch_on, transfer
from wallets.holds import place_hold, void_hold
from wallets.models import Wallet
from wallets.services import change_wallet, credit, debit

pytestmark = pytest.mark.django_db

Give = Callable[..., Entry]
JUNE = datetime(2099, 6, 1, tzinfo=UTC)


def owe(wallet: Wallet, amount: int, *, is_bound: bool = True, **terms: Any) -> Entry:
    """The debt, whose money is in the wallet."""
    with transaction.atomic():
        book = lock_accounts(wallet.pk)
        made = loan(book[wallet.pk], wallet.money(amount), WHY, is_bound=is_bound, **terms)
        return book.post(made, event=Event.once("test"))[0]


def spend(wallet: Wallet, amount: int) -> Entry:
    return debit(wallet=wallet, amount=wallet.money(amount), event=Event.once("test"), why=WHY)


def spend_nothing(wallet: Wallet) -> None:
    """Only look behind the lock."""
    with transaction.atomic():
        lock_accounts(wallet.pk)


def in_debt(wallet: Wallet, *amounts: int) -> None:
    """So many debts, whose money is spent."""
    for amount in amounts:
        owe(wallet, amount)
        spend(wallet, amount)


def debts(wallet: Wallet) -> list[tuple[int, int, int]]:
    return list(Debt.objects.filter(account_id=wallet.pk).order_by("sequence").values_list("sequence", "principal", "interest"))


def rows(wallet: Wallet) -> list[tuple[str, int, int, int | None]]:
    found = Entry.objects.filter(account_id=wallet.pk).order_by("sequence")
    return list(found.values_list("kind", "amount", "owed_change", "of"))


def account_of(wallet: Wallet) -> Account:
    return Account.objects.get(pk=wallet.pk)


class TestALoan:
    def test_is_money_outside_nothing_that_may_be_paid_out(self, wallet: Wallet):
        entry = owe(wallet, 600)

        account = account_of(wallet)
        assert (entry.kind, entry.amount, entry.owed_change, entry.house) == (Kind.DEBT, 600, 600, House.DEBT)
        assert (account.balance, account.owed, account.in_lots, account.withdrawable) == (600, 600, 600, 0)
        assert debts(wallet) == [(1, 600, 0)]
        assert [(lot.sequence, lot.ends, lot.rest) for lot in Lot.objects.all()] == [(1, None, 600)]
        assert verify().findings == []

    def test_repays_no_debt_itself(self, wallet: Wallet):
        owe(wallet, 100)
        owe(wallet, 50)

        assert debts(wallet) == [(1, 100, 0), (2, 50, 0)]
        assert account_of(wallet).owed == 150

    def test_is_not_made_of_a_frozen_account_unless_it_is_owed_anyway(self, wallet: Wallet):
        change_wallet(wallet=wallet, status="frozen")

        with pytest.raises(AccountFrozen), transaction.atomic():
            owe(wallet, 5, is_bound=False)
        owe(wallet, 5)
        assert account_of(wallet).owed == 5

    def test_is_not_reversible(self, wallet: Wallet, give: Give):
        made = owe(wallet, 5)
        give(wallet, 5)
        repaid = Entry.objects.get(kind=Kind.REPAYMENT)

        for entry in (made, repaid):
            with pytest.raises(NotReversible), transaction.atomic():
                reverse(entry=entry, event=Event.once("test"), why=WHY)


class TestEveryCreditRepays:
    def test_the_oldest_debt_first_and_at_most_its_amount(self, wallet: Wallet, give: Give):
        in_debt(wallet, 60, 50)
        given = give(wallet, 100)

        assert (given.kind, given.amount) == (Kind.CREDIT, 100)
        assert rows(wallet)[4:] == [("credit", 100, 0, None), ("repayment", -60, -60, 1), ("repayment", -40, -40, 3)]
        assert debts(wallet) == [(3, 10, 0)]
        assert (account_of(wallet).balance, account_of(wallet).owed) == (0, 10)
        assert verify().findings == []

    def test_and_keeps_what_is_not_owed(self, wallet: Wallet, give: Give):
        in_debt(wallet, 60)
        give(wallet, 100)

        assert (account_of(wallet).balance, account_of(wallet).owed, account_of(wallet).withdrawable) == (40, 0, 40)
        assert not Debt.objects.exists()

    def test_as_legs_of_the_credits_event_right_behind_it(self, wallet: Wallet):
        in_debt(wallet, 60, 60)
        event = Event.named("topup:1")
        with transaction.atomic():
            book = lock_accounts(wallet.pk)
            asked = [
                Movement(wallet.pk, kind, wallet.money(amount), House.ISSUED, WHY, is_lot=kind == Kind.BONUS)
                for kind, amount in ((Kind.TOPUP, 70), (Kind.BONUS, 30))
            ]
            written = book.post(*asked, event=event)

        assert [entry.kind for entry in written] == ["topup", "bonus", "repayment", "repayment", "repayment"]
        by_leg = Entry.objects.filter(key="topup:1").order_by("sequence").values_list("leg", "kind", "amount", "of")
        assert list(by_leg) == [
            (0, "topup", 70, None),
            (1, "repayment", -60, 1),
            (2, "repayment", -10, 3),
            (3, "bonus", 30, None),
            (4, "repayment", -30, 3),
        ]

    def test_and_a_repetition_returns_the_same_in_the_same_order(self, wallet: Wallet):
        in_debt(wallet, 60)
        event = Event.named("credit:1")
        with transaction.atomic():
            once = credit(wallet=wallet, amount=wallet.money(70), event=event, why=WHY)
            again = credit(wallet=wallet, amount=wallet.money(70), event=event, why=WHY)
            entries = lock_accounts(wallet.pk).entries_of(event)

        assert again.pk == once.pk == entries[0].pk
        assert [entry.kind for entry in entries] == ["credit", "repayment"]

    def test_though_the_account_is_frozen(self, wallet: Wallet):
        in_debt(wallet, 60)
        spent = Entry.objects.get(kind=Kind.DEBIT)
        change_wallet(wallet=wallet, status="frozen")
        reverse(entry=spent, event=Event.once("test"), why=WHY)

        assert rows(wallet)[2:] == [("reversal", 60, 0, 2), ("repayment", -60, -60, 1)]
        assert account_of(wallet).owed == 0

    def test_out_of_what_ends_soonest_and_not_of_what_is_held(self, wallet: Wallet, give: Give):
        give(wallet, 20, expires_at=JUNE)
        in_debt(wallet, 30)
        assert account_of(wallet).balance == 20
        hold = place_hold(
            wallet=wallet, amount=wallet.money(15), event=Event.once("test"), why=WHY, expires_in=timedelta(hours=1)
        )
        give(wallet, 10)

        repaid = Entry.objects.get(kind=Kind.REPAYMENT)
        assert hold.held == account_of(wallet).held == 15
        assert [(share.sequence, share.ends, share.amount) for share in shares_of(repaid)] == [(2, None, -5)]
        assert account_of(wallet).available == 5

    def test_also_one_from_another_wallet_and_one_that_comes_back(self, wallet: Wallet, bobs_wallet: Wallet, give: Give):
        switch_on(fee=2)
        in_debt(bobs_wallet, 30)
        give(wallet, 100)
        sent, received, fee = transfer(wallet, bobs_wallet, 20)
        assert (sent.amount, received.amount, fee.amount) == (-20, 20, -2)
        assert debts(bobs_wallet) == [(1, 10, 0)]

        in_debt(wallet, 15)
        give(bobs_wallet, 30)
        back = reverse(entry=sent, event=Event.once("test"), why=WHY)
        assert [(entry.account_id, entry.kind, entry.amount) for entry in back] == [
            (wallet.pk, "reversal", 20),
            (wallet.pk, "reversal", 2),
            (bobs_wallet.pk, "reversal", -20),
            (wallet.pk, "repayment", -15),
        ]
        assert (account_of(wallet).owed, account_of(wallet).balance) == (0, 85)
        assert verify().findings == []

    def test_and_a_transfer_is_found_again_by_its_event(self, wallet: Wallet, bobs_wallet: Wallet, give: Give):
        in_debt(bobs_wallet, 30)
        switch_on()
        give(wallet, 100)
        event = Event.named("transfer:1")

        first = transfer(wallet, bobs_wallet, 20, event)
        assert [entry.pk for entry in transfer(wallet, bobs_wallet, 20, event)] == [entry.pk for entry in first]
        assert len(first) == 2


class TestInterest:
    """A debt of 60 that bears 5 from June on, and one of 40 that bears none."""

    @pytest.fixture
    def asked_for(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """How many debts the terms were asked for, each time."""
        asked: list[int] = []

        def terms(debts: Sequence[Debt]) -> dict[tuple[int, int], int]:
            asked.append(len(debts))
            return {(debt.account_id, debt.sequence): 5 for debt in debts}

        monkeypatch.setattr(interest, "_terms", [terms])
        nobodys_loans(monkeypatch)
        return asked

    @pytest.fixture
    def clock(self, wallet: Wallet, asked_for: list[int], monkeypatch: pytest.MonkeyPatch) -> Clock:
        clock = Clock(monkeypatch)
        clock.set(JUNE - timedelta(seconds=1))
        owe(wallet, 60, bears_at=JUNE)
        spend(wallet, 60)
        in_debt(wallet, 40)
        return clock

    def test_comes_on_top_once_at_the_first_lock_behind_its_time(self, wallet: Wallet, clock: Clock):
        assert (account_of(wallet).owed, account_of(wallet).due_at) == (100, JUNE)
        spend_nothing(wallet)
        assert account_of(wallet).sequence == 4

        clock.set(JUNE)
        spend_nothing(wallet)
        clock.set(JUNE + timedelta(days=400))
        spend_nothing(wallet)
        assert debts(wallet) == [(1, 60, 5), (3, 40, 0)]
        accrued = Entry.objects.get(kind=Kind.INTEREST)
        assert (accrued.sequence, accrued.amount, accrued.owed_change, accrued.of, accrued.key) == (5, 0, 5, 1, None)
        assert (account_of(wallet).owed, account_of(wallet).due_at) == (105, None)
        assert verify().findings == []

    def test_is_shown_to_readers_and_settled_by_the_job(self, wallet: Wallet, clock: Clock, give: Give):
        give(wallet, 10)
        clock.set(JUNE)
        shown = account_of(wallet)
        show_settled([shown], JUNE)
        assert (shown.owed, account_of(wallet).owed) == (95, 90)

        assert settle_due() == 1
        assert (account_of(wallet).owed, settle_due()) == (95, 0)

    def test_comes_behind_its_debts_principal_and_before_the_next_debt(self, wallet: Wallet, clock: Clock, give: Give):
        clock.set(JUNE)
        give(wallet, 63)
        assert rows(wallet)[4:] == [
            ("interest", 0, 5, 1),
            ("credit", 63, 0, None),
            ("repayment", -60, -60, 1),
            ("interest", -3, -3, 1),
        ]
        assert debts(wallet) == [(1, 0, 2), (3, 40, 0)]
        give(wallet, 50)
        assert rows(wallet)[9:] == [("interest", -2, -2, 1), ("repayment", -40, -40, 3)]
        assert Entry.objects.filter(kind=Kind.INTEREST, amount__lt=0, house=House.INTEREST).count() == 2
        assert (account_of(wallet).owed, account_of(wallet).balance, Debt.objects.count()) == (0, 8, 0)
        assert verify().findings == []

    def test_is_none_where_the_debt_was_repaid_in_time(self, wallet: Wallet, clock: Clock, give: Give, asked_for: list[int]):
        give(wallet, 60)
        assert account_of(wallet).due_at is None
        clock.set(JUNE)
        give(wallet, 50)
        assert not Entry.objects.filter(kind=Kind.INTEREST).exists()
        assert asked_for == []

    def test_of_unknown_terms_stops_the_account_and_no_reader(
        self, wallet: Wallet, clock: Clock, give: Give, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(interest, "_terms", [])
        clock.set(JUNE)
        with pytest.raises(AccountNotIntact), transaction.atomic():
            give(wallet, 5)
        shown = account_of(wallet)
        show_settled([shown], JUNE)
        assert (shown.owed, shown.balance, settle_due()) == (100, 0, 0)


def test_a_repayment_by_hand_may_name_a_debt_and_takes_no_more_than_is_there(wallet: Wallet, give: Give):
    give(wallet, 50)
    held = wallet.money(50)
    hold = place_hold(wallet=wallet, amount=held, event=Event.once("test"), why=WHY, expires_in=timedelta(hours=1))
    in_debt(wallet, 30, 40)
    void_hold(hold=Hold.objects.get(pk=hold.pk), event=Event.once("test"), why=WHY)
    event = Event.named("repay:1")
    with transaction.atomic():
        book = lock_accounts(wallet.pk)
        written = book.repay(wallet.pk, 25, event=event, only=5)
        assert [(entry.kind, entry.amount, entry.of) for entry in written] == [("repayment", -25, 5)]
        assert [entry.pk for entry in book.repay(wallet.pk, 25, event=event, only=5)] == [entry.pk for entry in written]
        assert [entry.amount for entry in book.repay(wallet.pk, 99, event=Event.once("test"))] == [-25]
    assert debts(wallet) == [(3, 5, 0), (5, 15, 0)]
    assert account_of(wallet).balance == 0


class TestWithdrawable:
    @pytest.mark.parametrize(
        ("figures", "left"),
        [
            ({"balance": 100}, 100),
            ({"balance": 100, "in_lots": 30}, 70),
            ({"balance": 100, "in_lots": 30, "held": 40}, 60),
            ({"balance": 100, "in_lots": 30, "held": 20, "owed": 25}, 45),
            ({"balance": 100, "owed": 125}, 0),
            ({"balance": -10, "credit_line": 50}, 0),
        ],
    )
    def test_is_own_money_that_is_neither_held_nor_owed(self, figures: dict[str, int], left: int):
        assert Account(**figures).withdrawable == left


class TestWhatAProviderTakesBack:
    """A top-up of 100 with a bonus of 10."""

    @pytest.fixture
    def topup(self, wallet: Wallet, give: Give) -> Entry:
        return give(wallet, 100, Kind.TOPUP)

    @pytest.fixture
    def bonus(self, wallet: Wallet, give: Give, topup: Entry) -> Entry:
        return give(wallet, 10, Kind.BONUS)

    @staticmethod
    def take(wallet: Wallet, *credits: Entry, owed: int = 0) -> list[Entry]:
        with transaction.atomic():
            book = lock_accounts(wallet.pk)
            movements = [loan(book[wallet.pk], wallet.money(owed), WHY, is_bound=True)] if owed else []
            movements += [taken_back(book, entry, None, WHY) for entry in credits]
            return book.post(*movements, event=Event.once("test"))

    def test_is_a_credits_reversal(self, wallet: Wallet, topup: Entry, bonus: Entry):
        written = self.take(wallet, topup, bonus)

        assert [(entry.kind, entry.amount, entry.of) for entry in written] == [("reversal", -100, 1), ("reversal", -10, 2)]
        assert (account_of(wallet).balance, account_of(wallet).owed) == (0, 0)
        assert verify().findings == []

    def test_may_not_be_more_than_the_account_has(self, wallet: Wallet, topup: Entry):
        spend(wallet, 30)

        with pytest.raises(InsufficientFunds), transaction.atomic():
            self.take(wallet, topup)

    def test_makes_what_is_missing_a_debt_that_the_same_event_does_not_repay(self, wallet: Wallet, topup: Entry, bonus: Entry):
        spend(wallet, 70)
        written = self.take(wallet, topup, bonus, owed=70)

        assert [(entry.kind, entry.amount, entry.owed_change) for entry in written] == [
            ("debt", 70, 70),
            ("reversal", -100, 0),
            ("reversal", -10, 0),
        ]
        assert (account_of(wallet).balance, account_of(wallet).owed, account_of(wallet).in_lots) == (0, 70, 0)
        assert debts(wallet) == [(4, 70, 0)]
        assert verify().findings == []

    def test_takes_of_a_credit_its_own_lots_whichever_comes_first(self, wallet: Wallet, topup: Entry, bonus: Entry, give: Give):
        """The top-up's own money is spent: it takes from the bonus, which then takes from the loan."""
        give(wallet, 40, expires_at=JUNE)
        spend(wallet, 130)
        self.take(wallet, topup, bonus, owed=90)

        assert (account_of(wallet).balance, account_of(wallet).in_lots, Lot.objects.count()) == (0, 0, 0)
        assert verify().findings == []

    def test_of_a_frozen_account_too(self, wallet: Wallet, topup: Entry):
        spend(wallet, 40)
        change_wallet(wallet=wallet, status="frozen")
        self.take(wallet, topup, owed=40)

        assert account_of(wallet).owed == 40

    def test_only_once(self, wallet: Wallet, topup: Entry):
        self.take(wallet, topup)

        with pytest.raises(AlreadyReversed), transaction.atomic():
            self.take(wallet, topup)

    def test_at_most_what_was_credited_less_what_has_expired(self, wallet: Wallet, give: Give, monkeypatch: pytest.MonkeyPatch):
        entry = give(wallet, 50, Kind.BONUS, expires_at=JUNE)
        with pytest.raises(ReversalExceedsOriginal), transaction.atomic():
            taken_back(lock_accounts(wallet.pk), entry, 51, WHY)

        spend(wallet, 20)
        Clock(monkeypatch).set(JUNE)
        with transaction.atomic():
            assert taken_back(lock_accounts(wallet.pk), entry, None, WHY).amount == wallet.money(-20)

    def test_no_debit_nor_what_has_a_route_of_its_own(self, wallet: Wallet, topup: Entry):
        debt = owe(wallet, 5)
        for entry in (debt, spend(wallet, 5)):
            with pytest.raises(NotReversible), transaction.atomic():
                taken_back(lock_accounts(wallet.pk), entry, None, WHY)

    def test_and_people_reverse_no_topup(self, topup: Entry):
        with pytest.raises(NotReversible), transaction.atomic():
            reverse(entry=topup, event=Event.once("test"), why=WHY)


def test_an_account_without_debts_pays_nothing_for_them(wallet: Wallet, give: Give):
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            give(wallet, 10)
        return len(queries)

    before = statements()
    owe(wallet, 15)
    # The debt is read; the loan's lot too; and for the repayment: an id, its entry, what is left of debt and lot.
    assert (statements(), statements()) == (before + 6, before + 6)
    assert account_of(wallet).owed == 0
    assert statements() == before


def test_debts_are_told_to_who_has_locked_their_account(wallet: Wallet):
    in_debt(wallet, 60, 50)
    with transaction.atomic():
        book: Book = lock_accounts(wallet.pk)
        assert [(debt.sequence, debt.rest) for debt in book.debts_of(wallet.pk)] == [(1, 60), (3, 50)]
