"""The shapes of top-ups' answers, for the OpenAPI document. Rows are written by `topup_rows`."""

from rest_framework import serializers

from payments.models import Topup as TopupModel
from wallet_service.api.walletpro import shapes
from wallet_service.api.walletpro.shapes import MinorUnitsField, shown_as
from wallet_service.api.walletpro.topup_rows import SHOWN_STATUSES, STATES

TOPUP = {
    "id": "2f0c7d4e-6a1b-4f6e-9d55-0a7c1f3b8e21",
    "wallet_id": 42,
    "amount": "5000",
    "bonus": "250",
    "currency": "USD",
    "status": "pending",
    "provider": "stripe",
    "payment_url": "https://checkout.stripe.com/c/pay/cs_live_a1B2",
    "failure": None,
    "transaction_id": None,
    "origin": "customer",
    "created_at": "2026-06-18T16:44:02Z",
    "finished_at": None,
}
OPTIONS = {
    "enabled": True,
    "provider": "stripe",
    "currency": "USD",
    "minimum": "100",
    "maximum": "2500000",
    "presets": ["1000", "2500", "5000"],
    "bonus": {"percent": "5", "minimum": "5000", "maximum": "2000"},
    "can_save_method": True,
}


@shown_as(TOPUP)
class Topup(serializers.Serializer):
    """Money on its way into a wallet."""

    id = serializers.UUIDField()
    wallet_id = serializers.IntegerField()
    amount = MinorUnitsField(help_text="What is credited once it is paid, and what is paid unless there is a price.")
    bonus = MinorUnitsField(help_text="What is given on top of it, by a transaction of its own.")
    currency = serializers.CharField()
    price = MinorUnitsField(required=False, help_text="Of a package of points: what is paid. Else it is the amount.")
    price_currency = serializers.CharField(required=False)
    fee = MinorUnitsField(required=False, help_text="Of a package: what is kept of the credit, by a transaction of its own.")
    package_id = serializers.IntegerField(required=False, help_text="The package of points that is bought.")
    status = serializers.ChoiceField(choices=SHOWN_STATUSES, help_text="`pending` until it is certain what became of it.")
    provider = serializers.CharField()
    payment_url = serializers.CharField(allow_null=True, help_text="Where the customer pays, while he can.")
    failure = serializers.CharField(allow_null=True, help_text="Why it failed: a short code.")
    transaction_id = serializers.IntegerField(allow_null=True, help_text="The credit, once it is completed.")
    origin = serializers.ChoiceField(choices=TopupModel.Origin.values)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(
        choices=STATES, required=False, help_text="What it really waits for; for who may read any wallet."
    )
    paid = MinorUnitsField(
        required=False, allow_null=True, help_text="What was paid and could not be booked; for who may read any wallet."
    )


@shown_as({**TOPUP, **shapes.REPLAY})
class TopupReplay(Topup, shapes.Replay):
    """The original answer to a repeated idempotency key."""


@shown_as({"data": [TOPUP], "meta": {"total": 1, "total_pages": 1, "page": 1, "per_page": 25}}, many=False)
class TopupPage(serializers.Serializer):
    """A page of top-ups."""

    data = Topup(many=True)  # type: ignore[assignment]
    meta = shapes.PageMeta()


class TopupBonus(serializers.Serializer):
    """What is given on top, rounded down."""

    percent = serializers.CharField(help_text="Of the amount: 2.5 is 2.5 %.")
    minimum = MinorUnitsField(help_text="The least amount that brings it.")
    maximum = MinorUnitsField(allow_null=True, help_text="The most that it is.")


@shown_as(OPTIONS)
class TopupOptions(serializers.Serializer):
    """What may be topped up now."""

    enabled = serializers.BooleanField()
    provider = serializers.CharField()
    currency = serializers.CharField()
    minimum = MinorUnitsField()
    maximum = MinorUnitsField()
    presets = serializers.ListField(child=MinorUnitsField())
    bonus = TopupBonus(allow_null=True)
    can_save_method = serializers.BooleanField(help_text="Whether `save_method` keeps something that auto-reload can charge.")
