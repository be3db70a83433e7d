"""Payments that no provider takes: at the shop's till, by bank transfer. The local default.

The customer is shown a page of this service's own. That he has paid is said by a manager in
the admin, by `manage.py confirm_topup`, or by whatever of the shop's sees the money (a till, a
bank import) in a notice signed by Standard Webhooks with PAYMENT_NOTICE_SECRET:

    {"id": "till-4711", "type": "topup.paid", "topup_id": "…", "amount": "5000", "currency": "USD"}

`type` is `topup.paid`, `topup.failed` (with a `reason`) or `topup.taken_back` (with a `case`, the
dispute's or refund's own name, and the `amount` that went back). `id` is the header `webhook-id`.
`payment` is the till's name for the payment; unless it is said, each notice is of a payment of its own.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook, WebhookVerificationError

from ledger.effects import Outcome
from ledger.errors import CurrencyUnknown
from ledger.money import AMOUNT_MAX, Money, currency
from payments.port import Charged, NoticeKind, NoticeNotAuthentic, NoticeUnreadable, Order, ProviderNotice, Started

KINDS = {
    "topup.paid": NoticeKind.PAID,
    "topup.failed": NoticeKind.FAILED,
    "topup.taken_back": NoticeKind.TAKEN_BACK,
}
TEXT_MAX = 100
NAME_MAX = 255


class ManualProvider:
    """Everything waits for a person, or for the shop's own word."""

    name = "manual"
    charges_off_session = False

    def start(self, order: Order) -> Started:
        return Started(reference="", payment_url=f"{settings.PUBLIC_URL}/account/topups/{order.topup_id}/")

    def read_notice(self, body: bytes, headers: Mapping[str, str]) -> ProviderNotice:
        named = {name.lower(): value for name, value in headers.items()}
        try:
            text = body.decode()
            Webhook(settings.PAYMENT_NOTICE_SECRET).verify(text, named, json_parse=False)
        except (WebhookVerificationError, EmptyWebhookSecretError, ValueError) as wrong:
            raise NoticeNotAuthentic(str(wrong)) from wrong
        return _notice(text, named["webhook-id"])

    def charge_off_session(self, order: Order) -> Charged:
        return Charged(Outcome.NO, reason="not_chargeable")

    def ask(self, order: Order, since: datetime, *, may_charge: bool) -> Charged:
        return Charged(Outcome.NO, reason="not_chargeable")

    def refund(self, *, refund_id: UUID, reference: str, amount: Money) -> Charged:
        """Somebody hands the money back, and says so in the admin."""
        return Charged(Outcome.UNKNOWN, reason="by_hand")


def signed_notice(said: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Body and headers of a notice, as whoever holds the secret sends it."""
    body, now = json.dumps(said), datetime.now(UTC)
    headers = {
        "content-type": "application/json",
        "webhook-id": said["id"],
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(settings.PAYMENT_NOTICE_SECRET).sign(said["id"], now, body),
    }
    return body, headers


def _notice(text: str, notice_id: str) -> ProviderNotice:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise NoticeUnreadable("it is no JSON") from wrong
    if not isinstance(said, dict) or _text(said, "id", NAME_MAX, is_required=True) != notice_id:
        raise NoticeUnreadable("id: it must be the header webhook-id")
    kind = KINDS.get(_text(said, "type", TEXT_MAX), NoticeKind.OTHER)
    if kind is NoticeKind.OTHER:
        return ProviderNotice(notice_id, kind)
    return ProviderNotice(
        notice_id,
        kind,
        topup_id=_uuid(said),
        reference=_text(said, "payment", NAME_MAX) or (notice_id if kind is NoticeKind.PAID else ""),
        case=_text(said, "case", NAME_MAX, is_required=kind is NoticeKind.TAKEN_BACK),
        amount=None if kind is NoticeKind.FAILED else _money(said),
        reason=_text(said, "reason", TEXT_MAX),
    )


def _text(said: Mapping[str, Any], name: str, most: int, *, is_required: bool = False) -> str:
    value = said.get(name, "")
    if not isinstance(value, str) or len(value) > most or not value.isprintable() or (is_required and not value):
        raise NoticeUnreadable(f"{name}: it must be a text of {1 if is_required else 0} to {most} characters")
    return value


def _uuid(said: Mapping[str, Any]) -> UUID:
    try:
        return UUID(_text(said, "topup_id", TEXT_MAX))
    except ValueError as wrong:
        raise NoticeUnreadable("topup_id: it must be a UUID") from wrong


def _money(said: Mapping[str, Any]) -> Money:
    """Minor units, as text or as a whole number, and the currency's code."""
    amount = said.get("amount")
    digits = str(amount) if isinstance(amount, int) and not isinstance(amount, bool) else amount
    if not isinstance(digits, str) or not digits.isascii() or not digits.isdigit() or len(digits) > 16:
        raise NoticeUnreadable("amount: it must be a whole number of minor units")
    if not 1 <= int(digits) <= AMOUNT_MAX:
        raise NoticeUnreadable(f"amount: it must be between 1 and {AMOUNT_MAX}")
    try:
        return Money(int(digits), currency(_text(said, "currency", TEXT_MAX, is_required=True)))
    except CurrencyUnknown as wrong:
        raise NoticeUnreadable(f"currency: {wrong}") from wrong
