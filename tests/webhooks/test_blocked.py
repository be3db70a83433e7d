"""`wallet.spending_limit.blocked`: written behind the roll-back of what it tells of, whichever way somebody came in."""

import logging
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError, transaction
from django.test import Client
from rest_framework.test import APIClient

from ledger.models import Entry
from ledger.movements import Event
from people.models import User
from tests.admin.conftest import browser_of, errors_of
from tests.admin.test_wallets import send
from tests.api.conftest import V1, nonce_of, nothing_moves
from tests.conftest import WHY
from tests.webhooks.told import Row, facts, forget_what_was_told, names, rows
from transfers.requests import ask_for_money
from wallet_service.api.blocked import TOLD_PER_MINUTE
from wallets import blocked
from wallets.blocked import tell_blocked
from wallets.errors import SpendingLimitExceeded
from wallets.models import Wallet
from wallets.services import change_wallet, debit
from webhooks.dispatching import dispatch_waiting
from webhooks.models import Event as Told
from webhooks.naming import SPENDING_LIMIT_BLOCKED

# The requests' own transactions, as they are served: what they roll back is gone.
pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

Try = Callable[..., Any]


@pytest.fixture
def limited(wallet: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry], site: Any) -> Wallet:
    """Alice's wallet, with $100, of which $50 may go at a time."""
    give(wallet, 10_000)
    change_wallet(wallet=wallet, spending_limit=5_000)
    site(transfers_enabled=True, transfer_fee_type="fixed", transfer_fee_amount=25, low_balance=0)
    forget_what_was_told()
    return wallet


def by_debit(shop: APIClient, wallet: Wallet, **extra: Any) -> Any:
    return shop.post(f"{V1}/wallets/{wallet.pk}/debit", {"amount": "5001", "reason": "x", **extra}, format="json")


def by_hold(shop: APIClient, wallet: Wallet, **extra: Any) -> Any:
    return shop.post(f"{V1}/holds", {"wallet_id": wallet.pk, "amount": "5001", **extra}, format="json")


def by_transfer(alice: APIClient, wallet: Wallet, **extra: Any) -> Any:
    body = {"to_user_email": "bob@example.test", "amount": "4976", **extra}
    return alice.post(f"{V1}/transfers", body, format="json")


def by_accepting(alice: APIClient, wallet: Wallet, **extra: Any) -> Any:
    with transaction.atomic():
        bob = User.objects.get(username="bob")
        request = ask_for_money(requester=bob, payer_email="alice@example.test", amount=wallet.money(4976))
    return alice.post(f"{V1}/money_requests/{request.pk}/accept", extra, format="json")


def at_checkout(alice: User) -> APIClient:
    browser = APIClient()
    browser.force_login(alice)
    browser.credentials(HTTP_NONCE=nonce_of(browser))
    return browser


def by_applying(browser: APIClient, **extra: Any) -> Any:
    return browser.post("/wp-json/wc/store/v1/walletpro/apply", {"amount": "5001", "order_id": 7, **extra}, format="json")


@pytest.fixture(params=["debit", "hold", "transfer", "accept", "apply"])
def way_in(request: Any, limited: Wallet, as_manager: APIClient, as_alice: APIClient, alice: User) -> Try:
    """One more than the wallet's limit, by each way there is; the fee counts."""
    ways: dict[str, Try] = {
        "debit": lambda **extra: by_debit(as_manager, limited, **extra),
        "hold": lambda **extra: by_hold(as_manager, limited, **extra),
        "transfer": lambda **extra: by_transfer(as_alice, limited, **extra),
        "accept": lambda **extra: by_accepting(as_alice, limited, **extra),
        "apply": lambda **extra: by_applying(at_checkout(alice), **extra),
    }
    return ways[request.param]


def test_every_way_in_tells(way_in: Try, limited: Wallet):
    with nothing_moves():
        answer = way_in(idempotency_key=str(uuid4()))

    assert (answer.status_code, answer.json()["code"]) == (422, "walletpro_spending_limit_exceeded")
    assert rows() == [Row(SPENDING_LIMIT_BLOCKED, limited.pk, None)]
    assert facts(SPENDING_LIMIT_BLOCKED) == [{"limit": "5000", "requested": "5001", "currency": "USD"}]


def test_what_is_told_says_whose_it_is(limited: Wallet, alice: User, as_manager: APIClient):
    by_debit(as_manager, limited)
    dispatch_waiting()

    told = Told.objects.get()
    assert told.account_id == limited.pk
    assert told.data == (f'{{"wallet_id":{limited.pk},"user_id":{alice.pk},"currency":"USD","limit":"5000","requested":"5001"}}')


def test_a_dry_run_tells_nothing(limited: Wallet, as_manager: APIClient, as_alice: APIClient):
    for answer in (
        by_debit(as_manager, limited, dry_run=True),
        by_hold(as_manager, limited, dry_run=True),
        by_transfer(as_alice, limited, dry_run=True),
        by_accepting(as_alice, limited, dry_run=True),
    ):
        assert answer.status_code == 422

    assert rows() == []


def test_each_try_is_told_and_one_that_is_let_through_is_not(limited: Wallet, as_manager: APIClient):
    key = str(uuid4())
    for _ in range(2):
        assert by_debit(as_manager, limited, idempotency_key=key).status_code == 422
    assert names() == ["spending_limit.blocked"] * 2
    change_wallet(wallet=limited, spending_limit=5_001)

    assert by_debit(as_manager, limited, idempotency_key=key).status_code == 201
    assert names()[2:] == ["debited"]


def test_a_storm_of_tries_is_told_so_often_in_a_minute(
    limited: Wallet, as_manager: APIClient, limits: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("django_ratelimit.core._get_window", lambda value, period: 2_000_000_000)
    limits(rate_walletpro_per_minute=0)
    for _ in range(TOLD_PER_MINUTE + 3):
        assert by_debit(as_manager, limited).status_code == 422
    assert len(rows()) == TOLD_PER_MINUTE

    # Another wallet has its own.
    bobs = Wallet.objects.get(user__username="bob")
    change_wallet(wallet=bobs, spending_limit=1)
    by_debit(as_manager, bobs)
    assert [row.account_id for row in rows()[TOLD_PER_MINUTE:]] == [bobs.pk]


def test_a_velocity_cap_is_another_refusal(limited: Wallet, as_manager: APIClient, site: Any):
    site(velocity_max_sum=1_000)
    answer = by_debit(as_manager, limited, amount="1001")

    assert answer.json()["code"] == "walletpro_velocity_cap_exceeded"
    assert rows() == []


@pytest.fixture
def browser(manager: User) -> Client:
    return browser_of(manager)


def test_an_adjustment_that_the_limits_hold_for_tells_too(limited: Wallet, browser: Client, site: Any):
    site(limits_on_adjustments=True)
    assert "amount" in errors_of(send(browser, limited, "debit", amount="50.01"))
    assert facts(SPENDING_LIMIT_BLOCKED) == [{"limit": "5000", "requested": "5001", "currency": "USD"}]

    site(limits_on_adjustments=False)
    assert send(browser, limited, "debit", amount="50.01").status_code == 302
    assert names() == ["spending_limit.blocked", "debited"]


def test_it_is_not_told_where_it_could_be_taken_back(limited: Wallet):
    with pytest.raises(SpendingLimitExceeded) as refused, transaction.atomic():
        debit(wallet=limited, amount=limited.money(5_001), event=Event.once("test"), why=WHY)
    with pytest.raises(RuntimeError), transaction.atomic():
        tell_blocked(refused.value)

    assert rows() == []


def test_a_database_that_cannot_be_written_to_changes_no_answer(
    limited: Wallet, as_manager: APIClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def broken(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("the disk is full")

    monkeypatch.setattr(blocked, "tell", broken)
    with caplog.at_level(logging.ERROR):
        assert by_debit(as_manager, limited).status_code == 422

    assert "could not be told" in caplog.text
