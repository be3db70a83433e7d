"""Imports with several at them: each line once, one import at a time, and none goes on behind a stop."""

from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from django.db import transaction

from ledger.book import lock_accounts
from ledger.models import Entry
from ledger.retry import in_transaction
from ledger.verifying import verify
from points.importing import applying, services
from points.importing.errors import ImportNotReady, ImportRunning
from points.importing.running import advance
from points.importing.services import start_import, stop_import
from points.models import Import
from tests.payments.conftest import all_at_once
from tests.points.conftest import Load, balance
from tests.points.meeting import meeting
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

LINES = "".join(f"alice@example.test,{number}\nbob@example.test,{number}\n" for number in range(1, 6))
ALL = 1500


def starting(checked: Import) -> Callable[[], Import]:
    return lambda: in_transaction(lambda: start_import(number=checked.pk))


def test_two_workers_book_each_line_once(load: Load, hers: Wallet, his: Wallet, monkeypatch: pytest.MonkeyPatch):
    checked = load(LINES)
    start_import(number=checked.pk)
    monkeypatch.setattr(applying, "lock_accounts", meeting(lock_accounts))
    done = all_at_once([lambda: applying.apply_import(checked.pk, batch=3)] * 2)

    assert [(of.status, of.applied, of.failed) for of in done] == [("done", 10, 0)] * 2
    assert (balance(hers), balance(his), Entry.objects.filter(kind="import").count()) == (ALL, ALL, 10)
    assert verify().findings == []


def test_of_two_that_are_started_at_once_one_is(load: Load, hers: Wallet, monkeypatch: pytest.MonkeyPatch):
    first, second = load("alice@example.test,1"), load("alice@example.test,2")
    monkeypatch.setattr(services, "_require_alone", meeting(services._require_alone))
    found = all_at_once([starting(of) for of in (first, second)])

    assert [type(what) for what in found if isinstance(what, Exception)] == [ImportRunning]
    assert Import.objects.filter(status="applying").count() == 1


def test_one_that_is_started_twice_at_once_is_started_once(load: Load, hers: Wallet, monkeypatch: pytest.MonkeyPatch):
    checked = load("alice@example.test,1")
    monkeypatch.setattr(services, "_require_alone", meeting(services._require_alone))
    found = all_at_once([starting(checked)] * 2)

    assert [type(what) for what in found if isinstance(what, Exception)] == [ImportNotReady]


def test_nothing_is_booked_behind_a_stop(load: Load, hers: Wallet, his: Wallet, monkeypatch: pytest.MonkeyPatch):
    """It comes while a batch is on its way: which is through before it counts, and then given back by whoever comes."""
    checked = load(LINES)
    start_import(number=checked.pk)
    reading, stopped = Event(), Event()

    def slowly(*ids: int) -> Any:
        reading.set()
        stopped.wait(0.3)
        return lock_accounts(*ids)

    monkeypatch.setattr(applying, "lock_accounts", slowly)

    def stop() -> Import:
        reading.wait(10)
        in_transaction(lambda: stop_import(number=checked.pk))
        ended = advance(checked.pk)
        stopped.set()
        return ended

    booked, given_back = all_at_once([lambda: applying.apply_import(checked.pk, batch=4), stop])

    assert (given_back.status, given_back.undone, given_back.applied) == ("undone", 4, 0), booked
    assert (balance(hers), balance(his)) == (0, 0)
    with pytest.raises(ImportNotReady), transaction.atomic():
        stop_import(number=checked.pk)
    assert verify().findings == []
