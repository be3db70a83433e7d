import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from wallet_service.local_postgres import LocalPostgres, LocalPostgresError, for_data_dir
from wallet_service.postgres_programs import DISGUISE, exit_code, find_programs, major_of

PROJECT = Path(__file__).parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may be in this trouble")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder others may pass through, as pytest's own may not: root's PostgreSQL runs as somebody else."""
    with tempfile.TemporaryDirectory(prefix="wallet-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture
def postgres(folder: Path) -> Iterator[LocalPostgres]:
    with stopped_at_the_end(LocalPostgres(folder / "pg", unsafe=True)) as server:
        yield server


@contextlib.contextmanager
def stopped_at_the_end(server: LocalPostgres) -> Iterator[LocalPostgres]:
    try:
        yield server
    finally:
        with contextlib.suppress(LocalPostgresError):
            server.destroy()


def ask(server: LocalPostgres, statement: str) -> object:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def postmaster(server: LocalPostgres) -> int:
    return int((server.data / "postmaster.pid").read_text().split()[0])


def test_a_url_is_known_before_anything_is_started_or_written(folder: Path):
    server = for_data_dir(folder / "data")

    assert server.url() == f"postgres://wallet@/postgres?host={str(server.sockets).replace('/', '%2F')}"
    assert not server.is_running()
    assert not (folder / "data").exists()


def test_starts_once_and_answers_at_once(postgres: LocalPostgres):
    assert postgres.start()
    assert ask(postgres, "SELECT 1") == 1
    assert not postgres.start()
    assert postgres.is_running()


def test_speaks_utf8_and_utc_and_never_tcp(postgres: LocalPostgres):
    postgres.start()

    assert ask(postgres, "SHOW server_encoding") == "UTF8"
    assert ask(postgres, "SHOW timezone") == "UTC"
    assert ask(postgres, "SHOW listen_addresses") == ""
    assert ask(postgres, "SHOW max_connections") == "100"
    assert postgres.sockets.stat().st_mode & 0o777 == 0o700


def test_is_safe_unless_a_test_asks_for_speed(folder: Path):
    with stopped_at_the_end(LocalPostgres(folder / "pg")) as server:
        server.start()

        assert ask(server, "SHOW fsync") == "on"
        assert ask(server, "SHOW synchronous_commit") == "on"


def test_keeps_the_data_when_stopped_and_started(postgres: LocalPostgres):
    postgres.start()
    ask(postgres, "CREATE TABLE kept AS SELECT 42 AS answer")
    postgres.stop()

    assert not postgres.is_running()
    assert not (postgres.data / "postmaster.pid").exists()
    assert postgres.start()
    assert ask(postgres, "SELECT answer FROM kept") == 42


def test_stops_although_somebody_is_connected(postgres: LocalPostgres):
    postgres.start()
    with psycopg.connect(postgres.url()) as connection:
        postgres.stop()

        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert not postgres.is_running()


def test_stopping_what_never_ran_does_nothing(postgres: LocalPostgres):
    postgres.stop()

    assert not postgres.home.exists()


def test_comes_back_with_everything_after_it_was_killed(folder: Path):
    with stopped_at_the_end(LocalPostgres(folder / "pg")) as server:
        server.start()
        ask(server, "CREATE TABLE kept AS SELECT 42 AS answer")
        os.kill(postmaster(server), signal.SIGKILL)
        while server.is_running():
            time.sleep(0.02)

        assert server.start()
        assert ask(server, "SELECT answer FROM kept") == 42


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads the process table")
def test_is_not_fooled_by_another_program_with_its_old_process_id(postgres: LocalPostgres):
    postgres.start()
    pid_file = postgres.data / "postmaster.pid"
    kept = pid_file.read_text().splitlines()
    postgres.stop()
    with other_program(like=postgres.data) as number:
        pid_file.write_text("\n".join([str(number), *kept[1:]]) + "\n")

        assert postgres.start()
        assert postmaster(postgres) != number


@contextlib.contextmanager
def other_program(like: Path) -> Iterator[int]:
    user = like.stat().st_uid if os.geteuid() == 0 else None
    with subprocess.Popen(["sleep", "60"], user=user) as process:
        yield process.pid
        process.kill()


def test_of_several_that_start_it_at_once_one_does(postgres: LocalPostgres):
    code = (
        "import sys; from pathlib import Path; from wallet_service.local_postgres import LocalPostgres;"
        "print(LocalPostgres(Path(sys.argv[1]), unsafe=True).start())"
    )
    command = [sys.executable, "-c", code, str(postgres.home)]
    starters = [subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) for _ in range(4)]

    assert sorted(starter.communicate()[0].strip() for starter in starters) == ["False", "False", "False", "True"]
    assert ask(postgres, "SELECT 1") == 1


@pytest.mark.parametrize("name", ["it's a shop", 'so "called" $HOME `id`', "Käse, Brot – 日本", "x" * 120, "back\\slash"])
def test_lives_in_a_folder_of_any_name(folder: Path, name: str):
    (folder / name).mkdir(mode=0o755)
    with stopped_at_the_end(LocalPostgres(folder / name / "pg", unsafe=True)) as server:
        server.start()

        assert ask(server, "SELECT 1") == 1
        assert server.data.is_dir()
        sockets = server.sockets
    assert not sockets.exists()


def test_refuses_data_of_another_version(postgres: LocalPostgres):
    postgres.data.mkdir(parents=True)
    (postgres.data / "PG_VERSION").write_text("14\n")

    with pytest.raises(LocalPostgresError, match="holds the data of PostgreSQL 14.*WALLET_PG_BIN"):
        postgres.start()


def test_does_not_begin_empty_beside_the_data_of_another_version(folder: Path):
    (folder / "pg14" / "data").mkdir(parents=True)
    (folder / "pg14" / "data" / "PG_VERSION").write_text("14\n")

    with pytest.raises(LocalPostgresError, match="pg14 holds the data of PostgreSQL 14.*move .*pg14 away"):
        for_data_dir(folder).start()


def test_says_so_when_there_are_no_programs(postgres: LocalPostgres, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WALLET_PG_BIN", str(folder))

    assert not postgres.is_running()
    assert for_data_dir(folder).url().startswith("postgres://wallet@/postgres?host=")
    with pytest.raises(LocalPostgresError, match="WALLET_PG_BIN=.* does not hold PostgreSQL's programs"):
        postgres.start()


def test_says_why_it_did_not_start(postgres: LocalPostgres):
    postgres.start()
    postgres.stop()
    with (postgres.data / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = on\n")

    with pytest.raises(LocalPostgresError, match="did not start: .*FATAL"):
        postgres.start()


def test_says_so_when_the_folder_cannot_be_used(folder: Path):
    (folder / "file").touch()

    with pytest.raises(LocalPostgresError, match="cannot use .*DATA_DIR"):
        LocalPostgres(folder / "file" / "pg").start()


@as_root
def test_root_makes_somebody_else_run_it(postgres: LocalPostgres):
    postgres.start()

    assert postgres.data.stat().st_uid != 0


@as_root
@pytest.mark.skipif(exit_code(*DISGUISE, "true") != 0, reason="this container may not make user namespaces")
def test_root_runs_it_in_disguise_where_nobody_else_may_enter(folder: Path):
    folder.chmod(0o700)
    with stopped_at_the_end(LocalPostgres(folder / "pg", unsafe=True)) as server:
        server.start()
        ask(server, "CREATE TABLE kept AS SELECT 42 AS answer")
        server.stop()
        server.start()

        assert ask(server, "SELECT answer FROM kept") == 42
        assert server.data.stat().st_uid == 0
        assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("programs", sorted(Path("/usr/lib/postgresql").glob("1[5-9]/bin")), ids=lambda path: path.parent.name)
def test_every_installed_postgresql_will_do(folder: Path, programs: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WALLET_PG_BIN", str(programs))
    with stopped_at_the_end(for_data_dir(folder)) as server:
        assert server.home.name == f"pg{programs.parent.name}"
        server.start()

        assert ask(server, "SELECT current_setting('server_version_num')::int / 10000") == int(programs.parent.name)


def test_the_command_line_starts_shows_and_deletes(folder: Path):
    server = for_data_dir(folder)
    with stopped_at_the_end(server):
        assert command_line(folder, "status") == (3, f"Not running: {server.home}\n")
        assert command_line(folder, "start") == (0, f"Started: {server.url()}\n")
        assert command_line(folder, "start") == (0, f"Running already: {server.url()}\n")
        assert command_line(folder, "status") == (0, f"Running: {server.url()}\n")
        assert command_line(folder, "stop") == (0, "")
        assert command_line(folder, "destroy") == (0, f"Deleted {server.home}\n")
    assert not server.home.exists()


def test_the_command_line_fails_with_one_line(folder: Path):
    (folder / "file").touch()
    code, said = command_line(folder / "file", "start")

    assert code == 1
    assert said.count("\n") == 1
    assert "cannot use" in said


def command_line(data_dir: Path, *arguments: str) -> tuple[int, str]:
    answer = subprocess.run(
        [sys.executable, "-m", "wallet_service.local_postgres", *arguments],
        cwd=PROJECT,
        env={**os.environ, "DATA_DIR": str(data_dir)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return answer.returncode, answer.stdout


def test_programs_are_found_on_this_machine():
    programs = find_programs()

    assert programs is not None
    assert major_of(programs) >= 15
