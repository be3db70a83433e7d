"""The delivery loop: what is due is leased and sent, each queue's events in their order, many queues at a time.

One thread claims, and starts a thread for each lease; those hold no database connection
while they call. What has to outlive this process stands in the tables.
"""

import contextlib
import logging
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable

from django.conf import settings
from django.db import Error, connection

from webhooks.leasing import DeliveryLease, QueueLease, claim
from webhooks.sending import Connections
from webhooks.tallying import Tallies
from webhooks.working_off import work_off

logger = logging.getLogger(__name__)

# A run ends after so long, and the next one goes on: it tells how it went, long before its job would be called late.
RUN_SECONDS = 5
# When the worker stops, calls under way are waited for so long. Who takes longer is left to another worker.
STOP_SECONDS = 3
# How soon it is looked again for what is due: behind the end of so many leases, or of one and a pause, and while none ends.
# A look that brings one lease costs the database, which money needs too, what one costs that brings eight.
ENOUGH_LEASES, PAUSE_SECONDS, LOOK_SECONDS = 4, 0.02, 0.2
TALLY_SECONDS = 1

IsStopped = Callable[[], bool]


def deliver_waiting(*, is_stopped: IsStopped = lambda: False, linger_seconds: float = 0) -> int:
    """Deliver what is due, until nothing is, RUN_SECONDS are over, or the worker `is_stopped`; how many calls went well.

    Several workers share the work, each with one run at a time. Calls that take long do not hold up the end of a run:
    the next one hears of them. Behind something that was due a run waits `linger_seconds` for more of it: what comes
    while a shop is busy goes out as soon as while an endpoint hangs, which keeps runs going as well.
    """
    return _crew.run(is_stopped, linger_seconds)


class Crew:
    """The threads of this process, one for each lease. Of one run at a time, but they outlive it."""

    def __init__(self) -> None:
        self._connections = Connections()
        self._tallies = Tallies()
        self._tidied_at = 0.0
        # By whether the endpoint is failing.
        self._at_work: Counter[bool] = Counter()
        self._ended: queue.SimpleQueue[tuple[bool, int, Exception | None]] = queue.SimpleQueue()
        self._failure: Exception | None = None

    @property
    def is_at_work(self) -> bool:
        return self._at_work.total() > 0

    def run(self, is_stopped: IsStopped, linger_seconds: float = 0) -> int:
        """As `deliver_waiting`."""
        began, stays_until, sent = time.monotonic(), 0.0, 0
        try:
            while not is_stopped() and time.monotonic() - began < RUN_SECONDS:
                if self._take_up(is_stopped) or self.is_at_work:
                    stays_until = time.monotonic() + linger_seconds
                elif time.monotonic() >= stays_until:
                    break
                sent += self._wait(LOOK_SECONDS)
            if is_stopped():
                sent += self._wait_for_all(STOP_SECONDS)
        finally:
            self._tidy_up(is_over=True)
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure
        return sent

    def _take_up(self, is_stopped: IsStopped) -> int:
        """Lease what there is room for, and begin; how many leases those are.

        Endpoints that are failing, and may let each call wait, have a quarter of the threads at most. Another quarter
        is for those that have nothing in flight yet, whoever else answers late.
        """
        threads: int = settings.WEBHOOK_THREADS
        room = threads - self._at_work.total()
        room_failing = max(0, max(1, threads // 4) - self._at_work[True])
        leases = claim(most=room, most_failing=room_failing, kept_free=threads // 4) if room > 0 else []
        for lease in leases:
            is_failing = lease.endpoint.failing_since is not None
            self._at_work[is_failing] += 1
            # A daemon: a worker that stops does not wait for a receiver that hangs.
            threading.Thread(target=self._work, args=[lease, is_failing, is_stopped], name="webhooks", daemon=True).start()
        return len(leases)

    def _wait(self, seconds: float) -> int:
        """Until a lease has ended, and those that end with it; how many of their calls went well."""
        sent = 0
        with contextlib.suppress(queue.Empty):
            sent += self._end(*self._ended.get(timeout=seconds))
            until = time.monotonic() + PAUSE_SECONDS
            for _ in range(ENOUGH_LEASES - 1):
                sent += self._end(*self._ended.get(timeout=max(0, until - time.monotonic())))
        with contextlib.suppress(queue.Empty):
            while True:
                sent += self._end(*self._ended.get_nowait())
        if time.monotonic() - self._tidied_at > TALLY_SECONDS:
            self._tidy_up(is_over=False)
        return sent

    def _wait_for_all(self, seconds: float) -> int:
        sent, until = 0, time.monotonic() + seconds
        while self.is_at_work and time.monotonic() < until:
            sent += self._wait(LOOK_SECONDS)
        return sent

    def _tidy_up(self, *, is_over: bool) -> None:
        self._tidied_at = time.monotonic()
        self._connections.close(all_of_them=is_over and not self.is_at_work)
        self._tallies.write()

    def _end(self, is_failing: bool, sent: int, failure: Exception | None) -> int:
        self._at_work[is_failing] -= 1
        self._failure = self._failure or failure
        return sent

    def _work(self, lease: QueueLease | DeliveryLease, is_failing: bool, is_stopped: IsStopped) -> None:
        sent, failure = 0, None
        try:
            sent = work_off(lease, connections=self._connections, tallies=self._tallies, is_stopped=is_stopped)
        except Exception as bug:
            if not isinstance(bug, Error):
                logger.exception("endpoint %d: a delivery failed by our own fault", lease.endpoint.pk)
            failure = bug
        finally:
            connection.close()
            self._ended.put((is_failing, sent, failure))


_crew = Crew()
