"""A cache for django-ratelimit that counts atomically in PostgreSQL: exact over all workers, one statement a hit.

It must be hit outside the money's transaction: there it would hold the counter's
row for the whole request, and a refusal would take the hit back.
"""

import threading
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection

HIT = """
INSERT INTO wallet_service_ratecounter AS counter (key, hits, expires) VALUES (%s, %s, %s)
ON CONFLICT (key) DO UPDATE SET
    hits = CASE WHEN counter.expires < now() THEN excluded.hits ELSE counter.hits + excluded.hits END,
    expires = CASE WHEN counter.expires < now() THEN excluded.expires ELSE counter.expires END
RETURNING hits"""


class PostgresCounterCache(BaseCache):
    """As much of a cache as `django_ratelimit.core.get_usage` uses: `add`, then `incr` or `get` of what `add` counted."""

    def __init__(self, table: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._counted = threading.local()

    def add(self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Add `value` to the counter. False where it was begun already; its count is then kept for `incr`."""
        name = self.make_and_validate_key(key, version)
        # The backend's time-out is a moment in epoch seconds; a counter always has one.
        expires = datetime.fromtimestamp(self.get_backend_timeout(timeout) or 0, UTC)
        with connection.cursor() as cursor:
            cursor.execute(HIT, [name, value, expires])
            row = cursor.fetchone()
        assert row is not None
        self._counted.last = (name, row[0])
        return bool(row[0] == value)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """The count that `add` has just raised in this thread."""
        return self._last(key, version)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """The count that `add` has just read in this thread."""
        return self._last(key, version)

    def _last(self, key: str, version: int | None) -> int:
        name, hits = self._counted.last
        assert name == self.make_and_validate_key(key, version)
        return int(hits)
