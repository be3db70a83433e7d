"""Reports: what moved in one currency, by hour, day, month or year.

Of counted entries from the roll-ups, of the others from the entries themselves, as `analytics.reading` does it: a report over
years reads days, and none reads what is counted. Periods are UTC's. Money is what was paid for what is sold at a price of its
own (packages of points), when it was credited, less what of it went back, when that was booked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from django.db import connection

from analytics.counting import HOUR
from analytics.errors import ReportInvalid
from analytics.models import Progress
from analytics.moments import one_moment
from ledger.kinds import Kind
from ledger.money import Currency
from site_settings.reading import default_currency

ROWS_MAX = 10_000
# Years that both Python and a spreadsheet read.
FIRST_YEAR, LAST_YEAR = 1970, 9000


class Period(StrEnum):
    """What one row is of."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Line:
    """One period; amounts in minor units, `paid` in the site's currency and negative where more went back."""

    start: datetime
    gained: int = 0
    lost: int = 0
    movements: int = 0
    paid: int = 0

    @property
    def net(self) -> int:
        return self.gained - self.lost


@dataclass(frozen=True, slots=True)
class Report:
    """Its lines in their order, those without movements too."""

    unit: Currency
    money: Currency
    by: Period
    lines: list[Line]


KEPT = {
    Period.HOUR: "SELECT hour AS at, kind, transactions, credited, debited FROM analytics_hourtotal WHERE hour >= %(first)s"
    " AND hour < %(end)s AND currency = %(currency)s",
    Period.DAY: "SELECT day::timestamp AT TIME ZONE 'UTC' AS at, kind, transactions, credited, debited FROM analytics_daytotal"
    " WHERE day >= (%(first)s AT TIME ZONE 'UTC')::date AND day < (%(end)s AT TIME ZONE 'UTC')::date"
    " AND currency = %(currency)s",
}
# As in `analytics.reading`: few entries, whose accounts are looked up one by one.
REST = f"""
SELECT {HOUR} AS at, entry.kind, 1 AS transactions, greatest(entry.amount, 0) AS credited, greatest(-entry.amount, 0) AS debited
FROM ledger_entry entry
CROSS JOIN LATERAL (SELECT currency FROM ledger_account WHERE id = entry.account_id OFFSET 0) AS account
WHERE entry.id > %(counted)s AND account.currency = %(currency)s AND entry.amount <> 0
    AND entry.at >= %(first)s AND entry.at < %(end)s"""  # noqa: S608
MOVED = """
SELECT date_trunc(%(by)s, at, 'UTC'), sum(credited), sum(debited), sum(transactions)
FROM ({kept} UNION ALL {rest}) AS moved WHERE %(kinds)s::text[] IS NULL OR kind = ANY (%(kinds)s) GROUP BY 1"""
PAID = """
SELECT date_trunc(%(by)s, at, 'UTC'), sum(minor) FROM (
    SELECT finished_at AS at, price_minor AS minor FROM payments_topup
    WHERE status = 'completed' AND item <> '' AND currency = %(currency)s AND price_currency = %(money)s
        AND finished_at >= %(first)s AND finished_at < %(end)s
    UNION ALL
    SELECT back.finished_at, -back.amount_minor FROM payments_takeback back JOIN payments_topup sold ON sold.id = back.topup_id
    WHERE back.status = 'done' AND (back.taken_minor + back.debt_minor > 0 OR back.reason = 'too_little')
        AND sold.item <> '' AND sold.currency = %(currency)s AND sold.price_currency = %(money)s
        AND back.finished_at >= %(first)s AND back.finished_at < %(end)s
) AS paid GROUP BY 1"""


def report_movements(
    *, unit: Currency, first: date | datetime, last: date | datetime, by: Period, kinds: Sequence[Kind] = ()
) -> Report:
    """From `first` to `last`, both included: a bare date is its whole day, a time its whole hour. No `kinds`: all of them.

    Raises:
        ReportInvalid: it ends before it begins, or would have more than ROWS_MAX lines.
    """
    start, end = _bounds(first, last)
    starts = list(_starts(start, end, by))
    money = default_currency()
    asked: dict[str, Any] = {"first": start, "end": end, "by": str(by), "kinds": [str(kind) for kind in kinds] or None}
    asked |= {"currency": unit.code, "money": money.code}
    # Days come to nothing less than days.
    kept = KEPT[Period.DAY if by != Period.HOUR and _is_midnight(start) and _is_midnight(end) else Period.HOUR]
    with one_moment():
        state = Progress.objects.first() or Progress()
        moved = _rows(MOVED.format(kept=kept, rest=REST), {**asked, "counted": state.counted_id})
        paid = _rows(PAID, asked) if not kinds or Kind.TOPUP in kinds else {}
    return Report(unit, money, by, [Line(at, *moved.get(at, (0, 0, 0)), *paid.get(at, (0,))) for at in starts])


def _bounds(first: date | datetime, last: date | datetime) -> tuple[datetime, datetime]:
    for at in (first, last):
        if not FIRST_YEAR <= at.year <= LAST_YEAR:
            raise ReportInvalid(f"The years {FIRST_YEAR} to {LAST_YEAR} can be reported.")
    start, end = _hour_of(first), _hour_of(last)
    end += timedelta(hours=1) if isinstance(last, datetime) else timedelta(days=1)
    if start >= end:
        raise ReportInvalid("The report ends before it begins.")
    return start, end


def _hour_of(at: date | datetime) -> datetime:
    if isinstance(at, datetime):
        return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return datetime.combine(at, time(), UTC)


def _is_midnight(at: datetime) -> bool:
    return at.hour == 0


def _starts(start: datetime, end: datetime, by: Period) -> Iterator[datetime]:
    """The beginnings of all periods that the report touches."""
    at = _begun(start, by)
    count = 0
    while at < end:
        if count == ROWS_MAX:
            raise ReportInvalid(f"The report would have more than {ROWS_MAX} lines: choose less time, or longer periods.")
        yield at
        count += 1
        at = _next(at, by)


def _begun(at: datetime, by: Period) -> datetime:
    if by is Period.HOUR:
        return at
    day = at.replace(hour=0)
    return day if by is Period.DAY else day.replace(day=1, month=at.month if by is Period.MONTH else 1)


def _next(at: datetime, by: Period) -> datetime:
    if by in (Period.HOUR, Period.DAY):
        return at + (timedelta(hours=1) if by is Period.HOUR else timedelta(days=1))
    if by is Period.MONTH and at.month < 12:
        return at.replace(month=at.month + 1)
    return at.replace(year=at.year + 1, month=1)


def _rows(statement: str, asked: dict[str, Any]) -> dict[datetime, tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return {at: tuple(int(value) for value in values) for at, *values in cursor.fetchall()}
