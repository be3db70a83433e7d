"""The shapes of the analytics' answers, for the OpenAPI document."""

from decimal import Decimal

from rest_framework import serializers

from analytics.reading import Metric
from wallet_service.api.webkul.shapes import MajorUnitsField, shown_as

SUMMARY = {
    "window": 30,
    "currency": "USD",
    "total_credited": Decimal("41250.00"),
    "total_debited": Decimal("38900.50"),
    "net": Decimal("2349.50"),
    "transactions": 1874,
    "active_wallets": 412,
    "active_wallets_at": "2026-04-29T07:10:00Z",
    "liability": Decimal("12730.25"),
    "pending_withdrawals": 3,
    "pending_kyc": 1,
    "pending_refund_requests": 2,
    "outstanding_bnpl": Decimal("310.00"),
}


@shown_as(SUMMARY)
class AnalyticsSummary(serializers.Serializer):
    """What a window of days came to, and what is there now."""

    window = serializers.IntegerField(help_text="Days, today (UTC) among them.")
    currency = serializers.CharField()
    total_credited = MajorUnitsField()
    total_debited = MajorUnitsField(help_text="Not negative.")
    net = MajorUnitsField(help_text="Credited less debited.")
    transactions = serializers.IntegerField(help_text="Rows of the ledger with an amount.")
    active_wallets = serializers.IntegerField(help_text="Customers whose balance is not 0.")
    active_wallets_at = serializers.DateTimeField(help_text="When they were counted.")
    liability = MajorUnitsField(help_text="What all wallets hold now.")
    pending_withdrawals = serializers.IntegerField()
    pending_kyc = serializers.IntegerField()
    pending_refund_requests = serializers.IntegerField()
    outstanding_bnpl = MajorUnitsField(help_text="What is owed now.")


class AnalyticsPoint(serializers.Serializer):
    """A day's value, or a customer's."""

    date = serializers.DateField(required=False, help_text="Of every metric but `top_spenders`.")
    user_id = serializers.IntegerField(required=False, help_text="Of `top_spenders`.")
    value = MajorUnitsField(help_text="An amount; of `transaction_volume` a count.")


@shown_as(
    {
        "metric": "credited",
        "days": 2,
        "currency": "USD",
        "series": [{"date": "2026-04-28", "value": Decimal("0.00")}, {"date": "2026-04-29", "value": Decimal("1350.00")}],
    }
)
class AnalyticsChart(serializers.Serializer):
    """A metric's points: a day each, the oldest first, or a customer each, who spent most first."""

    metric = serializers.ChoiceField(choices=list(Metric))
    days = serializers.IntegerField()
    currency = serializers.CharField()
    series = AnalyticsPoint(many=True)
    as_of = serializers.DateTimeField(required=False, help_text="Of `top_spenders`: when it was ranked.")
