"""Payments by Stripe: the customer pays on Stripe's page (Checkout), a saved card is charged by a PaymentIntent.

A top-up's id is the idempotency key of its payment and stands in the payment's metadata; a refund's likewise.
Stripe remembers a key, with the answer, for at least 24 hours and makes a new payment under it after that. So
whatever is asked again is looked up by its metadata first: a key alone would pay twice on the second day.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import stripe
from django.conf import settings
from django.utils import timezone
from stripe.params import PaymentIntentCreateParams, PaymentIntentListParams, RefundCreateParams
from stripe.params.checkout import SessionCreateParams

from ledger.effects import Outcome
from ledger.money import Money
from payments.adapters.stripe_amounts import to_stripe
from payments.adapters.stripe_calls import (
    CHARGE_SECONDS,
    UNDECIDED,
    Garbled,
    Said,
    calling,
    code_in,
    described,
    outcome_of,
    reason_in,
    said_by,
)
from payments.adapters.stripe_notices import (
    OFF_SESSION,
    REFUND,
    TOPUP,
    id_in,
    label_of,
    notice_of,
    refund_in,
    topup_in,
    verified,
)
from payments.port import (
    Charged,
    NoticeKind,
    Order,
    PaymentProviderAway,
    PaymentRefused,
    ProviderNotice,
    SavedMethod,
    Started,
)

logger = logging.getLogger(__name__)

# An hour less than Stripe remembers a key at least.
KEY_LIFE = timedelta(hours=23)
# Two clocks, and a first try that was some time before the last one.
LOOK_BACK = timedelta(days=3)
PAGE = 100


class StripeProvider:
    """An adapter of `payments.port.Provider` on the library `stripe`."""

    name = "stripe"
    charges_off_session = True

    def start(self, order: Order) -> Started:
        params = _session_of(order)
        try:
            with calling() as client:
                session = said_by(client.v1.checkout.sessions.create(params, {"idempotency_key": str(order.topup_id)}))
        except stripe.InvalidRequestError as refused:
            logger.error("Stripe takes no such payment: %s", described(refused))
            raise PaymentRefused(code_in(refused.code) or "refused") from None
        except stripe.StripeError as failure:
            logger.warning("Stripe did not start a payment: %s", described(failure))
            raise PaymentProviderAway from None
        except (Garbled, AttributeError, TypeError, ValueError) as failure:
            logger.warning("an answer of Stripe's cannot be read: %s", type(failure).__name__)
            raise PaymentProviderAway from None
        return Started(reference=session["id"], payment_url=_page_of(session))

    def read_notice(self, body: bytes, headers: Mapping[str, str]) -> ProviderNotice:
        """Also asks Stripe what a notice leaves out: a saved card's label, and which payment a dispute is about."""
        notice = notice_of(verified(body, headers))
        if notice.kind in (NoticeKind.TAKEN_BACK, NoticeKind.WON):
            return replace(notice, topup_id=_topup_of(notice.reference))
        if notice.method:
            return replace(notice, method=replace(notice.method, label=_label(notice.method)))
        return notice

    def charge_off_session(self, order: Order) -> Charged:
        try:
            params = _intent_of(order)
        except PaymentRefused as refused:
            return Charged(Outcome.NO, reason=refused.reason)

        def charge() -> Charged:
            with calling(CHARGE_SECONDS) as client:
                return _charged(said_by(client.v1.payment_intents.create(params, {"idempotency_key": str(order.topup_id)})))

        return outcome_of(charge)

    def ask(self, order: Order, since: datetime, *, may_charge: bool) -> Charged:
        """Look it up; while Stripe knows the key, repeat the call; after that make sure that it cannot be paid any more.

        The repetition may be what charges first, if the first call never arrived: so without `may_charge` there is none,
        and what the list does not show is not known. Behind the key's life nothing is on its way any more: a whole list
        without the payment is a NO, and one that is still open is cancelled, so that it stays one.
        """
        return outcome_of(lambda: self._asked(order, since, may_charge))

    def refund(self, *, refund_id: UUID, reference: str, amount: Money) -> Charged:
        if not reference.startswith("pi_"):
            return Charged(Outcome.NO, reason="no_such_payment")
        try:
            params: RefundCreateParams = {
                "payment_intent": reference,
                "amount": to_stripe(amount),
                "metadata": {REFUND: str(refund_id)},
            }
        except PaymentRefused as refused:
            return Charged(Outcome.NO, reason=refused.reason)
        return outcome_of(lambda: _refunded(refund_id, params))

    def _asked(self, order: Order, since: datetime, may_charge: bool) -> Charged:
        found = _looked_up(order, since)
        known = _charged(found) if found else Charged(Outcome.UNKNOWN, reason="not_found")
        if known.outcome is not Outcome.UNKNOWN or (found and found.get("status") in UNDECIDED):
            return known
        if timezone.now() - since < KEY_LIFE:
            return self.charge_off_session(order) if may_charge else known
        return _cancelled(found["id"]) if found else Charged(Outcome.NO, reason="not_found")


def _session_of(order: Order) -> SessionCreateParams:
    back = order.return_url or f"{settings.PUBLIC_URL}/account/topups/{order.topup_id}/"
    named = {TOPUP: str(order.topup_id)}
    params: SessionCreateParams = {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": order.amount.currency.code.lower(),
                    "unit_amount": to_stripe(order.amount),
                    "product_data": {"name": order.description},
                },
            }
        ],
        "metadata": named,
        "payment_intent_data": {"metadata": named},
        # Else Stripe may take another currency and another amount than was asked for.
        "adaptive_pricing": {"enabled": False},
        "success_url": back,
        "cancel_url": back,
    }
    if order.email:
        params["customer_email"] = order.email
    if order.saves_method:
        params["customer_creation"] = "always"
        params["payment_intent_data"]["setup_future_usage"] = "off_session"
    return params


def _intent_of(order: Order) -> PaymentIntentCreateParams:
    """The same each time: under one key Stripe refuses another body."""
    if order.method is None:
        raise PaymentRefused("no_method")
    return {
        "amount": to_stripe(order.amount),
        "currency": order.amount.currency.code.lower(),
        "customer": order.method.customer_reference,
        "payment_method": order.method.reference,
        "confirm": True,
        "off_session": True,
        # Nobody is there to be sent to his bank's page.
        "error_on_requires_action": True,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        "metadata": {TOPUP: str(order.topup_id), OFF_SESSION: "yes"},
    }


def _page_of(session: Said) -> str:
    url = session.get("url")
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        logger.warning("Stripe answered a payment without a page")
        raise PaymentProviderAway
    return url


def _charged(intent: Said) -> Charged:
    reference, status = id_in(intent), code_in(intent.get("status"))
    if status == "succeeded":
        return Charged(Outcome.YES, reference)
    if status == "canceled":
        return Charged(Outcome.NO, reference, code_in(intent.get("cancellation_reason")) or "canceled")
    error = intent.get("last_payment_error")
    if status == "requires_payment_method" and error:
        return Charged(Outcome.NO, reference, reason_in(error) or "refused")
    return Charged(Outcome.UNKNOWN, reference, status)


def _looked_up(order: Order, since: datetime) -> Said | None:
    """The payment of this top-up among its customer's, the one that may be paid before any other; None if there is none.

    Raises:
        Garbled: the list is not to be had: without the customer it would be everybody's, or none.
    """
    if order.method is None or not order.method.customer_reference:
        raise Garbled
    asked: PaymentIntentListParams = {
        "customer": order.method.customer_reference,
        "created": {"gte": int((since - LOOK_BACK).timestamp())},
        "limit": PAGE,
    }
    with _being_there(), calling() as client:
        listed = [said_by(intent) for intent in client.v1.payment_intents.list(asked).auto_paging_iter()]
    ours = [intent for intent in listed if topup_in(intent) == order.topup_id]
    return max(ours, key=lambda intent: intent.get("status") in UNDECIDED, default=None)


def _cancelled(reference: str) -> Charged:
    with _being_there(), calling() as client:
        return _charged(said_by(client.v1.payment_intents.cancel(reference)))


def _refunded(refund_id: UUID, params: RefundCreateParams) -> Charged:
    with calling() as client:
        with _being_there():
            made = client.v1.refunds.list({"payment_intent": params["payment_intent"], "limit": PAGE})
            known = [said_by(refund) for refund in made.auto_paging_iter()]
        for refund in known:
            if refund_in(refund) == refund_id:
                return _paid_back(refund)
        return _paid_back(said_by(client.v1.refunds.create(params, {"idempotency_key": str(refund_id)})))


def _paid_back(refund: Said) -> Charged:
    """`pending` and `requires_action` are on their way; where one fails in the end, a notice says so (`refund.failed`)."""
    reference, status = id_in(refund), code_in(refund.get("status"))
    if status in ("succeeded", "pending", "requires_action"):
        return Charged(Outcome.YES, reference)
    if status in ("failed", "canceled"):
        return Charged(Outcome.NO, reference, code_in(refund.get("failure_reason")) or status)
    return Charged(Outcome.UNKNOWN, reference, status)


@contextmanager
def _being_there() -> Iterator[None]:
    """What we know of must be there: where Stripe does not know it, this is another account, and that says nothing."""
    try:
        yield
    except stripe.InvalidRequestError as refused:
        logger.error("Stripe does not know what it told us of: %s", described(refused))
        raise Garbled from None


def _topup_of(reference: str) -> UUID | None:
    try:
        with calling() as client:
            return topup_in(said_by(client.v1.payment_intents.retrieve(reference)))
    except (stripe.StripeError, Garbled, AttributeError, TypeError, ValueError) as failure:
        logger.warning("Stripe could not be asked about a payment: %s", type(failure).__name__)
        raise PaymentProviderAway from None


def _label(method: SavedMethod) -> str:
    """Nothing waits for it: without an answer it is a card."""
    try:
        with calling() as client:
            return label_of(said_by(client.v1.payment_methods.retrieve(method.reference)))
    except (stripe.StripeError, Garbled, AttributeError, TypeError, ValueError) as failure:
        logger.warning("Stripe did not say what a saved method is: %s", type(failure).__name__)
        return label_of({})
