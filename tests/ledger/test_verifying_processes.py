"""`verify_ledger` in several processes: the same verdict as in one, also while others write; and none where one dies."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from ledger.models import Account, Entry, Hold
from ledger.movements import Event
from ledger.retry import in_transaction
from ledger.verifying import CouldNotLook, Report, verify
from ledger.verifying.units import FIRST_ID, LAST_ID, cut_units
from tests.conftest import PASSWORD, WHY
from tests.ledger.transfers import switch_on, transfer
from wallets.holds import place_hold, void_hold
from wallets.models import Wallet
from wallets.services import create_customer, credit, debit

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

Sql = Callable[[str], int]


@pytest.fixture
def busy(wallet: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry]) -> Wallet:
    """Alice's wallet and Bob's, with five entries each, and a hold."""
    for one in (wallet, bobs_wallet):
        for _ in range(4):
            give(one, 1000)
    switch_on()
    in_transaction(partial(transfer, wallet, bobs_wallet, 10))
    in_transaction(partial(a_hold, wallet, 5))
    return wallet


def a_hold(wallet: Wallet, amount: int) -> Entry:
    return place_hold(
        wallet=wallet, amount=wallet.money(amount), event=Event.once("test"), why=WHY, expires_in=timedelta(hours=1)
    )


def in_two_processes(**extra: Any) -> Report:
    """With as many units as there are accounts, so that both have something to do."""
    return verify(processes=2, entries_a_unit=1, **extra)


def test_two_processes_say_what_one_says_and_tell_of_every_entry(busy: Wallet):
    told: dict[int, list[int]] = {1: [], 2: []}
    one, two = verify(processes=1, progress=told[1].append), in_two_processes(progress=told[2].append)

    assert (one.processes, two.processes) == (1, 2)
    assert one.findings == two.findings == []
    assert (one.accounts, one.entries, one.unsealed) == (two.accounts, two.entries, two.unsealed) == (2, 11, 11)
    assert one.unsealed_since == two.unsealed_since
    assert one.sums == two.sums
    assert sum(told[1]) == sum(told[2]) == 11


# What an attacker does to one account each, and what is said of it.
EDITS = (
    (
        "UPDATE ledger_entry SET amount = amount + 1 WHERE account_id = {0} AND sequence = 3",
        "entry 3 does not continue the chain",
    ),
    ("DELETE FROM ledger_entry WHERE account_id = {0} AND sequence = 5", "entries after sequence 4 are missing"),
    ("UPDATE ledger_hold SET amount = 6 WHERE account_id = {0}", "the hold of entry 5 is not what the entry says"),
    ("UPDATE ledger_account SET balance = balance + 1 WHERE id = {0}", "its row does not carry the MAC of what it says"),
    ("DELETE FROM ledger_account WHERE id = {0}", "has entries but no row"),
)


def test_two_processes_name_what_was_changed(busy: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry], sql: Sql):
    """All of it in one verification: two processes take their time to start."""
    expected = {f"account {busy.pk}: entry 5 has no other side in account {bobs_wallet.pk}"}
    assert sql(f"DELETE FROM ledger_entry WHERE counter_account_id = {busy.pk}") == 1
    for number, (edit, said) in enumerate(EDITS):
        wallet = create_customer(email=f"c{number}@example.test", password=PASSWORD)
        for _ in range(4):
            give(wallet, 1000)
        in_transaction(partial(a_hold, wallet, 5))
        assert sql(edit.format(wallet.pk)) == 1
        expected.add(f"account {wallet.pk}: {said}")

    assert expected <= {str(finding) for finding in in_two_processes().findings}


def test_a_key_that_is_missing_is_missing_in_all_processes(busy: Wallet, settings: Any):
    settings.LEDGER_HMAC_KEYS = "2:" + "ab" * 32

    report = in_two_processes()

    assert any("entry 1: LEDGER_HMAC_KEYS has no key 1" in str(row) for row in report.unreadable)


def test_where_a_process_dies_nothing_is_said(busy: Wallet, monkeypatch: pytest.MonkeyPatch):
    def kill(count: int) -> None:
        for process in multiprocessing.active_children():
            os.kill(process.pid or 0, signal.SIGKILL)

    with pytest.raises(CouldNotLook):
        in_two_processes(progress=kill)

    def dying(*args: Any, **extra: Any) -> Report:
        raise CouldNotLook("a process died")

    monkeypatch.setattr("ledger.management.commands.verify_ledger.verify", dying)
    with pytest.raises(CommandError, match="could not look: a process died") as ended:
        call_command("verify_ledger")
    assert ended.value.returncode == 2


def test_units_cover_every_account_that_could_be(busy: Wallet, bobs_wallet: Wallet):
    cut = sorted(cut_units(entries_max=1), key=lambda unit: unit.first)

    assert [cut[0].first, cut[-1].last] == [FIRST_ID, LAST_ID]
    assert all(one.last + 1 == other.first for one, other in pairwise(cut))
    assert sum(unit.entries for unit in cut) == 11


@pytest.mark.parametrize("processes", [1, 2])
def test_finds_nothing_while_writers_are_busy(busy: Wallet, bobs_wallet: Wallet, processes: int):
    with writers(busy, bobs_wallet) as written:
        reports = [verify(processes=processes, entries_a_unit=1) for _ in range(4 // processes)]

    assert [finding for report in reports for finding in report.findings] == []
    assert reports[0].entries < reports[-1].entries
    assert written
    assert verify().findings == []


@contextmanager
def writers(one: Wallet, other: Wallet) -> Iterator[list[object]]:
    """Two threads that move money between two wallets for as long as the block takes."""
    stop, written = threading.Event(), list[object]()
    switch_on(fee=1)

    def write(sender: Wallet, recipient: Wallet) -> None:
        try:
            while not stop.is_set():
                for act in _acts(sender, recipient):
                    written.append(in_transaction(act))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(write, *pair) for pair in ((one, other), (other, one))]
        try:
            yield written
        finally:
            stop.set()
        for future in futures:
            future.result()


def _acts(sender: Wallet, recipient: Wallet) -> Iterator[Callable[[], object]]:
    money = sender.money
    yield lambda: credit(wallet=sender, amount=money(20), event=Event.once("test"), why=WHY)
    yield lambda: transfer(sender, recipient, 7)
    yield lambda: debit(wallet=sender, amount=money(5), event=Event.once("test"), why=WHY)
    yield lambda: void_hold(hold=Hold.objects.get(pk=a_hold(sender, 3).pk), event=Event.once("test"), why=WHY)
    assert Account.objects.filter(pk=sender.pk).exists()
