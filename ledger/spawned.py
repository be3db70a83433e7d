"""How a spawned process becomes one of the service's. Nothing here imports a model: Django has to be set up before."""

from typing import Any

import django


def begin(counter: Any, snapshot: str, database: str, hmac_keys: str) -> None:
    """Django as the other process has it, on the database that it uses; then verify with it (ledger.verifying.processes)."""
    django.setup()
    from django.conf import settings
    from django.db import connection

    from ledger.verifying import processes

    settings.LEDGER_HMAC_KEYS = hmac_keys
    connection.settings_dict["NAME"] = database
    connection.settings_dict["OPTIONS"].pop("pool", None)
    processes.join(counter, snapshot)
