"""The shapes of transfers' and money requests' answers, for the OpenAPI document. Rows are written by `transfer_rows`."""

from rest_framework import serializers

from transfers.models import MoneyRequest as MoneyRequestModel
from wallet_service.api.walletpro import shapes
from wallet_service.api.walletpro.shapes import MinorUnitsField, one_of, shown_as

GROUP = "7d2b4f0e-9a51-4c8e-8f27-3f0c2f1f6a10"
OUT = {
    **shapes.TRANSACTION,
    "type": "transfer_out",
    "amount": "1000",
    "balance_before": "8500",
    "balance_after": "7500",
    "reason": "For the tickets",
    "order_id": None,
    "transfer_group_id": GROUP,
}
IN = {
    "id": 1892,
    "type": "transfer_in",
    "amount": "1000",
    "reason": "For the tickets",
    "order_id": None,
    "reference": None,
    "transfer_group_id": GROUP,
    "expiry_date": None,
    "currency": "USD",
    "of_sequence": None,
    "created_at": "2026-06-18T16:44:02Z",
}
TRANSFER = {
    "transfer_group_id": GROUP,
    "currency": "USD",
    "amount": "1000",
    "fee": "10",
    "transfer_out": OUT,
    "transfer_in": IN,
}
MONEY_REQUEST = {
    "id": 5,
    "direction": "sent",
    "from_user_email": "friend@example.com",
    "requester_email": "customer@example.com",
    "amount": "1000",
    "currency": "USD",
    "note": "For the tickets",
    "status": "pending",
    "transfer_group_id": None,
    "created_at": "2026-06-18T16:44:02Z",
    "expires_at": "2099-07-18T16:44:02Z",
    "decided_at": None,
}
ACCEPTED = {
    **MONEY_REQUEST,
    "direction": "received",
    "status": "accepted",
    "transfer_group_id": GROUP,
    "decided_at": "2026-06-18T16:44:02Z",
}


@shown_as(IN)
class TransferIn(shapes.Transaction):
    """The recipient's side. Balances, chain value and wallet only for who may read his wallet."""

    wallet_id = serializers.IntegerField(required=False)
    balance_before = MinorUnitsField(required=False)
    balance_after = MinorUnitsField(required=False)
    sequence = serializers.IntegerField(required=False)
    hmac_chain = serializers.CharField(required=False)


@shown_as(TRANSFER)
class Transfer(serializers.Serializer):
    """What a transfer did: out of one wallet, into another."""

    transfer_group_id = serializers.UUIDField()
    currency = serializers.CharField()
    amount = MinorUnitsField(help_text="What the recipient got.")
    fee = MinorUnitsField(help_text="What the sender paid on top, as an entry of its own.")
    transfer_out = shapes.Transaction()
    transfer_in = TransferIn()


@shown_as({**TRANSFER, **shapes.REPLAY})
class TransferReplay(Transfer, shapes.Replay):
    """The original answer to a repeated idempotency key."""


@shown_as(MONEY_REQUEST)
class MoneyRequest(serializers.Serializer):
    """One customer asks another for money."""

    id = serializers.IntegerField()
    direction = serializers.ChoiceField(choices=("sent", "received"), help_text="As the caller sees it.")
    from_user_email = serializers.CharField(help_text="Who is to pay, as it was typed.")
    requester_email = serializers.CharField()
    amount = MinorUnitsField()
    currency = serializers.CharField()
    note = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(choices=MoneyRequestModel.Status.values)
    transfer_group_id = serializers.UUIDField(allow_null=True, help_text="Of the transfer that paid it.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


@shown_as({"data": [MONEY_REQUEST], "meta": {"total": 1, "total_pages": 1, "page": 1, "per_page": 25}}, many=False)
class MoneyRequestPage(serializers.Serializer):
    """A page of money requests."""

    data = MoneyRequest(many=True)  # type: ignore[assignment]
    meta = shapes.PageMeta()


@shown_as({**TRANSFER, "money_request": ACCEPTED})
class AcceptedRequest(Transfer):
    """The transfer that paid a money request."""

    money_request = MoneyRequest()


@shown_as({**TRANSFER, "money_request": ACCEPTED, **shapes.REPLAY})
class AcceptedRequestReplay(AcceptedRequest, shapes.Replay):
    """The original answer to a repeated idempotency key."""


TRANSFER_REPEATED = one_of("TransferRepeatedOrTried", TransferReplay, shapes.DryRun)
ACCEPTED_REPEATED = one_of("AcceptedRequestRepeatedOrTried", AcceptedRequestReplay, shapes.DryRun)
