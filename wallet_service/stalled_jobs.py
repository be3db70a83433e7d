"""Jobs that a worker began and did not live to end."""

from django.db import IntegrityError, connection, transaction

STALLED_AFTER_SECONDS = 60

# A worker that stops forgets its jobs; one that was killed only stops sending heartbeats.
STALLED = """
SELECT job.id FROM procrastinate_jobs job LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
WHERE job.status = 'doing'
  AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => %s))
ORDER BY job.id LIMIT 1000"""
RETRY = "SELECT procrastinate_retry_job_v2(%s, now(), NULL, NULL, NULL)"
GIVE_UP = "SELECT procrastinate_finish_job_v1(%s, 'aborted', true)"


def retry_stalled_jobs() -> int:
    """Put jobs of workers that are gone back into their queue; how many.

    Not where the schedule has queued the same job again already: that run makes up for this one.
    """
    with connection.cursor() as cursor:
        cursor.execute(STALLED, [STALLED_AFTER_SECONDS])
        stalled = [row[0] for row in cursor.fetchall()]
    for job_id in stalled:
        _retry(job_id)
    return len(stalled)


def _retry(job_id: int) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(RETRY, [job_id])
    except IntegrityError:
        with connection.cursor() as cursor:
            cursor.execute(GIVE_UP, [job_id])
