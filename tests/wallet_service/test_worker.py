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
from django.utils import timezone
from procrastinate.contrib.django import DjangoApp
from procrastinate.contrib.django import app as django_app

from wallet_service import asked_jobs, worker
from wallet_service.jobs import JOBS, LEDGER, VERIFICATION, Job
from wallet_service.models import JobRun
from wallet_service.schedules import daily, every
from wallet_service.settings import PROCRASTINATE_PERIODIC_DEFAULTS
from wallet_service.stopping import go_on

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
    end_its_connections()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, procrastinate_workers")


def end_its_connections() -> int:
    """Those to this database: another process may be trying a worker of its own."""
    backends = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
    return rows(f"SELECT pg_terminate_backend(pid, 5000) {backends}", NAME)


def wait_for_every_run(seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while missing := {job.name for job in JOBS}.difference(names_of_runs()):
        assert time.monotonic() < deadline, missing
        time.sleep(0.05)


def names_of_runs() -> set[str]:
    return set(JobRun.objects.exclude(outcome="").values_list("name", flat=True))


def rows(statement: str, *values: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return len(cursor.fetchall())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_runs_every_job_and_stops(start: Callable[..., Worker], number: signal.Signals):
    started = start()
    wait_for_every_run()

    assert started.stop(number) == 0
    assert started.said() == ""
    assert set(JobRun.objects.values_list("outcome", flat=True)) == {"ok"}
    assert rows("SELECT 1 FROM procrastinate_jobs") == 0
    assert rows("SELECT 1 FROM procrastinate_workers") == 0


def test_outlives_the_loss_of_all_its_connections(start: Callable[..., Worker]):
    started = start()
    wait_for_every_run()
    JobRun.objects.all().delete()

    assert end_its_connections() > 0
    for job in JOBS:
        django_app.configure_task(job.name).defer(timestamp=0)
    wait_for_every_run()
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
        monkeypatch.setattr(asked_jobs, "app", app)
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
        ended.append(JobRun.objects.exclude(outcome="").count())

    work(Job("slow", every(1), stop_and_go_on))

    assert ended == [0]
    assert JobRun.objects.get().outcome == "ok"
    assert rows("SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'") == 0


def test_a_long_job_that_is_interrupted_is_put_back_for_the_next_worker(work: Callable[..., None]):
    ends = []

    def go_on_for_ever() -> None:
        for _ in range(200):
            stop()
            time.sleep(0.05)
            go_on(1)
        ends.append("ended")

    work(Job("long", daily(3), go_on_for_ever, queue=VERIFICATION))

    assert ends == []
    assert JobRun.objects.get().outcome == ""
    assert rows("SELECT 1 FROM procrastinate_jobs WHERE status = 'todo' AND task_name = 'long'") == 1

    work(Job("long", daily(3), stop, queue=VERIFICATION))
    assert JobRun.objects.get().outcome == "ok"


def test_lists_every_job_before_it_has_run(work: Callable[..., None]):
    listed: list[tuple[str, str, object]] = []

    def look() -> None:
        listed.extend(JobRun.objects.values_list("name", "outcome", "finished_at"))
        stop()

    work(Job("look", every(1), look), Job("never", every(1), lambda: None, queue="nobody's"))

    assert ("never", "", None) in listed


def test_runs_a_job_that_was_asked_for(work: Callable[..., None]):
    """Once: what waits in its queue already is the run that was asked for."""
    ran = []

    def ask() -> None:
        JobRun.objects.filter(name="nightly").update(asked_at=timezone.now(), outcome="")

    def run() -> None:
        ran.append(1)
        if len(ran) == 2:
            stop()
        else:
            ask()

    work(Job("nightly", daily(3), run), Job("start", every(1), asked_jobs.start_asked_jobs))

    assert len(ran) == 2
    assert JobRun.objects.get(name="nightly").asked_at is None


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
        if not JobRun.objects.filter(name="look", outcome="ok").exists():
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
        "OPTIONS": {"pool": {"min_size": 1, "max_size": len(JOBS) + 1 + worker.FOR_CALLS, "timeout": 5}},
    }
