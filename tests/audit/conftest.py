"""What an attacker of the ledger has: SQL, as a superuser, with the triggers off."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction


@pytest.fixture
def sql() -> Callable[[str], int]:
    """Run one statement behind the service's back; how many rows it touched."""

    def run(statement: str) -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(statement)
            touched: int = cursor.rowcount
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        return touched

    return run
