"""The cast: users, wallets, credentials and clients that tests ask for by name."""

import base64
import gc
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from rest_framework.test import APIClient

from apikeys.models import ApiKey
from apikeys.services import make_application_password, mint_key
from ledger.checkpoints.services import sweep_ledger
from ledger.kinds import Kind
from ledger.models import Entry
from ledger.movements import Circumstances, Event
from people.models import User
from people.rights import SHOP_MANAGER
from site_settings import listening
from site_settings.reading import forget
from site_settings.services import change_settings
from tests import clean_slate
from wallet_service.document_storage import document_storage
from wallets.models import Wallet
from wallets.services import create_customer, credit

PASSWORD = "lung-heap-9173"
WHY = Circumstances(actor="test", reason="test")


clean_slate.install()

# Importing the WSGI application starts a thread that would hold on to the test's database; tests change settings themselves.
listening.listen_for_changes = lambda: None


# What takes a minute, and would else be what everybody waits for at the end.
LONG_FIRST = ("tests/torture/", "tests/wallet_service/test_serve", "tests/journeys/", "tests/ledger/test_verifying_processes")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: tests wait for PostgreSQL and for processes that they start."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONG_FIRST))


def pytest_collection_finish() -> None:
    """What is there by now stays: half a million objects that the collector need not walk through time and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _fresh_settings(settings: Any, tmp_path: Path) -> None:
    """No test meets a limit that it does not set itself, waits for a slow hash, or finds another one's anchor."""
    settings.RATE_LIMITS = False
    settings.ANCHOR_FILE = str(tmp_path / "anchors" / "checkpoints.jsonl")
    settings.STORAGES = {**settings.STORAGES, "documents": document_storage(tmp_path / "documents")}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Each test client starts the middleware anew: it shall not read hundreds of static files each time.
    settings.WHITENOISE_AUTOREFRESH = True
    # What another test set went with its transaction; this process may have read it.
    forget()


@pytest.fixture
def site(db: None) -> Callable[..., None]:
    """`site(transfers_enabled=True)`: change site settings, for this test."""

    def site(**values: Any) -> None:
        change_settings(values, actor="test")

    return site


@pytest.fixture
def alice(db: None) -> User:
    """A customer."""
    return create_customer(email="alice@example.test", password=PASSWORD, username="alice").user


@pytest.fixture
def bob(db: None) -> User:
    """Another customer."""
    return create_customer(email="bob@example.test", password=PASSWORD, username="bob").user


@pytest.fixture
def manager(db: None) -> User:
    """Shop manager and staff, but no superuser."""
    user = User.objects.create_user("manager", "manager@example.test", PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=SHOP_MANAGER))
    return user


@pytest.fixture
def wallet(alice: User) -> Wallet:
    """Alice's wallet, empty."""
    return Wallet.objects.select_related("account").get(user=alice)


@pytest.fixture
def bobs_wallet(bob: User) -> Wallet:
    return Wallet.objects.select_related("account").get(user=bob)


@pytest.fixture
def give() -> Callable[..., Entry]:
    """`give(wallet, 10000)`: credit it."""

    def give(wallet: Wallet, amount_minor: int, kind: Kind = Kind.CREDIT, **extra: Any) -> Entry:
        money = wallet.money(amount_minor)
        return credit(wallet=wallet, amount=money, event=Event.once("test"), why=WHY, kind=kind, **extra)

    return give


def basic(name: str, password: str) -> dict[str, Any]:
    """The header of RFC 7617, for a test client."""
    token = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"HTTP_AUTHORIZATION": f"Basic {token}"}


@pytest.fixture
def client_with_key() -> Callable[..., APIClient]:
    """`client_with_key(user, "read")`: a client that calls with a new API key of `user`."""

    def client_with_key(owner: User, scope: str = "read_write", **extra: Any) -> APIClient:
        key, secret = mint_key(owner=owner, scope=scope, description="test", **extra)
        return APIClient(**basic(key.consumer_key, secret))

    return client_with_key


@pytest.fixture
def as_manager(manager: User, client_with_key: Callable[..., APIClient]) -> APIClient:
    """Calls with a read_write key of the manager."""
    return client_with_key(manager)


@pytest.fixture
def as_alice(alice: User) -> APIClient:
    """Calls with an application password of Alice."""
    _, password = make_application_password(user=alice, name="test")
    return APIClient(**basic("alice", password))


@pytest.fixture
def stranger(db: None) -> APIClient:
    return APIClient()


@pytest.fixture
def key_of(as_manager: APIClient, manager: User) -> ApiKey:
    """The key that `as_manager` calls with."""
    return ApiKey.objects.get(owner=manager)


@pytest.fixture
def limits(settings: Any, site: Callable[..., None]) -> Callable[..., None]:
    """Rate limits on, counted from nothing; `limits(rate_walletpro_per_minute=2)` sets their figures."""
    settings.RATE_LIMITS = True
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE wallet_service_ratecounter")
    return site


@pytest.fixture
def seal(settings: Any) -> Callable[[], Any]:
    """`seal()`: every entry so far is in the log, under a checkpoint signed with a key of the tests."""
    settings.LEDGER_SIGNING_KEYS = f"1:{'11' * 32}"
    settings.ANCHOR_FILE = settings.ANCHOR_URL = ""
    return sweep_ledger


@pytest.fixture
def sql() -> Callable[[str], int]:
    """What an attacker of the ledger has: one statement as a superuser, with the triggers off; how many rows it touched."""

    def run(statement: str) -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(statement)
            touched: int = cursor.rowcount
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        return touched

    return run
