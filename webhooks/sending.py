"""One attempt: signed, sent through the guard, and what came of it."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings

from ledger.outbound import Connection, OutboundFailed
from webhooks.models import ANSWER_BYTES_MAX
from webhooks.signing import Message, signed_headers

ERROR_MAX = 200
KEPT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt went: a status and the beginning of the answer, or why there is none."""

    at: datetime
    duration_ms: int
    status: int | None = None
    answer: str = ""
    error: str = ""

    @property
    def is_success(self) -> bool:
        """Any 2xx. A redirect is none: it would lead the signature to where nobody typed it in."""
        return self.status is not None and 200 <= self.status < 300


def attempt(message: Message, *, url: str, secrets: Sequence[str], connections: "Connections") -> Outcome:
    """Send `message` once. Hold no row lock and no transaction meanwhile."""
    now, began = datetime.now(UTC), time.monotonic()
    body = message.body
    headers = signed_headers(message, body, secrets, now)
    seconds = settings.WEBHOOK_TIMEOUT_SECONDS
    try:
        with connections.to(url) as connection:
            answer = connection.send(
                "POST", body=body.encode(), headers=headers, deadline_seconds=seconds, bytes_max=ANSWER_BYTES_MAX
            )
    except OutboundFailed as failure:
        return Outcome(now, _milliseconds(began), error=str(failure)[:ERROR_MAX])
    # PostgreSQL's texts have no NUL.
    return Outcome(now, _milliseconds(began), answer.status, answer.text.replace("\0", "\N{REPLACEMENT CHARACTER}"))


def _milliseconds(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


class Connections:
    """Connections that are kept open between calls, by the address that they lead to."""

    def __init__(self) -> None:
        # With the time until which each may be used: what its host's name leads to may change.
        self._idle: dict[str, list[tuple[float, Connection]]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def to(self, url: str) -> Iterator[Connection]:
        """One that nobody else uses meanwhile.

        Raises:
            OutboundFailed: such an address is not called.
        """
        with self._lock:
            idle = self._idle.get(url)
            until, connection = idle.pop() if idle else (time.monotonic() + KEPT_SECONDS, None)
        connection = connection or Connection(url)
        try:
            yield connection
        finally:
            with self._lock:
                self._idle.setdefault(url, []).append((until, connection))

    def close(self, *, all_of_them: bool = False) -> None:
        """Close those whose time is over."""
        now = time.monotonic()
        with self._lock:
            over = [kept for idle in self._idle.values() for kept in idle if all_of_them or kept[0] < now]
            left = {url: [kept for kept in idle if not all_of_them and kept[0] >= now] for url, idle in self._idle.items()}
            self._idle = {url: idle for url, idle in left.items() if idle}
        for _, connection in over:
            connection.close()
