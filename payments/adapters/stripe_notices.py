"""Stripe's notices: whether one is Stripe's, and what it says in this service's words.

What is believed is in the notice. Which payment a dispute or a refund is about, it does not say: the adapter asks.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import stripe
from django.conf import settings

from payments.adapters.stripe_amounts import from_stripe
from payments.adapters.stripe_calls import Said, code_in, reason_in
from payments.port import NoticeKind, NoticeNotAuthentic, NoticeUnreadable, ProviderNotice, SavedMethod

TOLERANCE_SECONDS = 300
ID_MAX = 255
# Our words in the metadata of what Stripe keeps.
TOPUP, REFUND, OFF_SESSION = "topup_id", "refund_id", "off_session"


def verified(body: bytes, headers: Mapping[str, str]) -> Said:
    """The event, as plain members.

    Raises:
        NoticeNotAuthentic: it is not signed with one of our secrets, or not within five minutes of now.
        NoticeUnreadable: it is, and is no event.
    """
    signature = next((value for name, value in headers.items() if name.lower() == "stripe-signature"), "")
    if not any(_is_signed(body, signature, secret) for secret in settings.STRIPE_WEBHOOK_SECRETS):
        raise NoticeNotAuthentic("no signature that holds, or an old one")
    try:
        event: Said = stripe.Webhook.construct_event_without_verification(body).to_dict()
    except (AttributeError, TypeError, ValueError, RecursionError) as wrong:
        raise NoticeUnreadable("it is no event of Stripe's") from wrong
    return event


def notice_of(event: Said) -> ProviderNotice:
    """What an event says. What is said of a payment that is not ours is OTHER.

    Raises:
        NoticeUnreadable: it has no id, is about nothing, or names something by what is no text.
    """
    notice_id, about = event.get("id"), event.get("data")
    subject = about.get("object") if isinstance(about, Mapping) else None
    if not isinstance(notice_id, str) or not 0 < len(notice_id) <= ID_MAX or not isinstance(subject, Mapping):
        raise NoticeUnreadable("id or data.object is missing")
    if not notice_id.isprintable():
        raise NoticeUnreadable("id: it must be a text that can be printed")
    read = READERS.get(str(event.get("type")))
    return (read and read(notice_id, subject)) or ProviderNotice(notice_id, NoticeKind.OTHER)


def topup_in(said: Said) -> UUID | None:
    """The top-up that an object of Stripe's was made for."""
    return _uuid_in(said, TOPUP)


def refund_in(said: Said) -> UUID | None:
    """The refund of ours that it is; None of one that somebody made at Stripe."""
    return _uuid_in(said, REFUND)


def id_in(value: object) -> str:
    """The id of what another object names: by its id, or in whole where that was asked for."""
    found = value.get("id") if isinstance(value, Mapping) else value
    return found if isinstance(found, str) and len(found) <= ID_MAX and found.isprintable() else ""


def label_of(method: Said) -> str:
    """As its holder knows it: `Visa •••• 4242`, `Link`."""
    kind = code_in(method.get("type")) or "card"
    details = method.get(kind)
    known: Said = details if isinstance(details, Mapping) else {}
    name = (code_in(known.get("brand")) or kind).replace("_", " ").title()
    last = known.get("last4")
    is_told = isinstance(last, str) and last.isascii() and last.isalnum() and len(last) == 4
    return f"{name} •••• {last}" if is_told else name


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    try:
        # The library looks for old ones only, at the first stamp; one of the future would be good for as long as it is ahead.
        stamp = next(part.removeprefix("t=") for part in signature.split(",") if part.startswith("t="))
        is_of_now = int(stamp) <= time.time() + TOLERANCE_SECONDS
        return is_of_now and bool(stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE_SECONDS))
    except (stripe.SignatureVerificationError, StopIteration, TypeError, ValueError):
        # Bytes that are no UTF-8, a signature that is no ASCII: the library trips over them.
        return False


def _session(kind: NoticeKind, reason: str = "") -> "Reader":
    """What became of a page: a declined card is not the end of it, the customer may take another."""

    def read(notice_id: str, session: Said) -> ProviderNotice | None:
        topup_id = topup_in(session)
        if topup_id is None or (kind is NoticeKind.PAID and session.get("payment_status") != "paid"):
            return None
        paid = from_stripe(session.get("amount_total"), session.get("currency")) if kind is NoticeKind.PAID else None
        return ProviderNotice(notice_id, kind, topup_id, _named(session, "payment_intent"), amount=paid, reason=reason)

    return read


def _succeeded(notice_id: str, intent: Said) -> ProviderNotice | None:
    topup_id = topup_in(intent)
    if topup_id is None or intent.get("status") != "succeeded":
        return None
    paid = from_stripe(intent.get("amount_received"), intent.get("currency"))
    return ProviderNotice(notice_id, NoticeKind.PAID, topup_id, _named(intent, "id"), amount=paid, method=_kept_by(intent))


def _ended(notice_id: str, intent: Said) -> ProviderNotice | None:
    """Of a charge without its holder, which nobody tries again; what is paid on a page ends with the page."""
    topup_id = topup_in(intent)
    if topup_id is None or OFF_SESSION not in _metadata(intent):
        return None
    reason = reason_in(intent.get("last_payment_error")) or code_in(intent.get("cancellation_reason")) or "payment_failed"
    return ProviderNotice(notice_id, NoticeKind.FAILED, topup_id, _named(intent, "id"), reason=reason)


def _refund(notice_id: str, refund: Said) -> ProviderNotice | None:
    """Of our own the case is our id, so that it is the confirmation of what we asked for.

    One that fails in the end gives the money back to the shop.
    """
    has_failed = refund.get("status") in ("failed", "canceled")
    ours = refund_in(refund)
    return _gone(
        notice_id,
        NoticeKind.WON if has_failed else NoticeKind.TAKEN_BACK,
        refund,
        case=str(ours) if ours else _named(refund, "id"),
        reason=code_in(refund.get("failure_reason")) or ("refund_failed" if has_failed else code_in(refund.get("reason"))),
    )


def _dispute(notice_id: str, dispute: Said) -> ProviderNotice | None:
    """Each of a dispute's notices is of the same case. An inquiry (`warning_…`) takes no money."""
    status = str(dispute.get("status"))
    if status.startswith("warning_") or status == "prevented":
        return None
    return _gone(
        notice_id,
        NoticeKind.WON if status == "won" else NoticeKind.TAKEN_BACK,
        dispute,
        case=_named(dispute, "id"),
        reason=code_in(dispute.get("reason")) or "dispute",
    )


def _withdrawn(notice_id: str, dispute: Said) -> ProviderNotice | None:
    return _gone(notice_id, NoticeKind.TAKEN_BACK, dispute, _named(dispute, "id"), code_in(dispute.get("reason")) or "dispute")


def _reinstated(notice_id: str, dispute: Said) -> ProviderNotice | None:
    return _gone(notice_id, NoticeKind.WON, dispute, _named(dispute, "id"), "funds_reinstated")


def _gone(notice_id: str, kind: NoticeKind, said: Said, case: str, reason: str) -> ProviderNotice | None:
    reference = _named(said, "payment_intent")
    amount = from_stripe(said.get("amount"), said.get("currency"))
    if not reference:
        # A charge of the days before PaymentIntents, and none of ours.
        return None
    if not case or amount is None:
        raise NoticeUnreadable("id, amount or currency of what went back")
    return ProviderNotice(notice_id, kind, None, reference, case, amount, reason)


def _kept_by(intent: Said) -> SavedMethod | None:
    """What the customer lets us charge later. Its label is not in a notice."""
    method, customer = _named(intent, "payment_method"), _named(intent, "customer")
    if intent.get("setup_future_usage") != "off_session" or not method or not customer:
        return None
    return SavedMethod(reference=method, customer_reference=customer, label="")


def _named(said: Said, name: str) -> str:
    """The id in a member of a notice's object: it is kept.

    Raises:
        NoticeUnreadable: it cannot be printed, and a database takes no NUL.
    """
    value = said.get(name)
    found = value.get("id") if isinstance(value, Mapping) else value
    if isinstance(found, str) and not found.isprintable():
        raise NoticeUnreadable(f"{name}: it must be a text that can be printed")
    return id_in(found)


def _metadata(said: Said) -> Mapping[str, Any]:
    metadata = said.get("metadata")
    return metadata if isinstance(metadata, Mapping) else {}


def _uuid_in(said: Said, name: str) -> UUID | None:
    try:
        return UUID(str(_metadata(said).get(name)))
    except ValueError:
        return None


Reader = Callable[[str, Said], ProviderNotice | None]
# `charge.refunded` is left out: it names no refund. `refund.created` says the same, and which.
READERS: dict[str, Reader] = {
    "checkout.session.completed": _session(NoticeKind.PAID),
    "checkout.session.async_payment_succeeded": _session(NoticeKind.PAID),
    "checkout.session.async_payment_failed": _session(NoticeKind.FAILED, "payment_failed"),
    "checkout.session.expired": _session(NoticeKind.FAILED, "expired"),
    "payment_intent.succeeded": _succeeded,
    "payment_intent.payment_failed": _ended,
    "payment_intent.canceled": _ended,
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
    "charge.refund.updated": _refund,
    "charge.dispute.created": _dispute,
    "charge.dispute.closed": _dispute,
    "charge.dispute.funds_withdrawn": _withdrawn,
    "charge.dispute.funds_reinstated": _reinstated,
}
