"""`manage.py worker` for real: it runs the jobs, ends them before itself, and outlives the database."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from procrastinate.contrib.django import DjangoApp
from procrastinate.contrib.django import app as django_app

from wallet_service import worker
from wallet_service.jobs import JOBS, LEDGER, Job, every
from wallet_service.models import JobRun
from wallet_service.settings import PROCRASTINATE_PERIODIC_DEFAULTS

PROJECT = Path(__file__).parents[2]
NAME = "worker under test"

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


class Worker:
    """The command in a process of its own, on this test's database."""

    def __init__(self, log: Path, *arguments: str) -> None:
        database = connection.settings_dict
        url = f"postgres://{database['USER']}@/{quote(str(database['NAME']))}?host={quote(str(database['HOST']), safe='')}"
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "error", "manage.py", "worker", *arguments],
                cwd=PROJECT,
                env={**os.environ, "DATABASE_URL": url, "PGAPPNAME": NAME},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)

    def said(self) -> str:
        return self.log.read_text()


@pytest.fixture
def start(transactional_db: None, tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    workers: list[Worker] = []

    def start(*arguments: str) -> Worker:
        workers.append(Worker(tmp_path / f"{len(workers)}.log", *arguments))
        return workers[-1]

    yield start
    for started in workers:
        started.process.kill()
        started.process.wait()
    tidy_up()


def tidy_up() -> None:
    """Its tables are nobody's models, so that no test's flush empties them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = %s", [NAME])
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, procrastinate_workers")


def wait_until(happened: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def names_of_runs() -> set[str]:
    return set(JobRun.objects.values_list("name", flat=True))


def rows(statement: str, *values: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return len(cursor.fetchall())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_runs_every_job_and_stops(start: Callable[..., Worker], number: signal.Signals):
    started = start()
    wait_until(lambda: names_of_runs() == {job.name for job in JOBS})

    assert started.stop(number) == 0
    assert started.said() == ""
    assert set(JobRun.objects.values_list("outcome", flat=True)) == {"ok"}
    assert rows("SELECT 1 FROM procrastinate_jobs") == 0
    assert rows("SELECT 1 FROM procrastinate_workers") == 0


def test_outlives_the_loss_of_all_its_connections(start: Callable[..., Worker]):
    started = start()
    wait_until(lambda: names_of_runs() == {job.name for job in JOBS})
    JobRun.objects.all().delete()

    assert rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", NAME) > 0
    for job in JOBS:
        django_app.configure_task(job.name).defer(timestamp=0)
    wait_until(lambda: names_of_runs() == {job.name for job in JOBS})
    assert started.stop() == 0
    assert "Traceback" not in started.said()


@pytest.fixture
def work(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """`work(job, …)`: the worker with these jobs, here, until one of them calls `stop`."""
    settings = connection.settings_dict
    before = settings["CONN_HEALTH_CHECKS"], settings["OPTIONS"]["pool"]
    close_pool()

    def work(*jobs: Job) -> None:
        app = DjangoApp(connector=django_app.connector, periodic_defaults=PROCRASTINATE_PERIODIC_DEFAULTS)
        monkeypatch.setattr(worker, "app", app)
        monkeypatch.setattr(worker, "JOBS", jobs)
        worker.register_jobs(app)
        worker.work(say=lambda line: pytest.fail(line))

    yield work
    close_pool()
    settings["CONN_HEALTH_CHECKS"], settings["OPTIONS"]["pool"] = before
    tidy_up()


def close_pool() -> None:
    database().close()
    database().close_pool()


def database() -> DatabaseWrapper:
    wrapper = connections["default"]
    assert isinstance(wrapper, DatabaseWrapper)
    return wrapper


def stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def test_finishes_what_it_is_at_before_it_stops(work: Callable[..., None]):
    ended = []

    def stop_and_go_on() -> None:
        stop()
        time.sleep(1)
        ended.append(JobRun.objects.count())

    work(Job("slow", every(1), stop_and_go_on))

    assert ended == [0]
    assert JobRun.objects.get().outcome == "ok"
    assert rows("SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'") == 0


def test_a_slow_job_holds_up_no_other_one(work: Callable[..., None]):
    sealed = threading.Semaphore(0)
    in_time = []

    def slow() -> None:
        in_time.append(all(sealed.acquire(timeout=10) for _ in range(2)))
        stop()

    work(Job("slow", every(minutes=1), slow), Job("seal", every(1), sealed.release, queue=LEDGER))

    assert in_time == [True]


def test_no_job_keeps_a_connection(work: Callable[..., None]):
    all_at_once = threading.Barrier(4)
    in_use: list[int] = []

    def meet() -> None:
        all_at_once.wait(10)

    def meet_then_look() -> None:
        if not JobRun.objects.filter(name="look").exists():
            meet()
            return
        time.sleep(0.5)
        stats = database().pool.get_stats()
        in_use.append(stats["pool_size"] - stats["pool_available"])
        stop()

    others = [Job(f"other {number}", every(minutes=59), meet) for number in range(3)]
    work(Job("look", every(1), meet_then_look), *others)

    assert JobRun.objects.filter(outcome="ok").count() == 4
    assert in_use == [1]


def test_has_a_connection_for_every_job():
    settings = {"CONN_HEALTH_CHECKS": False, "OPTIONS": {"pool": {"min_size": 1, "max_size": 4, "timeout": 5}}}
    worker.make_room(settings)

    assert settings == {
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"pool": {"min_size": 1, "max_size": len(JOBS) + 1, "timeout": 5}},
    }
