"""Asking for money: what it takes, out of what, and when it is refused."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from audit.models import Act
from kyc.errors import KycRequired
from ledger.book import lock_accounts
from ledger.debts import loan
from ledger.errors import AccountFrozen, AmountOutOfRange, CurrencyMismatch, EventReused, Refusal
from ledger.kinds import Kind
from ledger.models import Account, Entry, Outbox
from ledger.money import currency
from ledger.movements import Event
from ledger.verifying import verify
from notices.models import Notice
from people.models import User
from tests.conftest import WHY
from tests.withdrawals.conftest import BANK, Ask
from wallets.errors import VelocityCapExceeded
from wallets.holds import place_hold
from wallets.models import Wallet
from wallets.services import change_wallet, open_wallet
from withdrawals.details import opened
from withdrawals.errors import (
    DetailsMissing,
    FeeTakesAll,
    MethodNotOffered,
    MonthlyCapExceeded,
    WithdrawableExceeded,
    WithdrawalOutOfBounds,
    WithdrawalsDisabled,
)
from withdrawals.models import Withdrawal
from withdrawals.services import reject_withdrawal

pytestmark = pytest.mark.django_db

Site = Callable[..., None]
Give = Callable[..., Entry]


def rows(wallet: Wallet) -> list[tuple[Any, ...]]:
    entries = Entry.objects.filter(account_id=wallet.pk).order_by("sequence")
    return list(entries.values_list("kind", "amount", "house", "balance", "lots"))


def account_of(wallet: Wallet) -> Account:
    return Account.objects.get(pk=wallet.pk)


def refused(kind: type[Refusal], verb: Callable[[], object]) -> Any:
    """It is, and nothing was moved or kept."""
    before = (list(Entry.objects.values()), list(Account.objects.values()), list(Withdrawal.objects.values()))
    with pytest.raises(kind) as caught, transaction.atomic():
        verb()
    assert caught.type is kind
    assert (list(Entry.objects.values()), list(Account.objects.values()), list(Withdrawal.objects.values())) == before
    return caught.value


class TestTheDebit:
    def test_takes_net_and_fee_in_one_group(self, pending: Withdrawal, funded: Wallet, manager: User):
        assert rows(funded)[1:] == [("withdrawal", -390, "payouts", 610, []), ("fee", -10, "fees", 600, [])]
        entries = list(Entry.objects.filter(account_id=funded.pk, sequence__gt=1).order_by("sequence"))
        assert {entry.group for entry in entries} == {pending.group}
        assert (pending.status, pending.amount.minor, pending.fee.minor, pending.net.minor) == ("pending", 400, 10, 390)
        assert (pending.sequence, pending.created_at) == (entries[0].sequence, entries[0].at)
        assert verify().findings == []

    def test_is_told_kept_and_mailed_without_where_it_goes(self, manager: User, pending: Withdrawal, alice: User):
        told = Outbox.objects.get(type="wallet.withdrawal.requested")
        figures = {"amount": "400", "fee": "10", "net": "390"}
        assert json.loads(told.facts) == {"withdrawal_id": pending.pk, **figures, "method": "bank", "status": "pending"}
        assert told.account_id == pending.wallet_id
        assert Outbox.objects.filter(type="wallet.debited").count() == 2
        act = Act.objects.get(act="withdrawal.requested")
        assert (act.subject, act.actor) == (f"withdrawal:{pending.pk}", f"user:{alice.pk}")
        assert [notice.user_id for notice in Notice.objects.filter(kind="withdrawal.requested")] == [manager.pk]
        assert opened(pending) == {"account_name": "Alice Liddell", "account_number": "1234567890", "ifsc": "HDFC0001234"}
        for kept in (bytes(pending.details or b"").decode("latin1"), act.facts, str(told.facts), repr(pending)):
            assert "1234567890" not in kept
            assert "Liddell" not in kept

    def test_happens_once_for_an_event(self, funded: Wallet, ask: Ask):
        event = Event.named("call:1", 100)
        first = ask(funded, 100, event=event)

        assert ask(funded, 100, event=event) == first
        refused(EventReused, lambda: ask(funded, 101, event=Event.named("call:1", 101)))
        assert (account_of(funded).balance, Withdrawal.objects.count()) == (900, 1)

    def test_takes_money_outside_lots_only(self, funded: Wallet, ask: Ask, give: Give):
        give(funded, 300, Kind.CASHBACK)

        refusal = refused(WithdrawableExceeded, lambda: ask(funded, 1001))
        ask(funded, 1000)

        assert (refusal.available.minor, refusal.required.minor) == (1000, 1001)
        account = account_of(funded)
        assert (account.balance, account.in_lots, account.withdrawable) == (300, 300, 0)

    def test_leaves_what_is_held_owed_and_lent(self, funded: Wallet, ask: Ask):
        place_hold(wallet=funded, amount=funded.money(200), event=Event.once("test"), why=WHY, expires_in=None)
        book = lock_accounts(funded.pk)
        book.post(loan(book[funded.pk], funded.money(50), WHY), event=Event.once("test"))
        lock_accounts(funded.pk).set_terms(funded.pk, credit_line=500)

        # 1050, 200 of it held, 50 in a loan's lot inside that head; 50 are owed.
        assert refused(WithdrawableExceeded, lambda: ask(funded, 801)).available.minor == 800
        assert ask(funded, 800).amount.minor == 800

    def test_goes_where_the_last_one_went(self, funded: Wallet, ask: Ask, bobs_wallet: Wallet, give: Give):
        refused(DetailsMissing, lambda: ask(funded, 10, details=None))
        ask(funded, 10)
        last = ask(funded, 10, details={**BANK, "account_number": "DE89370400440532013000"})
        give(bobs_wallet, 100)

        again = ask(funded, 10, details=None)

        assert opened(again) == opened(last)
        assert again.details != last.details
        refused(DetailsMissing, lambda: ask(funded, 10, method="paypal", details=None))
        refused(DetailsMissing, lambda: ask(bobs_wallet, 10, details=None))


class TestRefusals:
    def test_come_in_their_order(self, funded: Wallet, ask: Ask, site: Site):
        """Each is in the way, and leaves the next one to be found."""
        euros = open_wallet(user=funded.user, currency=currency("EUR"))
        site(
            **{"withdrawals_enabled": False, "withdrawal_methods": ["paypal"], "kyc_enabled": True, "withdrawal_min": 20},
            **{"kyc_required_features": ["withdrawal"], "velocity_max_sum": 30, "withdrawal_monthly_max": 40},
            **{"withdrawal_fee_type": "fixed", "withdrawal_fee_amount": 25},
        )
        change_wallet(wallet=funded, status="frozen", spending_limit=1)

        refused(WithdrawalsDisabled, lambda: ask(funded, 10, details=None))
        site(withdrawals_enabled=True)
        assert refused(MethodNotOffered, lambda: ask(funded, 10, details=None)).method == "bank"
        site(withdrawal_methods=["bank"])
        refused(DetailsMissing, lambda: ask(funded, 10, details=None))
        refused(AccountFrozen, lambda: ask(funded, 10))
        change_wallet(wallet=funded, status="active")
        assert refused(KycRequired, lambda: ask(funded, 10)).feature == "withdrawal"
        site(kyc_enabled=False)
        refused(CurrencyMismatch, lambda: ask(funded, 10, amount=euros.money(10)))
        out = refused(WithdrawalOutOfBounds, lambda: ask(funded, 19))
        assert (out.least.minor, out.most) == (20, None)
        assert refused(FeeTakesAll, lambda: ask(funded, 25)).fee.minor == 25
        refused(VelocityCapExceeded, lambda: ask(funded, 56))
        cap = refused(MonthlyCapExceeded, lambda: ask(funded, 55))
        assert (cap.limit.minor, cap.left.minor, cap.requested.minor) == (40, 40, 55)
        assert ask(funded, 40).net.minor == 15

    @pytest.mark.parametrize("amount", [0, -5, 10**15 + 1, 10**30])
    def test_of_amounts_that_no_movement_carries(self, funded: Wallet, ask: Ask, amount: int):
        refused(AmountOutOfRange, lambda: ask(funded, amount))

    def test_of_more_than_the_most(self, funded: Wallet, ask: Ask, site: Site):
        site(withdrawal_max=100)

        assert refused(WithdrawalOutOfBounds, lambda: ask(funded, 101)).most.minor == 100
        assert ask(funded, 100)

    @pytest.mark.parametrize(
        ("kind", "figure", "amount", "fee"),
        [
            ("none", 5, 100, 0),
            ("fixed", 5, 100, 5),
            ("percent", "2.5", 100, 3),
            ("percent", "2.5", 99, 2),
            ("percent", "99", 10, 10),
        ],
    )
    def test_the_fee_is_rounded_half_up(
        self, funded: Wallet, ask: Ask, site: Site, kind: str, figure: object, amount: int, fee: int
    ):
        site(withdrawal_fee_type=kind, withdrawal_fee_amount=figure)

        if fee >= amount:
            refused(FeeTakesAll, lambda: ask(funded, amount))
        else:
            assert ask(funded, amount).fee.minor == fee

    def test_the_velocity_counts_the_net(self, funded: Wallet, ask: Ask, site: Site):
        site(velocity_max_sum=100, withdrawal_fee_type="fixed", withdrawal_fee_amount=10)
        ask(funded, 70)

        refused(VelocityCapExceeded, lambda: ask(funded, 51))
        assert ask(funded, 50)


class TestTheMonthlyCap:
    def test_counts_a_calendar_month_and_not_what_was_given_back(
        self, funded: Wallet, ask: Ask, site: Site, manager: User, give: Give
    ):
        site(withdrawal_monthly_max=100)
        first = ask(funded, 60)
        refused(MonthlyCapExceeded, lambda: ask(funded, 41))
        reject_withdrawal(withdrawal_id=first.pk, by=manager, actor="test")
        ask(funded, 100)
        assert refused(MonthlyCapExceeded, lambda: ask(funded, 1)).left.minor == 0

        begins = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        Withdrawal.objects.filter(status="pending").update(created_at=begins)
        refused(MonthlyCapExceeded, lambda: ask(funded, 1))
        Withdrawal.objects.filter(status="pending").update(created_at=begins - timedelta(microseconds=1))
        assert ask(funded, 1)

    def test_is_each_customers_own_and_each_currencys(
        self, funded: Wallet, ask: Ask, site: Site, bobs_wallet: Wallet, give: Give, alice: User
    ):
        site(withdrawal_monthly_max=100)
        euros = open_wallet(user=alice, currency=currency("EUR"))
        give(bobs_wallet, 100)
        give(euros, 100)

        for wallet in (funded, bobs_wallet, euros):
            ask(wallet, 100)
