"""What is sold at a price of its own: the price is paid, something else is credited, and in proportion it goes back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from ledger.errors import AccountNotIntact, AmountOutOfRange, CurrencyMismatch, EventReused
from ledger.models import Alarm, Entry
from ledger.money import Money, currency
from ledger.movements import Event
from ledger.verifying import verify
from payments.by_hand import confirm_by_hand
from payments.errors import OtherPrice
from payments.models import TakeBack, Topup
from payments.port import NoticeKind, ProviderNotice
from payments.receiving import take_notice
from payments.refunds import request_refund, settle_refund_by_hand
from payments.services import confirm_topup, start_topup
from payments.taking_back import left_of
from people.models import User
from tests.conftest import WHY
from tests.payments.double import DoubleProvider
from tests.payments.selling import bought, order
from wallets.models import Wallet
from wallets.services import debit

pytestmark = pytest.mark.django_db

Sql = Callable[[str], int]


def euros(minor: int) -> Money:
    return Money(minor, currency("EUR"))


def state(wallet: Wallet) -> tuple[int, int]:
    """Balance, and what is owed."""
    wallet.account.refresh_from_db()
    return wallet.account.balance, wallet.account.owed


def findings() -> list[str]:
    return [str(finding) for finding in verify().findings]


def told(topup: Topup, kind: NoticeKind, amount: int, **extra: Any) -> str:
    """What becomes of a notice of so many cents."""
    number = f"till-{ReceivedCount.next()}"
    return take_notice(provider=topup.provider, notice=ProviderNotice(number, kind, topup.pk, amount=euros(amount), **extra))


class ReceivedCount:
    count = 0

    @classmethod
    def next(cls) -> int:
        cls.count += 1
        return cls.count


def test_the_price_is_asked_for_and_what_was_bought_is_credited(
    wallet: Wallet, provider: DoubleProvider, site: Callable[..., None], monkeypatch: pytest.MonkeyPatch
):
    """Without a bonus, so that there need be room for none."""
    site(topup_bonus_percent=10, topup_min=5000)
    monkeypatch.setattr("payments.services.BALANCE_MAX", 1000)
    topup = order(wallet, fee=30)

    [asked] = provider.orders
    assert (asked.amount, asked.description) == (euros(900), "$10.00")
    for _ in range(2):
        confirm_topup(topup_id=topup.pk, paid=euros(900), actor="provider:double", reference="pay_1")
    rows = [(entry.kind, entry.amount, entry.house, entry.leg) for entry in Entry.objects.order_by("sequence")]
    assert rows == [("topup", 1000, "points_sold", 0), ("fee", -30, "fees", 1)]
    assert state(wallet) == (970, 0)
    assert not Alarm.objects.exists()
    assert findings() == []


def test_a_claim_goes_on_with_what_it_was_shown(wallet: Wallet):
    first = order(wallet, claim="user:1 page 1")
    assert order(wallet, amount=900, price=1, claim="user:1 page 1").price == first.price == euros(900)
    with pytest.raises(EventReused):
        start_topup(wallet=wallet, amount=first.amount, origin="customer", actor="user:1", claim="user:1 page 1")


@pytest.mark.parametrize("paid", [Money(900, currency("USD")), euros(899), Money(1000, currency("USD"))])
def test_another_payment_is_for_a_person_who_credits_it_whole_or_not_at_all(wallet: Wallet, manager: User, paid: Money):
    topup = confirm_topup(topup_id=order(wallet).pk, paid=paid, actor="test")
    assert (topup.status, topup.failure) == ("review", "amount_differs")

    with pytest.raises((OtherPrice, CurrencyMismatch)), transaction.atomic():
        confirm_by_hand(topup_id=topup.pk, amount=paid, by=manager)
    assert confirm_by_hand(topup_id=topup.pk, amount=euros(900), by=manager).status == "completed"
    assert state(wallet) == (1000, 0)


def test_two_managers_say_the_price(wallet: Wallet, manager: User, site: Callable[..., None]):
    site(approval_above={"USD": 999})
    second = User.objects.create_user("second", "second@example.test", is_staff=True, is_superuser=True)
    topup = order(wallet)

    waiting = confirm_by_hand(topup_id=topup.pk, amount=euros(900), by=manager)
    assert (waiting.status, waiting.confirming_minor) == ("pending", 900)
    assert confirm_by_hand(topup_id=topup.pk, amount=euros(900), by=second).status == "completed"
    assert findings() == []


def test_goes_back_in_proportion_and_never_more_than_was_got(wallet: Wallet):
    """€9.00 for 10.00, of which 0.30 was kept."""
    topup = bought(wallet, fee=30)
    taken = []
    # Of the last 400 cents 100 were never paid.
    for number, amount in enumerate((1, 99, 500, 400)):
        told(topup, NoticeKind.TAKEN_BACK, amount, case=f"re_{number}")
        taken.append(TakeBack.objects.get(case=f"re_{number}").taken_minor)

    assert taken == [970 * 1 // 900, 970 * 100 // 900 - 1, 970 * 600 // 900 - 107, 970 - 646]
    assert (sum(taken), left_of(topup), state(wallet)) == (970, 0, (0, 0))
    assert sum(TakeBack.objects.values_list("amount_minor", flat=True)) == 900
    told(topup, NoticeKind.TAKEN_BACK, 1, case="re_9")
    assert state(wallet) == (0, 0)
    assert findings() == []


def test_what_is_spent_already_is_owed(wallet: Wallet):
    topup = bought(wallet)
    debit(wallet=wallet, amount=wallet.money(800), event=Event.once("test"), why=WHY)
    told(topup, NoticeKind.TAKEN_BACK, 900, case="dp_1")

    assert state(wallet) == (0, 800)
    assert Alarm.objects.open().get().name == "take_back_debt"
    assert findings() == []


def test_less_than_the_smallest_unit_counts_with_what_goes_back_next(wallet: Wallet, manager: User):
    """9 cents for each."""
    topup = bought(wallet, amount=100)
    with pytest.raises(AmountOutOfRange):
        request_refund(topup=topup, amount=euros(8), by=manager)
    assert told(topup, NoticeKind.TAKEN_BACK, 8, case="re_1") == "too_little"
    assert told(topup, NoticeKind.TAKEN_BACK, 8, case="re_1") == "too_little"
    assert (state(wallet), left_of(topup)) == ((100, 0), 892)
    assert findings() == []
    told(topup, NoticeKind.TAKEN_BACK, 1, case="re_2")
    assert state(wallet) == (99, 0)
    TakeBack.objects.filter(case="re_1").update(reason="nothing_left")
    assert told(topup, NoticeKind.TAKEN_BACK, 891, case="re_3") == "taken back"


def test_a_manager_refunds_part_of_the_price(wallet: Wallet, manager: User):
    topup = bought(wallet)
    with pytest.raises(CurrencyMismatch):
        request_refund(topup=topup, amount=wallet.money(450), by=manager)
    asked = request_refund(topup=topup, amount=euros(450), by=manager)
    assert (asked.status, wallet.account.available) == ("unknown", 0)
    wallet.account.refresh_from_db()
    assert wallet.account.held == 500

    settle_refund_by_hand(take_back_id=asked.pk, was_refunded=True, by=manager)
    assert state(wallet) == (500, 0)
    assert told(topup, NoticeKind.TAKEN_BACK, 450, case="bank-1") == "taken back"
    assert (TakeBack.objects.get().case, state(wallet)) == ("bank-1", (500, 0))
    assert findings() == []


EDITS = [
    *("amount_minor = 100000", "price_minor = 1", "price_currency = 'JPY'", "fee_minor = 999", "item = 'package:2'"),
    *("offer_seal = ''", "item = '', price_minor = NULL, price_currency = '', fee_minor = 0"),
    "wallet_id = (SELECT max(id) FROM wallets_wallet)",
]


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("is_paid", [False, True])
def test_what_was_edited_is_named_and_neither_credited_nor_given_back(
    wallet: Wallet, bobs_wallet: Wallet, manager: User, sql: Sql, edit: str, is_paid: bool
):
    topup = bought(wallet, fee=30) if is_paid else order(wallet, fee=30)
    before = Entry.objects.count()
    assert findings() == []
    sql(f"UPDATE payments_topup SET {edit}")
    edited = Topup.objects.get()

    assert any(f"top-up {topup.pk}" in found for found in findings())
    works: list[Callable[[], object]] = [lambda: told(edited, NoticeKind.TAKEN_BACK, 9, case="re_1")]
    if not is_paid:
        works = [
            lambda: confirm_topup(topup_id=edited.pk, paid=edited.price, actor="test"),
            lambda: confirm_by_hand(topup_id=edited.pk, amount=edited.price, by=manager),
        ]
    for work in works:
        with pytest.raises(AccountNotIntact), transaction.atomic():
            work()
    assert Entry.objects.count() == before
