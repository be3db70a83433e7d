"""What a wallet held at a time, the entry that rests on, and the checkpoint that covers it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from ledger.due import settle_due
from ledger.models import Entry
from tests.api.conftest import V1, said
from tests.api.walletpro.clock import Clock
from wallets.models import Wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def at(client: APIClient, wallet: Wallet, moment: Any) -> Any:
    return client.get(f"{V1}/wallets/{wallet.pk}", {"at": moment if isinstance(moment, str) else moment.isoformat()})


def test_a_history(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry], clock: Clock):
    moments = [timezone.now() - timedelta(seconds=2)]
    for amount in (100, 20, 3):
        clock.forward(minutes=1)
        give(wallet, amount)
        moments.append(timezone.now())
        clock.forward(minutes=1)

    rows = [at(as_manager, wallet, moment).json() for moment in moments]
    assert [(row["balance"], row["sequence"], row["is_before_first_entry"]) for row in rows] == [
        ("0", 0, True),
        ("100", 1, False),
        ("120", 2, False),
        ("123", 3, False),
    ]
    assert at(as_manager, wallet, timezone.now()).json()["sequence"] == 3
    entry = Entry.objects.get(account_id=wallet.pk, sequence=2)
    assert rows[2] == {
        "wallet_id": wallet.pk,
        "currency": "USD",
        "at": rows[2]["at"],
        "balance": "120",
        "balance_formatted": "$1.20",
        "held": "0",
        "is_before_first_entry": False,
        "sequence": 2,
        "hmac_chain": f"sha256:{bytes(entry.mac).hex()}",
        "checkpoint": None,
    }
    assert (rows[0]["hmac_chain"], rows[0]["checkpoint"]) == (None, None)


def test_the_second_that_is_shown_counts(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry], clock: Clock):
    entry = give(wallet, 100)
    clock.forward(minutes=1)
    shown = as_manager.get(f"{V1}/transactions/{entry.pk}").json()["created_at"]

    assert at(as_manager, wallet, shown).json()["sequence"] == 1


def test_a_wallet_without_entries(as_manager: APIClient, wallet: Wallet):
    row = at(as_manager, wallet, "2020-01-01").json()

    assert (row["balance"], row["sequence"], row["is_before_first_entry"]) == ("0", 0, True)


@pytest.mark.parametrize("is_settled", [False, True])
def test_what_was_due_by_then_is_subtracted_whenever_it_was_written(
    as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry], clock: Clock, is_settled: bool
):
    give(wallet, 1000)
    give(wallet, 300, expires_at=timezone.now() + timedelta(minutes=10))
    as_manager.post(f"{V1}/holds", {"wallet_id": wallet.pk, "amount": "50", "expires_in": 300}, format="json")
    before, released, expired = (timezone.now() + timedelta(minutes=minutes) for minutes in (4, 6, 11))
    clock.forward(minutes=20)
    if is_settled:
        assert settle_due() == 1

    rows = [at(as_manager, wallet, moment).json() for moment in (before, released, expired)]
    assert [(row["balance"], row["held"], row["sequence"]) for row in rows] == [
        ("1300", "50", 3),
        ("1300", "0", 3),
        ("1000", "0", 3),
    ]


def test_costs_as_many_statements_for_a_long_history_as_for_a_short_one(
    as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry], clock: Clock
):
    counts = []
    for _ in range(2):
        for _ in range(20):
            give(wallet, 1)
        clock.forward(minutes=1)
        moment = timezone.now() - timedelta(seconds=30)
        at(as_manager, wallet, moment)
        with CaptureQueriesContext(connection) as queries:
            assert at(as_manager, wallet, moment).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 5


def test_ones_own_history_and_nobody_elses(as_alice: APIClient, wallet: Wallet, bobs_wallet: Wallet, stranger: APIClient):
    moment = timezone.now()

    assert at(as_alice, wallet, moment).status_code == 200
    assert said(at(as_alice, bobs_wallet, moment)) == (403, "rest_forbidden")
    assert said(at(stranger, wallet, moment)) == (401, "rest_not_logged_in")


def test_nobody_knows_what_comes(as_manager: APIClient, wallet: Wallet):
    response = at(as_manager, wallet, timezone.now() + timedelta(minutes=1))

    assert said(response) == (400, "rest_invalid_param")
    assert list(response.json()["data"]["params"]) == ["at"]


@pytest.mark.parametrize("moment", ["yesterday", "2026-02", "", "2026-01-01T25:00:00Z", "\u0661"])
def test_what_is_no_time(as_manager: APIClient, wallet: Wallet, moment: str):
    assert said(at(as_manager, wallet, moment)) == (400, "rest_invalid_param")


def test_the_first_year_has_four_digits(as_manager: APIClient, wallet: Wallet):
    assert at(as_manager, wallet, "0001-01-01").json()["at"] == "0001-01-01T00:00:00Z"
