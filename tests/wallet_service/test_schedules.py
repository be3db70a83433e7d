"""When jobs run: in cron's words and in people's, when next, and from when on they are late."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from procrastinate.contrib.django import app

from wallet_service.jobs import JOBS
from wallet_service.schedules import Schedule, daily, every

SCHEDULES = [
    (every(5), "* * * * * */5", 5, "every 5 seconds"),
    (every(7), "* * * * * */7", 7, "every 7 seconds"),
    (every(59), "* * * * * */59", 59, "every 59 seconds"),
    (every(60), "*/1 * * * *", 60, "every minute"),
    (every(minutes=10), "*/10 * * * *", 600, "every 10 minutes"),
    (every(minutes=59), "*/59 * * * *", 3540, "every 59 minutes"),
    (every(hours=1), "0 */1 * * *", 3600, "every hour"),
    (every(hours=7), "0 */7 * * *", 25_200, "every 7 hours"),
    (daily(3, 17), "17 3 * * *", 86_400, "daily at 03:17 UTC"),
    (daily(0), "0 0 * * *", 86_400, "daily at 00:00 UTC"),
]


@pytest.mark.parametrize(("asked", "cron", "seconds", "words"), SCHEDULES)
def test_is_cron_with_seconds(asked: Schedule, cron: str, seconds: int, words: str):
    assert (asked.cron, asked.interval_seconds, asked.words) == (cron, seconds, words)


@pytest.mark.parametrize("seconds", [0, -5, 61, 3601, 86_400])
def test_refuses_what_cron_cannot_say(seconds: int):
    with pytest.raises(ImproperlyConfigured, match="No job can run every"):
        every(seconds)


@pytest.mark.parametrize(("hour", "minute"), [(24, 0), (-1, 0), (3, 60)])
def test_refuses_a_time_that_no_day_has(hour: int, minute: int):
    with pytest.raises(ImproperlyConfigured, match="No day has a time"):
        daily(hour, minute)


@pytest.mark.parametrize("schedule", [asked for asked, *_ in SCHEDULES], ids=lambda schedule: schedule.words)
def test_the_next_run_is_the_one_that_procrastinate_will_queue(schedule: Schedule):
    cron = type(next(iter(app.periodic_registry.periodic_tasks.values())).croniter)
    for seconds in range(0, 2 * 86_400, 997):
        moment = datetime(2026, 11, 21, tzinfo=UTC) + timedelta(seconds=seconds)
        assert schedule.next_after(moment) == cron(schedule.cron, moment).get_next(datetime), moment


@pytest.mark.parametrize(
    ("schedule", "late_after"),
    [
        (every(5), timedelta(seconds=50)),
        (every(minutes=1), timedelta(minutes=10)),
        (every(minutes=10), timedelta(minutes=100)),
        (every(hours=1), timedelta(hours=3)),
        (every(hours=12), timedelta(hours=18)),
        (daily(3), timedelta(hours=36)),
    ],
)
def test_is_late_when_somebody_should_look(schedule: Schedule, late_after: timedelta):
    assert timedelta(seconds=schedule.late_after_seconds) == late_after


def test_every_job_is_on_procrastinates_schedule():
    planned = {task.task.name: (task.cron, task.task.queue) for task in app.periodic_registry.periodic_tasks.values()}

    assert planned == {job.name: (job.schedule.cron, job.queue) for job in JOBS}
