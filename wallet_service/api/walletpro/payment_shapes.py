"""The shapes of saved payment methods' answers, for the OpenAPI document. Rows are written by `payment_methods`."""

from rest_framework import serializers

from wallet_service.api.walletpro.shapes import PageMeta, shown_as

METHOD = {"id": 3, "provider": "stripe", "label": "Visa •••• 4242", "created_at": "2026-06-18T16:44:02Z"}


@shown_as(METHOD)
class PaymentMethod(serializers.Serializer):
    """A card or account that may be charged while its holder is away."""

    id = serializers.IntegerField()
    provider = serializers.CharField()
    label = serializers.CharField(help_text="As its holder knows it.")  # type: ignore[assignment]
    created_at = serializers.DateTimeField()


@shown_as({"data": [METHOD], "meta": {"total": 1, "total_pages": 1, "page": 1, "per_page": 25}}, many=False)
class PaymentMethodPage(serializers.Serializer):
    """A page of saved payment methods."""

    data = PaymentMethod(many=True)  # type: ignore[assignment]
    meta = PageMeta()


@shown_as({"deleted": True, "previous": METHOD})
class DeletedPaymentMethod(serializers.Serializer):
    """What was removed."""

    deleted = serializers.BooleanField()
    previous = PaymentMethod()
