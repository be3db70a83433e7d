"""The shapes of receipts and checkpoints, for the OpenAPI document. docs/receipts.md says what each member is."""

import json
from pathlib import Path
from typing import Any

from rest_framework import serializers

from wallet_service.api.walletpro.shapes import MinorUnitsField, PageMeta, shown_as

# A whole receipt, which clients/verify_receipt.py takes; the docs show it as well.
EXAMPLE: dict[str, Any] = json.loads(Path(__file__).with_name("receipt_example.json").read_text())
_CHECKPOINT: dict[str, Any] = EXAMPLE["checkpoint"]
_SIGNED: dict[str, Any] = json.loads(_CHECKPOINT["body"])
CHECKPOINT = {
    "number": int(_SIGNED["number"]),
    "size": int(_SIGNED["size"]),
    "root": _SIGNED["root"],
    **_CHECKPOINT,
    "hash": "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "previous": _SIGNED["previous"],
    "created_at": "2026-06-18T16:44:05Z",
}
KEY = {
    "key_id": _CHECKPOINT["key_id"],
    "public_key": _SIGNED["public_key"],
    "first_checkpoint": 1,
    "endorsement": None,
    "endorsement_signature": None,
    "created_at": "2026-01-01T00:00:00Z",
}


class HexField(serializers.CharField):
    """Bytes as hexadecimal digits in small letters."""


class ExactTimeField(serializers.CharField):
    """UTC with six digits behind the second: `2026-06-18T16:44:02.000000Z`."""


class ReceiptLot(serializers.Serializer):
    """What the entry brought to a lot of credit, or took from it."""

    sequence = serializers.IntegerField()
    ends = ExactTimeField(allow_null=True)
    amount = MinorUnitsField()


class ReceiptEntry(serializers.Serializer):
    """Every field that was sealed. Money is signed here."""

    version = serializers.IntegerField()
    key_id = serializers.IntegerField()
    account_id = serializers.IntegerField(help_text="The wallet's id.")
    sequence = serializers.IntegerField()
    id = serializers.IntegerField()
    at = ExactTimeField()
    amount = MinorUnitsField()
    held_change = MinorUnitsField()
    owed_change = MinorUnitsField()
    balance = MinorUnitsField()
    held = MinorUnitsField()
    xid = serializers.IntegerField()
    kind = serializers.CharField()
    house = serializers.CharField(allow_null=True)
    counter_account_id = serializers.IntegerField(allow_null=True)
    group = serializers.UUIDField(allow_null=True)
    key = serializers.CharField(allow_null=True)
    asked = HexField(allow_null=True)
    leg = serializers.IntegerField(allow_null=True)
    of = serializers.IntegerField(allow_null=True)
    ends = ExactTimeField(allow_null=True)
    lots = ReceiptLot(many=True)
    actor = serializers.CharField()
    order_id = serializers.IntegerField(allow_null=True)
    reference = serializers.CharField(allow_null=True)
    reason_digest = HexField(allow_null=True)
    note_digest = HexField(allow_null=True)
    metadata_digest = HexField(allow_null=True)
    mac = HexField()


class ReceiptText(serializers.Serializer):
    """A text and the salt under its digest."""

    text = serializers.CharField()
    salt = HexField()


class ReceiptTexts(serializers.Serializer):
    """Those texts of the entry that the reader may see."""

    reason = ReceiptText(required=False)
    note = ReceiptText(required=False, help_text="For managers only.")


class ReceiptLog(serializers.Serializer):
    """Where the entry stands in the log: RFC 6962's audit path."""

    index = serializers.IntegerField()
    leaf = HexField()
    path = serializers.ListField(child=HexField())


class SignedCheckpoint(serializers.Serializer):
    """What was signed, byte for byte, and the Ed25519 signature over it."""

    body = serializers.CharField()
    signature = HexField()
    key_id = serializers.IntegerField()


@shown_as(EXAMPLE)
class Receipt(serializers.Serializer):
    """What proves a transaction to whoever has the public key."""

    format = serializers.ChoiceField(choices=("wallet-receipt/1",))
    entry = ReceiptEntry()
    texts = ReceiptTexts()
    log = ReceiptLog()
    checkpoint = SignedCheckpoint()


@shown_as(CHECKPOINT)
class Checkpoint(SignedCheckpoint):
    """A signed statement over everything sealed so far."""

    number = serializers.IntegerField()
    size = serializers.IntegerField()
    root = HexField()  # type: ignore[assignment]  # DRF has a `root` too
    hash = HexField()
    previous = HexField(allow_null=True)
    created_at = serializers.DateTimeField()


@shown_as(KEY)
class CheckpointKey(serializers.Serializer):
    """A public key, and what the key before said of it."""

    key_id = serializers.IntegerField()
    public_key = HexField()
    first_checkpoint = serializers.IntegerField()
    endorsement = serializers.CharField(allow_null=True)
    endorsement_signature = HexField(allow_null=True)
    created_at = serializers.DateTimeField()


META = {"total": 1, "total_pages": 1, "page": 1, "per_page": 25}


@shown_as({"data": [CHECKPOINT], "meta": META}, many=False)
class CheckpointPage(serializers.Serializer):
    """A page of checkpoints."""

    data = Checkpoint(many=True)  # type: ignore[assignment]
    meta = PageMeta()


@shown_as({"data": [KEY], "meta": META}, many=False)
class CheckpointKeyPage(serializers.Serializer):
    """A page of public keys."""

    data = CheckpointKey(many=True)  # type: ignore[assignment]
    meta = PageMeta()
