"""Things that happen at once, and things that happen in another process."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from tests.payments.conftest import all_at_once

PROJECT = Path(__file__).parents[2]


def at_once(*works: Callable[[], object]) -> None:
    """Each in a thread of its own, begun together; what one of them raises is raised here."""
    for outcome in all_at_once(works):
        if isinstance(outcome, Exception):
            raise outcome


def elsewhere(*what: str, module: str = "tests.payments.killed") -> int:
    """Run `module` on this test's database; how it ended."""
    database = connection.settings_dict
    url = f"postgres://{database['USER']}@/{quote(str(database['NAME']))}?host={quote(str(database['HOST']), safe='')}"
    command = [sys.executable, "-W", "error", "-m", module, *what]
    return subprocess.run(command, cwd=PROJECT, env={**os.environ, "DATABASE_URL": url}, timeout=60).returncode
