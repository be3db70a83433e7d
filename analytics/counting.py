"""Counting entries into the roll-ups: each once, in the order of their ids, and never before what is below it is there.

Writers pay nothing for it: no trigger, and no lock that they wait for.

An entry's id is drawn by a transaction that has a number already (the lock on its
account gave it one), and may be committed long after higher ids, or never. So the job
notes the highest id that can be seen, and then draws a transaction number itself. Once
every transaction below that number has ended, what is going to be at or below that id
is there, and it is counted; what is above it waits for the next time. That is the
sealer's horizon, but kept as an id: ids go into a backup with their entries and mean
the same on another server, where transactions are numbered otherwise.
"""

from collections.abc import Callable
from datetime import date, timedelta

from django.db import connection
from django.db.models import F
from django.utils import timezone

from analytics.models import DAYS_MAX, DaySpending, DayTotal, HourTotal, Progress
from ledger.kinds import Kind
from ledger.retry import in_transaction

# One transaction counts so many: some tenths of a second.
ENTRIES_AT_ONCE = 50_000
# One run deletes so many rows of spending that no window reaches any more.
FORGOTTEN_AT_ONCE = 200_000

# What a customer buys with. What he sends to another wallet or has paid out is not spent.
SPENDING = (Kind.DEBIT, Kind.CAPTURE)

# The day of an entry, and how it adds to the totals of its day. Readers say the same of what is not counted yet.
DAY = "(entry.at AT TIME ZONE 'UTC')::date"
HOUR = "date_trunc('hour', entry.at, 'UTC')"
HOUR_SUMS = """count(*) FILTER (WHERE entry.amount <> 0) AS transactions,
    coalesce(sum(entry.amount) FILTER (WHERE entry.amount > 0), 0) AS credited,
    coalesce(-sum(entry.amount) FILTER (WHERE entry.amount < 0), 0) AS debited"""
SUMS = f"{HOUR_SUMS}, sum(entry.owed_change) AS owed_change"
COUNTS = "(entry.amount <> 0 OR entry.owed_change <> 0)"

HIGHEST = "SELECT coalesce(max(id), 0) FROM ledger_entry"
OWN_TRANSACTION = "SELECT pg_current_xact_id()::text::bigint"
# Whether all up to this transaction have ended. One that this server has not come to yet is from where a backup was made:
# what was going on there then ended with it.
HAVE_ENDED = """
SELECT pg_snapshot_xmin(now)::text::bigint > %s OR pg_snapshot_xmax(now)::text::bigint <= %s FROM pg_current_snapshot() AS now"""

NEXT_ENTRIES = """
SELECT max(id), count(*) FROM (SELECT id FROM ledger_entry WHERE id > %s AND id <= %s ORDER BY id LIMIT %s) AS next"""

COUNT_TOTALS = f"""
INSERT INTO analytics_daytotal AS total (day, currency, kind, transactions, credited, debited, owed_change)
SELECT {DAY}, account.currency, entry.kind, {SUMS}
FROM ledger_entry entry JOIN ledger_account account ON account.id = entry.account_id
WHERE entry.id > %(after)s AND entry.id <= %(last)s AND {COUNTS} GROUP BY 1, 2, 3
ON CONFLICT (currency, day, kind) DO UPDATE SET transactions = total.transactions + excluded.transactions,
    credited = total.credited + excluded.credited, debited = total.debited + excluded.debited,
    owed_change = total.owed_change + excluded.owed_change"""  # noqa: S608

COUNT_HOURS = f"""
INSERT INTO analytics_hourtotal AS total (hour, currency, kind, transactions, credited, debited)
SELECT {HOUR}, account.currency, entry.kind, {HOUR_SUMS}
FROM ledger_entry entry JOIN ledger_account account ON account.id = entry.account_id
WHERE entry.id > %(after)s AND entry.id <= %(last)s AND entry.amount <> 0 GROUP BY 1, 2, 3
ON CONFLICT (currency, hour, kind) DO UPDATE SET transactions = total.transactions + excluded.transactions,
    credited = total.credited + excluded.credited, debited = total.debited + excluded.debited"""  # noqa: S608

COUNT_SPENDING = f"""
INSERT INTO analytics_dayspending AS total (day, account_id, spent)
SELECT {DAY}, entry.account_id, -sum(entry.amount) FROM ledger_entry entry
WHERE entry.id > %(after)s AND entry.id <= %(last)s AND entry.amount < 0 AND entry.kind = ANY (%(kinds)s)
    AND {DAY} >= %(first_day)s GROUP BY 1, 2
ON CONFLICT (day, account_id) DO UPDATE SET spent = total.spent + excluded.spent"""  # noqa: S608

FORGET = """
DELETE FROM analytics_dayspending WHERE (day, account_id) IN (
    SELECT day, account_id FROM analytics_dayspending WHERE day < %s LIMIT %s)"""


def count_entries(*, progress: Callable[[int], object] = lambda counted: None) -> int:
    """Count what was written since the last time, as far as nothing can come between it any more; how many entries.

    It may be killed at any time, and run beside itself. `progress` is told of each batch.
    """
    counted = _count_what_waits(progress)
    if not Progress.objects.filter(waiting_id__gt=F("counted_id")).exists():
        in_transaction(_wait_for_what_runs, durable=True)
        counted += _count_what_waits(progress)
    in_transaction(_forget_spending)
    return counted


def start_anew() -> None:
    """Nothing is counted any more. Readers add up the entries themselves until the next `count_entries` gets there."""

    def forget_all() -> None:
        _locked_progress()
        DayTotal.objects.all().delete()
        HourTotal.objects.all().delete()
        DaySpending.objects.all().delete()
        Progress.objects.update(counted_id=0, ranked_at=None)

    in_transaction(forget_all)


def spending_since() -> date:
    """The first day whose spending is kept: two more than a window reaches back, for clocks that differ."""
    return timezone.now().date() - timedelta(days=DAYS_MAX + 2)


def _wait_for_what_runs() -> None:
    """Note the highest entry, and behind it a transaction of our own: this order is what everything rests on."""
    with connection.cursor() as cursor:
        cursor.execute(HIGHEST)
        (highest,) = cursor.fetchone() or (0,)
        cursor.execute(OWN_TRANSACTION)
        (xid,) = cursor.fetchone() or (0,)
    state = _locked_progress()
    if highest > state.waiting_id:
        state.waiting_id, state.waiting_xid = highest, xid
        state.save(update_fields=["waiting_id", "waiting_xid"])


def _count_what_waits(progress: Callable[[int], object]) -> int:
    """Count up to the entry that was noted, unless transactions of that time go on: then the next run asks again."""
    state = Progress.objects.first()
    if state is None or not _have_ended(state.waiting_xid):
        return 0
    counted, last = 0, state.waiting_id
    while batch := in_transaction(lambda: _count_batch(last)):
        counted += batch
        progress(batch)
    return counted


def _have_ended(xid: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(HAVE_ENDED, [xid, xid])
        (ended,) = cursor.fetchone() or (False,)
    return bool(ended)


def _locked_progress() -> Progress:
    Progress.objects.bulk_create([Progress()], ignore_conflicts=True)
    return Progress.objects.select_for_update().get()


def _count_batch(last: int) -> int:
    """Count the next entries up to `last`; how many. Whoever else counts waits for the row, and goes on behind it."""
    state = _locked_progress()
    with connection.cursor() as cursor:
        cursor.execute(NEXT_ENTRIES, [state.counted_id, last, ENTRIES_AT_ONCE])
        reached, count = cursor.fetchone() or (0, 0)
        if not count:
            return 0
        span = {"after": state.counted_id, "last": reached, "kinds": list(SPENDING), "first_day": spending_since()}
        cursor.execute(COUNT_TOTALS, span)
        cursor.execute(COUNT_HOURS, span)
        cursor.execute(COUNT_SPENDING, span)
    state.counted_id = reached
    state.save(update_fields=["counted_id"])
    return int(count)


def _forget_spending() -> None:
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [spending_since(), FORGOTTEN_AT_ONCE])
