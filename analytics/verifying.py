"""The roll-ups against the entries that they count: sums are taken anew, and only what differs leaves the database."""

from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.utils import timezone

from analytics.counting import COUNTS, DAY, HOUR, HOUR_SUMS, SPENDING, SUMS
from analytics.models import DAYS_MAX, Progress
from analytics.ranking import first_day_of
from ledger.findings import Finding

FINDINGS_MAX = 1000

TOTALS = f"""
WITH found AS (
    SELECT {DAY} AS day, account.currency, entry.kind, {SUMS}
    FROM ledger_entry entry JOIN ledger_account account ON account.id = entry.account_id
    WHERE entry.id <= %(counted)s AND {COUNTS} GROUP BY 1, 2, 3)
SELECT day, currency, kind FROM found
FULL JOIN (SELECT day, currency, kind, transactions, credited, debited, owed_change FROM analytics_daytotal) AS kept
USING (day, currency, kind)
WHERE (found.transactions, found.credited, found.debited, found.owed_change)
    IS DISTINCT FROM (kept.transactions, kept.credited, kept.debited, kept.owed_change)
ORDER BY 1, 2, 3 LIMIT {FINDINGS_MAX}"""  # noqa: S608

HOURS = f"""
WITH found AS (
    SELECT {HOUR} AS hour, account.currency, entry.kind, {HOUR_SUMS}
    FROM ledger_entry entry JOIN ledger_account account ON account.id = entry.account_id
    WHERE entry.id <= %(counted)s AND entry.amount <> 0 GROUP BY 1, 2, 3)
SELECT hour, currency, kind FROM found
FULL JOIN (SELECT hour, currency, kind, transactions, credited, debited FROM analytics_hourtotal) AS kept
USING (hour, currency, kind)
WHERE (found.transactions, found.credited, found.debited) IS DISTINCT FROM (kept.transactions, kept.credited, kept.debited)
ORDER BY 1, 2, 3 LIMIT {FINDINGS_MAX}"""  # noqa: S608

SPENT = f"""
WITH found AS (
    SELECT {DAY} AS day, entry.account_id, -sum(entry.amount) AS spent FROM ledger_entry entry
    WHERE entry.id <= %(counted)s AND entry.amount < 0 AND entry.kind = ANY (%(kinds)s) AND {DAY} >= %(first_day)s
        AND (%(account)s::bigint IS NULL OR entry.account_id = %(account)s) GROUP BY 1, 2)
SELECT day, account_id FROM found
FULL JOIN (SELECT day, account_id, spent FROM analytics_dayspending
    WHERE day >= %(first_day)s AND (%(account)s::bigint IS NULL OR account_id = %(account)s)) AS kept USING (day, account_id)
WHERE found.spent IS DISTINCT FROM kept.spent ORDER BY 1, 2 LIMIT {FINDINGS_MAX}"""  # noqa: S608


def verify_roll_ups(account_id: int | None) -> Iterator[Finding]:
    """One finding for each day and kind, each hour and kind, and each day and account, that the counted entries do not come to.

    Rankings and the count of wallets with money are not looked at: the next run of their job makes them anew.
    """
    state = Progress.objects.first() or Progress()
    asked: dict[str, Any] = {"counted": state.counted_id, "account": account_id, "kinds": list(SPENDING)}
    asked["first_day"] = first_day_of(timezone.now().date(), DAYS_MAX)
    if account_id is None:
        for day, currency, kind in _rows(TOTALS, asked):
            yield Finding(f"analytics: the {kind} entries of {day} in {currency} do not come to what their daily total says")
        for hour, currency, kind in _rows(HOURS, asked):
            at = f"{hour:%Y-%m-%d %H:00}"
            yield Finding(f"analytics: the {kind} entries of {at} in {currency} do not come to what their hourly total says")
    for day, number in _rows(SPENT, asked):
        yield Finding(f"what was spent on {day} is not what its daily total says", number)


def _rows(statement: str, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return list(cursor.fetchall())
