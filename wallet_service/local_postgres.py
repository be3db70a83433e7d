"""A private PostgreSQL under DATA_DIR, for whoever has not set DATABASE_URL.

    python -m wallet_service.local_postgres {start,stop,status,psql,destroy}

It listens on a socket in a folder that only its owner can enter, never on TCP: no port to clash, no password to keep.
Importing this module and asking for a URL start nothing and write nothing.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from wallet_service.postgres_programs import (
    DISGUISE,
    LOCALE,
    LocalPostgresError,
    exit_code,
    find_programs,
    major_of,
    owner_for,
    require_programs,
)

__all__ = ["LocalPostgres", "LocalPostgresError", "for_data_dir"]

LONGEST_SOCKET_NAME = 100
RETRY_SECONDS = 15
UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def for_data_dir(data_dir: Path) -> "LocalPostgres":
    """The server that belongs to `data_dir`: each major version of PostgreSQL keeps a folder of its own there."""
    programs = find_programs()
    return LocalPostgres(data_dir / (f"pg{major_of(programs)}" if programs else "pg"))


class LocalPostgres:
    """One PostgreSQL server, its data and its sockets, in the folder `home`.

    `unsafe` is for tests: faster, and not to be trusted after a power cut.
    """

    def __init__(self, home: Path, unsafe: bool = False) -> None:
        self.home = home.resolve()
        self.data = self.home / "data"
        self.log = self.home / "server.log"
        self.sockets = _sockets_for(self.home)
        self.unsafe = unsafe

    def url(self) -> str:
        """What DATABASE_URL would say; good as soon as `start` has returned."""
        return f"postgres://wallet@/postgres?host={quote(str(self.sockets), safe='')}"

    def is_running(self) -> bool:
        """Whether the server takes connections; its process id would not tell, a killed server leaves that behind."""
        return self._pg_isready() == 0

    def is_alive(self) -> bool:
        """Whether there is a server, be it one that takes no connections while it starts or recovers."""
        return self._pg_isready() in {0, 1}

    def _pg_isready(self) -> int | None:
        programs = find_programs()
        if programs is None:
            return None
        whom = ("-U", "wallet", "-d", "postgres", "-h", str(self.sockets), "-p", "5432")
        return subprocess.run([programs / "pg_isready", "-q", *whom], stdin=subprocess.DEVNULL).returncode

    def start(self) -> bool:
        """Start the server, making its data the first time; False if it was running already.

        Raises:
            LocalPostgresError: no programs, data of another version, a folder that cannot be used.
        """
        if self.is_running():
            return False
        with _one_line_errors(self.home), self._locked():
            if self.is_running():
                return False
            _Server(self).start()
        return True

    def stop(self) -> None:
        """Stop the server, whoever is connected to it; nothing happens if it does not run."""
        if not self.home.is_dir():
            return
        with _one_line_errors(self.home), self._locked():
            if (self.data / "postmaster.pid").exists():
                _Server(self).stop()

    def destroy(self) -> None:
        """Stop the server and delete its data, for ever."""
        self.stop()
        with _one_line_errors(self.home):
            for folder in (self.sockets, self.home):
                if folder.exists():
                    shutil.rmtree(folder)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time, or two of them would make the same data folder."""
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _sockets_for(home: Path) -> Path:
    """Inside `home`, unless the system's limit for socket names or libpq's list syntax forbids: then under /tmp.

    Not in TMPDIR: a command started with another TMPDIR must find the same server.
    """
    inside = home / "s"
    is_plain = re.fullmatch(r"[\w/.+~-]+", str(inside), re.ASCII)
    if is_plain and len(os.fsencode(inside / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET_NAME:
        return inside
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path("/tmp", f"walletpg-{digest}")  # noqa: S108 (a folder that somebody else put there is refused)


@contextlib.contextmanager
def _one_line_errors(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LocalPostgresError(
            f"The local PostgreSQL cannot use {home}: {error}. Give it another folder with DATA_DIR, or set DATABASE_URL."
        ) from error


class _Server:
    """What happens to a server under its lock, by the programs found and as the user who may run them."""

    def __init__(self, postgres: LocalPostgres) -> None:
        self.home, self.data, self.log, self.sockets = postgres.home, postgres.data, postgres.log, postgres.sockets
        self.settings = UNSAFE if postgres.unsafe else {}
        self.is_running = postgres.is_running
        self.programs = require_programs()
        self.owner = owner_for(self.data, self.programs) if os.geteuid() == 0 else None

    def start(self) -> None:
        self.refuse_other_version()
        self.take_folders()
        if not _version_in(self.data):
            self.initialise()
        self.launch()

    def refuse_other_version(self) -> None:
        """The programs of one major version cannot read the data of another."""
        major, home, holds = major_of(self.programs), self.home, _version_in(self.data)
        if not holds and home.name == f"pg{major}":
            siblings = sorted((_version_in(data), data.parent) for data in home.parent.glob("pg*/data"))
            holds, home = siblings[-1] if siblings else (0, home)
        if holds and holds != major:
            raise LocalPostgresError(
                f"{home} holds the data of PostgreSQL {holds}, and the programs in {self.programs} are version {major}."
                f" Set WALLET_PG_BIN to the folder with the programs of PostgreSQL {holds},"
                f" or move {home} away to begin with an empty database."
            )

    def take_folders(self) -> None:
        """Make the folders and give them to the user who runs the server."""
        if self.sockets.is_symlink():
            raise LocalPostgresError(f"{self.sockets} is a link, which somebody else may have put there: delete it.")
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        if self.owner:
            is_foreign = self.data.exists() and self.data.stat().st_uid != self.owner.pw_uid
            for path in (self.home, self.home / "lock", self.sockets, *(self.home.rglob("*") if is_foreign else ())):
                os.chown(path, self.owner.pw_uid, self.owner.pw_gid, follow_symlinks=False)
        self.home.chmod(0o700)
        self.sockets.chmod(0o700)

    def initialise(self) -> None:
        """Make the data under another name first: a half-made folder is never taken for a whole one."""
        shutil.rmtree(self.home / "data.new", ignore_errors=True)
        log = self.home / "initdb.log"
        how = ("-U", "wallet", "-A", "trust", "-E", "UTF8", f"--locale={LOCALE}", "--data-checksums")
        if self._run("initdb", "-D", "data.new", *how, log=log):
            raise LocalPostgresError(f"PostgreSQL could not make its data folder: {_last_words(log)} (all of it in {log})")
        (self.home / "data.new").rename(self.data)

    def launch(self) -> None:
        """Start it, and try again: a killed one is in the way until the system has buried it."""
        deadline = time.monotonic() + RETRY_SECONDS
        while True:
            self._forget_dead_server()
            logged = self.log.stat().st_size if self.log.exists() else 0
            if (
                self._run("pg_ctl", "start", "-D", "data", "-l", self.log.name, "-w", "-t", "120", "-s", "-o", self._options())
                == 0
            ):
                return
            words = _last_words(self.log, logged)
            is_passing = "already exists" in words or "still in use" in words
            if not is_passing or time.monotonic() > deadline:
                raise LocalPostgresError(f"PostgreSQL did not start: {words} (all of it in {self.log})")
            time.sleep(0.3)

    def _options(self) -> str:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "port": "5432",
            "max_connections": "100",
            "timezone": "UTC",
            "log_timezone": "UTC",
            **self.settings,
        }
        return " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in options.items())

    def _forget_dead_server(self) -> None:
        """Delete the process id of a dead server that PostgreSQL would take for a living one.

        It asks only whether the number is in use: by a zombie that nobody reaps or, in a container that was started
        again, by some other program. Its lock on the shared memory still keeps two servers from the same data.
        """
        pid_file = self.data / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(pid_file.read_text().split()[0])
            name, _, state = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(") ")
            if state.startswith("Z") or name != "postgres":
                pid_file.unlink()

    def stop(self) -> None:
        """Roll back what is open and stop; at once, to be recovered at the next start, if that takes too long."""
        for mode in ("fast", "immediate"):
            if self._run("pg_ctl", "stop", "-D", "data", "-m", mode, "-w", "-t", "30", "-s") == 0:
                return
            if self._run("pg_ctl", "status", "-D", "data") != 0:
                return
        raise LocalPostgresError(f"PostgreSQL does not stop: {_last_words(self.log)} (all of it in {self.log})")

    def _run(self, program: str, *arguments: str, log: Path | None = None) -> int:
        # In `home` and with relative names: pg_ctl hands its arguments to a shell, and a path may hold any character.
        disguise = DISGUISE if self.owner == pwd.getpwuid(0) else ()
        with (log or Path(os.devnull)).open("wb") as output:
            command = (*disguise, self.programs / program, *arguments)
            return exit_code(*command, owner=self.owner, folder=self.home, output=output.fileno())


def _version_in(data: Path) -> int:
    try:
        return int((data / "PG_VERSION").read_text())
    except (FileNotFoundError, NotADirectoryError):
        return 0


def _last_words(log: Path, since: int = 0) -> str:
    """What a log says went wrong, in one line."""
    try:
        lines = log.read_bytes()[since:].decode(errors="replace").splitlines()
    except FileNotFoundError:
        return "it wrote no log"
    reasons = [line for line in lines if re.search(r"FATAL|PANIC|error:", line)]
    return (reasons or list(filter(str.strip, lines)) or ["it wrote nothing"])[-1].strip()


def main(arguments: list[str]) -> int:
    """The command line: start, stop, status, psql or destroy the server of DATA_DIR."""
    from wallet_service.local_secrets import data_dir

    postgres = for_data_dir(data_dir())
    match arguments:
        case ["start"]:
            print(f"{'Started' if postgres.start() else 'Running already'}: {postgres.url()}")
        case ["stop"]:
            postgres.stop()
        case ["status"]:
            is_running = postgres.is_running()
            print(f"Running: {postgres.url()}" if is_running else f"Not running: {postgres.home}")
            return 0 if is_running else 3
        case ["psql", *rest]:
            return _psql(postgres, rest)
        case ["destroy"]:
            postgres.destroy()
            print(f"Deleted {postgres.home}")
        case _:
            raise LocalPostgresError("Usage: python -m wallet_service.local_postgres {start,stop,status,psql,destroy}")
    return 0


def _psql(postgres: LocalPostgres, arguments: list[str]) -> int:
    psql = shutil.which("psql") or shutil.which("psql", path=find_programs())
    if not psql:
        raise LocalPostgresError(f"There is no psql here. Any other client can use {postgres.url()}")
    postgres.start()
    return subprocess.run([psql, postgres.url(), *arguments]).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except LocalPostgresError as failure:
        sys.exit(str(failure))
