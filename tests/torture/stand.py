"""A whole service of its own, and SIGKILL for each part of it. PostgreSQL is as it comes: fsync and synchronous_commit on."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.journeys.ports import HOST, free_port
from wallet_service import local_postgres, local_secrets

Process = subprocess.Popen[bytes]


class Stand:
    """Everything in it was started by it, is killed by its process id, and is gone when it is closed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}/wp-json/walletpro/v1"
        self.postgres = local_postgres.LocalPostgres(folder / "pg")
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}},
            "DATA_DIR": str(folder),
            "DATABASE_URL": self.postgres.url(),
            "RATE_LIMITS": "off",
            "LOG_LEVEL": "CRITICAL",
            # So often that a kill of the worker meets one at work.
            "SEAL_EVERY_SECONDS": "1",
        }
        self.web: Process | None = None
        self.worker: Process | None = None
        self.kills: list[str] = []
        self._deck: list[str] = []

    def open(self) -> None:
        """PostgreSQL, and a `DATA_DIR` whose secrets are this stand's own."""
        local_secrets.ensure(self.folder)
        (self.folder / "static").mkdir()
        self.postgres.start()

    def start(self) -> None:
        """Web server and worker, until the web server answers."""
        self.start_web()
        self.start_worker()
        wait_until(lambda: is_open(self.port), "the web server")

    def close(self) -> None:
        for process in (self.web, self.worker):
            kill_group(process)
        self.postgres.stop()

    def run(self, *command: str, timeout: int = 120) -> str:
        """Run a command of the service to its end, and insist that it goes well."""
        done = subprocess.run(
            [sys.executable, *command],
            env=self.environment,
            cwd=local_secrets.PROJECT,
            timeout=timeout,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} exits {done.returncode}:\n{done.stdout.strip()}")
        return str(done.stdout)

    def start_web(self) -> None:
        address = ("--host", HOST, "--port", str(self.port))
        size = ("--workers", "2", "--blocking-threads", "2", "--no-ws", "--respawn-failed-workers", "--log-level", "critical")
        self.web = self._start("-m", "granian", "--interface", "wsgi", *address, *size, "wallet_service.wsgi:application")

    def start_worker(self) -> None:
        self.worker = self._start("manage.py", "worker")

    def _start(self, *command: str) -> Process:
        with (self.folder / "processes.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *command],
                env=self.environment,
                cwd=local_secrets.PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill_something(self, dice: Random) -> None:
        """SIGKILL, and up again at once. Each way has its turn before one has its second."""
        ways: dict[str, Callable[[], None]] = {
            "web": self.kill_web,
            "web worker": lambda: self.kill_web_worker(dice),
            "PostgreSQL": self.kill_postgres,
            "backend": lambda: self.kill_backend(dice),
            "worker": self.kill_worker,
            "everything": self.kill_everything,
        }
        self._deck = self._deck or dice.sample(list(ways), len(ways))
        name = self._deck.pop()
        ways[name]()
        self.kills.append(name)

    def kill_web(self) -> None:
        kill_group(self.web)
        self.start_web()

    def kill_web_worker(self, dice: Random) -> None:
        """One of granian's processes; it starts another."""
        if self.web and (children := children_of(self.web.pid)):
            kill(dice.choice(children))

    def kill_postgres(self) -> None:
        self.end_postgres()
        self.postgres.start()

    def end_postgres(self) -> None:
        if server := self._postmaster():
            kill(server)

    def kill_backend(self, dice: Random) -> None:
        """One process of PostgreSQL: the others are ended by it, and it recovers by itself."""
        server = self._postmaster()
        if server and (children := children_of(server)):
            kill(dice.choice(children))

    def kill_worker(self) -> None:
        kill_group(self.worker)
        self.start_worker()

    def kill_everything(self) -> None:
        self.end_postgres()
        for process in (self.web, self.worker):
            kill_group(process)
        self.postgres.start()
        self.start_web()
        self.start_worker()

    def _postmaster(self) -> int | None:
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int((self.postgres.data / "postmaster.pid").read_text().split()[0])
        return None


def is_open(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_until(is_so: Callable[[], bool], what: str, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what} does not come")
        time.sleep(0.1)


def children_of(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def kill_group(process: Process | None) -> None:
    """A process that was started in a session of its own, with all that it started."""
    if process is not None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
