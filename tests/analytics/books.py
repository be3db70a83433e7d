"""What the roll-ups must come to, added up in Python from the entries, one by one; and days that have passed."""

from collections import defaultdict
from datetime import UTC, date
from typing import Any

from django.db import connection

from analytics.models import DaySpending, DayTotal
from ledger.models import Entry

Totals = dict[tuple[date, str, str], tuple[int, int, int, int]]


def of_entries() -> Totals:
    """(transactions, credited, debited, owed change) of each day, currency and kind."""
    sums: defaultdict[Any, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for entry in Entry.objects.select_related("account"):
        if entry.amount or entry.owed_change:
            found = sums[entry.at.astimezone(UTC).date(), entry.account.currency_code, entry.kind]
            found[0] += bool(entry.amount)
            found[1] += max(0, entry.amount)
            found[2] += max(0, -entry.amount)
            found[3] += entry.owed_change
    return {key: (a, b, c, d) for key, (a, b, c, d) in sums.items()}


def of_roll_ups() -> Totals:
    return {
        (row.day, row.currency_code, row.kind): (row.transactions, int(row.credited), int(row.debited), int(row.owed_change))
        for row in DayTotal.objects.all()
    }


def spent_by_entries() -> dict[tuple[date, int], int]:
    sums: defaultdict[tuple[date, int], int] = defaultdict(int)
    for entry in Entry.objects.filter(kind__in=["debit", "capture"], amount__lt=0):
        sums[entry.at.astimezone(UTC).date(), entry.account_id] -= entry.amount
    return dict(sums)


def spent_by_roll_ups() -> dict[tuple[date, int], int]:
    return {(row.day, row.account_id): int(row.spent) for row in DaySpending.objects.all()}


def move_back(entry: Entry, days: int) -> None:
    """As if it had been written so many days ago. What has no amount is not what this is for: the chain does not hold then."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE ledger_entry SET at = at - make_interval(days => %s) WHERE id = %s", [days, entry.pk])
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
