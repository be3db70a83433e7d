"""Everything that `make run` starts, in one process that stops it again."""

import contextlib
import fcntl
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper

from wallet_service import environment, local_postgres, local_secrets, ports
from wallet_service.stop_signals import Stop, StopSignals
from wallet_service.web_server import WebServer, WebServerFailed
from wallet_service.worker_process import WorkerProcess

WATCH_SECONDS = 1


class Command(BaseCommand):
    """Start PostgreSQL, the demo shop, the worker and the web server; Ctrl-C or SIGTERM stops all of them."""

    help = "Start PostgreSQL (unless DATABASE_URL is set), the demo shop (unless DEMO=off), the worker and the web server."

    def handle(self, *args: Any, **options: Any) -> None:
        signals = StopSignals()
        with contextlib.ExitStack() as cleanup:
            try:
                self.serve(signals, cleanup)
            except Stop:
                self.say("\nStopping.")
            except (ports.PortUnusable, WebServerFailed) as error:
                raise CommandError(str(error)) from error
        self.say("Stopped.")

    def serve(self, signals: StopSignals, cleanup: contextlib.ExitStack) -> None:
        """Each thing's end is noted before it is started, so that nothing is left behind."""
        port = environment.whole("PORT", 8000)
        server = WebServer(ports.require_free(environment.text("HOST", "127.0.0.1").strip("[]"), port), port)
        postgres = None
        if not environment.text("DATABASE_URL"):
            cleanup.enter_context(only_one(local_secrets.data_dir()))
            postgres = local_postgres.for_data_dir(local_secrets.data_dir())
            cleanup.callback(postgres.stop)
            postgres.start()
        with signals.may_interrupt():
            lines = self.prepare(server.base_url())
        worker = WorkerProcess()
        cleanup.callback(worker.stop)
        worker.start()
        cleanup.callback(server.stop)
        server.start()
        with signals.may_interrupt():
            server.wait_until_it_answers()
            self.greet(server.base_url(), lines)
        self.watch(signals, server, worker, postgres)
        raise WebServerFailed("The web server ended by itself.")

    def watch(
        self, signals: StopSignals, server: WebServer, worker: WorkerProcess, postgres: local_postgres.LocalPostgres | None
    ) -> None:
        """Start again what ended underneath, until the web server does."""
        is_serving = True
        while is_serving:
            if said := worker.look_after():
                self.say(said)
            if postgres is not None:
                self.revive(postgres)
            with signals.may_interrupt():
                is_serving = not server.wait(WATCH_SECONDS)

    def revive(self, postgres: local_postgres.LocalPostgres) -> None:
        """Start the embedded PostgreSQL if it was killed; its own recovery is left alone."""
        if postgres.is_alive():
            return
        try:
            if postgres.start():
                self.say("PostgreSQL had ended by itself; it is started again.")
        except local_postgres.LocalPostgresError as error:
            self.say(f"PostgreSQL has ended by itself: {error}")

    def prepare(self, base_url: str) -> list[str]:
        """Bring the database up to date and the demo shop into it; what to tell about it."""
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        try:
            call_command("migrate", verbosity=0, interactive=False)
            self.say("The database is up to date.")
            if not environment.flag("DEMO", True):
                return [
                    f"Sign in at {base_url}/account/login/, administer at {base_url}/admin/ when you have made an administrator:",
                    f"  {_same_data()}.venv/bin/python manage.py createsuperuser",
                ]
            from wallet_service.demo import demo_lines, load_demo

            load_demo()
            return demo_lines(base_url)
        finally:
            _close_connections()

    def greet(self, base_url: str, lines: list[str]) -> None:
        self.say(f"\nThe wallet service is at {base_url}/ (Ctrl-C stops it)")
        if not settings.RATE_LIMITS:
            self.say("  RATE_LIMITS=off: no request is refused for coming too often")
        for line in lines:
            self.say(line)

    def say(self, line: str) -> None:
        """Print, unless the terminal is gone: that must not keep anything from being stopped."""
        try:
            self.stdout.write(line)
            self.stdout.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Keep a second `serve` from sharing a PostgreSQL that the first one will stop."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "serve.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise CommandError(
                f"Process {lock.read().strip() or 'unknown'} serves from {folder} already."
                " Stop it, or choose another folder: make run DATA_DIR=/another/folder PORT=8001"
            ) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def _close_connections() -> None:
    """The server's processes keep pools of their own; this one's threads would only hold connections open."""
    database = connections["default"]
    database.close()
    if isinstance(database, DatabaseWrapper):
        database.close_pool()


def _same_data() -> str:
    """What a command needs in front of it to find the same database; not the URL, which may hold a password."""
    folder = environment.text("DATA_DIR")
    return f"DATA_DIR={shlex.quote(folder)} " if folder else ""
