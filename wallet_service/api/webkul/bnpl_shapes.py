"""The shapes of debts and repayments, for the OpenAPI document."""

from decimal import Decimal

from rest_framework import serializers

from bnpl.models import Status
from wallet_service.api.webkul.shapes import MajorUnitsField, Page, one_page, shown_as

DEBT = {
    "id": 78410,
    "amount": Decimal("80.00"),
    "outstanding": Decimal("62.00"),
    "principal": Decimal("60.00"),
    "interest": Decimal("2.00"),
    "currency": "USD",
    "status": "overdue",
    "order_id": 8812,
    "due_at": "2026-04-29T07:14:23Z",
    "interest_from": "2026-05-06T07:14:23Z",
    "created_at": "2026-03-30T07:14:23Z",
}


@shown_as(DEBT)
class WebkulDebt(serializers.Serializer):
    """A debt of the caller's."""

    id = serializers.IntegerField(help_text="The id of the transaction that made it.")
    amount = MajorUnitsField(help_text="What was lent.")
    outstanding = MajorUnitsField(help_text="What is still owed: principal and interest.")
    principal = MajorUnitsField(help_text="Of what was lent.")
    interest = MajorUnitsField(help_text="That came on top.")
    currency = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.values)
    order_id = serializers.IntegerField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True, help_text="Overdue from then on; null: it was not lent to pay later.")
    interest_from = serializers.DateTimeField(allow_null=True, help_text="It bears interest from then on; null: none.")
    created_at = serializers.DateTimeField()


@one_page(DEBT)
class WebkulDebtPage(Page):
    """A page of debts."""

    items = WebkulDebt(many=True)


REPAID = {"success": True, "repaid": Decimal("20.00"), "outstanding": Decimal("42.00"), "balance_after": Decimal("5.00")}


@shown_as(REPAID)
class WebkulRepayment(serializers.Serializer):
    """What was repaid."""

    success = serializers.BooleanField()
    repaid = MajorUnitsField()
    outstanding = MajorUnitsField(help_text="What is still owed altogether in this currency.")
    balance_after = MajorUnitsField()
