"""Fees on points: what is added loses them, what leaves pays them on top, and they count in *enough*."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as some

from ledger.book import lock_accounts
from ledger.debts import loan
from ledger.errors import AccountFrozen, InsufficientFunds
from ledger.kinds import Kind
from ledger.models import Account, Debt, Entry
from ledger.money import Money, currency
from ledger.movements import Event
from ledger.verifying import verify
from points import fees
from points.services import charge_points, has_enough, withdraw_points
from site_settings.declared import SiteSettings
from tests.conftest import WHY
from tests.ledger.loans import nobodys_loans
from wallets.errors import SpendingLimitExceeded
from wallets.models import Wallet
from wallets.services import change_wallet, debit

pytestmark = pytest.mark.django_db

Site = Callable[..., None]
Give = Callable[..., Entry]


def charge(wallet: Wallet, minor: int, name: str = "") -> Entry:
    event = Event.named(name, minor) if name else Event.once("test")
    return charge_points(wallet=wallet, points=wallet.money(minor), event=event, why=WHY)


def rows(wallet: Wallet) -> list[tuple[str, int, str | None]]:
    return list(Entry.objects.filter(account_id=wallet.pk).order_by("sequence").values_list("kind", "amount", "house"))


def balance(wallet: Wallet) -> int:
    return Account.objects.get(pk=wallet.pk).balance


def test_added_points_lose_it_and_points_that_leave_pay_it_on_top(wallet: Wallet, site: Site):
    site(points_add_fee_type="percent", points_add_fee_amount=Decimal("2.5"))
    site(points_subtract_fee_type="fixed", points_subtract_fee_amount=Decimal(30))
    first = charge(wallet, 1000, "one")
    left = charge(wallet, -500, "two")

    assert rows(wallet) == [("credit", 1000, "issued"), ("fee", -25, "fees"), ("debit", -500, "spent"), ("fee", -30, "fees")]
    assert balance(wallet) == 445
    # Asked again nothing moves, and the answer is the same.
    assert (charge(wallet, 1000, "one"), charge(wallet, -500, "two"), balance(wallet)) == (first, left, 445)
    groups = list(Entry.objects.order_by("sequence").values_list("group", "key", "leg"))
    assert groups[0][0] == groups[1][0] != groups[2][0] == groups[3][0]
    assert [leg for _, _, leg in groups] == [0, 1, 0, 1]
    # Of a fee that nothing could carry it is what was added, and no more.
    site(points_add_fee_type="percent", points_add_fee_amount=Decimal(10**15))
    charge(wallet, 1000)
    assert (rows(wallet)[4:], balance(wallet)) == ([("credit", 1000, "issued"), ("fee", -1000, "fees")], 445)
    assert verify().findings == []


def test_what_is_enough_has_the_fee_in_it(wallet: Wallet, site: Site, give: Give):
    site(points_subtract_fee_type="fixed", points_subtract_fee_amount=Decimal(1))
    give(wallet, 100)
    wallet.refresh_from_db()

    assert has_enough(wallet=wallet, points=wallet.money(99))
    assert not has_enough(wallet=wallet, points=wallet.money(100))
    with pytest.raises(InsufficientFunds) as refused, transaction.atomic():
        withdraw_points(wallet=wallet, points=wallet.money(100), event=Event.once("test"), why=WHY)
    assert (refused.value.required.minor, refused.value.available.minor) == (101, 100)
    change_wallet(wallet=wallet, spending_limit=50)
    with pytest.raises(SpendingLimitExceeded), transaction.atomic():
        charge(wallet, -50)
    assert balance(wallet) == 100
    # A fee that nothing could carry is refused like any other.
    site(points_subtract_fee_type="percent", points_subtract_fee_amount=Decimal(10**15))
    assert not has_enough(wallet=wallet, points=wallet.money(99))


def test_enough_does_not_count_what_has_expired(wallet: Wallet, give: Give, monkeypatch: pytest.MonkeyPatch):
    give(wallet, 70)
    give(wallet, 30, expires_at=timezone.now() + timedelta(seconds=60))
    wallet.refresh_from_db()
    assert has_enough(wallet=wallet, points=wallet.money(100))

    later = timezone.now() + timedelta(seconds=61)
    monkeypatch.setattr("ledger.due.timezone.now", lambda: later)
    wallet.account.refresh_from_db()
    assert not has_enough(wallet=wallet, points=wallet.money(71))
    assert has_enough(wallet=wallet, points=wallet.money(70))


@pytest.mark.parametrize(("fee", "repaid", "left"), [(0, 60, 40), (25, 60, 15), (40, 60, 0), (70, 30, 0), (500, 0, 0)])
def test_the_fee_comes_out_before_a_debt_is_repaid(
    wallet: Wallet, site: Site, monkeypatch: pytest.MonkeyPatch, fee: int, repaid: int, left: int
):
    nobodys_loans(monkeypatch)
    site(points_add_fee_type="fixed", points_add_fee_amount=Decimal(fee))
    book = lock_accounts(wallet.pk)
    book.post(loan(book[wallet.pk], wallet.money(60), WHY), event=Event.once("test"))
    debit(wallet=wallet, amount=wallet.money(60), event=Event.once("test"), why=WHY)
    added = charge(wallet, 100, "added")

    taken = [("fee", -min(fee, 100), "fees")] if fee else []
    back = [("repayment", -repaid, "debt")] if repaid else []
    assert rows(wallet)[2:] == [("credit", 100, "issued"), *taken, *back]
    assert (balance(wallet), sum(debt.rest for debt in Debt.objects.all())) == (left, 60 - repaid)
    assert charge(wallet, 100, "added") == added
    assert verify().findings == []


def test_a_frozen_wallet_takes_points_where_the_site_says_so(wallet: Wallet, site: Site):
    site(points_add_fee_type="fixed", points_add_fee_amount=Decimal(5))
    charge(wallet, 100)
    change_wallet(wallet=wallet, status="frozen")
    with pytest.raises(AccountFrozen), transaction.atomic():
        charge(wallet, 100)

    site(points_charge_inactive=True)
    charge(wallet, 100)
    with pytest.raises(AccountFrozen), transaction.atomic():
        charge(wallet, -1)
    assert balance(wallet) == 190
    assert verify().findings == []


@given(
    some.lists(some.integers(-50, 90).filter(bool), max_size=12),
    some.sampled_from(["none", "fixed", "percent"]),
    some.integers(0, 150),
)
def test_the_fees_never_take_more_than_there_is(amounts: list[int], fee_type: str, figure: int):
    """A model of nothing but numbers: what the verbs add up to, whatever the fees."""
    points, balance = currency("USD"), 0
    site = SiteSettings(
        points_add_fee_type=fee_type,
        points_add_fee_amount=Decimal(figure),
        points_subtract_fee_type=fee_type,
        points_subtract_fee_amount=Decimal(figure),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fees, "current_settings", lambda: site)
        for minor in amounts:
            added, cost = fees.add_fee(Money(abs(minor), points)), fees.cost_of(Money(abs(minor), points))
            assert 0 <= added.minor <= abs(minor) <= cost.minor
            balance += minor - added.minor if minor > 0 else -cost.minor * (cost.minor <= balance)
            assert balance >= 0


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_without_fees_a_withdrawal_costs_what_a_debit_does(wallet: Wallet, give: Give):
    give(wallet, 100)

    def statements(verb: Any, **asked: Any) -> int:
        with CaptureQueriesContext(connection) as seen:
            verb(wallet=wallet, event=Event.once("test"), why=WHY, **asked)
        return len(seen)

    one = wallet.money(1)
    statements(debit, amount=one)
    assert statements(withdraw_points, points=one) == statements(debit, amount=one)
    assert statements(charge_points, points=one) == statements(give_like, amount=one)
    assert Entry.objects.filter(kind=Kind.FEE).count() == 0


def give_like(**asked: Any) -> Entry:
    from wallets.services import credit

    return credit(**asked)
