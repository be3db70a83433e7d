"""Two instances of this very service federate: the first has the points, the second mirrors them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection

from apikeys.gateway import make_gateway_key
from ledger.models import Account, Entry
from ledger.retry import in_transaction
from ledger.verifying import verify
from tests.payments.processes import PROJECT
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def another_database() -> Iterator[str]:
    """A copy of the test's own while that is empty, on the same server: to migrate a new one takes ten seconds."""
    database = connection.settings_dict
    own, name = str(database["NAME"]), f"{database['NAME']}_second"
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    with psycopg.connect(host=str(database["HOST"]), user=str(database["USER"]), dbname="postgres", autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        # Nobody may be in what is copied.
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [own])
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{own}"')
    yield f"postgres://{database['USER']}@/{quote(name)}?host={quote(str(database['HOST']), safe='')}"
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_a_withdrawal_at_the_second_is_one_at_the_first(
    another_database: str, live_server: Any, wallet: Wallet, give: Callable[..., Entry], site: Callable[..., None]
):
    give(wallet, 10_000)
    site(gateway_open=True)
    key = in_transaction(make_gateway_key)[1]

    done = subprocess.run(
        [sys.executable, "-m", "tests.federation.second_instance", live_server.url, key],
        cwd=PROJECT,
        env={**os.environ, "DATABASE_URL": another_database},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert key not in done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert "one of ours" in said.pop("checked")
    assert "set aside" in said.pop("lost")[0]
    assert said == {
        "refreshed": ["", 1, wallet.name],
        "withdrawn": [[], []],
        "too much": ["Wallet doesn't have enough points"],
        "asked again": [["unknown", "Asked again, it says: Secure key is invalid"], ["done", ""]],
        "pushes": ["done", "done"],
        "left": [8_500, 0],
        "findings": [],
    }
    assert Account.objects.get(pk=wallet.pk).balance == 8_500
    assert verify().findings == []
