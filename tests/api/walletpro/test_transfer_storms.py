"""Transfers at once: one key one effect, a cap of ten is ten, a step-up pays once, and nobody waits for each other for ever.

Seen to fail: without the account's lock entries meet each other (503, the account is not intact); with accounts
locked in the order in which they are named, two that send to each other lie across one another (503, and slow).
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from psycopg import errors as postgres
from rest_framework.test import APIClient

from idempotency.models import Claim
from ledger.models import Account, Entry
from ledger.retry import ATTEMPTS
from ledger.verifying import verify
from notices.models import Notice
from people.models import User
from stepups.models import Challenge
from tests.api.conftest import V1, same_caller
from tests.stepups.conftest import prove
from transfers.models import Transfer
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

AtOnce = Callable[..., list[Any]]
AGAIN = {"walletpro_busy", "walletpro_idempotency_in_progress"}


@pytest.fixture(autouse=True)
def _both_have_money(wallet: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry], site: Callable[..., None]) -> None:
    site(transfers_enabled=True, transfer_fee_type="fixed", transfer_fee_amount=1)
    give(wallet, 10_000)
    give(bobs_wallet, 10_000)


@pytest.fixture
def as_bob(bob: User, client_with_key: Callable[..., APIClient]) -> APIClient:
    return client_with_key(bob)


def send(client: APIClient, to: str, **arguments: Any) -> Any:
    body = {"to_user_email": f"{to}@example.test", "amount": "10", **arguments}
    return same_caller(client).post(f"{V1}/transfers", body, format="json")


def patiently(client: APIClient, to: str, **arguments: Any) -> Any:
    """Where the service is busy the call is sent again, as it says."""
    while (answer := send(client, to, **arguments)).json().get("code") in AGAIN:
        pass
    return answer


def balances(*wallets: Wallet) -> list[int]:
    return [Account.objects.get(pk=wallet.pk).balance for wallet in wallets]


def test_fifty_with_one_key_are_one(as_alice: APIClient, wallet: Wallet, bobs_wallet: Wallet, at_once: AtOnce):
    key = str(uuid4())
    answers = at_once(50, lambda number: patiently(as_alice, "bob", idempotency_key=key))

    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [201]
    assert len({answer.json()["transfer_group_id"] for answer in answers}) == 1
    assert balances(wallet, bobs_wallet) == [9_989, 10_010]
    assert (Transfer.objects.count(), Claim.objects.count(), Notice.objects.count()) == (1, 1, 2)
    assert verify().findings == []


def test_fifty_under_a_cap_of_ten_are_ten(
    as_alice: APIClient, wallet: Wallet, bobs_wallet: Wallet, at_once: AtOnce, site: Callable[..., None]
):
    site(velocity_max_count=10)
    answers = at_once(50, lambda number: patiently(as_alice, "bob", idempotency_key=str(uuid4())))

    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [429] * 40
    assert balances(wallet, bobs_wallet) == [10_000 - 110, 10_100]
    assert Transfer.objects.count() == 10


def test_to_each_other_at_once(
    as_alice: APIClient,
    as_bob: APIClient,
    wallet: Wallet,
    bobs_wallet: Wallet,
    at_once: AtOnce,
    monkeypatch: pytest.MonkeyPatch,
):
    """Nobody tries a second time: there is one order of locks, so there is no deadlock."""
    monkeypatch.setitem(ATTEMPTS, postgres.DeadlockDetected, 1)

    def call(number: int) -> list[int]:
        client, to = ((as_alice, "bob"), (as_bob, "alice"))[number % 2]
        return [send(client, to, amount=str(1 + number)).status_code for _ in range(5)]

    answers = at_once(16, call)

    assert {status for statuses in answers for status in statuses} == {201}
    # A fee of 1 for each of eighty.
    assert sum(balances(wallet, bobs_wallet)) == 20_000 - 80
    odd, even = (5 * sum(1 + number for number in range(start, 16, 2)) for start in (1, 0))
    assert balances(wallet, bobs_wallet) == [10_000 + odd - even - 40, 10_000 + even - odd - 40]
    assert verify().findings == []


def test_one_step_up_pays_for_one(as_alice: APIClient, wallet: Wallet, at_once: AtOnce, site: Callable[..., None]):
    site(step_up_threshold=10)
    assert send(as_alice, "bob").status_code == 403
    prove(Challenge.objects.get())
    answers = at_once(12, lambda number: patiently(as_alice, "bob"))

    assert sorted(answer.status_code for answer in answers) == [201] + [403] * 11
    assert balances(wallet) == [9_989]


def test_everything_at_once_is_spent_once(as_alice: APIClient, wallet: Wallet, bobs_wallet: Wallet, at_once: AtOnce):
    answers = at_once(12, lambda number: patiently(as_alice, "bob", amount="3000"))

    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [422] * 9
    assert balances(wallet, bobs_wallet) == [10_000 - 9_003, 19_000]
