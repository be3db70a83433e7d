"""Caches for django-ratelimit that count atomically, exact over all workers: in PostgreSQL, or in Redis.

The one in PostgreSQL takes one statement a hit. It must be hit outside the money's transaction:
there it would hold the counter's row for the whole request, and a refusal would take the hit back.
"""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.redis import RedisCache
from django.db import connection

HITS = """
INSERT INTO wallet_service_ratecounter AS counter (key, hits, expires) VALUES {rows}
ON CONFLICT (key) DO UPDATE SET
    hits = CASE WHEN counter.expires < now() THEN excluded.hits ELSE counter.hits + excluded.hits END,
    expires = CASE WHEN counter.expires < now() THEN excluded.expires ELSE counter.expires END
RETURNING key, hits"""
ROW = "(%s, %s, %s)"
# Redis guards against too many calls. One that hangs shall not hold each of them for the library's five seconds.
REDIS_TIMEOUT_SECONDS = 1


class PostgresCounterCache(BaseCache):
    """As much of a cache as `django_ratelimit.core.get_usage` uses: `add`, then `incr` or `get` of what `add` counted.

    And `hit_all`, for who counts several at once.
    """

    def __init__(self, table: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._counted = threading.local()

    def add(self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Add `value` to the counter. False where it was begun already; its count is then kept for `incr`."""
        name = self.make_and_validate_key(key, version)
        hits = self._hit([(name, value, self._expires(timeout))])[name]
        self._counted.last = (name, hits)
        return bool(hits == value)

    def hit_all(self, timeouts: Mapping[str, float]) -> list[int]:
        """Add 1 to each of these different counters, in one statement; the counts then."""
        names = [self.make_and_validate_key(key) for key in timeouts]
        ends = [self._expires(timeout) for timeout in timeouts.values()]
        counts = self._hit([(name, 1, expires) for name, expires in zip(names, ends, strict=True)])
        return [counts[name] for name in names]

    def _expires(self, timeout: float | None) -> datetime:
        """The backend's time-out is a moment in epoch seconds; a counter always has one."""
        return datetime.fromtimestamp(self.get_backend_timeout(timeout) or 0, UTC)

    def _hit(self, rows: list[tuple[str, Any, datetime]]) -> dict[str, int]:
        with connection.cursor() as cursor:
            cursor.execute(HITS.format(rows=", ".join([ROW] * len(rows))), [value for row in rows for value in row])
            return dict(cursor.fetchall())

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


class RedisCounterCache(RedisCache):
    """Django's own, which has no pipeline and waits long for a server that hangs."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        waits = {"socket_timeout": REDIS_TIMEOUT_SECONDS, "socket_connect_timeout": REDIS_TIMEOUT_SECONDS}
        super().__init__(server, {**params, "OPTIONS": {**waits, **params.get("OPTIONS", {})}})

    def hit_all(self, timeouts: Mapping[str, float]) -> list[int]:
        """Add 1 to each of these different counters, in one round trip; the counts then."""
        with self._cache.get_client(write=True).pipeline() as pipeline:
            for key, seconds in timeouts.items():
                name = self.make_and_validate_key(key)
                pipeline.set(name, 0, ex=int(seconds), nx=True)
                pipeline.incr(name)
            return list(pipeline.execute()[1::2])


# What counts several at once, in `settings.CACHES`.
Counter = PostgresCounterCache | RedisCounterCache
