"""A refund request as both doors show it, and its shape."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from ledger.money import currency
from refunds.models import RefundRequest
from wallet_service.api.webkul.fields import major, moment
from wallet_service.api.webkul.shapes import MajorUnitsField, Page, one_page, shown_as

REFUND_REQUEST = {
    "id": 17,
    "user_id": 42,
    "order_id": 8812,
    "amount": Decimal("40.00"),
    "approved_amount": Decimal("30.00"),
    "currency": "USD",
    "reason": "One of the two was broken",
    "note": "",
    "status": "approved",
    "decision_note": "",
    "created_at": "2026-04-29T07:14:23Z",
    "decided_at": "2026-04-29T09:01:00Z",
}


@shown_as(REFUND_REQUEST)
class WebkulRefundRequest(serializers.Serializer):
    """What a customer wants back of an order, and what was decided."""

    id = serializers.IntegerField()
    user_id = serializers.IntegerField()
    order_id = serializers.IntegerField(help_text="The shop's number of the order.")
    amount = MajorUnitsField(help_text="Asked for.")
    approved_amount = MajorUnitsField(allow_null=True, help_text="Given; null until it is approved.")
    currency = serializers.CharField()
    reason = serializers.CharField(help_text="The customer's words; empty once they are erased.")
    note = serializers.CharField(help_text="More of the customer's words.")
    status = serializers.ChoiceField(choices=RefundRequest.Status.values)
    decision_note = serializers.CharField(help_text="The manager's words, which the customer reads.")
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


@one_page(REFUND_REQUEST)
class WebkulRefundRequestPage(Page):
    """A page of refund requests."""

    items = WebkulRefundRequest(many=True)


def refund_request_row(request: RefundRequest) -> dict[str, Any]:
    unit = currency(request.currency_code)
    return {
        "id": request.pk,
        "user_id": request.user_id,
        "order_id": request.order_id,
        "amount": major(request.amount_minor, unit),
        "approved_amount": None if request.approved_minor is None else major(request.approved_minor, unit),
        "currency": request.currency_code,
        "reason": request.reason,
        "note": request.note,
        "status": request.status,
        "decision_note": request.decision_note,
        "created_at": moment(request.created_at),
        "decided_at": moment(request.decided_at),
    }
