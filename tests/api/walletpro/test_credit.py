"""POST /walletpro/v1/wallets/{id}/credit."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from ledger.models import Entry
from wallets.models import Wallet

pytestmark = pytest.mark.django_db


def post_credit(client: APIClient, wallet: Wallet, **arguments: Any) -> Any:
    body = {"amount": "1000", "reason": "Loyalty reward Q2", **arguments}
    return client.post(f"/wp-json/walletpro/v1/wallets/{wallet.pk}/credit", body, format="json")


def test_answers_the_documents_shape(as_manager: APIClient, wallet: Wallet):
    response = post_credit(as_manager, wallet, expiry_date="2099-12-31T23:59:59Z")

    entry = Entry.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "transaction_id": entry.pk,
        "wallet_id": wallet.pk,
        "type": "credit",
        "amount": "1000",
        "currency": "USD",
        "balance_after": "1000",
        "reason": "Loyalty reward Q2",
        "expiry_date": "2099-12-31T23:59:59Z",
        "hmac_chain": f"sha256:{bytes(entry.mac).hex()}",
        "created_at": entry.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
