"""Transactions behind both doors (seeds/001, "GET /transactions")."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from ledger.kinds import House, Kind
from ledger.models import Entry
from ledger.money import currency
from ledger.movements import Circumstances, Event
from people.models import User
from tests.api.conftest import said
from tests.api.webkul.conftest import ADMIN, CUSTOMER, spelt
from wallet_service.api.webkul.rows import NAMED_KINDS, ROWS_OF_TYPE, TYPES, type_of
from wallets.models import Wallet
from wallets.services import credit, debit, open_wallet

pytestmark = pytest.mark.django_db

ROWS = f"{ADMIN}/transactions"


def ids(response: Any) -> list[int]:
    assert response.status_code == 200, response.content
    return [item["id"] for item in response.json()["items"]]


@pytest.fixture
def ordered(wallet: Wallet, give: Callable[..., Entry]) -> Entry:
    """A debit of 12.50 for order 8812."""
    give(wallet, 2000)
    why = Circumstances(actor="test", reason="Order #8812", note="internal", order_id=8812, reference="PO-1")
    return debit(wallet=wallet, amount=wallet.money(1250), event=Event.once("test"), why=why)


def test_a_row_is_as_the_document_has_it(as_manager: APIClient, alice: User, ordered: Entry):
    row = {
        "id": ordered.pk,
        "user_id": alice.pk,
        "amount": "-12.50",
        "balance_after": "7.50",
        "currency": "USD",
        "type": "debit",
        "order_id": 8812,
        "reference": "PO-1",
        "note": "Order #8812",
        "created_at": f"{ordered.at:%Y-%m-%dT%H:%M:%SZ}",
    }
    listed = as_manager.get(ROWS)

    assert spelt(listed)["items"][0] == row
    assert list(listed.json()) == ["page", "per_page", "total", "items"]
    assert listed["X-WP-Total"] == "2"
    assert spelt(as_manager.get(f"{ROWS}/{ordered.pk}")) == row
    assert list(listed.json()["items"][0]) == list(row)


def test_filters(as_manager: APIClient, ordered: Entry, alice: User, bobs_wallet: Wallet, give: Callable[..., Entry]):
    bobs = give(bobs_wallet, 100, Kind.CASHBACK)
    yen = give(open_wallet(user=alice, currency=currency("JPY")), 500, Kind.TOPUP)
    first = Entry.objects.order_by("id").first()
    assert first is not None
    everything = [yen.pk, bobs.pk, ordered.pk, first.pk]

    queries: tuple[tuple[dict[str, str | int], list[int]], ...] = (
        ({}, everything),
        ({"user_id": alice.pk}, [yen.pk, ordered.pk, first.pk]),
        ({"user_id": 999999}, []),
        ({"user_id": 10**30}, []),
        ({"type": "cashback,topup"}, [yen.pk, bobs.pk]),
        ({"type": "debit"}, [ordered.pk]),
        ({"reference": "PO-1"}, [ordered.pk]),
        ({"order_id": 8812}, [ordered.pk]),
        ({"currency": "JPY"}, [yen.pk]),
        ({"per_page": 2, "page": 2}, everything[2:]),
    )
    for query, found in queries:
        assert ids(as_manager.get(ROWS, query)) == found, query
    for wrong in ("type=debit,bonus", "from=yesterday", "per_page=101", "user_id=0", "currency=XXL"):
        assert said(as_manager.get(f"{ROWS}?{wrong}")) == (400, "rest_invalid_param"), wrong


def test_both_ends_are_inclusive_and_a_bare_date_is_a_whole_day(
    as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry], sql: Callable[[str], int]
):
    times = ["2026-03-01T00:00:00Z", "2026-03-02T23:59:59.9Z", "2026-03-03T00:00:00.5Z"]
    entries = [give(wallet, 100).pk for _ in times]
    for entry, at in zip(entries, times, strict=True):
        sql(f"UPDATE ledger_entry SET at = '{at}' WHERE id = {entry}")
    first, second, third = entries

    for query, found in (
        ({"from": "2026-03-01", "to": "2026-03-02"}, [second, first]),
        ({"from": "2026-03-02T23:59:59Z"}, [third, second]),
        ({"from": "2026-03-03"}, [third]),
        ({"to": "2026-03-03T00:00:00Z"}, [third, second, first]),
        ({"to": "2026-03-02T23:59:58Z"}, [first]),
        ({"from": "2026-03-03T02:00:00+02:00"}, [third]),
        ({"from": "2026-03-05", "to": "2026-03-01"}, []),
    ):
        assert ids(as_manager.get(ROWS, query)) == found, query


def test_every_kind_has_one_type_and_its_filter_finds_it(wallet: Wallet):
    """Money that comes and money that goes, of every kind there is."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for number, (kind, sign) in enumerate(((kind, sign) for kind in Kind for sign in (1, -1)), 1):
        Entry.objects.create(
            account_id=wallet.pk, sequence=number, kind=kind, at=at, amount=sign, balance=max(sign, 0), house=House.ISSUED,
            actor="test", xid=1, version=1, key_id=1, mac=b"",
        )  # fmt: skip
    types = {entry.pk: type_of(entry) for entry in Entry.objects.all()}
    by_filter = {name: set(Entry.objects.filter(ROWS_OF_TYPE[name]).values_list("pk", flat=True)) for name in TYPES}

    assert by_filter == {name: {pk for pk, shown in types.items() if shown == name} for name in TYPES}
    assert set(types.values()) == set(TYPES)
    # Who repays pays the interest with it.
    assert {NAMED_KINDS[kind] for kind in (Kind.REPAYMENT, Kind.INTEREST)} == {"bnpl_repay"}
    assert set(TYPES) == {"credit", "debit", "refund", "cashback", "transfer", "withdrawal", "bnpl_repay", "topup"}


def test_holds_are_no_transactions(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    from tests.conftest import WHY
    from wallets.holds import place_hold

    entry = give(wallet, 1000)
    hold = place_hold(wallet=wallet, amount=wallet.money(5), event=Event.once("test"), why=WHY, expires_in=None)

    assert ids(as_manager.get(ROWS)) == [entry.pk]
    for unknown in (hold.pk, 10**30):
        assert said(as_manager.get(f"{ROWS}/{unknown}")) == (404, "not_found")


def test_ones_own(in_session: APIClient, ordered: Entry, alice: User, bobs_wallet: Wallet, give: Callable[..., Entry]):
    give(bobs_wallet, 100)
    yen = open_wallet(user=alice, currency=currency("JPY"))
    last = credit(wallet=yen, amount=yen.money(500), event=Event.once("test"), why=Circumstances(actor="test", reason="Welcome"))

    own = spelt(in_session.get(f"{CUSTOMER}/transactions"))
    assert [(row["user_id"], row["amount"], row["note"]) for row in own["items"]] == [
        (alice.pk, 500, "Welcome"),
        (alice.pk, "-12.50", "Order #8812"),
        (alice.pk, "20.00", "test"),
    ]
    # Whose they are is not for him to say.
    assert ids(in_session.get(f"{CUSTOMER}/transactions?user_id={bobs_wallet.user_id}&type=credit"))[0] == last.pk
    assert b"internal" not in in_session.get(f"{CUSTOMER}/transactions").content
