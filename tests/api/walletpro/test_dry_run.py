"""`dry_run`: the same code, what it would do, and nothing done."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from idempotency.models import Claim
from ledger.kinds import Kind
from ledger.models import Entry
from tests.api.conftest import V1, nothing_moves, said
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

END = datetime(2099, 1, 1, tzinfo=UTC)
REASON = {"reason": "x"}


def dry(client: APIClient, path: str, **arguments: Any) -> Any:
    return client.post(f"{V1}{path}", {**REASON, **arguments, "dry_run": True}, format="json")


def test_a_debit_says_what_it_would_burn(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 300, expires_at=END)
    give(wallet, 200, Kind.CASHBACK)
    give(wallet, 1000)
    with nothing_moves():
        response = dry(as_manager, f"/wallets/{wallet.pk}/debit", amount="600")

    assert response.status_code == 200
    assert response.json() == {
        "dry_run": True,
        "status": 201,
        "entries": [
            {
                "wallet_id": wallet.pk,
                "kind": "debit",
                "amount": "-600",
                "held_change": "0",
                "currency": "USD",
                "balance_before": "1500",
                "balance_after": "900",
                "reason": "x",
                "lots": [
                    {"sequence": 1, "expiry_date": "2099-01-01T00:00:00Z", "amount": "-300"},
                    {"sequence": 2, "expiry_date": None, "amount": "-200"},
                ],
            }
        ],
        "fee": "0",
        "wallets": [{"wallet_id": wallet.pk, "currency": "USD", "balance_after": "900", "available_after": "900"}],
    }


@pytest.mark.parametrize(
    ("route", "arguments", "status"),
    [
        ("/wallets/{wallet}/credit", {"amount": "5"}, 201),
        ("/wallets/{wallet}/debit", {"amount": "5"}, 201),
        ("/wallets/{wallet}/debit", {"amount": "50000", "allow_partial": True}, 206),
        ("/holds", {"amount": "5"}, 201),
        ("/holds/{hold}/capture", {}, 201),
        ("/holds/{hold}/void", {}, 200),
        ("/transactions/{entry}/reverse", {}, 201),
    ],
)
def test_every_money_route_can_be_tried(
    as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry], route: str, arguments: dict[str, Any], status: int
):
    entry = give(wallet, 1000)
    give(wallet, 1000)
    hold = as_manager.post(f"{V1}/holds", {"wallet_id": wallet.pk, "amount": "7"}, format="json").json()["id"]
    path = route.format(wallet=wallet.pk, hold=hold, entry=entry.pk)
    with nothing_moves():
        tried = dry(as_manager, path, wallet_id=wallet.pk, **arguments)

    assert (tried.status_code, tried.json()["status"]) == (200, status)
    done = as_manager.post(f"{V1}{path}", {**REASON, "wallet_id": wallet.pk, **arguments}, format="json")
    assert done.status_code == status
    written = Entry.objects.latest("id")
    foretold = tried.json()["entries"][-1]
    assert (foretold["kind"], foretold["amount"], foretold["balance_after"]) == (
        written.kind,
        str(written.amount),
        str(written.balance),
    )


def test_a_refusal_is_the_refusal(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 10)
    path = f"/wallets/{wallet.pk}/debit"
    with nothing_moves():
        tried = dry(as_manager, path, amount="11")
        done = as_manager.post(f"{V1}{path}", {**REASON, "amount": "11"}, format="json")

    assert said(tried) == (422, "walletpro_insufficient_balance")
    assert tried.json() == done.json()
    assert said(dry(as_manager, path, amount="x")) == (400, "rest_invalid_param")
    assert said(dry(as_manager, f"/wallets/{wallet.pk + 999}/debit", amount="1")) == (404, "walletpro_wallet_not_found")


def test_it_neither_takes_nor_reads_an_idempotency_key(as_manager: APIClient, wallet: Wallet):
    path, key = f"/wallets/{wallet.pk}/credit", str(uuid4())
    dry(as_manager, path, amount="5", idempotency_key=key)
    assert not Claim.objects.exists()

    body = {**REASON, "amount": "5", "idempotency_key": key}
    assert as_manager.post(f"{V1}{path}", body, format="json").status_code == 201
    again = dry(as_manager, path, amount="7", idempotency_key=key)
    assert (again.status_code, again.json()["entries"][0]["amount"]) == (200, "7")
    assert "Idempotent-Replay" not in again


def test_it_counts_against_the_rate_limit(as_manager: APIClient, wallet: Wallet, limits: Any):
    limits(rate_walletpro_per_minute=2)
    path = f"/wallets/{wallet.pk}/credit"
    left = [dry(as_manager, path, amount="5")["X-WalletPro-RateLimit-Remaining"] for _ in range(2)]

    assert left == ["1", "0"]
    assert said(dry(as_manager, path, amount="5")) == (429, "walletpro_rate_limited")


def test_it_needs_the_right_to_do_it(as_alice: APIClient, wallet: Wallet):
    assert said(dry(as_alice, f"/wallets/{wallet.pk}/credit", amount="5")) == (403, "rest_forbidden")


@pytest.mark.parametrize("value", ["perhaps", 2, [], {}])
def test_it_is_yes_or_no(as_manager: APIClient, wallet: Wallet, value: Any):
    body = {**REASON, "amount": "5", "dry_run": value}
    with nothing_moves():
        assert said(as_manager.post(f"{V1}/wallets/{wallet.pk}/credit", body, format="json")) == (400, "rest_invalid_param")
