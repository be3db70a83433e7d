"""The figures: of counted entries from the roll-ups, of the others from the entries themselves.

Everything is what it is at the moment of asking, but `active_wallets` and `top_spenders`, which are at most ten minutes
old and carry their time. Amounts are minor units. A window of n days is today (UTC) and the n - 1 days before.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import connection
from django.utils import timezone

from analytics.counting import COUNTS, DAY, SUMS
from analytics.models import Progress
from analytics.moments import one_moment
from analytics.ranking import active_wallets, first_day_of, top_spenders
from analytics.waiting import Waiting, count_waiting
from ledger.kinds import Kind


class Metric(StrEnum):
    """What a chart shows. Each has a value for each day, but `top_spenders`, which has one for each of ten customers."""

    TRANSACTION_VOLUME = "transaction_volume"
    NET_MOVEMENT = "net_movement"
    CREDITED = "credited"
    DEBITED = "debited"
    WITHDRAWALS = "withdrawals"
    CASHBACK = "cashback"
    TOP_SPENDERS = "top_spenders"

    @property
    def is_money(self) -> bool:
        """Whether its values are amounts, in minor units; else they are counts."""
        return self is not Metric.TRANSACTION_VOLUME


# The id is looked up before, so that the planner knows how few entries lie behind it. Their accounts are looked up one by one
# (OFFSET 0 is the fence): to him, going through all accounts looks cheaper from a few hundred entries on, and takes longer.
ALL_TOTALS = f"""
SELECT day, kind, transactions, credited, debited, owed_change FROM analytics_daytotal
WHERE currency = %(currency)s AND day >= %(first_day)s
UNION ALL SELECT {DAY}, entry.kind, {SUMS}
FROM ledger_entry entry
CROSS JOIN LATERAL (SELECT currency FROM ledger_account WHERE id = entry.account_id OFFSET 0) AS account
WHERE entry.id > %(counted)s AND account.currency = %(currency)s AND {COUNTS} AND {DAY} >= %(first_day)s GROUP BY 1, 2"""  # noqa: S608

DAYS = f"""
SELECT day, sum(transactions), sum(credited), sum(debited), sum(debited) FILTER (WHERE kind = '{Kind.WITHDRAWAL}'),
    sum(credited) FILTER (WHERE kind = '{Kind.CASHBACK}')
FROM ({ALL_TOTALS}) AS total GROUP BY 1"""  # noqa: S608

# What all entries together come to is what is there now.
SUMMARY = f"""
SELECT sum(transactions) FILTER (WHERE day >= %(window)s), sum(credited) FILTER (WHERE day >= %(window)s),
    sum(debited) FILTER (WHERE day >= %(window)s), sum(credited - debited), sum(owed_change)
FROM ({ALL_TOTALS}) AS total"""  # noqa: S608

BEGINNING = date(1, 1, 1)


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one currency, for a window of days and of now; amounts in minor units."""

    window: int
    currency_code: str
    transactions: int
    credited: int
    debited: int
    liability: int
    outstanding_bnpl: int
    active_wallets: int
    active_wallets_at: datetime
    waiting: Waiting

    @property
    def net(self) -> int:
        return self.credited - self.debited


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What happened on one day; amounts in minor units, none negative but `net_movement`."""

    day: date
    transactions: int = 0
    credited: int = 0
    debited: int = 0
    withdrawals: int = 0
    cashback: int = 0

    def value(self, metric: Metric) -> int:
        """Of a metric that has days."""
        if metric is Metric.NET_MOVEMENT:
            return self.credited - self.debited
        return int(getattr(self, "transactions" if metric is Metric.TRANSACTION_VOLUME else metric.value))


@dataclass(frozen=True, slots=True)
class Chart:
    """A metric's points: days in their order, or users with the first one first; values in minor units, or counts."""

    metric: Metric
    days: int
    currency_code: str
    points: list[tuple[date | int, int]]
    # When what the job keeps was made; None where every point is what it is now.
    as_of: datetime | None = None

    @property
    def of(self) -> str:
        """What a point is of."""
        return "user_id" if self.metric is Metric.TOP_SPENDERS else "date"


def summarize(*, window: int, currency_code: str) -> Summary:
    """What `window` days came to, what is there now, and how much waits for somebody."""
    today = timezone.now().date()
    with one_moment():
        state = Progress.objects.first() or Progress()
        asked = {"window": first_day_of(today, window), "first_day": BEGINNING}
        transactions, credited, debited, liability, owed = _rows(SUMMARY, state, currency_code, asked)[0]
        return Summary(
            *(window, currency_code, transactions, credited, debited, liability, owed),
            *active_wallets(state, currency_code=currency_code),
            waiting=count_waiting(currency_code),
        )


def daily_figures(*, days: int, currency_code: str) -> list[DayFigures]:
    """Every day of the window, the oldest first, also those on which nothing happened."""
    first_day = first_day_of(timezone.now().date(), days)
    with one_moment():
        state = Progress.objects.first() or Progress()
        rows = _rows(DAYS, state, currency_code, {"first_day": first_day})
    found = {day: DayFigures(day, *figures) for day, *figures in rows}
    window = (first_day + timedelta(days=number) for number in range(days))
    return [found.get(day) or DayFigures(day) for day in window]


def draw_chart(*, metric: Metric, days: int, currency_code: str) -> Chart:
    """One metric's points: a day each, or for `top_spenders` the ten customers who spent most within `days` days.

    Spent is what debits and captured holds took; what was given back of them later is not taken off.
    """
    asked = (metric, days, currency_code)
    if metric is not Metric.TOP_SPENDERS:
        figures = daily_figures(days=days, currency_code=currency_code)
        return Chart(*asked, [(figure.day, figure.value(metric)) for figure in figures])
    with one_moment():
        state = Progress.objects.first() or Progress()
        top, as_of = top_spenders(state, currency_code=currency_code, days=days)
    return Chart(*asked, [(user, spent) for user, spent in top], as_of)


def _rows(statement: str, state: Progress, currency_code: str, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Dates as they are, sums as integers, of nothing 0."""
    with connection.cursor() as cursor:
        cursor.execute(statement, {**asked, "currency": currency_code, "counted": state.counted_id})
        return [tuple(value if isinstance(value, date) else int(value or 0) for value in row) for row in cursor.fetchall()]
