"""`rebuild_analytics`: forget all roll-ups, and count every entry anew."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection
from tqdm import tqdm

from analytics.counting import count_entries, start_anew
from analytics.ranking import refresh_rankings

ESTIMATED_ENTRIES = "SELECT reltuples::bigint FROM pg_class WHERE oid = 'ledger_entry'::regclass"


class Command(BaseCommand):
    help = (
        "Make the daily totals of analytics anew from the entries. The service goes on meanwhile: its figures stay right, "
        "and take longer. May be interrupted: the job goes on where it stopped."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(ESTIMATED_ENTRIES)
            row = cursor.fetchone()
        start_anew()
        # disable=None: no bar where nobody looks on.
        with tqdm(total=row[0] if row and row[0] > 0 else None, unit=" entries", disable=None, leave=False) as bar:
            counted = count_entries(progress=bar.update)
        self.stdout.write(f"{counted} entries counted, {refresh_rankings()} rankings made")
