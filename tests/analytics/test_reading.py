"""What the figures say, and at what cost."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics.ranking import refresh_rankings
from analytics.reading import DayFigures, Metric, daily_figures, draw_chart, summarize
from kyc.models import Submission
from ledger.book import lock_accounts
from ledger.debts import loan
from ledger.kinds import House, Kind
from ledger.models import Entry
from ledger.money import currency
from ledger.movements import Event, Movement
from people.models import User
from refunds.models import RefundRequest
from tests.analytics.books import move_back
from tests.conftest import WHY
from wallets.holds import place_hold
from wallets.models import Wallet
from wallets.services import debit, open_wallet
from withdrawals.models import Withdrawal

pytestmark = pytest.mark.django_db

Count = Callable[[], int]
Give = Callable[..., Entry]


def spend(wallet: Wallet, minor: int) -> Entry:
    return debit(wallet=wallet, amount=wallet.money(minor), event=Event.once("test"), why=WHY)


def pay_out(wallet: Wallet, minor: int) -> Entry:
    with transaction.atomic():
        book = lock_accounts(wallet.pk)
        movement = Movement(wallet.pk, Kind.WITHDRAWAL, wallet.money(-minor), House.PAYOUTS, WHY)
        return book.post(movement, event=Event.once("test"))[0]


def lend(wallet: Wallet, minor: int) -> None:
    with transaction.atomic():
        book = lock_accounts(wallet.pk)
        book.post(loan(book[wallet.pk], wallet.money(minor), WHY), event=Event.once("test"))


@pytest.mark.parametrize("is_counted", [False, True])
def test_a_summary(wallet: Wallet, bobs_wallet: Wallet, give: Give, count: Count, is_counted: bool):
    move_back(give(wallet, 1000), 30)
    move_back(give(wallet, 500, Kind.CASHBACK), 29)
    spend(wallet, 200)
    lend(bobs_wallet, 90)
    place_hold(wallet=wallet, amount=wallet.money(1), event=Event.once("test"), why=WHY, expires_in=timedelta(hours=1))
    Submission.objects.create(user=wallet.user, full_name="A", document_type="passport", document_number=b"sealed")
    for order_id, code in enumerate(("USD", "EUR"), start=1):
        asked = {"user": wallet.user, "wallet": wallet, "currency_code": code, "asked_key": code}
        RefundRequest.objects.create(**asked, order_id=order_id, amount_minor=5)
        asked = {"wallet": wallet, "currency_code": code, "method": "bank", "created_at": timezone.now()}
        Withdrawal.objects.create(**asked, amount_minor=5, sequence=order_id)
    if is_counted:
        assert count() == 5

    summary = summarize(window=30, currency_code="USD")

    assert (summary.credited, summary.debited, summary.net, summary.transactions) == (590, 200, 390, 3)
    assert (summary.liability, summary.outstanding_bnpl, summary.active_wallets) == (1390, 90, 2)
    assert (summary.waiting.withdrawals, summary.waiting.identity_checks, summary.waiting.refund_requests) == (1, 1, 1)
    assert summarize(window=31, currency_code="USD").credited == 1590


def test_what_was_just_written_is_in_the_next_answer(wallet: Wallet, give: Give, count: Count):
    give(wallet, 1000)
    count()
    refresh_rankings()
    give(wallet, 1)

    assert summarize(window=1, currency_code="USD").credited == 1001
    assert daily_figures(days=1, currency_code="USD")[0].credited == 1001


@pytest.mark.parametrize("is_counted", [False, True])
def test_a_chart_has_every_day(wallet: Wallet, give: Give, count: Count, is_counted: bool):
    move_back(give(wallet, 1000), 3)
    move_back(give(wallet, 40, Kind.CASHBACK), 1)
    move_back(spend(wallet, 300), 1)
    pay_out(wallet, 250)
    if is_counted:
        count()
    today = timezone.now().date()

    figures = daily_figures(days=3, currency_code="USD")

    assert figures == [
        DayFigures(today - timedelta(days=2)),
        DayFigures(today - timedelta(days=1), transactions=2, credited=40, debited=300, cashback=40),
        DayFigures(today, transactions=1, debited=250, withdrawals=250),
    ]
    values = {metric.value: figures[1].value(metric) for metric in Metric if metric is not Metric.TOP_SPENDERS}
    assert values == {
        **{"transaction_volume": 2, "net_movement": -260, "credited": 40, "debited": 300},
        **{"withdrawals": 0, "cashback": 40},
    }


@pytest.mark.parametrize("is_counted", [False, True])
def test_days_are_those_of_utc(wallet: Wallet, give: Give, count: Count, is_counted: bool, sql: Callable[[str], int]):
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    for amount, moment in ((1, midnight - timedelta(microseconds=1)), (20, midnight)):
        set_time(give(wallet, amount), moment, sql)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'Pacific/Auckland'")
    if is_counted:
        count()

    assert [day.credited for day in daily_figures(days=2, currency_code="USD")] == [1, 20]


def set_time(entry: Entry, moment: datetime, sql: Callable[[str], int]) -> None:
    sql(f"UPDATE ledger_entry SET at = '{moment.isoformat()}' WHERE id = {entry.pk}")


def test_currencies_are_apart(wallet: Wallet, alice: User, give: Give, count: Count):
    euros = open_wallet(user=alice, currency=currency("EUR"))
    give(wallet, 1000)
    give(euros, 5)
    count()
    give(euros, 2)

    assert summarize(window=1, currency_code="EUR").liability == 7
    assert summarize(window=1, currency_code="EUR").active_wallets == 1
    assert summarize(window=1, currency_code="JPY").liability == 0


def test_costs_the_same_for_a_day_as_for_a_year(wallet: Wallet, bobs_wallet: Wallet, give: Give, count: Count):
    def statements(days: int) -> list[int]:
        found = []
        for metric in (None, *Metric):
            with CaptureQueriesContext(connection) as captured:
                if metric:
                    draw_chart(metric=metric, days=days, currency_code="USD")
                else:
                    summarize(window=days, currency_code="USD")
            found.append(len(captured))
        return found

    few = statements(1)
    for number in range(20):
        move_back(give(wallet, 1000), number)
        spend(wallet, 5)
    count()
    refresh_rankings()
    give(bobs_wallet, 5)

    assert statements(365) == few
    # Of a summary one for each thing that may wait.
    assert few[0] <= 6
    assert few[1:] == [2] * len(Metric)
