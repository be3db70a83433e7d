"""The shapes of this family's answers, for the OpenAPI documents. Rows are written by `rows`; tests hold both together."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from wallet_service.api.webkul.rows import KYC_STATUSES, TYPES


def shown_as(example: dict[str, Any], **options: Any) -> Any:
    """Give a shape the document's own example."""
    return extend_schema_serializer(examples=[OpenApiExample("example", example, response_only=True)], **options)


def one_page(item: dict[str, Any]) -> Any:
    """Show a page of one item."""
    return shown_as({"page": 1, "per_page": 20, "total": 1, "items": [item]}, many=False)


@extend_schema_field({"type": "number"})
class MajorUnitsField(serializers.Field):
    """An exact number with the currency's decimals, signed in the ledger."""


class Page(serializers.Serializer):
    """What every list says beside its `items`."""

    page = serializers.IntegerField()
    per_page = serializers.IntegerField()
    total = serializers.IntegerField()


WALLET = {
    "user_id": 42,
    "email": "customer@example.com",
    "balance": Decimal("1250.00"),
    "currency": "USD",
    "kyc_status": "approved",
    "last_activity_at": "2026-04-29T07:14:23Z",
}
TRANSACTION = {
    "id": 78421,
    "user_id": 42,
    "amount": Decimal("100.00"),
    "balance_after": Decimal("1350.00"),
    "currency": "USD",
    "type": "credit",
    "order_id": None,
    "reference": "Q4_BONUS_2026",
    "note": "Q4 bonus",
    "created_at": "2026-04-29T07:14:23Z",
}


@shown_as(WALLET)
class WebkulWallet(serializers.Serializer):
    """A customer's wallet in one currency."""

    user_id = serializers.IntegerField()
    email = serializers.CharField()
    balance = MajorUnitsField()
    currency = serializers.CharField()
    kyc_status = serializers.ChoiceField(choices=KYC_STATUSES)
    last_activity_at = serializers.DateTimeField(allow_null=True)


@one_page(WALLET)
class WebkulWalletPage(Page):
    """A page of wallets."""

    items = WebkulWallet(many=True)


@shown_as({"balance_after": Decimal("1350.00"), "ledger_id": 78421})
class WebkulMovement(serializers.Serializer):
    """What a credit or debit left, after everything that it caused."""

    balance_after = MajorUnitsField()
    ledger_id = serializers.IntegerField(help_text="The transaction's id.")


@shown_as(
    {
        **{"balance": Decimal("1250.00"), "available": Decimal("1200.00"), "withdrawable": Decimal("1150.00")},
        "currency": "USD",
    },
    many=False,
)
class WebkulBalance(serializers.Serializer):
    """What the caller has."""

    balance = MajorUnitsField()
    available = MajorUnitsField(help_text="What may be spent now.")
    withdrawable = MajorUnitsField(help_text="What may be paid out: own money that is neither held, owed nor promotional.")
    currency = serializers.CharField()


@shown_as(TRANSACTION)
class WebkulTransaction(serializers.Serializer):
    """An entry of the ledger."""

    id = serializers.IntegerField()
    user_id = serializers.IntegerField()
    amount = MajorUnitsField(help_text="With a minus where the wallet loses.")
    balance_after = MajorUnitsField()
    currency = serializers.CharField()
    type = serializers.ChoiceField(choices=TYPES)
    order_id = serializers.IntegerField(allow_null=True)
    reference = serializers.CharField(allow_null=True)
    note = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()


@one_page(TRANSACTION)
class WebkulTransactionPage(Page):
    """A page of transactions."""

    items = WebkulTransaction(many=True)
