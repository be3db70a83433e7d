"""How long a year of analytics takes to answer over ten million entries, and how long to count them.

python -m tests.throwaway_postgres --durable -m benchmarks.analytics [--entries N] [--accounts N] [--tail N]

Entries are written by SQL, spread evenly over a year and over all accounts: no account's chain holds, which analytics do not
look at, and the indexes that they do not use are left out so that it takes minutes and not an hour. Each answer is the
service's own, whole: login, rights, limits, figures, JSON; a report is the manager's CSV file. Behind what is counted lie
`--tail` entries that are not. Exit 1 where a year takes 100 ms or more (the 95th percentile); reports are only told.
"""

import base64
import os
import resource
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from typing import Any

import django

REQUIRED_MS = 100
BATCH = 500_000
CALLS = 40
REPORTS = 10

# What only writers need.
LEAVE_OUT = """
ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_sequence, DROP CONSTRAINT ledger_entry_event;
DROP INDEX ledger_entry_of_once, ledger_entry_at, ledger_entry_xid, ledger_entry_order, ledger_entry_reference"""

CUSTOMERS = """
INSERT INTO people_user (username, email, password, first_name, last_name, is_superuser, is_staff, is_active, date_joined)
SELECT 'c' || n, 'c' || n || '@example.test', '', '', '', false, false, true, now() FROM generate_series(1, %(accounts)s) AS n;
INSERT INTO ledger_account
    (id, currency, balance, held, in_lots, owed, sequence, status, credit_line, created_at, version, key_id, mac)
SELECT n, 'USD', n %% 3, 0, 0, 0, 0, 'active', 0, now(), 1, 1, '' FROM generate_series(1, %(accounts)s) AS n;
INSERT INTO wallets_wallet (id, user_id, currency, name, is_default, auto_reload_enabled, created_at, updated_at)
SELECT n, u.id, 'USD', 'w' || md5(n::text), true, false, now(), now()
FROM generate_series(1, %(accounts)s) AS n JOIN people_user u ON u.username = 'c' || n"""

# As wide as what the service writes. Seven in ten are purchases.
ENTRIES = """
INSERT INTO ledger_entry (account_id, sequence, kind, at, amount, held_change, owed_change, balance, held, house, key, asked, leg,
    lots, actor, order_id, reason, reason_salt, reason_digest, xid, version, key_id, mac)
SELECT 1 + n * 7919 %% %(accounts)s, n,
    CASE WHEN n %% 10 < 7 THEN 'debit' WHEN n %% 10 = 7 THEN 'cashback' WHEN n %% 10 = 8 THEN 'withdrawal' ELSE 'credit' END,
    now() - greatest(0, %(entries)s - n)::float8 / %(entries)s * interval '364 days',
    CASE WHEN n %% 10 < 7 OR n %% 10 = 8 THEN -(1 + n * 31 %% 5000) ELSE 1 + n * 37 %% 20000 END,
    0, 0, 0, 0, 'spent', 'call:' || md5(n::text), decode(md5(n::text) || md5(n::text), 'hex'), 0, '[]', 'key:1 user:2', n,
    'Order ' || n || ', paid from the wallet', decode(md5(n::text), 'hex'), decode(md5(n::text) || md5(n::text), 'hex'),
    1, 1, 1, decode(md5(n::text) || md5(n::text), 'hex')
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n"""


def main(asked: Namespace) -> int:
    from django.core.management import call_command

    from analytics.counting import count_entries
    from analytics.ranking import refresh_rankings
    from analytics.verifying import verify_roll_ups

    call_command("migrate", verbosity=0)
    print(f"Writing {asked.entries:,} entries in {asked.accounts:,} accounts …", flush=True)
    fill(asked)
    seconds, counted = timed(lambda: count_entries(progress=_told(asked.entries)))
    print(f"Counted {counted:,} entries in {seconds:.0f} s: {counted / seconds:,.0f} a second.", flush=True)
    seconds, findings = timed(lambda: list(verify_roll_ups(None)))
    print(f"Verified the totals in {seconds:.0f} s: {len(findings)} findings.", flush=True)
    write(asked, asked.entries, asked.entries + asked.tail)
    run("VACUUM ANALYZE")
    for words in ("the first of the day", "a later one"):
        seconds, rankings = timed(refresh_rankings)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"Made {rankings} rankings, {words}, in {seconds:.1f} s, in a process of {memory:,.0f} MB.", flush=True)
    print(f"\nWith {asked.tail:,} entries that are not counted yet, {CALLS} calls each, load {os.getloadavg()[0]:.1f}:\n")
    slowest = max(measure())
    measure_reports()
    return 1 if slowest >= REQUIRED_MS else 0


def fill(asked: Namespace) -> None:
    run(LEAVE_OUT)
    run(CUSTOMERS, {"accounts": asked.accounts})
    for first in range(0, asked.entries, BATCH):
        write(asked, first, min(asked.entries, first + BATCH))
        print(f"  {first + BATCH:,}", flush=True)
    run("VACUUM ANALYZE")


def write(asked: Namespace, first: int, last: int) -> None:
    span = {"first": first + 1, "last": last, "entries": asked.entries, "accounts": asked.accounts}
    run(ENTRIES, span)


def run(statements: str, values: dict[str, int] | None = None) -> None:
    """Each on its own, with the triggers off."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for statement in statements.split(";\n"):
            cursor.execute(statement, values)
        cursor.execute("SET session_replication_role = DEFAULT")


def measure() -> list[float]:
    """The 95th percentile of each route, in milliseconds."""
    from django.test import Client

    from analytics.reading import Metric

    client = Client(SERVER_NAME="localhost", headers=_login())
    asked = [("summary", {"window": "30"}), ("summary", {"window": "365"})]
    asked += [("chart", {"days": "365", "metric": metric.value}) for metric in Metric]
    found = []
    print("| | first, ms | p50, ms | p95, ms | bytes |\n| --- | --- | --- | --- | --- |")
    for route, query in asked:
        first, response = timed(lambda: client.get(f"/wp-json/wkwp-wallet/v1/analytics/{route}", query))  # noqa: B023
        assert response.status_code == 200, response.content
        calls = [timed(lambda: client.get(response.request["PATH_INFO"], query))[0] * 1000 for _ in range(CALLS)]  # noqa: B023
        cuts = quantiles(calls, n=20)
        words = " ".join([f"`{route}`", *query.values()])
        print(f"| {words} | {first * 1000:.0f} | {cuts[9]:.1f} | {cuts[18]:.1f} | {len(response.content):,} |", flush=True)
        found.append(cuts[18])
    return found


def measure_reports() -> None:
    """A year by each period, and the last day by hour."""
    from analytics.exporting import report_csv
    from analytics.reports import Period, report_movements
    from ledger.money import currency

    today, usd = datetime.now(UTC).date(), currency("USD")
    print("\n| report | lines | p50, ms | p95, ms |\n| --- | --- | --- | --- |")
    for days, by in [(1, Period.HOUR), *((365, period) for period in Period)]:
        first = today - timedelta(days=days - 1)
        calls = []
        for _ in range(REPORTS):
            seconds, text = timed(lambda: report_csv(report_movements(unit=usd, first=first, last=today, by=by)))  # noqa: B023
            calls.append(seconds * 1000)
        cuts, lines = quantiles(calls, n=20), text.count("\n") - 1
        print(f"| {days} days by {by} | {lines:,} | {cuts[9]:.1f} | {cuts[18]:.1f} |", flush=True)


def _login() -> dict[str, str]:
    from apikeys.services import mint_key
    from people.models import User

    key, secret = mint_key(owner=User.objects.create_superuser("boss", "boss@example.test"), scope="read", description="bench")
    return {"Authorization": "Basic " + base64.b64encode(f"{key.consumer_key}:{secret}".encode()).decode()}


def _told(total: int) -> Callable[[int], None]:
    counted = 0

    def tell(batch: int) -> None:
        nonlocal counted
        counted += batch
        if counted % 2_000_000 < batch:
            print(f"  {counted:,} of {total:,} counted", flush=True)

    return tell


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.monotonic()
    found = work()
    return time.monotonic() - begun, found


if __name__ == "__main__":
    parser = ArgumentParser(prog="benchmarks.analytics")
    parser.add_argument("--entries", type=int, default=10_000_000)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--tail", type=int, default=1_000, help="entries not counted yet: of ten seconds")
    os.environ["RATE_LIMITS"] = "off"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_service.settings")
    django.setup()
    sys.exit(main(parser.parse_args()))
