"""How a spawned process becomes one of the service's. Nothing here imports a model: Django has to be set up before."""

import os
import threading
from multiprocessing import parent_process
from multiprocessing.connection import wait
from typing import Any

import django

# Whoever waits for a request or a seal goes first.
NICENESS = 10


def begin(counter: Any, snapshot: str, database: str, hmac_keys: str) -> None:
    """Django as the other process has it, on the database that it uses; then verify with it (ledger.verifying.processes)."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.nice(NICENESS)
    django.setup()
    from django.conf import settings
    from django.db import connection

    from ledger.verifying import processes

    settings.LEDGER_HMAC_KEYS = hmac_keys
    connection.settings_dict["NAME"] = database
    connection.settings_dict["OPTIONS"].pop("pool", None)
    processes.join(counter, snapshot)


def _end_with_parent() -> None:
    """A parent that was killed cannot say so, and its children would wait for work for ever."""
    if parent := parent_process():
        wait([parent.sentinel])
        os._exit(1)
