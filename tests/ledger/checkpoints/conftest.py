"""A ledger that is sealed as the worker does it, with anchors of the test's own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from ledger.checkpoints import sources
from ledger.models import Entry
from wallets.models import Wallet

SEEDS = {1: "11" * 32, 2: "22" * 32, 3: "33" * 32}


@pytest.fixture(autouse=True)
def _sealing(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signing key that tests know, no anchor but a file (tests.conftest), and no rows but entries."""
    monkeypatch.setattr(sources, "_sources", {})
    settings.LEDGER_SIGNING_KEYS = f"1:{SEEDS[1]}"
    settings.ANCHOR_URL = settings.ANCHOR_TOKEN = ""


@pytest.fixture(autouse=True)
def _unlock(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that breaks a transaction must not keep the sealer's lock for the next one."""
    yield
    if "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")


@pytest.fixture
def anchor_file(settings: Any) -> Path:
    return Path(settings.ANCHOR_FILE)


@pytest.fixture
def moved(wallet: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry]) -> Wallet:
    """Alice's wallet with three entries; Bob's has one."""
    for amount in (1000, 300, 200):
        give(wallet, amount)
    give(bobs_wallet, 70)
    return wallet
