"""The web server that `make run` starts: granian, in processes of its own."""

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time

from wallet_service import environment, local_secrets

ANSWER_SECONDS = 60
# Longer than granian's own patience with its workers.
STOP_SECONDS = 15
REPEAT_SECONDS = 1.5
# How long after the first worker's answer the last one may still be starting.
SETTLE_SECONDS = 3
WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  names what was asked for


def base_url(address: str, port: int) -> str:
    """Where this machine's browser finds a server that listens there."""
    host = WILDCARDS.get(address, address)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


class WebServerFailed(Exception):
    """The web server does not serve; its own words are above this on the screen."""


class WebServer:
    """Granian on one address."""

    def __init__(self, address: str, port: int) -> None:
        self.address = address
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None
        self.answered_at: float | None = None

    def base_url(self) -> str:
        return base_url(self.address, self.port)

    def start(self) -> None:
        """In a session of its own: a Ctrl-C that reached the workers as well as their parent could hang both."""
        # One thread for each connection of the pool, or requests would wait for connections.
        options = {
            "--interface": "wsgi",
            "--host": self.address,
            "--port": str(self.port),
            "--workers": str(environment.whole("WEB_WORKERS", 2)),
            "--blocking-threads": str(environment.whole("WEB_THREADS", 2)),
            "--workers-kill-timeout": "10",
            "--log-level": "warning",
        }
        arguments = [word for option in options.items() for word in option]
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "granian",
                *arguments,
                # Its lines would hold whole addresses, the gateway's key in them; an environment may not switch it on.
                "--no-access-log",
                "--no-ws",
                "--respawn-failed-workers",
                "wallet_service.wsgi:application",
            ],
            cwd=local_secrets.PROJECT,
            env={**os.environ, "DATA_DIR": str(local_secrets.data_dir())},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def wait_until_it_answers(self) -> None:
        """Raises WebServerFailed if it ends first, or takes too long."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while not self._answers():
            if self.process is None or self.process.poll() is not None:
                raise WebServerFailed("The web server ended before it answered.")
            if time.monotonic() > deadline:
                raise WebServerFailed(f"The web server has not answered within {ANSWER_SECONDS} seconds.")
            time.sleep(0.1)
        self.answered_at = time.monotonic()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(WILDCARDS.get(self.address, self.address), self.port, timeout=5)
        try:
            connection.request("GET", "/account/login/")
            return connection.getresponse().status > 0
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def wait(self, seconds: float) -> bool:
        """Whether it ends within so many seconds, for whatever reason."""
        if self.process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
        return self.process is None or self.process.poll() is not None

    def stop(self) -> None:
        """Let the requests at work finish, then end every process of it."""
        if self.process is None:
            return
        if self.answered_at is not None:
            self._end_gracefully(self.process, is_young=time.monotonic() - self.answered_at < SETTLE_SECONDS)
        # Also because workers outlive a parent that was killed.
        _signal_group(self.process, signal.SIGKILL)
        self.process.wait()

    def _end_gracefully(self, process: subprocess.Popen[bytes], is_young: bool) -> None:
        """A worker still starting loses the first call to stop; a second one would spoil the work of any other."""
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(REPEAT_SECONDS if is_young else STOP_SECONDS)
            return
        if is_young:
            _signal_group(process, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
