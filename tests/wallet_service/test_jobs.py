"""The scheduled jobs: each runs alone, leaves a trace, and is heard of when it keeps failing."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection, connections
from django.utils import timezone

from apikeys.models import OauthNonce
from apikeys.services import mint_key
from idempotency.models import Claim
from ledger.models import Alarm
from payments import reloads
from people.models import User
from wallet_service import forgetting
from wallet_service.job_runs import ALARM, late_jobs, run_job
from wallet_service.jobs import JOBS, Job
from wallet_service.models import JobRun, RateCounter
from wallet_service.schedules import every
from wallet_service.stalled_jobs import retry_stalled_jobs
from wallet_service.stopping import Interrupted
from webhooks import delivering

HOUR = timedelta(hours=1)


def job(service: Callable[[], object], told: str = "{}", *, is_alone: bool = True) -> Job:
    return Job("test", every(5), service, told, is_alone=is_alone)


def fail() -> None:
    raise RuntimeError("no answer from https://user:secret@example.test/log?key=secret\nand a detail: secret")


def fails(times: int) -> None:
    for _ in range(times):
        with pytest.raises(RuntimeError):
            run_job(job(fail))


@pytest.mark.django_db
class TestEveryRun:
    def test_leaves_what_it_did(self):
        before = timezone.now()
        run_job(job(lambda: 3, "{} keys deleted"))

        run = JobRun.objects.get()
        assert (run.name, run.outcome, run.told, run.failures) == ("test", "ok", "3 keys deleted", 0)
        assert run.started_at
        assert run.finished_at
        assert before < run.started_at < run.finished_at == run.last_success_at

    def test_says_nothing_where_the_service_says_nothing(self):
        run_job(job(lambda: None))

        assert JobRun.objects.get().told == ""

    def test_that_failed_leaves_why_without_secrets(self, caplog: pytest.LogCaptureFixture):
        run_job(job(lambda: None))
        succeeded_at = JobRun.objects.get().finished_at
        fails(1)

        run = JobRun.objects.get()
        assert (run.outcome, run.failures, run.last_success_at) == ("failed", 1, succeeded_at)
        assert run.told == "RuntimeError: no answer from https://example.test/log"
        assert caplog.messages == ["job 'test' failed: no answer from https://example.test/log"]
        assert not Alarm.objects.exists()

    def test_raises_an_alarm_at_the_third_failure_and_clears_it_with_the_next_success(self):
        fails(3)

        alarm = Alarm.objects.open().get()
        assert (alarm.name, alarm.subject) == (ALARM, "test")
        assert alarm.message.startswith("failed 3 times running: RuntimeError: no answer")

        run_job(job(lambda: None))
        assert not Alarm.objects.open().exists()
        assert JobRun.objects.get().failures == 0

    def test_that_a_stopping_worker_gave_up_is_no_run(self):
        def give_up() -> None:
            raise Interrupted

        with pytest.raises(Interrupted):
            run_job(job(give_up))

        assert not JobRun.objects.exists()

    def test_leaves_alone_that_somebody_asks_for_the_next(self, monkeypatch: pytest.MonkeyPatch):
        save = JobRun.save

        def asked_meanwhile(run: JobRun, **how: Any) -> None:
            JobRun.objects.filter(pk=run.pk).update(asked_at=timezone.now())
            save(run, **how)

        run_job(job(lambda: None))
        monkeypatch.setattr(JobRun, "save", asked_meanwhile)
        run_job(job(lambda: None))

        assert JobRun.objects.get().asked_at

    def test_forgives_failures_that_were_not_one_after_the_other(self):
        fails(2)
        run_job(job(lambda: None))
        fails(2)

        assert not Alarm.objects.exists()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
class TestOnItsOwn:
    def test_the_trace_outlives_what_the_job_had_begun(self):
        def begin_and_fail() -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT nonsense")

        with pytest.raises(Exception, match="nonsense"):
            run_job(job(begin_and_fail))

        assert JobRun.objects.get().told == 'ProgrammingError: column "nonsense" does not exist'

    def test_the_trace_outlives_the_connection(self):
        def lose_the_connection() -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

        with pytest.raises(OperationalError):
            run_job(job(lose_the_connection))

        assert JobRun.objects.get().outcome == "failed"
        assert locks() == 0

    def test_no_job_runs_twice_at_a_time(self, elsewhere: Callable[[Callable[[], None]], None]):
        ran = []

        def run_it_again() -> None:
            ran.append("first")
            elsewhere(lambda: run_job(job(lambda: ran.append("second"))))

        run_job(job(run_it_again))
        run_job(job(lambda: ran.append("third")))

        assert ran == ["first", "third"]
        assert locks() == 0

    def test_a_shared_job_runs_beside_another_workers_and_once_in_each(self, elsewhere: Callable[[Callable[[], None]], None]):
        ran = []

        def run_it_again() -> None:
            ran.append("first")
            elsewhere(lambda: run_job(job(lambda: ran.append("here again"), is_alone=False)))
            assert locks() == 0

        run_job(job(run_it_again, is_alone=False))
        run_job(job(lambda: ran.append("third"), is_alone=False))

        assert ran == ["first", "third"]

    def test_a_shared_job_that_failed_lets_go(self):
        for _ in range(2):
            with pytest.raises(RuntimeError):
                run_job(job(fail, is_alone=False))

        assert JobRun.objects.get().failures == 2

    def test_a_job_that_failed_lets_go(self):
        fails(1)

        assert locks() == 0


@pytest.fixture
def elsewhere() -> Callable[[Callable[[], None]], None]:
    """Run something on a connection of its own."""

    def run(work: Callable[[], None]) -> None:
        def with_connection() -> None:
            try:
                work()
            finally:
                connections.close_all()

        thread = threading.Thread(target=with_connection)
        thread.start()
        thread.join(10)
        assert not thread.is_alive()

    return run


def locks() -> int:
    with connection.cursor() as cursor:
        # Of this database: other tests run beside, on the same server.
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 20003"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.django_db
class TestForgets:
    @pytest.fixture(autouse=True)
    def _small_batches(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(forgetting, "BATCH", 2)

    def test_rate_windows_that_are_over(self):
        for number, expires in enumerate((-HOUR, -HOUR, -HOUR, HOUR)):
            RateCounter.objects.create(key=str(number), hits=1, expires=timezone.now() + expires)

        assert forgetting.forget_rate_windows() == 3
        assert RateCounter.objects.get().key == "3"
        assert forgetting.forget_rate_windows() == 0

    def test_idempotency_keys_past_their_lifetime(self):
        for hours in (25, 25, 25, 23):
            Claim.objects.create(caller="x", key=uuid4(), fingerprint=b"", created_at=timezone.now() - hours * HOUR)

        assert forgetting.forget_claims() == 3
        assert Claim.objects.count() == 1

    def test_nonces_of_calls_that_nobody_could_repeat(self, alice: User):
        key, _ = mint_key(owner=alice, scope="read", description="test", oauth_enabled=True)
        for number, minutes in enumerate((31, 31, 29)):
            used_at = timezone.now() - timedelta(minutes=minutes)
            OauthNonce.objects.create(key=key, digest=bytes([number]), used_at=used_at)

        assert forgetting.forget_oauth_nonces() == 2
        assert OauthNonce.objects.count() == 1

    def test_sessions_that_have_ended(self):
        for number, expires in enumerate((-HOUR, -HOUR, HOUR)):
            Session.objects.create(session_key=str(number), session_data="", expire_date=timezone.now() + expires)

        assert forgetting.forget_sessions() == 2
        assert Session.objects.get().session_key == "2"

    def test_jobs_that_ended_long_ago(self):
        for status, days in (("failed", 4), ("failed", 4), ("aborted", 4), ("failed", 2), ("doing", 4)):
            make_job(status, days=days)

        assert forgetting.forget_jobs() == 3
        assert job_states() == ["doing", "failed"]


@pytest.mark.django_db
class TestStalled:
    def test_jobs_of_a_killed_worker_are_put_back(self):
        make_job("doing", worker=make_worker(heartbeat="2 minutes"))
        make_job("doing")

        assert retry_stalled_jobs() == 2
        assert job_states() == ["todo", "todo"]

    def test_jobs_of_a_living_worker_are_left_alone(self):
        make_job("doing", worker=make_worker(heartbeat="30 seconds"))

        assert retry_stalled_jobs() == 0
        assert job_states() == ["doing"]

    def test_a_job_that_is_queued_again_already_is_given_up(self):
        make_job("doing", queueing_lock="seal")
        make_job("todo", queueing_lock="seal")

        assert retry_stalled_jobs() == 1
        assert job_states() == ["todo"]


def make_worker(*, heartbeat: str) -> int:
    return sql("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval) RETURNING id", heartbeat)


def make_job(status: str, *, worker: int | None = None, queueing_lock: str | None = None, days: int = 0) -> None:
    number = sql(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, worker_id, queueing_lock) VALUES ('x', 'x', %s, %s) RETURNING id",
        *(worker, queueing_lock),
    )
    for before in ("doing", status):
        if status != "todo":
            sql("UPDATE procrastinate_jobs SET status = %s::procrastinate_job_status WHERE id = %s RETURNING 1", before, number)
    sql("UPDATE procrastinate_events SET at = now() - make_interval(days => %s) WHERE job_id = %s RETURNING 1", days, number)


def sql(statement: str, *values: str | int | None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def job_states() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text FROM procrastinate_jobs ORDER BY 1")
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.django_db
class TestLate:
    def test_a_job_that_never_ran_is_late(self):
        assert late_jobs() == list(JOBS)

    def test_a_job_is_late_after_ten_times_its_interval(self):
        now = timezone.now()
        for planned in JOBS:
            JobRun.objects.create(name=planned.name, started_at=now, finished_at=now, outcome="ok")
        frequent = min(JOBS, key=lambda planned: planned.schedule.interval_seconds)
        limit = now + timedelta(seconds=frequent.schedule.interval_seconds * 10)

        assert late_jobs() == []
        assert late_jobs(limit) == []
        assert frequent in late_jobs(limit + timedelta(seconds=1))

    @pytest.mark.parametrize(
        ("name", "run_seconds"), [("deliver events", delivering.RUN_SECONDS), ("auto-reload", reloads.RUN_SECONDS)]
    )
    def test_a_run_of_a_busy_shop_ends_before_its_job_is_late(self, name: str, run_seconds: float):
        """Late is said of a worker that hangs, not of one that has much to do."""
        [job] = [planned for planned in JOBS if planned.name == name]

        assert run_seconds + job.schedule.interval_seconds < 0.7 * job.schedule.late_after_seconds


def test_no_two_jobs_share_a_name():
    assert len({planned.name for planned in JOBS}) == len(JOBS)
