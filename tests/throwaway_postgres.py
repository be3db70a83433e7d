"""A throw-away PostgreSQL and DATA_DIR for the tests.

Loaded with ``-p``, because pytest-django reads the settings before any conftest; pytest-xdist's workers inherit what
it puts into the environment. For a command that must not touch anybody's data:

    python -m tests.throwaway_postgres manage.py makemigrations --check

It forgets what it wrote when the power fails, unless `--durable` comes first: for measuring.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from wallet_service import local_postgres, local_secrets

_surroundings = contextlib.ExitStack()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        # So that a terminated run cleans up like an interrupted one.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        _surroundings.enter_context(throwaway_surroundings())
    try:
        return (yield)
    except BaseException:
        # What cannot even be imported is never unconfigured.
        _surroundings.close()
        raise


def pytest_unconfigure(config: pytest.Config) -> None:
    _surroundings.close()


@contextlib.contextmanager
def throwaway_surroundings(*, unsafe: bool = True) -> Iterator[None]:
    """Set DATA_DIR to a new folder, and DATABASE_URL to a server in it unless that is set; delete both at the end."""
    folder = Path(tempfile.mkdtemp(prefix="wallet-tests-"))
    # As root, PostgreSQL runs as another user, who has to pass through.
    folder.chmod(0o711)
    postgres = local_postgres.LocalPostgres(folder / "pg", unsafe=unsafe)
    try:
        os.environ["DATA_DIR"] = str(folder)
        local_secrets.ensure(folder)
        (folder / "static").mkdir()
        if not os.environ.get("DATABASE_URL"):
            postgres.start()
            os.environ["DATABASE_URL"] = postgres.url()
        yield
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    is_durable = sys.argv[1:2] == ["--durable"]
    with throwaway_surroundings(unsafe=not is_durable):
        code = subprocess.run([sys.executable, *sys.argv[1 + is_durable :]]).returncode
    sys.exit(code)
