"""What one manager alone moves by an import: counted anew when he starts it, and again while it is booked."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from audit.models import Act
from ledger.book import lock_accounts
from ledger.models import Entry
from ledger.movements import Circumstances, Event
from ledger.verifying import verify
from people.models import User
from points.importing import applying
from points.importing.running import advance, run_imports
from points.importing.services import start_import
from points.importing.verifying import verify_imports
from points.models import Import
from tests.payments.conftest import all_at_once
from tests.points.conftest import Load, balance, problems
from tests.points.meeting import meeting
from wallets.errors import OwnApproval, OwnWallet
from wallets.models import Wallet
from wallets.services import debit

REFUSED = "with it the import would move more than one manager does alone; another one has to start it"
BOTH = "alice@example.test,1.00\nbob@example.test,1.00"
pytestmark = pytest.mark.django_db


def spend(wallet: Wallet, minor: int) -> None:
    debit(wallet=wallet, amount=wallet.money(minor), event=Event.once("test"), why=Circumstances("test"))


@pytest.fixture
def full(hers: Wallet, his: Wallet, give: Callable[..., Entry], site: Any) -> tuple[Wallet, Wallet]:
    """Two wallets with as much as one manager moves alone: to set them to it moves nothing."""
    site(approval_above={"*": 100})
    give(hers, 100)
    give(his, 100)
    return hers, his


def test_what_was_spent_since_the_check_counts_when_it_is_started(
    load: Load, full: tuple[Wallet, Wallet], manager: User, second: User
):
    checked = load(BOTH, "set", by=manager)
    for wallet in full:
        spend(wallet, 100)
    with pytest.raises(OwnApproval), transaction.atomic():
        start_import(number=checked.pk, by=manager)
    started = start_import(number=checked.pk, by=second)

    assert (int(checked.moves_minor), int(started.moves_minor), started.limit_minor) == (0, 200, None)
    assert (advance(checked.pk).status, [*map(balance, full)]) == ("done", [100, 100])
    assert '"limit_minor":null,"moves_minor":200' in Act.objects.get(act="import.started").facts
    assert verify().findings == []


def test_who_has_a_wallet_in_it_is_no_second_one(load: Load, full: tuple[Wallet, Wallet], manager: User, alice: User):
    """Below the limit he may start it, and is held by it like who uploaded it."""
    alice.groups.set(manager.groups.all())
    started = start_import(number=load(BOTH, "set", by=manager).pk, by=alice)
    late = load(BOTH, "set", by=manager)
    for wallet in full:
        spend(wallet, 100)
    with pytest.raises(OwnWallet), transaction.atomic():
        start_import(number=late.pk, by=alice)

    assert started.limit_minor == 100
    assert (advance(started.pk).status, [*map(balance, full)]) == ("undone", [0, 0])


@pytest.mark.parametrize(
    ("batch", "is_partial", "ended", "left"),
    [(200, False, ("undone", 0, 1, 0), 0), (1, False, ("undone", 0, 1, 1), 0), (1, True, ("done", 1, 1, 0), 100)],
)
def test_what_is_spent_behind_the_start_counts_when_it_is_booked(
    load: Load, full: tuple[Wallet, Wallet], manager: User, batch: int, is_partial: bool, ended: Any, left: int
):
    started = start_import(number=load(BOTH, "set", by=manager, is_partial=is_partial).pk, by=manager)
    for wallet in full:
        spend(wallet, 100)
    applying.apply_import(started.pk, batch=batch)
    of = advance(started.pk)

    assert (of.status, of.applied, of.failed, of.undone) == ended
    assert [*map(balance, full)] == [left, 0]
    assert of.moved_minor == (100 if batch == 1 else 0)
    assert problems(of) == [(2, REFUSED)]
    assert verify().findings == []
    if of.status == "done":
        Import.objects.update(moved_minor=99)
        assert list(verify_imports(None))


def test_the_operator_and_a_second_manager_have_no_limit(load: Load, full: tuple[Wallet, Wallet], manager: User, second: User):
    for by, starter in ((None, None), (manager, None), (manager, second)):
        started = start_import(number=load(BOTH, "set", by=by).pk, by=starter)
        for wallet in full:
            spend(wallet, 100)
        assert (advance(started.pk).status, [*map(balance, full)]) == ("done", [100, 100])


def test_the_page_counts_anew_and_says_what_it_may(load: Load, full: tuple[Wallet, Wallet], manager: User):
    browser = Client()
    browser.force_login(manager)
    checked = load(BOTH, "set", by=manager, is_partial=True)
    page, start = (reverse(f"admin:points_import_{name}", args=[checked.pk]) for name in ("change", "start"))
    spend(full[0], 100)
    assert "1.00 Points" in browser.get(page).content.decode()
    spend(full[1], 1)
    assert "another one than uploaded it starts it" in browser.get(start).content.decode()
    assert "another manager has to decide" in browser.post(start, follow=True).content.decode()
    full[1].refresh_from_db()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE points_importline SET points_minor = 99 WHERE wallet_id = %s", [full[1].pk])
    browser.post(start)
    spend(full[1], 9)
    run_imports()
    shown = browser.get(page).content.decode()
    assert "1.00 Points; booked 1.00 Points, at most 1.00 Points as one manager alone started it" in shown
    assert REFUSED in shown


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_workers_count_together(load: Load, full: tuple[Wallet, Wallet], manager: User, monkeypatch: pytest.MonkeyPatch):
    """Each books one line, and neither sees the other's before it is committed: the import's row makes them wait."""
    started = start_import(number=load(BOTH, "set", by=manager, is_partial=True).pk, by=manager)
    for wallet in full:
        spend(wallet, 100)
    monkeypatch.setattr(applying, "lock_accounts", meeting(lock_accounts))
    ended = all_at_once([lambda: applying.apply_import(started.pk, batch=1)] * 2)

    assert [(of.status, of.applied, of.failed, int(of.moved_minor)) for of in ended] == [("done", 1, 1, 100)] * 2
    assert sum(map(balance, full)) == 100
