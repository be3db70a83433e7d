"""Audit rows: written with the act, sealed against change, counted where something failed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from audit.acts import ATTEMPTS, ActName
from audit.context import Origin, coming_from
from audit.encoding import COLUMNS, act_bytes, is_intact
from audit.models import Act, Unsealed
from audit.services import ATTEMPT_NETWORKS_MAX, record, record_attempt

pytestmark = pytest.mark.django_db


def minted(**extra: Any) -> Act:
    return record(ActName.KEY_MINTED, actor="user:1 admin", subject="key:3", **extra)


def test_writes_down_who_did_what_from_where():
    with coming_from(Origin(address="192.0.2.7", request_id="abc")):
        minted(facts={"scope": "read", "owner": 7})

    row = Act.objects.get()
    assert (row.act, row.actor, row.subject) == ("key.minted", "user:1 admin", "key:3")
    assert (row.address, row.request_id) == ("192.0.2.7", "abc")
    assert row.facts == '{"owner":7,"scope":"read"}'
    assert (row.count, row.minute) == (1, None)
    assert is_intact(row)


def test_is_gone_with_what_it_tells_of():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        minted()
        raise ZeroDivisionError

    assert not Act.objects.exists()


def test_awaits_its_seal_from_its_first_moment():
    row = minted()

    assert Unsealed.objects.get().pk == row.pk


def test_the_encoding_begins_with_a_tag_of_its_own_and_names_every_column():
    assert act_bytes(minted())[0] == 0xA0
    covered = {*COLUMNS, "version", "key_id"}
    assert covered == {field.column for field in Act._meta.concrete_fields} - {"mac"}


EDITS = {
    "id": "id = id + 1000",
    "act": "act = 'key.revoked'",
    "at": "at = at - interval '1 microsecond'",
    "actor": "actor = 'user:2 admin'",
    "address": "address = '192.0.2.8'",
    "request_id": "request_id = 'another'",
    "subject": "subject = 'key:4'",
    "facts": 'facts = \'{"scope":"read_write"}\'',
    "count": "count = 2, minute = date_trunc('minute', at)",
    "minute": "minute = date_trunc('minute', at)",
    "version": "version = 1",
    "mac": "mac = sha256(mac)",
    "two columns, one after the other": "actor = 'user:1 adminx', address = ''",
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edited_row_does_not_carry_its_mac(sql: Callable[[str], int], edit: str):
    minted()

    assert sql(f"UPDATE audit_act SET {edit}") == 1
    assert not is_intact(Act.objects.get())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_act SET actor = 'x'",
        "UPDATE audit_act SET count = 2",
        "UPDATE audit_act SET mac = ''",
        "DELETE FROM audit_act",
        "TRUNCATE audit_act",
    ],
)
def test_the_database_refuses_to_change_a_row(statement: str):
    row = minted()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Act.objects.get() == row


def wrong(network: str = "192.0.2.7/32", act: ActName = ActName.CREDENTIAL_WRONG) -> None:
    record_attempt(act, network=network)


def test_what_fails_is_one_row_for_its_kind_address_and_minute():
    for _ in range(3):
        wrong()
    wrong("192.0.2.8/32")
    wrong(act=ActName.SIGN_IN_FAILED)

    rows = Act.objects.order_by("-count", "act")
    assert [(row.act, row.address, row.count) for row in rows] == [
        ("credential.wrong", "192.0.2.7/32", 3),
        ("credential.wrong", "192.0.2.8/32", 1),
        ("sign_in.failed", "192.0.2.7/32", 1),
    ]
    assert all(is_intact(row) for row in rows)


def test_a_counted_row_begins_anew_with_the_minute(sql: Callable[[str], int]):
    wrong()
    sql("UPDATE audit_act SET minute = minute - interval '1 minute'")
    wrong()

    assert Act.objects.filter(count=1).count() == 2


def test_strangers_make_no_more_than_so_many_rows(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("audit.services.ATTEMPT_NETWORKS_MAX", 3)
    for number in range(6):
        wrong(f"192.0.2.{number}/32")
    wrong("192.0.2.0/32")

    counted = {row.address: row.count for row in Act.objects.all()}
    assert counted == {"192.0.2.0/32": 2, "192.0.2.1/32": 1, "192.0.2.2/32": 1, "": 3}
    assert ATTEMPT_NETWORKS_MAX == 100


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_act SET count = count - 1",
        "UPDATE audit_act SET actor = 'user:7'",
        "UPDATE audit_act SET minute = minute + interval '1 minute'",
        "UPDATE audit_act SET minute = NULL",
        "DELETE FROM audit_act",
    ],
)
def test_a_counted_row_can_only_rise(statement: str):
    wrong()
    wrong()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Act.objects.get().count == 2


def test_a_minute_that_is_over_cannot_be_counted_up(sql: Callable[[str], int]):
    wrong()
    sql("UPDATE audit_act SET minute = minute - interval '2 minutes'")

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_act SET count = 2")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_an_attempt_is_never_in_a_transaction_that_could_take_it_back():
    with pytest.raises(RuntimeError), transaction.atomic():
        wrong()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_an_attempt_outlives_the_roll_back():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        minted()
        raise ZeroDivisionError
    wrong()

    assert Act.objects.get().act == "credential.wrong"


def test_each_kind_is_written_its_own_way():
    for name in ActName:
        with pytest.raises(ValueError):  # noqa: PT011  which of the two is the point
            record(name, actor="x") if name in ATTEMPTS else record_attempt(name, network="")


def test_the_documentation_names_every_act():
    text = (Path(__file__).parents[2] / "docs" / "audit.md").read_text()

    assert [name.value for name in ActName if f"`{name.value}`" not in text] == []


@pytest.mark.parametrize("facts", [{"at": object()}, {"key": b"bytes"}])
def test_facts_are_plain(facts: dict[str, Any]):
    with pytest.raises(TypeError):
        minted(facts=facts)
