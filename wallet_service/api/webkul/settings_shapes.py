"""What a customer's own settings look like, for the OpenAPI document."""

from decimal import Decimal

from rest_framework import serializers

from notices.kinds import PREFERENCES
from wallet_service.api.webkul.shapes import MajorUnitsField, shown_as

EXAMPLE = {
    "_wkwp_transfer_locked": 0,
    **dict.fromkeys(PREFERENCES, 1),
    "_wkwp_auto_topup_enabled": 1,
    "_wkwp_auto_topup_threshold": Decimal("20.00"),
    "_wkwp_auto_topup_amount": None,
}


def _flag() -> serializers.Field:
    return serializers.IntegerField(min_value=0, max_value=1)


@shown_as(EXAMPLE, many=False)
class WebkulOwnSettings(serializers.Serializer):
    """Every setting of the caller's own: flags are 0 or 1."""

    def get_fields(self) -> dict[str, serializers.Field]:
        """Their names begin with an underscore, as the plugin's do."""
        amounts = {"_wkwp_auto_topup_threshold", "_wkwp_auto_topup_amount"}
        return {name: MajorUnitsField(allow_null=True) if name in amounts else _flag() for name in EXAMPLE}
