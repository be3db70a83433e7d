"""The shapes of walletpro/v1's answers, for the OpenAPI document. Rows are written by `fields`; tests hold both together."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from ledger.models import Account
from wallet_service.api.walletpro.fields import TYPES


class MinorUnitsField(serializers.CharField):
    """A string of digits, minor units of the currency beside it."""


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
    status = serializers.ChoiceField(choices=Account.Status.choices)
    name = serializers.CharField()
    is_default = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


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


class PartialMovement(Movement):
    """What a debit took where there was less than it asked for."""

    requested = MinorUnitsField()


class ReplayData(serializers.Serializer):
    status = serializers.IntegerField()
    original_status = serializers.IntegerField()


class MovementReplay(Movement):
    """The original answer to a repeated idempotency key."""

    requested = MinorUnitsField(required=False)
    code = serializers.CharField()
    message = serializers.CharField()
    data = ReplayData()  # type: ignore[assignment]


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


@extend_schema_serializer(many=False)
class WalletPage(serializers.Serializer):
    """A page of wallets."""

    data = Wallet(many=True)  # type: ignore[assignment]
    meta = PageMeta()


@extend_schema_serializer(many=False)
class TransactionPage(serializers.Serializer):
    """A page of transactions."""

    data = Transaction(many=True)  # type: ignore[assignment]
    meta = PageMeta()
