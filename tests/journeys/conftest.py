"""A real server on this test's database, that can be killed and started again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from django.db import connection

from tests.journeys.ports import HOST, free_port

APPLICATION = "server under test"


class Server:
    """granian with two workers, as `make run` starts it, without the limits; over https with a certificate and its key."""

    def __init__(self, certificate: Path | None = None, key: Path | None = None) -> None:
        self.port = free_port()
        self.certificate = certificate
        self.tls = ["--ssl-certificate", str(certificate), "--ssl-keyfile", str(key)] if certificate else []
        self.site = f"http{'s' if certificate else ''}://{HOST}:{self.port}"
        self.url = f"{self.site}/wp-json/walletpro/v1"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        database = connection.settings_dict
        url = f"postgres://{database['USER']}@/{quote(str(database['NAME']))}?host={quote(str(database['HOST']), safe='')}"
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(self.port)]
        self._process = subprocess.Popen(
            [*command, *self.tls, "--workers", "2", "--blocking-threads", "2", "--no-ws", "wallet_service.wsgi:application"],
            env={**os.environ, "DATABASE_URL": url, "RATE_LIMITS": "off", "LOG_LEVEL": "ERROR", "PGAPPNAME": APPLICATION},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._wait()

    def _wait(self) -> None:
        for _ in range(300):
            try:
                requests.get(self.url, timeout=5, verify=str(self.certificate) if self.certificate else True)
            except (requests.ConnectionError, requests.Timeout):
                time.sleep(0.1)
            else:
                return
        raise AssertionError("the server does not answer")

    def kill(self) -> None:
        """SIGKILL to all of it at once: nobody gets to tidy up."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@pytest.fixture(scope="module")
def server(django_db_setup: None, django_db_blocker: Any) -> Iterator[Server]:
    """One for all tests of a module, which empty the database between them under its feet."""
    with django_db_blocker.unblock():
        yield from running(Server())


def running(server: Server) -> Iterator[Server]:
    """The server, killed in the end."""
    try:
        server.start()
        yield server
    finally:
        server.kill()
    # Backends of the killed workers may still hold their locks for a moment; the flush behind this test waits for nobody.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = %s",
            [APPLICATION],
        )
