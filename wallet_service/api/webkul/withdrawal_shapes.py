"""The shapes of withdrawals, for the OpenAPI documents."""

from decimal import Decimal

from rest_framework import serializers

from wallet_service.api.webkul.shapes import MajorUnitsField, Page, one_page, shown_as
from withdrawals.models import Withdrawal

WITHDRAWAL = {
    "id": 17,
    "user_id": 42,
    "amount": Decimal("1000.00"),
    "fee": Decimal("25.00"),
    "net": Decimal("975.00"),
    "currency": "USD",
    "method": "bank",
    "status": "pending",
    "note": None,
    "payout_reference": None,
    "created_at": "2026-04-29T07:14:23Z",
    "decided_at": None,
}


@shown_as(WITHDRAWAL)
class WebkulWithdrawal(serializers.Serializer):
    """A withdrawal. Where it is paid to is told to nobody."""

    id = serializers.IntegerField()
    user_id = serializers.IntegerField()
    amount = MajorUnitsField(help_text="What left the wallet.")
    fee = MajorUnitsField(help_text="What of it stays with the shop.")
    net = MajorUnitsField(help_text="What is paid out.")
    currency = serializers.CharField()
    method = serializers.ChoiceField(choices=Withdrawal.Method.values)
    status = serializers.ChoiceField(choices=Withdrawal.Status.values)
    note = serializers.CharField(allow_null=True)
    payout_reference = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


@one_page(WITHDRAWAL)
class WebkulWithdrawalPage(Page):
    """A page of withdrawals."""

    items = WebkulWithdrawal(many=True)
