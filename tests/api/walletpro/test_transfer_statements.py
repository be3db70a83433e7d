"""How many SQL statements a transfer costs (the manner of tests/api/test_statements.py)."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from kyc.services import decide
from ledger.models import Entry
from people.models import User
from stepups.models import Challenge
from tests.api.conftest import V1
from tests.api.test_statements import statements
from tests.stepups.conftest import prove
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def client(alice: User, wallet: Wallet, bob: User, give: Callable[..., Entry], site: Any, client_with_key: Any) -> APIClient:
    site(transfers_enabled=True)
    give(wallet, 10_000)
    key: APIClient = client_with_key(alice)
    return key


def sending(client: APIClient, **arguments: Any) -> Callable[[], Any]:
    body = {"to_user_email": "bob@example.test", "amount": "5", **arguments}
    return lambda: client.post(f"{V1}/transfers", {**body, "idempotency_key": str(uuid4())}, format="json")


def test_a_transfer(client: APIClient):
    spent = statements(sending(client), 201)

    # The key, his wallet, the claim, the recipient, two locks, his terms, two entries, the transfer, two mails, the reply.
    assert len(spent) == 13, spent


def test_a_transfer_with_a_fee_and_every_control(client: APIClient, site: Any, alice: User, manager: User):
    decide(user=alice, status="approved", by=manager)
    site(transfer_fee_type="percent", transfer_fee_amount=50, step_up_threshold=1000, velocity_max_count=1000)
    site(kyc_enabled=True, kyc_required_features=["transfer"])
    spent = statements(sending(client), 201)

    # And the fee's entry with its id, his identity check, what left the wallet lately.
    assert len(spent) == 13 + 4, spent


def test_a_transfer_that_takes_a_proof(client: APIClient, site: Any):
    site(step_up_threshold=5)
    assert sending(client)().status_code == 403
    prove(Challenge.objects.get())
    # The first one is below the threshold.
    sends = iter([sending(client, amount="4"), sending(client)])
    spent = statements(lambda: next(sends)(), 201)

    # And the step-up, the audit row that bears it out, that it is spent.
    assert len(spent) == 13 + 3, spent


def test_a_transfer_within_a_daily_cap(client: APIClient, site: Any):
    site(transfer_daily_cap=1000, transfer_max=1000)
    spent = statements(sending(client), 201)

    # And the sender's row, and what he has sent today.
    assert len(spent) == 13 + 2, spent


def test_a_list_of_requests_does_not_grow_with_its_length(client: APIClient):
    counts = []
    for length in (1, 9):
        for _ in range(length):
            body = {"from_user_email": "bob@example.test", "amount": "5"}
            assert client.post(f"{V1}/money_requests", body, format="json").status_code == 201
        counts.append(len(statements(lambda: client.get(f"{V1}/money_requests"), 200)))

    # The key, the total, the rows.
    assert counts == [3, 3]
