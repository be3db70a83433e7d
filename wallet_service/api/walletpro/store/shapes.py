"""The shapes of the store's answers, for its OpenAPI document."""

from rest_framework import serializers

from wallet_service.api.walletpro.code_shapes import REDEMPTION, CodeRedemption
from wallet_service.api.walletpro.shapes import REPLAY, MinorUnitsField, Replay, one_of, shown_as

WALLETPRO = {
    "balance": "8500",
    "available": "7000",
    "applied": "1500",
    "currency": "USD",
    "hold_id": 1892,
    "remaining": "2499",
}
TOTALS = {"extensions": {"walletpro": WALLETPRO}}
FREED = {"extensions": {"walletpro": {**WALLETPRO, "available": "8500", "applied": "0", "hold_id": None, "remaining": "3999"}}}
REDEEMED = {
    **REDEMPTION,
    "extensions": {"walletpro": {**WALLETPRO, "balance": REDEMPTION["balance_after"], "available": "9000"}},
}
BALANCE = {"balance": "8500", "balance_formatted": "$85.00", "available": "7000", "currency": "USD", **TOTALS}


class TotalsExtension(serializers.Serializer):
    """What the wallet says at the checkout."""

    balance = MinorUnitsField()
    available = MinorUnitsField(help_text="What can still be applied: the balance without what is set aside.")
    applied = MinorUnitsField(help_text="What is set aside for the order.")
    currency = serializers.CharField()
    hold_id = serializers.IntegerField(allow_null=True, help_text="What the shop captures.")
    remaining = MinorUnitsField(required=False, help_text="What is left of the `total` that came with the call.")


class Extensions(serializers.Serializer):
    walletpro = TotalsExtension()


@shown_as(TOTALS)
class Totals(serializers.Serializer):
    """The extension of the cart's totals."""

    extensions = Extensions()


@shown_as(FREED)
class FreedTotals(Totals):
    """The extension of the cart's totals, with nothing set aside."""


@shown_as({**TOTALS, **REPLAY})
class TotalsReplay(Totals, Replay):
    """The original answer to a repeated idempotency key."""


@shown_as(BALANCE)
class StoreBalance(Totals):
    """The caller's wallet."""

    balance = MinorUnitsField()
    balance_formatted = serializers.CharField()
    available = MinorUnitsField()
    currency = serializers.CharField()


class RedemptionTotals(TotalsExtension):
    """What the wallet says once a code is redeemed. Where no order was named, nothing of what is applied, and no `remaining`."""

    applied = MinorUnitsField(required=False, help_text="What is set aside for the order; where `order_id` came with the call.")
    hold_id = serializers.IntegerField(
        required=False, allow_null=True, help_text="What the shop captures; where `order_id` came with the call."
    )
    remaining = MinorUnitsField(required=False, help_text="What is left of `total`; where it came with an `order_id`.")


class RedemptionExtensions(serializers.Serializer):
    walletpro = RedemptionTotals()


@shown_as(REDEEMED)
class StoreRedemption(CodeRedemption):
    """What a code brought, and what the wallet holds with it."""

    extensions = RedemptionExtensions()


@shown_as({**REDEEMED, **REPLAY})
class StoreRedemptionReplay(StoreRedemption, Replay):
    """The original answer to a repeated idempotency key."""


FREED_OR_REPEATED = one_of("FreedOrRepeated", FreedTotals, TotalsReplay)
