"""The shapes of walletpro/v1's answers, for the OpenAPI document. Rows are written by `fields`; tests hold both together."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from wallet_service.api.walletpro.fields import STATUSES, TYPES


def shown_as(example: dict[str, Any], **options: Any) -> Any:
    """Give a shape the document's own example."""
    return extend_schema_serializer(examples=[OpenApiExample("example", example, response_only=True)], **options)


CHAIN = f"sha256:{'9c2a1f50' * 8}"
WALLET = {
    "id": 42,
    "user_id": 7,
    "currency": "USD",
    "balance": "8500",
    "balance_formatted": "$85.00",
    "available": "8500",
    "spending_limit": "20000",
    "auto_reload_enabled": True,
    "auto_reload_threshold": "1000",
    "auto_reload_amount": "5000",
    "status": "active",
    "name": "a3f81c0de5b94c27a3f81c0de5b94c27",
    "is_default": True,
    "created_at": "2025-03-01T09:00:00Z",
    "updated_at": "2026-06-15T14:22:11Z",
}
MOVEMENT = {
    "transaction_id": 1891,
    "wallet_id": 42,
    "type": "credit",
    "amount": "1000",
    "currency": "USD",
    "balance_after": "9500",
    "reason": "Loyalty reward Q2",
    "expiry_date": "2099-12-31T23:59:59Z",
    "hmac_chain": CHAIN,
    "created_at": "2026-06-20T10:05:33Z",
}
PARTIAL_MOVEMENT = {
    **MOVEMENT,
    "type": "debit",
    "amount": "4200",
    "requested": "5000",
    "balance_after": "0",
    "reason": "Order #8812",
    "expiry_date": None,
}
MOVEMENT_REPLAY = {
    **MOVEMENT,
    "code": "walletpro_idempotent_replay",
    "message": "This idempotency key was used before: this is the original answer, and nothing was done again.",
    "data": {"status": 200, "original_status": 201},
}
TRANSACTION = {
    "id": 1891,
    "wallet_id": 42,
    "type": "cashback",
    "amount": "250",
    "balance_before": "7250",
    "balance_after": "7500",
    "reason": "3% cashback on order #8812",
    "order_id": 8812,
    "reference": None,
    "transfer_group_id": None,
    "expiry_date": None,
    "currency": "USD",
    "sequence": 12,
    "hmac_chain": CHAIN,
    "created_at": "2026-06-18T16:44:02Z",
}


class MinorUnitsField(serializers.CharField):
    """A string of digits, minor units of the currency beside it."""


@shown_as(WALLET)
class Wallet(serializers.Serializer):
    """A customer's wallet."""

    id = serializers.IntegerField()
    user_id = serializers.IntegerField()
    currency = serializers.CharField()
    balance = MinorUnitsField()
    balance_formatted = serializers.CharField()
    available = MinorUnitsField()
    spending_limit = MinorUnitsField(allow_null=True)
    auto_reload_enabled = serializers.BooleanField()
    auto_reload_threshold = MinorUnitsField(allow_null=True)
    auto_reload_amount = MinorUnitsField(allow_null=True)
    status = serializers.ChoiceField(choices=STATUSES)
    name = serializers.CharField()
    is_default = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


@shown_as(MOVEMENT)
class Movement(serializers.Serializer):
    """What a credit or debit did."""

    transaction_id = serializers.IntegerField()
    wallet_id = serializers.IntegerField()
    type = serializers.ChoiceField(choices=TYPES)
    amount = MinorUnitsField()
    currency = serializers.CharField()
    balance_after = MinorUnitsField()
    reason = serializers.CharField(allow_null=True)
    expiry_date = serializers.DateTimeField(allow_null=True)
    hmac_chain = serializers.CharField()
    created_at = serializers.DateTimeField()


@shown_as(PARTIAL_MOVEMENT)
class PartialMovement(Movement):
    """What a debit took where there was less than it asked for."""

    requested = MinorUnitsField()


class ReplayData(serializers.Serializer):
    status = serializers.IntegerField()
    original_status = serializers.IntegerField()


@shown_as(MOVEMENT_REPLAY)
class MovementReplay(Movement):
    """The original answer to a repeated idempotency key."""

    requested = MinorUnitsField(required=False)
    code = serializers.CharField()
    message = serializers.CharField()
    data = ReplayData()  # type: ignore[assignment]


@shown_as(TRANSACTION)
class Transaction(serializers.Serializer):
    """An entry of the ledger."""

    id = serializers.IntegerField()
    wallet_id = serializers.IntegerField()
    type = serializers.ChoiceField(choices=TYPES)
    amount = MinorUnitsField()
    balance_before = MinorUnitsField()
    balance_after = MinorUnitsField()
    reason = serializers.CharField(allow_null=True)
    order_id = serializers.IntegerField(allow_null=True)
    reference = serializers.CharField(allow_null=True)
    transfer_group_id = serializers.UUIDField(allow_null=True)
    expiry_date = serializers.DateTimeField(allow_null=True)
    currency = serializers.CharField()
    sequence = serializers.IntegerField()
    hmac_chain = serializers.CharField()
    created_at = serializers.DateTimeField()
    note = serializers.CharField(allow_null=True, required=False, help_text="For managers only.")


class PageMeta(serializers.Serializer):
    total = serializers.IntegerField()
    total_pages = serializers.IntegerField()
    page = serializers.IntegerField()
    per_page = serializers.IntegerField()


@shown_as({"data": [WALLET], "meta": {"total": 1, "total_pages": 1, "page": 1, "per_page": 10}}, many=False)
class WalletPage(serializers.Serializer):
    """A page of wallets."""

    data = Wallet(many=True)  # type: ignore[assignment]
    meta = PageMeta()


@shown_as({"data": [TRANSACTION], "meta": {"total": 1, "total_pages": 1, "page": 1, "per_page": 25}}, many=False)
class TransactionPage(serializers.Serializer):
    """A page of transactions."""

    data = Transaction(many=True)  # type: ignore[assignment]
    meta = PageMeta()
