"""The shapes of what transfers with a code, and QR codes answer, for the OpenAPI document."""

from decimal import Decimal

from rest_framework import serializers

from wallet_service.api.webkul.shapes import MajorUnitsField, shown_as

TOKEN = "DMQIXB2PAJCGFHGGFDIPFBVXGAAAAAAAAAAAAAAAA3N5PSGV4GFOHXBTYEG6C5PQ"  # noqa: S105  an example, of nobody's wallet
SENT_CODE = {"success": True, "expires_at": "2026-04-29T07:24:23Z", "resend_after": 30}
QR = {
    "token": TOKEN,
    "amount": None,
    "currency": "USD",
    "wallet_id": "WK-0000-••••-1234",
    "created_at": "2026-04-29T07:14:23Z",
}
SCANNED = {"recipient": "f…d@example.com", "wallet_id": "WK-0000-••••-1234", "amount": Decimal("12.50"), "currency": "USD"}


@shown_as(SENT_CODE)
class WebkulSentCode(serializers.Serializer):
    """A code is on its way."""

    success = serializers.BooleanField()
    expires_at = serializers.DateTimeField(help_text="It cannot be used any more from then on.")
    resend_after = serializers.IntegerField(help_text="Seconds after which the next one may be asked for.")


@shown_as({"success": True, "transfer_id": 1234, "balance_after": Decimal("750.00")})
class WebkulTransfer(serializers.Serializer):
    """What was sent."""

    success = serializers.BooleanField()
    transfer_id = serializers.IntegerField(help_text="The id of the sender's transaction.")
    balance_after = MajorUnitsField(help_text="The sender's, after the fee.")


@shown_as(QR, many=False)
class WebkulQr(serializers.Serializer):
    """A QR code of the caller's."""

    token = serializers.CharField(help_text="What the QR code holds.")
    amount = MajorUnitsField(allow_null=True, help_text="What is to be paid; null: the payer says how much.")
    currency = serializers.CharField()
    wallet_id = serializers.CharField(help_text="The wallet's number, masked.")
    created_at = serializers.DateTimeField()


@shown_as(SCANNED)
class WebkulScanned(serializers.Serializer):
    """Whom a QR code pays."""

    recipient = serializers.CharField(help_text="The address, masked.")
    wallet_id = serializers.CharField(help_text="The wallet's number, masked.")
    amount = MajorUnitsField(allow_null=True, help_text="What is to be paid; null: the payer says how much.")
    currency = serializers.CharField()
