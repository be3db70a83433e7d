"""The worker that `make run` starts beside the web server: `manage.py worker` in a process of its own."""

import os
import signal
import subprocess
import sys
import time

from wallet_service import local_secrets

# How long the jobs at work may take to finish when the service is stopped.
STOP_SECONDS = 10
# Doubled with each end by itself, until one has lived for LONG_LIFE_SECONDS.
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
LONG_LIFE_SECONDS = 60


class WorkerProcess:
    """One worker, started again whenever it ends by itself: what asks for no human must not wait for one."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._again_at: float | None = None
        self._pause = FIRST_PAUSE_SECONDS

    def start(self) -> None:
        """In a session of its own: Ctrl-C reaches it through `stop`, once."""
        self._started_at, self._again_at = time.monotonic(), None
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "worker"],
            cwd=local_secrets.PROJECT,
            env={**os.environ, "DATA_DIR": str(local_secrets.data_dir())},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def look_after(self) -> str | None:
        """Start it again when it ended and its pause is over; what there is to say about it."""
        now = time.monotonic()
        if self._again_at is not None:
            if now >= self._again_at:
                self.start()
            return None
        if self.process is None or self.process.poll() is None:
            return None
        self._pause = FIRST_PAUSE_SECONDS if now - self._started_at > LONG_LIFE_SECONDS else self._pause
        self._again_at = now + self._pause
        said = f"The worker ended by itself ({_how(self.process.returncode)}); it is started again in {self._pause:.0f} s."
        self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        return said

    def stop(self) -> None:
        """Let the jobs at work finish; they are run again later if that takes too long."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _how(code: int) -> str:
    return f"exit {code}" if code >= 0 else signal.Signals(-code).name
