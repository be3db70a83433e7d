"""The shapes of walletpro/v1's answers, for the OpenAPI document. Rows are written by `fields`; tests hold both together."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, PolymorphicProxySerializer, extend_schema_serializer
from rest_framework import serializers

from wallet_service.api.walletpro.fields import HOLD_STATUSES, STATUSES, TYPES


def shown_as(example: dict[str, Any], **options: Any) -> Any:
    """Give a shape the document's own example."""
    return extend_schema_serializer(examples=[OpenApiExample("example", example, response_only=True)], **options)


CHAIN = f"sha256:{'9c2a1f50' * 8}"
WALLET = {
    "id": 42,
    "user_id": 7,
    "currency": "USD",
    "balance": "8500",
    "balance_formatted": "$85.00",
    "available": "8500",
    "withdrawable": "8500",
    "spending_limit": "20000",
    "auto_reload_enabled": True,
    "auto_reload_threshold": "1000",
    "auto_reload_amount": "5000",
    "status": "active",
    "name": "a3f81c0de5b94c27a3f81c0de5b94c27",
    "is_default": True,
    "created_at": "2025-03-01T09:00:00Z",
    "updated_at": "2026-06-15T14:22:11Z",
    "sequence": 12,
}
MOVEMENT = {
    "transaction_id": 1891,
    "wallet_id": 42,
    "type": "credit",
    "amount": "1000",
    "currency": "USD",
    "balance_after": "9500",
    "reason": "Loyalty reward Q2",
    "expiry_date": "2099-12-31T23:59:59Z",
    "hmac_chain": CHAIN,
    "created_at": "2026-06-20T10:05:33Z",
}
PARTIAL_MOVEMENT = {
    **MOVEMENT,
    "type": "debit",
    "amount": "4200",
    "requested": "5000",
    "balance_after": "0",
    "reason": "Order #8812",
    "expiry_date": None,
}
REPLAY = {
    "code": "walletpro_idempotent_replay",
    "message": "This idempotency key was used before: this is the original answer, and nothing was done again.",
    "data": {"status": 200, "original_status": 201},
}
MOVEMENT_REPLAY = {**MOVEMENT, **REPLAY}
TRANSACTION = {
    "id": 1891,
    "wallet_id": 42,
    "type": "cashback",
    "amount": "250",
    "balance_before": "7250",
    "balance_after": "7500",
    "reason": "3% cashback on order #8812",
    "order_id": 8812,
    "reference": None,
    "transfer_group_id": None,
    "expiry_date": None,
    "currency": "USD",
    "sequence": 12,
    "of_sequence": None,
    "hmac_chain": CHAIN,
    "created_at": "2026-06-18T16:44:02Z",
}
HOLD = {
    "id": 1892,
    "wallet_id": 42,
    "amount": "1500",
    "currency": "USD",
    "status": "active",
    "captured_amount": None,
    "transaction_id": None,
    "reason": "Checkout",
    "order_id": 8812,
    "reference": None,
    "expires_at": "2026-06-20T10:20:33Z",
    "hmac_chain": CHAIN,
    "created_at": "2026-06-20T10:05:33Z",
    "closed_at": None,
}
CAPTURED = {
    **HOLD,
    "status": "captured",
    "captured_amount": "1200",
    "transaction_id": 1893,
    "closed_at": "2026-06-20T10:06:00Z",
}
CAPTURE = {
    **MOVEMENT,
    "transaction_id": 1893,
    "type": "debit",
    "amount": "1200",
    "balance_after": "8300",
    "reason": "Checkout",
    "expiry_date": None,
    "created_at": "2026-06-20T10:06:00Z",
    "hold": CAPTURED,
}
REVERSAL = {
    **MOVEMENT,
    "transaction_id": 1894,
    "reason": "Order #8812 was not delivered",
    "expiry_date": None,
    "reversed_transaction_id": 1893,
    "entries": [
        {
            "transaction_id": 1894,
            "wallet_id": 42,
            "type": "credit",
            "amount": "1000",
            "balance_after": "9500",
            "of_sequence": 14,
            "hmac_chain": CHAIN,
        }
    ],
}
DRY_RUN = {
    "dry_run": True,
    "status": 201,
    "entries": [
        {
            "wallet_id": 42,
            "kind": "debit",
            "amount": "-1000",
            "held_change": "0",
            "currency": "USD",
            "balance_before": "8500",
            "balance_after": "7500",
            "reason": "Order #8812",
            "lots": [{"sequence": 11, "expiry_date": "2099-12-31T23:59:59Z", "amount": "-400"}],
        }
    ],
    "fee": "0",
    "wallets": [{"wallet_id": 42, "currency": "USD", "balance_after": "7500", "available_after": "7500"}],
}
BALANCE_AT = {
    "wallet_id": 42,
    "currency": "USD",
    "at": "2026-06-01T00:00:00Z",
    "balance": "7250",
    "balance_formatted": "$72.50",
    "held": "0",
    "is_before_first_entry": False,
    "sequence": 11,
    "hmac_chain": CHAIN,
    "checkpoint": 77,
}


class MinorUnitsField(serializers.CharField):
    """A string of digits, minor units of the currency beside it."""


@shown_as(WALLET)
class Wallet(serializers.Serializer):
    """A customer's wallet."""

    id = serializers.IntegerField()
    user_id = serializers.IntegerField()
    currency = serializers.CharField()
    balance = MinorUnitsField()
    balance_formatted = serializers.CharField()
    available = MinorUnitsField()
    withdrawable = MinorUnitsField(help_text="What may be paid out: own money that is neither held, owed nor promotional.")
    spending_limit = MinorUnitsField(allow_null=True)
    auto_reload_enabled = serializers.BooleanField()
    auto_reload_threshold = MinorUnitsField(allow_null=True)
    auto_reload_amount = MinorUnitsField(allow_null=True)
    status = serializers.ChoiceField(choices=STATUSES)
    name = serializers.CharField()
    is_default = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    sequence = serializers.IntegerField(help_text="Of the wallet's last entry, holds included.")


SOONEST_END = "The soonest end of what it brought; where it brought several parts, of that part only."


@shown_as(MOVEMENT)
class Movement(serializers.Serializer):
    """What a credit or debit did."""

    transaction_id = serializers.IntegerField()
    wallet_id = serializers.IntegerField()
    type = serializers.ChoiceField(choices=TYPES)
    amount = MinorUnitsField()
    currency = serializers.CharField()
    balance_after = MinorUnitsField()
    reason = serializers.CharField(allow_null=True)
    expiry_date = serializers.DateTimeField(allow_null=True, help_text=SOONEST_END)
    hmac_chain = serializers.CharField()
    created_at = serializers.DateTimeField()


@shown_as(PARTIAL_MOVEMENT)
class PartialMovement(Movement):
    """What a debit took where there was less than it asked for."""

    requested = MinorUnitsField()


class ReplayData(serializers.Serializer):
    status = serializers.IntegerField()
    original_status = serializers.IntegerField()


@shown_as(MOVEMENT_REPLAY)
class MovementReplay(Movement):
    """The original answer to a repeated idempotency key."""

    requested = MinorUnitsField(required=False)
    code = serializers.CharField()
    message = serializers.CharField()
    data = ReplayData()  # type: ignore[assignment]


class SignedMinorUnitsField(serializers.CharField):
    """Digits, with a minus where the wallet loses."""


class BurntLot(serializers.Serializer):
    """What an entry adds to a lot of credit, or takes from it."""

    sequence = serializers.IntegerField()
    expiry_date = serializers.DateTimeField(allow_null=True)
    amount = SignedMinorUnitsField()


class RehearsedEntry(serializers.Serializer):
    """An entry that would be written."""

    wallet_id = serializers.IntegerField()
    kind = serializers.CharField()
    amount = SignedMinorUnitsField()
    held_change = SignedMinorUnitsField()
    currency = serializers.CharField()
    balance_before = SignedMinorUnitsField()
    balance_after = SignedMinorUnitsField()
    reason = serializers.CharField(allow_null=True)
    lots = BurntLot(many=True)


class RehearsedWallet(serializers.Serializer):
    """What a wallet would hold afterwards."""

    wallet_id = serializers.IntegerField()
    currency = serializers.CharField()
    balance_after = SignedMinorUnitsField()
    available_after = SignedMinorUnitsField()


@shown_as(DRY_RUN)
class DryRun(serializers.Serializer):
    """What would happen. Nothing did."""

    dry_run = serializers.BooleanField()
    status = serializers.IntegerField(help_text="Of the answer to the call without `dry_run`.")
    entries = RehearsedEntry(many=True)
    fee = MinorUnitsField()
    wallets = RehearsedWallet(many=True)


class Replay(serializers.Serializer):
    """What a replay says besides the original answer."""

    code = serializers.CharField()
    message = serializers.CharField()
    data = ReplayData()  # type: ignore[assignment]


@shown_as(HOLD)
class Hold(serializers.Serializer):
    """Money set aside."""

    id = serializers.IntegerField()
    wallet_id = serializers.IntegerField()
    amount = MinorUnitsField()
    currency = serializers.CharField()
    status = serializers.ChoiceField(choices=HOLD_STATUSES)
    captured_amount = MinorUnitsField(allow_null=True)
    transaction_id = serializers.IntegerField(allow_null=True, help_text="The capture's.")
    reason = serializers.CharField(allow_null=True)
    order_id = serializers.IntegerField(allow_null=True)
    reference = serializers.CharField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    hmac_chain = serializers.CharField()
    created_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


@shown_as({**HOLD, **REPLAY})
class HoldReplay(Hold, Replay):
    """The original answer to a repeated idempotency key."""


@shown_as(CAPTURE)
class Capture(Movement):
    """What a capture took, and the hold it ended."""

    hold = Hold()


@shown_as({**CAPTURE, **REPLAY})
class CaptureReplay(Capture, Replay):
    """The original answer to a repeated idempotency key."""


class ReversedEntry(serializers.Serializer):
    """One row of a reversal."""

    transaction_id = serializers.IntegerField()
    wallet_id = serializers.IntegerField()
    type = serializers.ChoiceField(choices=TYPES)
    amount = MinorUnitsField()
    balance_after = SignedMinorUnitsField()
    of_sequence = serializers.IntegerField()
    hmac_chain = serializers.CharField()


@shown_as(REVERSAL)
class Reversal(Movement):
    """What was given back, and of what."""

    reversed_transaction_id = serializers.IntegerField()
    entries = ReversedEntry(many=True)


@shown_as({**REVERSAL, **REPLAY})
class ReversalReplay(Reversal, Replay):
    """The original answer to a repeated idempotency key."""


@shown_as(BALANCE_AT)
class BalanceAt(serializers.Serializer):
    """What a wallet held at a time, and what that rests on."""

    wallet_id = serializers.IntegerField()
    currency = serializers.CharField()
    at = serializers.DateTimeField()
    balance = SignedMinorUnitsField()
    balance_formatted = serializers.CharField()
    held = MinorUnitsField()
    is_before_first_entry = serializers.BooleanField()
    sequence = serializers.IntegerField(help_text="The last entry at that time; 0 before the first.")
    hmac_chain = serializers.CharField(allow_null=True, help_text="That entry's chain value.")
    checkpoint = serializers.IntegerField(allow_null=True, help_text="The checkpoint that sealed it; null where none has yet.")


def one_of(name: str, *shapes: type[serializers.Serializer]) -> Any:
    """An answer that is one of these."""
    return PolymorphicProxySerializer(component_name=name, serializers=list(shapes), resource_type_field_name=None)


MOVEMENT_REPEATED = one_of("MovementRepeatedOrTried", MovementReplay, DryRun)
HOLD_REPEATED = one_of("HoldRepeatedOrTried", HoldReplay, DryRun)
HOLD_VOIDED = one_of("HoldVoidedRepeatedOrTried", Hold, HoldReplay, DryRun)
CAPTURE_REPEATED = one_of("CaptureRepeatedOrTried", CaptureReplay, DryRun)
REVERSAL_REPEATED = one_of("ReversalRepeatedOrTried", ReversalReplay, DryRun)
WALLET_NOW_OR_THEN = one_of("WalletNowOrThen", Wallet, BalanceAt)


@shown_as(TRANSACTION)
class Transaction(serializers.Serializer):
    """An entry of the ledger."""

    id = serializers.IntegerField()
    wallet_id = serializers.IntegerField()
    type = serializers.ChoiceField(choices=TYPES)
    amount = MinorUnitsField()
    balance_before = MinorUnitsField()
    balance_after = MinorUnitsField()
    reason = serializers.CharField(allow_null=True)
    order_id = serializers.IntegerField(allow_null=True)
    reference = serializers.CharField(allow_null=True)
    transfer_group_id = serializers.UUIDField(allow_null=True)
    expiry_date = serializers.DateTimeField(allow_null=True, help_text=SOONEST_END)
    currency = serializers.CharField()
    sequence = serializers.IntegerField()
    of_sequence = serializers.IntegerField(allow_null=True, help_text="The entry of this wallet that it acts on.")
    hmac_chain = serializers.CharField()
    created_at = serializers.DateTimeField()
    note = serializers.CharField(allow_null=True, required=False, help_text="For managers only.")


class PageMeta(serializers.Serializer):
    total = serializers.IntegerField()
    total_pages = serializers.IntegerField()
    page = serializers.IntegerField()
    per_page = serializers.IntegerField()


@shown_as({"data": [WALLET], "meta": {"total": 1, "total_pages": 1, "page": 1, "per_page": 10}}, many=False)
class WalletPage(serializers.Serializer):
    """A page of wallets."""

    data = Wallet(many=True)  # type: ignore[assignment]
    meta = PageMeta()


@shown_as({"data": [TRANSACTION], "meta": {"total": 1, "total_pages": 1, "page": 1, "per_page": 25}}, many=False)
class TransactionPage(serializers.Serializer):
    """A page of transactions."""

    data = Transaction(many=True)  # type: ignore[assignment]
    meta = PageMeta()
