"""Running a scheduled job: never twice at a time, and never without a trace."""

import contextlib
import logging
import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import Error, connection
from django.utils import timezone

from ledger.alarms import clear_alarm, raise_alarm
from wallet_service.jobs import JOBS, Job
from wallet_service.models import JobRun
from wallet_service.stopping import Interrupted

logger = logging.getLogger(__name__)

ALARM = "job_failed"
ALARM_AFTER_FAILURES = 3
TOLD_MAX = 300
KEPT = ("started_at", "finished_at", "outcome", "told", "failures", "last_success_at")

# A lock of the session, not of a row or a transaction: whoever is killed lets go of it at once.
LOCK_CLASS = 20_003
TRY_LOCK = "SELECT pg_try_advisory_lock(%s, hashtext(%s))"
UNLOCK = "SELECT pg_advisory_unlock(%s, hashtext(%s))"

# The shared jobs that this process is at.
_here: set[str] = set()
_here_lock = threading.Lock()

# What an address may hold besides a host and a path: a password before it, keys behind it.
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@|\?\S*")


def run_job(job: Job) -> None:
    """Run `job` unless it is running already, here or (where it has to be alone) elsewhere, and keep how it went.

    Raises what the service raised, after that is kept.
    """
    with _alone(job.name) if job.is_alone else _once_here(job.name) as may_run:
        if may_run:
            _run(job)


def late_jobs(now: datetime | None = None) -> list[Job]:
    """Jobs that have not ended for several times their interval, or never: no worker runs, or it hangs."""
    now = now or timezone.now()
    ended = dict(JobRun.objects.values_list("name", "finished_at"))
    return [job for job in JOBS if _is_late(job, ended.get(job.name), now)]


def _is_late(job: Job, ended_at: datetime | None, now: datetime) -> bool:
    return ended_at is None or now - ended_at > timedelta(seconds=job.schedule.late_after_seconds)


def _run(job: Job) -> None:
    started_at = timezone.now()
    try:
        result = job.service()
    except Interrupted:
        # Neither done nor failed: the next worker takes it up.
        raise
    except Exception as failure:
        _log(job, failure)
        # In autocommit: what the service had begun is rolled back, and this is not.
        if not connection.is_usable():
            connection.close()
        _keep(job, started_at, JobRun.Outcome.FAILED, f"{type(failure).__name__}: {_first_line(failure)}")
        raise
    _keep(job, started_at, JobRun.Outcome.OK, "" if result is None else job.told.format(result))


def _log(job: Job, failure: Exception) -> None:
    """With its trace, unless it is the database that failed: then every job says so."""
    logger.error("job %r failed: %s", job.name, _first_line(failure), exc_info=None if isinstance(failure, Error) else failure)


def _keep(job: Job, started_at: datetime, outcome: JobRun.Outcome, told: str) -> None:
    # Two workers may end their first run of a shared job at once.
    run, _ = JobRun.objects.get_or_create(name=job.name)
    failures_before = run.failures
    run.started_at, run.finished_at = started_at, timezone.now()
    run.outcome, run.told = outcome, told[:TOLD_MAX]
    if outcome == JobRun.Outcome.OK:
        run.failures, run.last_success_at = 0, run.finished_at
    else:
        run.failures += 1
    # What somebody asks for meanwhile stands in the same row.
    run.save(update_fields=KEPT)
    if run.failures >= ALARM_AFTER_FAILURES:
        raise_alarm(ALARM, job.name, f"failed {run.failures} times running: {run.told}")
    elif failures_before and not run.failures:
        clear_alarm(ALARM, job.name)


def _first_line(failure: BaseException) -> str:
    """What an error says, without its details and without what might be a secret in an address."""
    lines = str(failure).replace("\0", "").strip().splitlines()
    return _CREDENTIALS.sub("", lines[0])[:TOLD_MAX] if lines else ""


@contextlib.contextmanager
def _once_here(name: str) -> Iterator[bool]:
    """Whether this process is not at the job of this name: whatever the schedule queues, it holds one thread."""
    with _here_lock:
        is_free = name not in _here
        _here.add(name)
    try:
        yield is_free
    finally:
        if is_free:
            _here.discard(name)


@contextlib.contextmanager
def _alone(name: str) -> Iterator[bool]:
    """Whether nobody else runs the job of this name; nobody will until this is left."""
    with connection.cursor() as cursor:
        cursor.execute(TRY_LOCK, [LOCK_CLASS, name])
        row = cursor.fetchone()
    assert row is not None
    session = connection.connection
    try:
        yield row[0]
    finally:
        # A session that broke has lost the lock by itself.
        if row[0] and connection.connection is session and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute(UNLOCK, [LOCK_CLASS, name])
