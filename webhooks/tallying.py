"""What each endpoint was sent, by the hour: counted in memory and written now and then, as each call would lock the row.

A worker that is killed takes a second of it along: these are statistics, and what was sent stands in the attempts.
"""

import threading
from collections import Counter
from datetime import datetime
from typing import Any

from django.db import Error, connection

from webhooks.models import Endpoint, hour_of
from webhooks.sending import Outcome

# In one order, so that two workers do not wait for each other crosswise.
ADD = """
INSERT INTO webhooks_tally AS tally (endpoint_id, hour, delivered, failed, parked, duration_ms)
SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
    AS told (endpoint_id, hour, delivered, failed, parked, duration_ms) ORDER BY endpoint_id, hour
ON CONFLICT (endpoint_id, hour) DO UPDATE SET delivered = tally.delivered + excluded.delivered,
    failed = tally.failed + excluded.failed, parked = tally.parked + excluded.parked,
    duration_ms = tally.duration_ms + excluded.duration_ms"""
FIGURES = ("delivered", "failed", "parked", "duration_ms")


class Tallies:
    """What there is to add. Threads count, one of them writes."""

    def __init__(self) -> None:
        self._counts: dict[tuple[int, datetime], Counter[str]] = {}
        self._lock = threading.Lock()

    def count(self, endpoint: Endpoint, outcome: Outcome, *, is_parked: bool) -> None:
        with self._lock:
            counts = self._counts.setdefault((endpoint.pk, hour_of(outcome.at)), Counter())
            counts["delivered" if outcome.is_success else "failed"] += 1
            counts["parked"] += is_parked
            counts["duration_ms"] += outcome.duration_ms

    def write(self) -> None:
        """Add it to what the tables say."""
        with self._lock:
            counts, self._counts = self._counts, {}
        if counts:
            columns: list[list[Any]] = [[endpoint for endpoint, _ in counts], [hour for _, hour in counts]]
            columns += [[figures[name] for figures in counts.values()] for name in FIGURES]
            try:
                with connection.cursor() as cursor:
                    cursor.execute(ADD, columns)
            except Error:
                self._put_back(counts)
                raise

    def _put_back(self, counts: dict[tuple[int, datetime], Counter[str]]) -> None:
        with self._lock:
            for key, figures in counts.items():
                self._counts.setdefault(key, Counter()).update(figures)
