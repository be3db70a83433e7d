"""The shapes of what walletpro/v1 answers about codes, and the rows they are written as."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from codes.models import Batch, Code, Redemption, Status
from codes.terms import unseal_terms
from ledger.errors import LedgerUnavailable
from wallet_service.api.walletpro.fields import moment, movement_row
from wallet_service.api.walletpro.shapes import (
    MOVEMENT,
    REPLAY,
    DryRun,
    MinorUnitsField,
    Movement,
    PageMeta,
    Replay,
    one_of,
    shown_as,
)

STATUSES = tuple(Status.values)
GENERATED = {"code": "SUMMER-A3KF92M7WQXT", "amount": "2000", "currency": "USD", "expiry_date": "2099-08-31T23:59:59Z"}
GENERATION = {"codes": [GENERATED], "count": 1, "currency": "USD"}
REDEMPTION = {
    **MOVEMENT,
    "amount": "2000",
    "balance_after": "10500",
    "reason": "Redeemed SUMMER-********WQXT",
    "expiry_date": None,
    "redemption_code": "SUMMER-A3KF92M7WQXT",
}
CODE = {
    "code": "SUMMER-A3KF92M7WQXT",
    "amount": "2000",
    "currency": "USD",
    "status": "active",
    "redemptions": 0,
    "max_redemptions": 1,
    "expiry_date": "2099-08-31T23:59:59Z",
    "restrict_to_user_id": None,
    "batch": 3,
    "created_at": "2026-06-20T10:05:33Z",
}


@shown_as(CODE)
class RedemptionCode(serializers.Serializer):
    """A redemption code. To a key that only reads, `code` is its prefix and its last four characters."""

    code = serializers.CharField()
    amount = MinorUnitsField()
    currency = serializers.CharField()
    status = serializers.ChoiceField(choices=STATUSES)
    redemptions = serializers.IntegerField()
    max_redemptions = serializers.IntegerField()
    expiry_date = serializers.DateTimeField(allow_null=True)
    restrict_to_user_id = serializers.IntegerField(allow_null=True)
    batch = serializers.IntegerField()
    created_at = serializers.DateTimeField()


@shown_as({"data": [CODE], "meta": {"total": 1, "total_pages": 1, "page": 1, "per_page": 25}}, many=False)
class RedemptionCodePage(serializers.Serializer):
    """A page of codes."""

    data = RedemptionCode(many=True)  # type: ignore[assignment]
    meta = PageMeta()


class GeneratedCode(serializers.Serializer):
    """A code that was just made."""

    code = serializers.CharField()
    amount = MinorUnitsField()
    currency = serializers.CharField()
    expiry_date = serializers.DateTimeField(allow_null=True)


@shown_as(GENERATION)
class CodeGeneration(serializers.Serializer):
    """The codes of one call."""

    codes = GeneratedCode(many=True)
    count = serializers.IntegerField()
    currency = serializers.CharField()


@shown_as({**GENERATION, **REPLAY})
class CodeGenerationReplay(CodeGeneration, Replay):
    """The original answer to a repeated idempotency key."""


@shown_as(REDEMPTION)
class CodeRedemption(Movement):
    """What a code brought."""

    redemption_code = serializers.CharField()


@shown_as({**REDEMPTION, **REPLAY})
class CodeRedemptionReplay(CodeRedemption, Replay):
    """The original answer to a repeated idempotency key."""


GENERATION_REPEATED = one_of("CodeGenerationRepeatedOrTried", CodeGenerationReplay, DryRun)
REDEMPTION_REPEATED = one_of("CodeRedemptionRepeatedOrTried", CodeRedemptionReplay, DryRun)


def code_row(code: Code, now: datetime, *, in_full: bool) -> dict[str, Any]:
    """A code as it is listed."""
    return {
        "code": _full(code) if in_full else code.masked,
        "amount": str(code.amount_minor),
        "currency": code.currency_code,
        "status": code.status_at(now).value,
        "redemptions": code.redemptions,
        "max_redemptions": code.max_redemptions,
        "expiry_date": moment(code.expires_at),
        "restrict_to_user_id": code.restrict_to_user_id,
        "batch": code.batch_id,
        "created_at": moment(code.created_at),
    }


def generation_row(batch: Batch, texts: list[str]) -> dict[str, Any]:
    """What generating answers."""
    alike = {"amount": str(batch.amount_minor), "currency": batch.currency_code, "expiry_date": moment(batch.expires_at)}
    return {"codes": [{"code": text, **alike} for text in texts], "count": len(texts), "currency": batch.currency_code}


def redemption_row(redemption: Redemption) -> dict[str, Any]:
    """What redeeming answers."""
    text = unseal_terms(redemption.code).text
    return {**movement_row(redemption.entry, redemption.wallet), "redemption_code": text}


def _full(code: Code) -> str:
    """One whose seal is broken keeps nobody from reading the list: it can be redeemed no more, and verifying names it."""
    try:
        return unseal_terms(code).text
    except LedgerUnavailable:
        return code.masked
