"""Running a job now: somebody asks for it in the admin, and a worker queues what was asked for.

What is asked for stands in the job's own row: the web's database role may write that column, and nothing into the queue.
"""

import json
import time

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from audit.acts import ActName
from audit.services import record
from wallet_service.models import JobRun

TAKE = "UPDATE wallet_service_jobrun SET asked_at = NULL WHERE asked_at IS NOT NULL RETURNING name"
QUEUE = """
SELECT procrastinate_defer_jobs_v1(
    ARRAY[ROW(%(queue)s, %(name)s, 0, NULL, %(lock)s, %(args)s, NULL)]::procrastinate_job_to_defer_v1[]
)"""


@transaction.atomic(savepoint=False)
def ask_for_job(*, name: str, actor: str) -> None:
    """Have a worker run the job of this name as soon as it can. Asking twice is asking once."""
    JobRun.objects.filter(pk=name).update(asked_at=timezone.now())
    record(ActName.JOB_ASKED, actor=actor, subject=f"job:{name}")


def start_asked_jobs() -> int:
    """Queue the jobs that were asked for; how many. One that waits in its queue already is as good."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TAKE)
        names = [row[0] for row in cursor.fetchall()]
        return sum(_queue(name) for name in names)


def _queue(name: str) -> bool:
    """Whether there is a job of this name: rows outlive those that are taken off the schedule."""
    task = app.tasks.get(name)
    if task is None:
        return False
    facts = {"queue": task.queue, "name": name, "lock": task.queueing_lock, "args": json.dumps({"timestamp": int(time.time())})}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(QUEUE, facts)
    except IntegrityError:
        return False
    return True
