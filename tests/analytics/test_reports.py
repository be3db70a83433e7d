"""Reports come to what the entries say, counted or not, whatever the periods."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from analytics.asked import report_of
from analytics.counting import start_anew
from analytics.errors import ReportInvalid
from analytics.models import HourTotal
from analytics.reports import ROWS_MAX, Period, report_movements
from analytics.verifying import verify_roll_ups
from ledger.kinds import Kind
from ledger.models import Entry
from ledger.money import Money, currency
from ledger.movements import Event
from payments.models import TakeBack
from payments.services import confirm_topup, fail_topup, start_topup
from payments.taking_back import take_back_by_provider
from people.models import User
from tests.conftest import WHY
from tests.payments.selling import bought, order
from wallets.models import Wallet
from wallets.services import debit

pytestmark = pytest.mark.django_db
PLAIN = """
SELECT coalesce(sum(amount) FILTER (WHERE amount > 0), 0), coalesce(-sum(amount) FILTER (WHERE amount < 0), 0), count(*)
FROM ledger_entry WHERE amount <> 0 AND at >= %s AND at < %s"""


@pytest.fixture
def moved(wallet: Wallet, give: Callable[..., Entry], sql: Callable[[str], int], count: Callable[[], int]) -> Wallet:
    """Entries of two years, all of them counted, the first at the very beginning of one, and one of now that is not."""
    for number in range(12):
        give(wallet, 1000 + number, kind=Kind.BONUS if number % 3 else Kind.CREDIT)
    debit(wallet=wallet, amount=wallet.money(70), event=Event.once("test"), why=WHY)
    sql("UPDATE ledger_entry SET at = timestamptz '2024-12-30T10:53Z' + sequence * interval '37 hours 7 minutes'")
    count()
    give(wallet, 5)
    return wallet


def plain(first: datetime, end: datetime) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(PLAIN, [first, end])
        return tuple(int(value) for value in cursor.fetchone())


@pytest.mark.parametrize("by", list(Period))
@pytest.mark.parametrize("is_counted", [True, False])
def test_each_line_is_what_its_entries_come_to(moved: Wallet, by: Period, is_counted: bool):
    if not is_counted:
        start_anew()
    first, last = (date(2025, 1, 1), date(2025, 1, 20)) if by is Period.HOUR else (date(2024, 12, 30), date(2027, 1, 1))
    report = report_movements(unit=moved.currency, first=first, last=last, by=by)

    starts = [line.start for line in report.lines]
    end = datetime.combine(last, datetime.min.time(), UTC) + timedelta(days=1)
    for line, after in zip(report.lines, [*starts[1:], end], strict=True):
        assert (line.gained, line.lost, line.movements) == plain(line.start, after), line
    begun = datetime.combine(first, datetime.min.time(), UTC)
    totals = tuple(sum(getattr(line, name) for line in report.lines) for name in ("gained", "lost", "movements"))
    assert totals == plain(begun, end)
    assert totals[2] > 0


def test_both_ends_are_whole_and_kinds_are_chosen(moved: Wallet):
    hour = report_of(first="2025-01-02T13:59", last="2025-01-02T15:01+02:00", by="hour", code="USD")
    assert [(line.start.hour, line.gained, line.movements) for line in hour.lines] == [(13, 1001, 1)]
    assert report_of(first="2025-01-02T13", last="2025-01-02T13:00Z", by="hour", code="USD").lines == hour.lines
    begun = report_of(first="2025-01-01", last="2025-01-02T13:00", by="year", code="USD")
    assert [(line.gained, line.movements) for line in begun.lines] == [(2001, 2)]
    year = report_of(first="2025-01-01", last="2025-12-31", by="year", code="usd", kinds=["bonus"])
    assert [(line.gained, line.lost, line.movements) for line in year.lines] == [(8048, 0, 8)]


@pytest.mark.parametrize("is_counted", [True, False])
@pytest.mark.parametrize(
    ("first", "last", "end"),
    [
        ("2024-12-01", "2024-12-31", "2025-01-01T00:00"),
        ("2024-12-01", "2024-12-31T23:00", "2025-01-01T00:00"),
        ("2025-01-01", "2025-01-01", "2025-01-02T00:00"),
        ("2025-01-02T14:00", "2025-01-06", "2025-01-07T00:00"),
        ("2025-01-02", "2025-01-07T03:00", "2025-01-07T04:00"),
    ],
)
def test_what_is_outside_is_left_out(moved: Wallet, first: str, last: str, end: str, is_counted: bool):
    """One entry is at 2025-01-01T00:00, one at 2025-01-02T13:07 and one at 2025-01-07T04:28."""
    if not is_counted:
        start_anew()
    expected = plain(*(datetime.fromisoformat(at).replace(tzinfo=UTC) for at in (first, end)))
    for by in ("day", "month", "year"):
        lines = report_of(first=first, last=last, by=by, code="USD").lines
        assert tuple(sum(getattr(line, name) for line in lines) for name in ("gained", "lost", "movements")) == expected, by
        assert not any(line.movements for line in report_of(first=first, last=last, by=by, code="EUR").lines)


def test_money_counts_in_the_hour_in_which_it_was_booked(wallet: Wallet, site: Callable[..., None], sql: Callable[[str], int]):
    """At its very beginning; not what was paid for money, in another currency, or not at all, nor what is not booked."""
    site(default_currency="EUR")
    sold, later = bought(wallet, price=900), bought(wallet, price=700)
    for case, cents in (("dp_1", 450), ("dp_2", 1)):
        take_back_by_provider(topup=sold, case=case, amount=sold.payment(cents))
    debit(wallet=wallet, amount=wallet.money(1499), event=Event.once("test"), why=WHY)
    take_back_by_provider(topup=later, case="dp_3", amount=later.payment(70))
    fail_topup(topup_id=order(wallet, price=3000).pk, reason="expired")
    plain_one = start_topup(wallet=wallet, amount=wallet.money(5000), origin="customer", actor="user:1")
    confirm_topup(topup_id=plain_one.pk, paid=wallet.money(5000), actor="test", reference="pay_2")
    take_back_by_provider(topup=plain_one, case="dp_5", amount=wallet.money(11))
    others = {change: bought(wallet, price=4000) for change in ("currency = 'PTS'", "price_currency = 'CHF'")}
    for other in others.values():
        take_back_by_provider(topup=other, case="dp_6", amount=other.payment(13))
    take_back_by_provider(topup=later, case="dp_4", amount=Money(70, currency("USD")))
    for change, other in others.items():
        sql(f"UPDATE payments_topup SET {change} WHERE id = '{other.pk}'")
    sql("UPDATE payments_topup SET finished_at = '2025-03-01T10:00Z'")
    sql(f"UPDATE payments_topup SET finished_at = '2025-03-01T12:00Z' WHERE id = '{later.pk}'")
    sql("UPDATE payments_takeback SET finished_at = '2025-03-01T11:00Z' WHERE finished_at IS NOT NULL")
    sql("UPDATE payments_takeback SET finished_at = '2025-03-01T12:00Z' WHERE \"case\" = 'dp_3'")

    def paid(first: str, last: str, **asked: Any) -> list[int]:
        return [line.paid for line in report_of(first=first, last=last, code="USD", **asked).lines]

    assert paid("2025-03-01T10:00", "2025-03-01T12:00", by="hour") == [900, -451, 700 - 70]
    assert paid("2025-03-01T10:00", "2025-03-01T11:00", by="hour", kinds=["topup"]) == [900, -451]
    assert paid("2025-03-01T10:00", "2025-03-01T10:00", by="year") == [900]
    assert paid("2025-03-01T10:00", "2025-03-01T11:00", by="year") == [900 - 451]
    assert paid("2025-03-01", "2025-03-02", kinds=["bonus"]) == [0, 0]
    assert paid("2025-03-01", "2025-03-02", by="day") == [900 - 451 + 630, 0]


def test_money_is_what_was_paid_for_points_less_what_went_back(wallet: Wallet, site: Callable[..., None]):
    site(default_currency="EUR")
    topup = bought(wallet)
    take_back_by_provider(topup=topup, case="dp_1", amount=topup.payment(450))
    [line] = report_of(code="USD", first=str(timezone.now().date())).lines
    thirty = report_of(code="USD").lines

    assert TakeBack.objects.get().taken_minor == 500
    assert (len(thirty), thirty[-1], report_of(code="usd").unit, report_of().unit.code) == (30, line, wallet.currency, "EUR")
    assert (line.paid, line.gained, line.lost, line.net) == (450, 1000, 500, 500)

    # Money went back that is worth no point.
    dear = bought(wallet, amount=1)
    take_back_by_provider(topup=dear, case="dp_2", amount=dear.payment(1))
    assert TakeBack.objects.get(topup=dear).reason == "too_little"
    [line] = report_of(code="USD", first=str(timezone.now().date())).lines
    assert (line.paid, line.gained, line.lost) == (450 + 899, 1001, 500)


@pytest.mark.parametrize(
    "asked",
    [
        *({"first": "2026-01-02", "last": "2026-01-01"}, {"by": "week"}, {"code": "XXXX"}, {"kinds": ["x"]}),
        *({"first": wrong} for wrong in ("x", "2026-02-30", "0001-01-01", "9999-12-31", "²026-01-01", "\0", "9" * 5000)),
        *({"last": wrong} for wrong in ("9999-12-31T23:59-12:00", "2026-13-01T00:00", "20261130", "2026-W01-1", "2026W011")),
        *(
            {"last": wrong}
            for wrong in (
                "2026-11-30 08:00",
                "20261130T08",
                "2026-11-30T24:00",
                "2026-11-30T8",
                "2026-11-30T08:00+0200",
                "2026-11-30T08Z",
            )
        ),
        *({"last": wrong} for wrong in ("2026-11-30T08:00:00", "2026-11-30T08:60", "2026-11-30\n", "2026-11-3", " 2026-11-30")),
    ],
)
def test_says_what_cannot_be_reported(moved: Wallet, asked: dict[str, Any]):
    with pytest.raises(ReportInvalid):
        report_of(**{"code": "USD", **asked})


def test_has_a_bound(moved: Wallet):
    last = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=ROWS_MAX - 1)
    asked: dict[str, Any] = {"unit": moved.currency, "first": date(2025, 1, 1), "by": Period.HOUR}
    assert len(report_movements(**asked, last=last).lines) == ROWS_MAX
    with pytest.raises(ReportInvalid):
        report_movements(**asked, last=last + timedelta(hours=1))


@pytest.mark.parametrize("edit", ["credited = credited + 1", "transactions = 7", "hour = hour + interval '1 hour'"])
def test_an_hour_that_was_edited_is_named(moved: Wallet, sql: Callable[[str], int], edit: str):
    assert list(verify_roll_ups(None)) == []
    sql(f"UPDATE analytics_hourtotal SET {edit} WHERE id = {HourTotal.objects.earliest('pk').pk}")

    assert any("hourly total" in str(finding) for finding in verify_roll_ups(None))


def test_the_command_and_the_admin_say_the_same(moved: Wallet, manager: User, client: Client):
    out = StringIO()
    call_command(
        "report_movements",
        "--from",
        "2025-01-01",
        "--to",
        "2025-02-01",
        "--by",
        "month",
        "--csv",
        "--currency",
        "USD",
        stdout=out,
    )
    assert out.getvalue().splitlines() == [
        "month,in USD,out USD,net USD,movements,paid USD",
        "2025-01,120.66,0.70,119.96,13,0.00",
        "2025-02,0.00,0.00,0.00,0,0.00",
    ]
    with pytest.raises(CommandError):
        call_command("report_movements", "--by", "week")
    client.force_login(manager)
    page, query = reverse("admin:analytics_hourtotal_changelist"), {"first": "2025-01-01", "last": "2025-02-01", "by": "month"}
    response = client.get(page, {**query, "code": "USD"})
    assert response.status_code == 200
    assert "2025-01" in response.content.decode()
    assert client.get(page, {**query, "code": "USD", "csv": "1"}).content.decode() == out.getvalue()
    assert client.get(page, {"first": "x"}).status_code == 400
