"""What a checkpoint of 100 new entries costs: over an empty ledger, and over one with a million sealed entries.

python -m tests.throwaway_postgres -m benchmarks.checkpoint_cost [ENTRIES]
"""

import os
import statistics
import sys
import time
from dataclasses import dataclass

import django


@dataclass(frozen=True)
class Cost:
    """Of one checkpoint: the median of ROUNDS."""

    milliseconds: float
    statements: int
    rows: int


ROUNDS = 15
SEALING = ("leaf", "lognode", "sealedaccount", "sealinghorizon", "checkpoint", "signingkey", "anchorreceipt")
NEW = 100
ACCOUNTS = 10_000

# Of the ledger's rows, those that were read, by scans and by indexes.
ROWS_READ = """
SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_user_tables WHERE relname LIKE 'ledger_%'"""
# Asking costs two statements, before and after.
STATEMENTS_OF_ASKING = 4


def main(entries: int) -> None:
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    accounts = _open_accounts()
    small = _cost(accounts)
    _empty()
    print(f"Writing {entries:,} entries …", flush=True)
    _fill(entries)
    begun = time.monotonic()
    _seal_all()
    print(f"Sealed them in {time.monotonic() - begun:.0f} s.", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    old = _cost(list(range(1, NEW + 1)))
    # The same as over nothing: accounts that were opened just now.
    large = _cost(_open_accounts())
    _print(entries, small, large, old)


def _cost(accounts: list[int]) -> Cost:
    from ledger.checkpoints.services import seal_ledger

    seal_ledger(sweep=True, even_if_empty=True)
    measured = []
    for _ in range(ROUNDS):
        _post(accounts)
        measured.append(_measure(seal_ledger))
    return Cost(*(statistics.median(figures) for figures in zip(*measured, strict=True)))


def _measure(seal: object) -> tuple[float, int, int]:
    """Milliseconds, statements, rows read."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    assert callable(seal)
    with CaptureQueriesContext(connection) as statements:
        before = _rows_read()
        begun = time.perf_counter()
        outcome = seal()
        milliseconds = (time.perf_counter() - begun) * 1000
        rows = _rows_read() - before
    assert outcome.leaves == NEW, outcome
    return milliseconds, len(statements) - STATEMENTS_OF_ASKING, rows


def _rows_read() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot()")
        cursor.execute(ROWS_READ)
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def _open_accounts() -> list[int]:
    from ledger.money import currency
    from ledger.services import open_account

    return [open_account(currency=currency("USD")).pk for _ in range(NEW)]


def _post(accounts: list[int]) -> None:
    from django.db import transaction

    from ledger.book import lock_accounts
    from ledger.kinds import House, Kind
    from ledger.movements import Circumstances, Event, Movement

    for account_id in accounts:
        with transaction.atomic():
            book = lock_accounts(account_id)
            money = book[account_id].money(100)
            why = Circumstances("benchmark")
            book.post(Movement(account_id, Kind.CREDIT, money, House.ISSUED, why), event=Event.once("benchmark"))


def _empty() -> None:
    from django.db import connection, transaction

    tables = ("account", "entry", "lot", "hold", *SEALING)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"TRUNCATE {', '.join(f'ledger_{table}' for table in tables)} CASCADE")
    from django.conf import settings

    settings.ANCHOR_FILE += ".second"


def _fill(entries: int) -> None:
    from django.db import connection

    from benchmarks.honest_ledger import fill

    fill(entries=entries, accounts=ACCOUNTS)
    with connection.cursor() as cursor:
        for table in ("entry", "account"):
            cursor.execute(f"SELECT setval('ledger_{table}_id_seq', (SELECT max(id) FROM ledger_{table}))")  # noqa: S608


def _seal_all() -> None:
    from tqdm import tqdm

    from ledger.checkpoints.services import seal_ledger

    with tqdm(unit=" entries", disable=None) as bar:
        seal_ledger(sweep=True, progress=bar.update)


def _print(entries: int, small: Cost, large: Cost, old: Cost) -> None:
    print(
        f"\n| A checkpoint of {NEW} new entries | over nothing | over {entries:,} sealed entries | ratio | there, old accounts |"
    )
    print("| --- | --- | --- | --- | --- |")
    for name, unit in (("milliseconds", ".1f"), ("statements", ".0f"), ("rows", ".0f")):
        one, other, third = (getattr(cost, name) for cost in (small, large, old))
        print(
            f"| {'rows read' if name == 'rows' else name} | {one:{unit}} | {other:{unit}} | {other / one:.2f} | {third:{unit}} |"
        )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_service.settings")
    django.setup()
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
