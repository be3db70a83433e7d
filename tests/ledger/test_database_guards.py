"""What the database itself says no to, whoever asks."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from ledger.models import Account, Entry, Lot
from wallets.models import Wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(wallet: Wallet, give: Callable[..., Entry]) -> Entry:
    give(wallet, 1000)
    return give(wallet, 500)


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


EDITS = {
    **{name: f"{name} = {name} + 1" for name in ("amount", "balance", "held", "held_change", "owed_change", "sequence", "xid")},
    **{name: f"{name} = 'x'" for name in ("kind", "actor", "reference", "key", "house")},
    **{name: f"{name} = '\\x00'" for name in ("mac", "reason_digest", "asked")},
    "at": "at = at + interval '1 second'",
    "lots": "lots = '[[1, null, 1]]'",
    "another reason": "reason = 'something else'",
    "the reason without its salt": "reason = NULL",
    "the salt without its reason": "reason_salt = NULL",
    "a digest along with its text": "reason = NULL, reason_salt = NULL, reason_digest = NULL",
    "a note that was not there": "note = 'new'",
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_entry_is_not_edited(entry: Entry, edit: str):
    with pytest.raises(DatabaseError, match="append-only"):
        run(f"UPDATE ledger_entry SET {edit} WHERE id = {entry.pk}")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM ledger_entry",
        "DELETE FROM ledger_entry WHERE false",
        "TRUNCATE ledger_entry CASCADE",
        "TRUNCATE ledger_account CASCADE",
    ],
)
def test_entries_are_not_deleted(entry: Entry, statement: str):
    # What this test's own transaction wrote still waits for its foreign keys to be checked, and would be in the way.
    run("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match="append-only"):
        run(statement)
    assert Entry.objects.count() == 2


def test_a_persons_words_may_be_erased(entry: Entry):
    run("UPDATE ledger_entry SET reason = NULL, reason_salt = NULL")

    assert set(Entry.objects.values_list("reason", flat=True)) == {None}


def copy_of(entry: Entry, **changes: Any) -> Entry:
    copy = Entry.objects.get(pk=entry.pk)
    copy.pk = entry.pk + 1000
    for name, value in {"sequence": 3, "key": "another", "balance": 2000, **changes}.items():
        setattr(copy, name, value)
    return copy


def test_an_entry_that_follows_is_taken(entry: Entry):
    copy_of(entry).save(force_insert=True)

    assert Entry.objects.count() == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"sequence": 4},
        {"sequence": 2},
        {"balance": 2001},
        {"held": 1},
        {"held": -1, "held_change": -1},
        {"house": None},
        {"counter_account_id": 7},
        {"amount": 0, "balance": 1500},
        {"amount": 10**15 + 1, "balance": 1500 + 10**15 + 1},
        {"leg": None},
        {"sequence": 0, "amount": 2000},
    ],
    ids=str,
)
def test_an_entry_that_does_not_follow_is_refused(entry: Entry, changes: dict[str, Any]):
    with pytest.raises(IntegrityError), transaction.atomic():
        copy_of(entry, **changes).save(force_insert=True)
    assert Entry.objects.count() == 2


def test_an_event_is_written_once_to_an_account(entry: Entry):
    with pytest.raises(IntegrityError, match="ledger_entry_event"), transaction.atomic():
        copy_of(entry, key=entry.key).save(force_insert=True)


@pytest.mark.parametrize(
    "edit",
    [
        "in_lots = balance + 1",
        "held = balance + 1",
        "balance = -1",
        "owed = -1",
        "credit_line = -1",
        "status = 'closed'",
        "balance = 1000000000000000001",
        "head = NULL",
    ],
)
def test_an_account_that_cannot_be_is_refused(entry: Entry, edit: str):
    with pytest.raises(IntegrityError), transaction.atomic():
        run(f"UPDATE ledger_account SET {edit} WHERE id = {entry.account_id}")


def test_a_lot_without_a_rest_and_a_lot_twice_are_refused(entry: Entry):
    Lot.objects.create(account_id=entry.account_id, sequence=1, ends=None, rest=1)

    with pytest.raises(IntegrityError), transaction.atomic():
        Lot.objects.create(account_id=entry.account_id, sequence=1, ends=None, rest=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Lot.objects.create(account_id=entry.account_id, sequence=2, ends=None, rest=0)


def test_an_account_with_entries_is_not_deleted(entry: Entry):
    run("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.filter(pk=entry.account_id)._raw_delete("default")
