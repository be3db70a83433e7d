"""GET /walletpro/v1/transactions and /transactions/{id}."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from rest_framework.test import APIClient

from ledger.book import lock_accounts
from ledger.kinds import House, Kind
from ledger.models import Entry
from ledger.movements import Circumstances, Event, Movement
from people.models import User
from people.rights import Right
from tests.api.conftest import V1, said
from wallet_service.api.walletpro import fields
from wallets.models import Wallet
from wallets.services import debit

pytestmark = pytest.mark.django_db

LIST = f"{V1}/transactions"
FORBIDDEN = (403, "rest_forbidden")
WHY = Circumstances(actor="test", reason="3% cashback on order #8812", note="checked", order_id=8812, reference="INV-7")


def ids(response: Any) -> list[int]:
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["data"]]


def post(wallet: Wallet, kind: Kind, minor: int, why: Circumstances = WHY) -> Entry:
    """An entry of any kind, as the apps above will write them."""
    movement = Movement(wallet.pk, kind, wallet.money(minor), House.ISSUED, why)
    return lock_accounts(wallet.pk).post(movement, event=Event.once("test"))[0]


def at(moment: datetime, wallet: Wallet) -> Entry:
    """An entry that says it is of this time."""
    entry = post(wallet, Kind.CREDIT, 100)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE ledger_entry SET at = %s WHERE id = %s", [moment, entry.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")
    return entry


def test_the_documents_shape(as_alice: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 7250)
    entry = post(wallet, Kind.CASHBACK, 250)
    row = {
        "id": entry.pk,
        "wallet_id": wallet.pk,
        "type": "cashback",
        "amount": "250",
        "balance_before": "7250",
        "balance_after": "7500",
        "reason": "3% cashback on order #8812",
        "order_id": 8812,
        "reference": "INV-7",
        "transfer_group_id": None,
        "expiry_date": None,
        "currency": "USD",
        "sequence": 2,
        "of_sequence": None,
        "hmac_chain": f"sha256:{bytes(entry.mac).hex()}",
        "created_at": entry.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }

    assert as_alice.get(f"{LIST}/{entry.pk}").json() == row
    listed = as_alice.get(LIST).json()
    assert listed["data"][0] == row
    assert listed["meta"] == {"total": 2, "total_pages": 1, "page": 1, "per_page": 25}


def test_amounts_are_unsigned_and_the_type_tells_the_direction(as_alice: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 100)
    entry = debit(wallet=wallet, amount=wallet.money(40), event=Event.once("test"), why=WHY)
    body = as_alice.get(f"{LIST}/{entry.pk}").json()

    assert (body["type"], body["amount"], body["balance_before"], body["balance_after"]) == ("debit", "40", "100", "60")


@pytest.mark.parametrize(("path", "listed"), [("", True), ("/{id}", False)])
def test_the_note_shows_to_managers_only(
    as_alice: APIClient,
    as_manager: APIClient,
    client_with_key: Callable[..., APIClient],
    person: Callable[..., User],
    wallet: Wallet,
    path: str,
    listed: bool,
):
    entry = post(wallet, Kind.CREDIT, 100)
    reader = client_with_key(person("reader", Right.READ_WALLETS))
    shown = [client.get(LIST + path.format(id=entry.pk)).json() for client in (as_alice, reader, as_manager)]
    rows = [body["data"][0] if listed else body for body in shown]

    assert [row.get("note") for row in rows] == [None, None, "checked"]
    assert "note" not in rows[0]
    assert "note" not in rows[1]


def test_the_expiry_of_what_a_credit_brought(as_alice: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    entry = give(wallet, 100, expires_at=datetime(2099, 1, 1, tzinfo=UTC))

    assert as_alice.get(f"{LIST}/{entry.pk}").json()["expiry_date"] == "2099-01-01T00:00:00Z"


def test_a_customer_sees_his_own_and_newest_first(
    as_alice: APIClient, wallet: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry]
):
    mine = [give(wallet, 1).pk, give(wallet, 2).pk]
    give(bobs_wallet, 3)

    assert ids(as_alice.get(LIST)) == mine[::-1]
    assert ids(as_alice.get(f"{LIST}?wallet_id={wallet.pk}")) == mine[::-1]


def test_another_customers_are_not_there_for_him(
    as_alice: APIClient, wallet: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry]
):
    theirs = give(bobs_wallet, 3)
    of_his, of_nobody = as_alice.get(f"{LIST}/{theirs.pk}"), as_alice.get(f"{LIST}/{theirs.pk + 1000}")

    assert said(of_his) == said(of_nobody) == FORBIDDEN
    assert of_his.content == of_nobody.content
    assert said(as_alice.get(f"{LIST}?wallet_id={bobs_wallet.pk}")) == FORBIDDEN
    assert said(as_alice.get(f"{LIST}?wallet_id={bobs_wallet.pk + 1000}")) == FORBIDDEN


@pytest.mark.parametrize("rights", [(Right.READ_WALLETS,), (Right.MANAGE,)])
def test_who_reads_any_wallet_reads_any_transaction(
    client_with_key: Callable[..., APIClient],
    person: Callable[..., User],
    wallet: Wallet,
    bobs_wallet: Wallet,
    give: Callable[..., Entry],
    rights: tuple[Right, ...],
):
    reader = client_with_key(person("reader", *rights))
    one, two = give(wallet, 1), give(bobs_wallet, 2)

    assert ids(reader.get(LIST)) == [two.pk, one.pk]
    assert ids(reader.get(f"{LIST}?wallet_id={wallet.pk}")) == [one.pk]
    assert reader.get(f"{LIST}/{two.pk}").json()["wallet_id"] == bobs_wallet.pk
    assert ids(reader.get(f"{LIST}?wallet_id={wallet.pk + 1000}")) == []
    assert ids(reader.get(f"{LIST}?wallet_id={10**30}")) == []
    assert said(reader.get(f"{LIST}/{two.pk + 1000}")) == (404, "walletpro_transaction_not_found")


def test_who_may_only_write_reads_his_own(
    client_with_key: Callable[..., APIClient], person: Callable[..., User], wallet: Wallet, give: Callable[..., Entry]
):
    entry = give(wallet, 1)
    writer = client_with_key(person("writer", Right.WRITE_WALLETS))

    assert ids(writer.get(LIST)) == []
    assert said(writer.get(f"{LIST}/{entry.pk}")) == FORBIDDEN


TYPE_OF_KIND = {
    (Kind.CREDIT, 1): "credit",
    (Kind.TOPUP, 1): "topup",
    (Kind.CASHBACK, 1): "cashback",
    (Kind.MILESTONE, 1): "milestone",
    (Kind.REFERRAL, 1): "referral",
    (Kind.TRANSFER, 1): "transfer_in",
    (Kind.BONUS, 1): "credit",
    (Kind.REFUND, 1): "credit",
    (Kind.REDEMPTION, 1): "credit",
    (Kind.GRANT, 1): "credit",
    (Kind.WITHDRAWAL_RETURN, 1): "credit",
    (Kind.REVERSAL, 1): "credit",
    (Kind.DEBT, 1): "credit",
    (Kind.IMPORT, 1): "credit",
    (Kind.DEBIT, -1): "debit",
    (Kind.TRANSFER, -1): "transfer_out",
    (Kind.WITHDRAWAL, -1): "withdrawal",
    (Kind.EXPIRY, -1): "expiry",
    (Kind.FEE, -1): "debit",
    (Kind.CAPTURE, -1): "debit",
    (Kind.REPAYMENT, -1): "debit",
    (Kind.INTEREST, -1): "debit",
    (Kind.CHARGE, -1): "debit",
    (Kind.REVERSAL, -1): "debit",
}


def test_every_kind_that_moves_money_has_a_type():
    assert {kind for kind, _sign in TYPE_OF_KIND} == set(Kind) - {Kind.HOLD, Kind.RELEASE}
    assert set(TYPE_OF_KIND.values()) == set(fields.TYPES) == set(fields.ROWS_OF_TYPE)


def test_what_a_row_says_and_what_the_filter_finds_agree(as_alice: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 1000)
    entries = {post(wallet, kind, sign * 5).pk: name for (kind, sign), name in TYPE_OF_KIND.items()}
    rows = {row["id"]: row["type"] for row in as_alice.get(f"{LIST}?per_page=100").json()["data"]}

    assert {pk: rows[pk] for pk in entries} == entries
    for name in fields.TYPES:
        found = {row["id"] for row in as_alice.get(f"{LIST}?per_page=100&type={name}").json()["data"]}
        assert found == {pk for pk, shown in rows.items() if shown == name}


@pytest.mark.parametrize("query", ["type=cashback,milestone", "type=cashback milestone", "type[]=cashback&type[]=milestone"])
def test_several_types(as_alice: APIClient, wallet: Wallet, query: str):
    found = [post(wallet, kind, 5).pk for kind in (Kind.CASHBACK, Kind.TOPUP, Kind.MILESTONE)]

    assert ids(as_alice.get(f"{LIST}?{query}")) == [found[2], found[0]]


def test_an_empty_type_is_any_type(as_alice: APIClient, wallet: Wallet):
    assert ids(as_alice.get(f"{LIST}?type=")) == []
    entry = post(wallet, Kind.CASHBACK, 5)
    assert ids(as_alice.get(f"{LIST}?type=")) == [entry.pk]


def test_an_unknown_type(as_alice: APIClient):
    response = as_alice.get(f"{LIST}?type=credit,refund")

    assert said(response) == (400, "rest_invalid_param")
    assert response.json()["data"]["params"]["type"].startswith("type[1] is not one of credit, debit, topup, ")


def test_a_transfer_names_its_group(as_alice: APIClient, wallet: Wallet):
    entry = post(wallet, Kind.TRANSFER, 5)
    group = uuid4()
    entry.group = group

    assert fields.transaction_row(entry, "USD", with_note=False)["transfer_group_id"] == str(group)


def test_of_several_parts_with_ends_it_tells_the_soonest(give: Callable[..., Entry], wallet: Wallet):
    """What comes back to its lots comes back in another order than that of their ends."""
    late, soon, taken = "2099-12-31T00:00:00+00:00", "2098-01-01T00:00:00+00:00", "2097-01-01T00:00:00+00:00"
    entry = give(wallet, 100)
    entry.lots = [(1, None, 10), (2, late, 40), (3, soon, 50), (4, taken, -5)]
    assert fields.expiry_date(entry) == "2098-01-01T00:00:00Z"

    entry.lots = [(1, None, 10), (4, taken, -5)]
    assert fields.expiry_date(entry) is None


def test_what_moves_no_money_is_no_transaction(as_alice: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    """A hold is an entry of amount 0: part of the chain, and not of this list."""
    give(wallet, 100)
    entry = Entry.objects.get()
    for field in ("pk", "house", "key", "asked", "leg"):
        setattr(entry, field, None)
    entry.sequence, entry.kind, entry.amount = 2, Kind.HOLD, 0
    entry.save(force_insert=True)

    assert as_alice.get(LIST).json()["meta"]["total"] == 1
    assert said(as_alice.get(f"{LIST}/{entry.pk}")) == FORBIDDEN


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("after=2030-06-01T00:00:00Z", [3, 2]),
        ("after=2030-05-31T23:59:59Z", [3, 2, 1]),
        ("after=2030-06-01", [3, 2]),
        ("after=2030-06-01T02:00:00%2B02:00", [3, 2]),
        ("after=2030-06-01T02:00:00+02:00", [3, 2]),
        ("before=2030-06-01T00:00:00Z", [0]),
        ("before=2030-06-01T00:00:01Z", [1, 0]),
        ("before=2030-06-01T12:00:00Z", [1, 0]),
        ("after=2030-05-01&before=2030-06-30T23:59:59Z", [2, 1]),
        ("after=9999-12-31T23:59:59Z", []),
        ("before=0001-01-01T00:00:00Z", []),
    ],
)
def test_after_and_before_are_exclusive_in_whole_seconds(as_alice: APIClient, wallet: Wallet, query: str, found: list[int]):
    moments = [
        datetime(2030, 5, 1, tzinfo=UTC),
        datetime(2030, 6, 1, 0, 0, 0, 700_000, tzinfo=UTC),
        datetime(2030, 6, 1, 12, tzinfo=UTC),
        datetime(2030, 7, 1, tzinfo=UTC),
    ]
    entries = [at(moment, wallet).pk for moment in moments]

    assert ids(as_alice.get(f"{LIST}?{query}")) == [entries[number] for number in found]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("after=yesterday", "after"),
        ("before=", "before"),
        ("wallet_id=0", "wallet_id"),
        ("wallet_id=x", "wallet_id"),
        ("wallet_id=", "wallet_id"),
    ],
)
def test_filters_that_are_none(as_alice: APIClient, query: str, name: str):
    response = as_alice.get(f"{LIST}?{query}")

    assert said(response) == (400, "rest_invalid_param")
    assert list(response.json()["data"]["params"]) == [name]


def test_the_documents_filters_together(as_alice: APIClient, wallet: Wallet):
    entry = post(wallet, Kind.CASHBACK, 5)
    day = (entry.at - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    query = f"wallet_id={wallet.pk}&type=cashback,milestone&after={day}&before=2099-06-30T23:59:59Z"

    assert ids(as_alice.get(f"{LIST}?{query}")) == [entry.pk]
