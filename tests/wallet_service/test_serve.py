"""`manage.py serve` for real: processes, signals, a port. `make run` is this command and nothing else."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from constance.codecs import dumps

from tests.journeys.ports import free_port
from wallet_service.api.redaction import REDACTED
from wallet_service.local_postgres import for_data_dir

GATEWAY = "/wp-json/cmmpexapi/v1"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
CALLS = (
    ("GET", GATEWAY + "/charge_wallet?wallet_id=123&points=1&key={key}"),
    ("GET", GATEWAY + "/charge_wallet/?KEY%5B%5D={key}&key={key}&wallet_id=nobody&points=1"),
    ("GET", GATEWAY + "/charge_wallet&wallet_id=123&points=1&key={key}"),
    ("POST", GATEWAY + "/withdraw_wallet_points", FORM, "wallet_id=123&points=1&key={key}"),
    ("POST", GATEWAY + "/wallet_has_enough_points", JSON, '{{"wallet_id": 123, "points": 1, "key": "{key}"}}'),
    ("DELETE", GATEWAY + "/charge_wallet?key={key}"),
)
WRITTEN = (
    "SELECT path || query || request_body || response_body FROM audit_requestlog UNION ALL SELECT act.*::text FROM audit_act act"
)
PROJECT = Path(__file__).parents[2]
START_SECONDS = 120
STOP_SECONDS = 40


class Service:
    """`serve` in a session of its own, as a terminal would run it."""

    def __init__(self, data_dir: Path, port: int, **variables: str) -> None:
        self.data_dir = data_dir
        self.port = port
        self.log = data_dir.parent / f"{port}.log"
        inherited = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "HOST", "DEMO"}}
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=PROJECT,
                env={**inherited, "DATA_DIR": str(data_dir), "PORT": str(port), **variables},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self) -> str:
        return self.log.read_text()

    def wait_until_it_says(self, words: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while words not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.02)

    def press(self, number: signal.Signals) -> None:
        """What a terminal does: a signal to the whole group."""
        os.killpg(self.process.pid, number)

    def end(self) -> int:
        return self.process.wait(STOP_SECONDS)

    def ask(self, method: str, path: str, kind: str = "", body: str = "") -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, {"Content-Type": kind} if kind else {})
            return connection.getresponse().read()
        finally:
            connection.close()

    def status(self, host: str = "127.0.0.1") -> int:
        connection = http.client.HTTPConnection(host, self.port, timeout=10)
        try:
            connection.request("GET", "/account/login/")
            return connection.getresponse().status
        finally:
            connection.close()


@contextlib.contextmanager
def new_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="wallet-") as name:
        # As root, PostgreSQL runs as another user, who has to pass through.
        Path(name).chmod(0o711)
        folder = Path(name) / "data"
        try:
            yield folder
        finally:
            for_data_dir(folder).stop()


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder that is not there: the service starts from nothing."""
    with new_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def first_run() -> Iterator[Service]:
    """The service as it served from nothing, and stopped."""
    with new_folder() as folder, running(folder, free_port()) as service:
        service.wait_until_it_says("The wallet service is at")
        service.press(signal.SIGTERM)
        assert service.end() == 0
        yield service


@pytest.fixture
def used_data_dir(data_dir: Path, first_run: Service) -> Path:
    """A folder that the service has served from before, the demo shop in it: seconds sooner than from nothing."""
    copy_of(first_run, data_dir)
    return data_dir


def copy_of(service: Service, folder: Path) -> None:
    """By cp: what belongs to the user that PostgreSQL runs as stays his."""
    subprocess.run(["cp", "-a", str(service.data_dir), str(folder)], check=True)


@pytest.fixture
def port() -> int:
    return free_port()


@contextlib.contextmanager
def running(data_dir: Path, port: int, **variables: str) -> Iterator[Service]:
    service = Service(data_dir, port, **variables)
    try:
        yield service
    finally:
        if service.process.poll() is None:
            service.process.terminate()
            service.end()


def assert_nothing_is_left(service: Service) -> None:
    assert not for_data_dir(service.data_dir).is_running()
    assert not list(service.data_dir.glob("pg*/data/postmaster.pid"))
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        trial.bind(("127.0.0.1", service.port))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_serves_and_stops_everything(used_data_dir: Path, port: int, number: signal.Signals):
    if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
        pytest.skip("under nohup, which the service respects")
    with running(used_data_dir, port) as service:
        service.wait_until_it_says(f"The wallet service is at http://127.0.0.1:{port}/")
        assert service.status() == 200
        assert for_data_dir(used_data_dir).is_running()

        service.press(number)

        assert service.end() == 0
        assert "Traceback" not in service.said()
        assert_nothing_is_left(service)


def test_keeps_its_data_for_the_next_run(used_data_dir: Path, first_run: Service):
    with running(used_data_dir, first_run.port) as second:
        second.wait_until_it_says("The wallet service is at")
        second.press(signal.SIGINT)
        assert second.end() == 0

        # What granian says when it has to end a worker that is still starting is not compared.
        printed = first_run.said().partition("Stopping.")[0].replace(str(first_run.data_dir), str(used_data_dir))
        assert second.said().partition("Stopping.")[0] == printed


@pytest.mark.parametrize("seconds", [0.8, 1.0, 1.3, 1.7, 2.5])
def test_stops_at_any_moment_also_when_told_twice(data_dir: Path, port: int, seconds: float):
    with running(data_dir, port) as service:
        time.sleep(seconds)
        # Not SIGINT: tests that a shell runs in the background begin with that ignored, until the command listens.
        service.press(signal.SIGTERM)
        time.sleep(0.05)
        with contextlib.suppress(ProcessLookupError):
            service.press(signal.SIGTERM)

        # The system itself ends it as long as the command has not begun.
        assert service.end() == 0 or not list(data_dir.glob("pg*"))
        assert_nothing_is_left(service)


def test_says_so_when_the_port_is_taken(data_dir: Path, port: int):
    with socket.create_server(("127.0.0.1", port)), running(data_dir, port) as service:
        assert service.end() == 1

        assert service.said().count("\n") == 1
        assert f"Port {port} is taken" in service.said()
        assert f"make run PORT={port + 1}" in service.said()


def test_ends_with_an_error_when_the_web_server_dies(used_data_dir: Path, port: int):
    with running(used_data_dir, port) as service:
        service.wait_until_it_says("The wallet service is at")
        os.kill(web_server_of(service), signal.SIGKILL)

        assert service.end() == 1
        assert "The web server ended by itself." in service.said()
        assert_nothing_is_left(service)


def web_server_of(service: Service) -> int:
    return child_of(service, b"granian")


def child_of(service: Service, name: bytes) -> int:
    children = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children")
    if not children.exists():
        pytest.skip("reads the process table")
    return next(int(child) for child in children.read_text().split() if name in Path(f"/proc/{child}/cmdline").read_bytes())


def test_starts_the_worker_again_when_that_dies_then_postgres_and_all_go_on(used_data_dir: Path, port: int):
    with running(used_data_dir, port, DEMO="off") as service:
        service.wait_until_it_says("The wallet service is at")
        first = child_of(service, b"worker")
        os.kill(first, signal.SIGKILL)

        service.wait_until_it_says("The worker ended by itself (SIGKILL); it is started again in 1 s.")
        wait_until(lambda: child_of(service, b"worker") != first)
        assert service.status() == 200

        worker = child_of(service, b"worker")
        wait_until(lambda: jobs_that_ran(used_data_dir) > 0)
        (pid_file,) = used_data_dir.glob("pg*/data/postmaster.pid")
        os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)

        service.wait_until_it_says("PostgreSQL had ended by itself; it is started again.")
        wait_until(lambda: service.status() == 200)
        forget_runs(used_data_dir)
        wait_until(lambda: jobs_that_ran(used_data_dir) > 0, seconds=90)
        assert child_of(service, b"worker") == worker
        service.press(signal.SIGTERM)
        assert service.end() == 0
        assert "Traceback" not in service.said()
        assert_nothing_is_left(service)


def wait_until(happened: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def jobs_that_ran(data_dir: Path) -> int:
    with psycopg.connect(for_data_dir(data_dir).url()) as database:
        return len(database.execute("SELECT 1 FROM wallet_service_jobrun").fetchall())


def forget_runs(data_dir: Path) -> None:
    """Also that they were planned: a worker that begins again makes up for it, and one that goes on runs each minute."""
    with psycopg.connect(for_data_dir(data_dir).url()) as database:
        database.execute("DELETE FROM wallet_service_jobrun")
        database.execute("DELETE FROM procrastinate_periodic_defers")


@pytest.fixture(scope="class")
def loud(first_run: Service) -> Iterator[Service]:
    """Without the demo, and with all that may be said switched on: every request logged, an access log asked for."""
    said = {"LOG_LEVEL": "INFO", "GRANIAN_LOG_ACCESS_ENABLED": "true"}
    with new_folder() as folder:
        copy_of(first_run, folder)
        # Before it begins: no worker has to hear of it first.
        for_data_dir(folder).start()
        with psycopg.connect(for_data_dir(folder).url()) as database:
            database.execute("INSERT INTO constance_constance (key, value) VALUES ('request_logging', %s)", [dumps(True)])
        for_data_dir(folder).stop()
        with running(folder, free_port(), DEMO="off", RATE_LIMITS="off", **said) as service:
            service.wait_until_it_says("The wallet service is at")
            yield service


class TestWithoutTheDemo:
    def test_it_tells_how_to_make_an_administrator(self, loud: Service):
        loud.wait_until_it_says(f"DATA_DIR={loud.data_dir} .venv/bin/python manage.py createsuperuser")
        loud.wait_until_it_says("RATE_LIMITS=off")

    def test_it_refuses_a_second_one_on_the_same_data(self, loud: Service):
        with running(loud.data_dir, free_port()) as second:
            assert second.end() == 1
            assert f"Process {loud.process.pid} serves from {loud.data_dir} already" in second.said()
        assert loud.status() == 200

    def test_the_gateways_key_is_written_nowhere(self, loud: Service):
        """Neither to the screen nor into the database's own files, by whatever way it came, right or wrong."""
        right = json.loads((loud.data_dir / "demo.json").read_text())["gateway_key"]
        keys = (right, "wrong" + right[::-1])
        answers = [loud.ask(*(part.format(key=key) for part in call)) for key in keys for call in CALLS]
        with psycopg.connect(for_data_dir(loud.data_dir).url()) as database:
            told = [row for (row,) in database.execute(WRITTEN).fetchall()]
        loud.press(signal.SIGTERM)
        assert loud.end() == 0

        assert sum(answer == b'{"success":true,"message":[]}' for answer in answers) == 3
        assert sum(REDACTED in row for row in told) == len(answers)
        files = [path for path in loud.data_dir.rglob("*") if path.is_file() and path.name != "demo.json"]
        assert not [path for path in (loud.log, *files) for key in keys if key.encode() in path.read_bytes()]


def test_listens_on_ipv6(used_data_dir: Path, port: int):
    try:
        socket.create_server(("::1", port), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    with running(used_data_dir, port, HOST="::1", DEMO="off") as service:
        service.wait_until_it_says(f"The wallet service is at http://[::1]:{port}/")

        assert service.status("::1") == 200


def test_uses_the_database_it_is_given(data_dir: Path, port: int):
    with running(data_dir, port, DATABASE_URL="postgres://wallet@127.0.0.1:1/nowhere") as service:
        assert service.end() == 1

        assert "The database cannot be used" in service.said()
        assert "Traceback" not in service.said()
        assert not list(data_dir.glob("pg*"))
