"""What a test event tells: whose test it is, and an event as it looks when something happens."""

from typing import Any

from webhooks.models import Endpoint
from webhooks.naming import CREDITED

DATA: dict[str, Any] = {
    "wallet_id": 42,
    "user_id": 7,
    "currency": "USD",
    "transaction_id": 1891,
    "type": "credit",
    "amount": "1000",
    "balance_before": "8500",
    "balance_after": "9500",
    "order_id": 8812,
    "reference": None,
    "transfer_group_id": None,
    "expiry_date": None,
    "sequence": 12,
    "of_sequence": None,
    "hmac_chain": f"sha256:{'9c2a1f50' * 8}",
    "created_at": "2026-06-20T10:05:33Z",
}


def sample_of(endpoint: Endpoint) -> dict[str, Any]:
    """Nothing in it is real but the endpoint's number."""
    return {"webhook_id": endpoint.pk, "sample": {"type": CREDITED, "data": DATA}}
