"""Sweeping beside the quick rounds: it takes place, it says when it did not, and it tidies up what was repaired."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit.acts import ActName
from audit.models import Act
from audit.sealing import AuditRows
from audit.services import record
from ledger.alarms import raise_alarm
from ledger.checkpoints import services
from ledger.checkpoints.services import seal_ledger, sweep_ledger, watch_lag
from ledger.checkpoints.sources import register_source
from ledger.errors import Busy
from ledger.models import Alarm, Checkpoint, Entry, Leaf
from ledger.verifying import verify
from wallet_service.job_runs import run_job
from wallet_service.jobs import JOBS, Job
from wallet_service.models import JobRun
from wallet_service.schedules import every
from wallets.models import Wallet

Sql = Callable[[str], int]
Hold = Callable[..., AbstractContextManager[None]]

alone = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@contextmanager
def held(seconds: float = 20) -> Iterator[None]:
    """Somebody else seals: until this is left, or for so many seconds."""
    holding, release = threading.Event(), threading.Event()

    def hold() -> None:
        with services._only_sealer() as is_ours:
            assert is_ours
            holding.set()
            release.wait(seconds)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert holding.wait(20)
    try:
        yield
    finally:
        release.set()
        holder.join()


def names() -> set[str]:
    return set(Alarm.objects.open().values_list("name", flat=True))


def told() -> list[str]:
    report = verify()
    return [str(finding) for finding in [*report.findings, *report.unreadable]]


@alone
class TestInTheWay:
    @pytest.fixture
    def _impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(services, "SWEEP_WAIT_SECONDS", 1)

    def test_a_sweep_waits_for_the_round_that_is_under_way(self, moved: Wallet):
        # Longer than the connection's own lock_timeout.
        with held(seconds=3):
            assert sweep_ledger().leaves == 4

        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone() == ("2s",)

    def test_rounds_do_not_pass_a_sweep_that_waits(self, moved: Wallet):
        swept: list[int] = []

        def sweep() -> None:
            swept.append(sweep_ledger().leaves)
            connection.close()

        sweeper = threading.Thread(target=sweep)
        with held():
            sweeper.start()
            wait_for_a_waiting_sweep()
            assert seal_ledger().is_busy
        sweeper.join()

        assert swept == [4]

    @pytest.mark.usefixtures("_impatient")
    def test_a_sweep_whose_turn_never_came_is_no_success(self, moved: Wallet):
        with held(), pytest.raises(Busy):
            run_job(Job("sweep", every(minutes=1), sweep_ledger))

        run = JobRun.objects.get()
        assert (run.outcome, run.told) == ("failed", "Busy: somebody else has been sealing for 1 seconds")
        assert not Leaf.objects.exists()

    @pytest.mark.usefixtures("_impatient")
    def test_what_waits_meanwhile_is_told(self, moved: Wallet, settings: Any):
        settings.SEAL_LAG_ALARM_SECONDS = 0
        with held(), pytest.raises(Busy):
            sweep_ledger()

        assert names() == {"sealing late"}

    def test_the_lag_is_watched_each_minute_without_the_lock(self, moved: Wallet, settings: Any):
        settings.SEAL_LAG_ALARM_SECONDS = 0
        watching = [job for job in JOBS if job.service is watch_lag]
        assert [job.schedule.interval_seconds for job in watching] == [60]

        with held():
            run_job(watching[0])

        assert names() == {"sealing late"}

    @pytest.mark.usefixtures("_impatient")
    @pytest.mark.parametrize("asked", [[], ["--sweep"], ["--accept-restore", "disk lost"]])
    def test_the_command_does_not_end_with_0_for_nothing(self, moved: Wallet, asked: list[str]):
        with held(), pytest.raises(CommandError, match="nothing was signed: somebody else is sealing") as ended:
            call_command("seal_ledger", *asked)

        assert ended.value.returncode == 2

    def test_both_jobs_due_at_the_same_second(self, moved: Wallet, monkeypatch: pytest.MonkeyPatch):
        """As the worker runs them: the quick round comes first, and is at it while the sweep starts."""
        done = services._round

        def slow(*asked: Any) -> Any:
            outcome = done(*asked)
            time.sleep(1)
            return outcome

        monkeypatch.setattr(services, "_round", slow)
        jobs = {job.name: job for job in JOBS}

        def seal_here() -> None:
            run_job(jobs["seal ledger"])
            connection.close()

        seal = threading.Thread(target=seal_here)
        seal.start()
        time.sleep(0.5)
        run_job(jobs["sweep ledger"])
        seal.join()

        assert {run.name: (run.outcome, run.told) for run in JobRun.objects.all()} == {
            "seal ledger": ("ok", "4 rows sealed, checkpoint 1"),
            "sweep ledger": ("ok", "nothing new to seal"),
        }


def wait_for_a_waiting_sweep() -> None:
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_locks WHERE classid = 20004 AND NOT granted"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            if cursor.fetchone():
                return
        time.sleep(0.05)
    raise AssertionError("no sweep waits")


@pytest.mark.django_db
class TestOldKey:
    def test_is_not_retired_while_an_account_is_left_out(
        self, moved: Wallet, give: Callable[..., Entry], settings: Any, sql: Sql
    ):
        sweep_ledger()
        give(moved, 5)
        settings.LEDGER_HMAC_KEYS = f"7:{'77' * 32},{settings.LEDGER_HMAC_KEYS}"
        sql(f"UPDATE ledger_account SET balance = balance + 1 WHERE id = {moved.pk}")
        assert list(sweep_ledger().left_out) == [moved.pk]
        assert writing_key() == (1, {})
        assert names() == {"unsealable"}

        sql(f"UPDATE ledger_account SET balance = balance - 1 WHERE id = {moved.pk}")
        assert sweep_ledger().left_out == {}
        assert writing_key()[0] == 7
        assert list(writing_key()[1]) == ["1"]
        assert told() == []
        assert names() == set()

    def test_is_not_retired_while_something_under_it_waits(
        self, moved: Wallet, give: Callable[..., Entry], settings: Any, monkeypatch: pytest.MonkeyPatch
    ):
        sweep_ledger()
        give(moved, 5)
        settings.LEDGER_HMAC_KEYS = f"7:{'77' * 32},{settings.LEDGER_HMAC_KEYS}"
        with monkeypatch.context() as passing_by:
            passing_by.setattr("ledger.checkpoints.candidates._ahead", lambda size: iter(()))
            sweep_ledger()
        assert writing_key() == (1, {})

        sweep_ledger()
        assert writing_key()[0] == 7
        assert told() == []


def writing_key() -> tuple[int, dict[str, str]]:
    body = json.loads(Checkpoint.objects.latest("number").body)
    return body["ledger_key"], body["retired_ledger_keys"]


@pytest.mark.django_db
class TestRepaired:
    def test_an_account_whose_repair_leaves_nothing_to_seal(self, moved: Wallet, give: Callable[..., Entry], sql: Sql):
        sweep_ledger()
        put_by = columns_of(moved)
        give(moved, 5)
        sql(f"UPDATE ledger_entry SET actor = 'x' WHERE account_id = {moved.pk} AND sequence = 4")
        sweep_ledger()
        sweep_ledger()
        assert names() == {"unsealable"}

        # As from a backup of before.
        sql(f"DELETE FROM ledger_entry WHERE account_id = {moved.pk} AND sequence = 4")
        restore(moved, put_by, sql)
        assert str(sweep_ledger()) == "nothing new to seal"
        assert names() == set()

    def test_not_one_that_holds_no_better_than_before(self, moved: Wallet, give: Callable[..., Entry], sql: Sql):
        sweep_ledger()
        put_by = columns_of(moved)
        give(moved, 5)
        sql(f"UPDATE ledger_entry SET actor = 'x' WHERE account_id = {moved.pk} AND sequence = 4")
        sweep_ledger()

        restore(moved, {**put_by, "balance": "1"}, sql)
        raise_alarm("unsealable", "account 999999", "it is gone")
        sweep_ledger()

        assert set(Alarm.objects.open().values_list("subject", flat=True)) == {f"account {moved.pk}", "account 999999"}

    def test_an_audit_row(self, sql: Sql):
        register_source(AuditRows())
        row = an_act()
        sql(f"UPDATE audit_act SET mac = sha256(mac) WHERE id = {row.pk}")
        sweep_ledger()
        assert names() == {"audit_row_not_sealed"}

        sql(f"UPDATE audit_act SET mac = '\\x{bytes(row.mac).hex()}' WHERE id = {row.pk}")
        sweep_ledger()
        assert names() == set()

    def test_not_an_audit_row_that_is_gone(self, sql: Sql):
        register_source(AuditRows())
        row = an_act()
        sql(f"UPDATE audit_act SET mac = sha256(mac) WHERE id = {row.pk}")
        sweep_ledger()
        sql(f"DELETE FROM audit_act WHERE id = {row.pk}")
        sweep_ledger()

        assert not Act.objects.filter(pk=row.pk).exists()
        assert names() == {"audit_row_not_sealed"}


def an_act() -> Act:
    return record(ActName.KEY_REVOKED, actor="user:1 admin", subject="key:1")


def columns_of(wallet: Wallet) -> dict[str, str]:
    """An account's row, each column as text."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, value FROM ledger_account, jsonb_each_text(to_jsonb(ledger_account)) WHERE id = %s", [wallet.pk]
        )
        return dict(cursor.fetchall())


def restore(wallet: Wallet, row: dict[str, str], sql: Sql) -> None:
    changed = ", ".join(f"{name} = " + ("NULL" if value is None else f"'{value}'") for name, value in row.items() if name != "id")
    sql(f"UPDATE ledger_account SET {changed} WHERE id = {wallet.pk}")
