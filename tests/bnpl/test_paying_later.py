"""Who may pay later, what is lent to him, and on which terms."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from bnpl.models import Loan
from bnpl.services import disallow
from kyc.services import decide
from ledger.errors import AccountFrozen, AmountOutOfRange, EventReused, InsufficientFunds
from ledger.models import Account, Debt, Entry, Outbox
from ledger.movements import Event
from ledger.retry import in_transaction
from ledger.verifying import verify
from people.models import User
from tests.bnpl.conftest import Buy, loan_of
from tests.conftest import WHY
from wallets.errors import SpendingLimitExceeded
from wallets.holds import place_hold
from wallets.models import Wallet
from wallets.services import change_wallet, debit

pytestmark = pytest.mark.django_db

Lends = Callable[..., None]
Give = Callable[..., Entry]


def figures(wallet: Wallet) -> tuple[int, int]:
    """Balance, and what is owed."""
    account = Account.objects.get(pk=wallet.pk)
    return account.balance, account.owed


def refused(buy: Buy, amount: int = 5000, **extra: Any) -> InsufficientFunds:
    """Nothing moved, and nobody can tell why nothing was lent."""
    before = Entry.objects.count()
    with pytest.raises(InsufficientFunds) as refusal, transaction.atomic():
        buy(amount, **extra)
    assert (Entry.objects.count(), Loan.objects.count()) == (before, 0)
    return refusal.value


class TestAShortfall:
    def test_becomes_a_debt_before_the_debit_in_one_event(self, lends: Lends, wallet: Wallet, give: Give, buy: Buy):
        give(wallet, 2000)
        paid = buy(5000)

        lent = Entry.objects.get(kind="debt")
        assert (paid.kind, paid.amount, paid.balance) == ("debit", -5000, 0)
        assert (lent.amount, lent.owed_change, lent.leg, paid.leg, lent.key == paid.key) == (3000, 3000, 0, 1, True)
        assert (lent.order_id, lent.reason, lent.sequence) == (7, "Paid later", paid.sequence - 1)
        assert figures(wallet) == (0, 3000)
        assert verify().findings == []

    def test_is_written_down_with_its_terms(self, lends: Lends, wallet: Wallet, buy: Buy):
        loan = loan_of(buy(5000))

        made = Entry.objects.get(kind="debt")
        assert (loan.pk, loan.user, loan.order_id, loan.principal) == (made.pk, wallet.user, 7, wallet.money(5000))
        assert (loan.made_at, loan.due_at, loan.bears_at) == (
            made.at,
            made.at + timedelta(days=30),
            made.at + timedelta(days=37),
        )
        assert (loan.interest_type, loan.interest_amount, loan.bears_at) == ("percent", Decimal(10), made.ends)

    @pytest.mark.parametrize("free", [{"bnpl_interest_type": "none"}, {"bnpl_interest_amount": 0}])
    def test_bears_nothing_where_the_terms_have_none(self, lends: Lends, wallet: Wallet, buy: Buy, free: dict[str, Any]):
        lends(**free)
        loan = loan_of(buy(5000))

        assert (loan.interest_type, loan.bears_at, Account.objects.get(pk=wallet.pk).due_at) == ("none", None, None)
        assert verify().findings == []

    def test_is_what_is_not_available_whatever_is_held(self, lends: Lends, wallet: Wallet, give: Give, buy: Buy):
        give(wallet, 2000)
        held = wallet.money(1500)
        place_hold(wallet=wallet, amount=held, event=Event.once("test"), why=WHY, expires_in=timedelta(hours=1))
        buy(5000)

        assert figures(wallet) == (1500, 4500)

    def test_is_none_where_there_is_enough(self, lends: Lends, wallet: Wallet, give: Give, buy: Buy):
        give(wallet, 5000)
        buy(5000)

        assert figures(wallet) == (0, 0)
        assert not Loan.objects.exists()

    def test_comes_again_with_its_event(self, lends: Lends, wallet: Wallet, buy: Buy):
        event = Event.named("order:7", 5000)
        paid = buy(5000, event=event)
        # Whatever the terms are by then, and whoever may.
        lends(bnpl_interest_amount=50, bnpl_enabled=False)

        assert buy(5000, event=event).pk == paid.pk
        assert figures(wallet) == (0, 5000)
        with pytest.raises(EventReused), transaction.atomic():
            buy(5000, event=Event.named("order:7", 5001))

    def test_costs_two_statements_more_than_a_debit(self, lends: Lends, wallet: Wallet, give: Give, buy: Buy):
        def statements(amount: int) -> int:
            with CaptureQueriesContext(connection) as queries:
                buy(amount)
            return len(queries)

        give(wallet, 3000)
        enough = statements(1000)
        # The list; then an entry's id, the entry, its debt's row and its lot's, the lot spent, the loan.
        assert statements(5000) == enough + 7


class TestNobodyLends:
    def test_without_the_setting(self, lends: Lends, buy: Buy):
        lends(bnpl_enabled=False)
        assert refused(buy).available.minor == 0

    def test_to_who_did_not_ask_for_it(self, lends: Lends, wallet: Wallet):
        with pytest.raises(InsufficientFunds), transaction.atomic():
            debit(wallet=wallet, amount=wallet.money(5000), event=Event.once("test"), why=WHY)

    def test_for_a_small_order(self, lends: Lends, wallet: Wallet, give: Give, buy: Buy):
        refused(buy, 999)
        # The whole order counts, not what is missing.
        give(wallet, 999)
        buy(1000)
        assert figures(wallet) == (0, 1)

    def test_more_than_one_may_owe_whatever_for(self, lends: Lends, wallet: Wallet, buy: Buy):
        refused(buy, 10_001)
        buy(6000)
        with pytest.raises(InsufficientFunds), transaction.atomic():
            buy(4001)
        buy(4000)
        assert figures(wallet) == (0, 10_000)

    def test_to_a_frozen_wallet(self, lends: Lends, wallet: Wallet, buy: Buy):
        change_wallet(wallet=wallet, status="frozen")
        with pytest.raises(AccountFrozen), transaction.atomic():
            buy(5000)
        assert figures(wallet) == (0, 0)

    def test_past_a_spending_limit(self, lends: Lends, wallet: Wallet, buy: Buy):
        change_wallet(wallet=wallet, spending_limit=4999)
        with pytest.raises(SpendingLimitExceeded), transaction.atomic():
            buy(5000)
        assert figures(wallet) == (0, 0)

    def test_what_would_cost_more_than_a_movement_carries(self, lends: Lends, buy: Buy):
        lends(bnpl_interest_amount=10**15)
        with pytest.raises(AmountOutOfRange), transaction.atomic():
            buy(5000)
        assert not Loan.objects.exists()


class TestEligible:
    def test_is_who_is_on_the_list(self, lends: Lends, wallet: Wallet, bobs_wallet: Wallet, buy: Buy):
        refused(buy, of=bobs_wallet)
        disallow(user=wallet.user)
        refused(buy)

    def test_is_a_member_of_a_group(self, lends: Lends, wallet: Wallet, buy: Buy):
        lends(bnpl_eligibility="group", bnpl_groups=["Regulars", "VIP"])
        refused(buy)
        wallet.user.groups.add(Group.objects.create(name="VIP"))
        buy(5000)
        assert figures(wallet) == (0, 5000)

    @pytest.mark.parametrize("status", ["pending", "rejected"])
    def test_is_whose_identity_was_checked(self, lends: Lends, wallet: Wallet, buy: Buy, status: str):
        lends(bnpl_eligibility="kyc")
        refused(buy)
        decide(user=wallet.user, status=status, note="Unreadable")
        refused(buy)
        decide(user=wallet.user, status="approved")
        buy(5000)
        assert figures(wallet) == (0, 5000)

    @pytest.mark.parametrize("mode", ["whitelist", "group", "kyc"])
    def test_is_nobody_who_was_deactivated(self, lends: Lends, wallet: Wallet, buy: Buy, mode: str):
        group = Group.objects.create(name="VIP")
        wallet.user.groups.add(group)
        decide(user=wallet.user, status="approved")
        lends(bnpl_eligibility=mode, bnpl_groups=[group.name])
        User.objects.filter(pk=wallet.user_id).update(is_active=False)
        refused(buy)
        User.objects.filter(pk=wallet.user_id).update(is_active=True)
        buy(5000)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_eight_orders_at_once_are_lent_for_as_often_as_one_may_owe(lends: Lends, wallet: Wallet, buy: Buy):
    """Seen to fail without the account's lock."""

    def order(_: int) -> bool:
        try:
            in_transaction(lambda: buy(3000))
        except InsufficientFunds:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(order, range(8))) == 3
    assert figures(wallet) == (0, 9000)
    assert Debt.objects.count() == Loan.objects.count() == 3
    assert verify().findings == []


def falls() -> int:
    return Outbox.objects.filter(type="wallet.balance.low").count()


@pytest.mark.parametrize(("has", "told"), [(0, 0), (600, 0), (1000, 1), (4000, 1)])
def test_a_balance_falls_low_once_and_not_from_what_was_lent(
    lends: Lends, wallet: Wallet, buy: Buy, give: Callable[..., Entry], has: int, told: int
):
    lends(low_balance=1000)
    if has:
        give(wallet, has)
    buy(5000)
    assert falls() == told
    # It repays what is owed, and nothing was there that could fall.
    give(wallet, 1500)
    assert falls() == told
