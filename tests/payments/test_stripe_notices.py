"""What Stripe's notices say, and which of them are Stripe's."""

import json
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from ledger.money import Money, currency
from payments.adapters.stripe_adapter import StripeProvider
from payments.port import (
    NoticeKind,
    NoticeNotAuthentic,
    NoticeUnreadable,
    Order,
    PaymentProviderAway,
    ProviderNotice,
    SavedMethod,
)
from tests.payments.stripe_cast import order, saved_card
from tests.payments.stripe_double import StripeDouble

ME = StripeProvider()
USD = currency("USD")
PAID, FAILED, TAKEN_BACK, WON, OTHER = NoticeKind


def read(stripe: StripeDouble, body: bytes, **signing: Any) -> ProviderNotice:
    return ME.read_notice(body, {"Stripe-Signature": stripe.signature(body, **signing)})


def said(stripe: StripeDouble, happened: list[tuple[str, Any]]) -> list[ProviderNotice]:
    return [read(stripe, body) for body in stripe.notices(happened)]


def paid_on_a_page(stripe: StripeDouble, asked: Order) -> str:
    """The payment's id."""
    session = ME.start(asked).reference
    stripe.books.pay(session)
    return str(stripe.books.sessions[session]["payment_intent"])


# --- whose it is ----------------------------------------------------------------------------------------------------


def test_a_notice_is_stripes_by_either_of_two_secrets(stripe: StripeDouble, settings: Any):
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", stripe.webhook_secret]
    body = stripe.notice("charge.refunded", {"id": "ch_1"})

    assert read(stripe, body).kind is OTHER
    assert read(stripe, body, secret="whsec_new").kind is OTHER
    for ahead in (-290, 290):
        assert read(stripe, body, at=time.time() + ahead).kind is OTHER


Spoil = Callable[[StripeDouble, bytes], tuple[bytes, dict[str, str]]]
SPOILED: dict[str, Spoil] = {
    "no signature": lambda stripe, body: (body, {}),
    "an empty one": lambda stripe, body: (body, {"Stripe-Signature": ""}),
    "a byte changed": lambda stripe, body: (body.replace(b"5000", b"9000"), {"Stripe-Signature": stripe.signature(body)}),
    "a byte more": lambda stripe, body: (body + b"\n", {"Stripe-Signature": stripe.signature(body)}),
    "too old": lambda stripe, body: (body, {"Stripe-Signature": stripe.signature(body, at=time.time() - 310)}),
    "of the future": lambda stripe, body: (body, {"Stripe-Signature": stripe.signature(body, at=time.time() + 310)}),
    "of two times": lambda stripe, body: (body, {"Stripe-Signature": f"t={int(time.time())},{stripe.signature(body, at=9e9)}"}),
    "another time": lambda stripe, body: (body, {"Stripe-Signature": stripe.signature(body).replace("t=1", "t=2")}),
    "another secret": lambda stripe, body: (body, {"Stripe-Signature": stripe.signature(body, secret="whsec_x")}),
    "no scheme of ours": lambda stripe, body: (body, {"Stripe-Signature": stripe.signature(body).replace("v1=", "v0=")}),
    "no header at all": lambda stripe, body: (body, {"Stripe-Signature": "hello"}),
    "no ASCII": lambda stripe, body: (body, {"Stripe-Signature": f"t={int(time.time())},v1=é"}),
    "no UTF-8": lambda stripe, body: (b"\xff" + body, {"Stripe-Signature": stripe.signature(b"\xff" + body)}),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_anybody_elses_is_refused(stripe: StripeDouble, spoil: Spoil):
    stripe.books.pay(ME.start(order()).reference)
    body = stripe.notice("checkout.session.completed", next(iter(stripe.books.sessions.values())))

    with pytest.raises(NoticeNotAuthentic):
        ME.read_notice(*spoil(stripe, body))


def test_without_a_secret_nothing_is_believed(stripe: StripeDouble, settings: Any):
    body = stripe.notice("charge.refunded", {"id": "ch_1"})
    for secrets in ([], [""]):
        settings.STRIPE_WEBHOOK_SECRETS = secrets
        with pytest.raises(NoticeNotAuthentic):
            read(stripe, body, secret="")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"object":"v2.core.event","id":"evt_1"}',
        b'{"object":"event"}',
        b'{"object":"event","id":"evt_1","type":"refund.created"}',
        b'{"object":"event","id":7,"type":"refund.created","data":{"object":{}}}',
        b'{"object":"event","id":"evt_1","type":"refund.created","data":{"object":[]}}',
        b'{"object":"event","id":"evt_1","type":"refund.created","data":{"object":{"payment_intent":"pi_1"}}}',
    ],
)
def test_what_is_stripes_and_makes_no_sense_is_said_to_be_so(stripe: StripeDouble, body: bytes):
    with pytest.raises(NoticeUnreadable):
        read(stripe, body)


@pytest.mark.parametrize("text", ["evt\x001", "\x00", "evt\n1", "evt\u202e1", "\ud800"])
@pytest.mark.parametrize(
    ("kind", "member"),
    [
        ("charge.refunded", "notice"),
        ("checkout.session.completed", "payment_intent"),
        ("payment_intent.succeeded", "id"),
        ("payment_intent.succeeded", "payment_method"),
        ("payment_intent.succeeded", "customer"),
        ("payment_intent.canceled", "id"),
        ("refund.created", "id"),
        ("refund.created", "payment_intent"),
        ("charge.dispute.created", "id"),
        ("charge.dispute.funds_withdrawn", "id"),
        ("charge.dispute.funds_reinstated", "id"),
    ],
)
def test_what_cannot_be_printed_is_no_name_of_anything(stripe: StripeDouble, kind: str, member: str, text: str):
    about = {
        **{"id": "x_1", "payment_intent": "pi_1", "payment_method": "pm_1", "customer": "cus_1", "amount": 5, "currency": "usd"},
        **{"status": "succeeded", "payment_status": "paid", "setup_future_usage": "off_session"},
        "metadata": {"topup_id": str(uuid4()), "off_session": "yes"},
    }
    event = json.loads(stripe.notice(kind, about))
    (event if member == "notice" else event["data"]["object"]).update({"id" if member == "notice" else member: text})

    with pytest.raises(NoticeUnreadable):
        read(stripe, json.dumps(event).encode())


# --- what it says -----------------------------------------------------------------------------------------------------


def test_both_notices_of_a_payment_tell_of_the_same_one(stripe: StripeDouble):
    asked = order(saves_method=True)
    session, intent = said(stripe, stripe.books.pay(ME.start(asked).reference))

    assert session.kind is intent.kind is PAID
    assert session.topup_id == intent.topup_id == asked.topup_id
    assert session.reference == intent.reference == next(iter(stripe.books.intents))
    assert session.amount == intent.amount == asked.amount
    assert session.id != intent.id
    (method,) = stripe.books.methods.values()
    assert (session.method, intent.method) == (None, SavedMethod(method["id"], method["customer"], "Visa •••• 4242"))


def test_a_card_is_kept_only_where_its_holder_said_so(stripe: StripeDouble):
    notices = said(stripe, stripe.books.pay(ME.start(order()).reference))

    assert [notice.method for notice in notices] == [None, None]


def test_a_saved_card_whose_label_is_not_to_be_had_is_a_card(stripe: StripeDouble, settings: Any):
    happened = stripe.books.pay(ME.start(order(saves_method=True)).reference)
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    method = said(stripe, happened)[1].method

    assert method is not None
    assert method.label == "Card"


def test_a_declined_card_on_a_page_is_not_the_end_but_the_pages_end_is(stripe: StripeDouble):
    page = ME.start(order()).reference

    assert [notice.kind for notice in said(stripe, stripe.books.decline(page))] == [OTHER]
    (notice,) = said(stripe, stripe.books.expire(page))
    assert (notice.kind, notice.reason) == (FAILED, "expired")


def test_money_that_is_on_its_way_is_not_there(stripe: StripeDouble):
    asked = order()
    (_, session), _ = stripe.books.pay(ME.start(asked).reference)
    waiting = {**session, "payment_status": "unpaid"}
    kinds = {"completed": OTHER, "async_payment_succeeded": OTHER, "async_payment_failed": FAILED}
    for name, kind in kinds.items():
        assert read(stripe, stripe.notice(f"checkout.session.{name}", waiting)).kind is kind
    assert read(stripe, stripe.notice("checkout.session.async_payment_succeeded", session)).kind is PAID


def test_a_charge_without_its_holder_ends_when_it_is_declined(stripe: StripeDouble):
    asked = order(method=saved_card(stripe))
    stripe.books.next_charge = "insufficient_funds"
    ME.charge_off_session(asked)
    (intent,) = stripe.books.intents.values()

    notice = read(stripe, stripe.notice("payment_intent.payment_failed", intent))

    assert (notice.kind, notice.topup_id, notice.reason) == (FAILED, asked.topup_id, "insufficient_funds")


@pytest.mark.parametrize("metadata", [{}, {"topup_id": "7"}, {"order": "12"}, None])
def test_somebody_elses_payment_in_the_same_account_is_nothing_to_us(stripe: StripeDouble, metadata: object):
    paid = {"id": "pi_1", "status": "succeeded", "amount_received": 5000, "currency": "usd", "metadata": metadata}

    assert read(stripe, stripe.notice("payment_intent.succeeded", paid)).kind is OTHER


def test_an_amount_that_is_none_is_said_to_be_none(stripe: StripeDouble):
    paid = {"id": "pi_1", "status": "succeeded", "currency": "usd", "metadata": {"topup_id": str(uuid4())}}
    for amount in (None, "5000", 12.5, 0):
        notice = read(stripe, stripe.notice("payment_intent.succeeded", {**paid, "amount_received": amount}))
        assert (notice.kind, notice.amount) == (PAID, None)


# --- money that goes back -----------------------------------------------------------------------------------------------


def test_a_dispute_is_one_case_however_often_it_is_told_of(stripe: StripeDouble):
    asked = order()
    intent = paid_on_a_page(stripe, asked)
    notices = said(stripe, stripe.books.dispute(intent, 3000))
    (case,) = stripe.books.disputes
    closed = {**stripe.books.disputes[case], "status": "lost"}
    notices.append(read(stripe, stripe.notice("charge.dispute.closed", closed)))

    assert {notice.kind for notice in notices} == {TAKEN_BACK}
    assert {(notice.topup_id, notice.reference, notice.case) for notice in notices} == {(asked.topup_id, intent, case)}
    assert {notice.amount for notice in notices} == {Money(3000, USD)}
    assert {notice.reason for notice in notices} == {"fraudulent"}


def test_a_dispute_that_was_won_is_told_and_an_inquiry_takes_nothing(stripe: StripeDouble):
    intent = paid_on_a_page(stripe, order())
    (asking,) = said(stripe, stripe.books.dispute(intent, status="warning_needs_response"))
    assert asking.kind is OTHER
    ((_, dispute), _) = stripe.books.dispute(intent)

    assert read(stripe, stripe.notice("charge.dispute.closed", {**dispute, "status": "won"})).kind is WON
    assert read(stripe, stripe.notice("charge.dispute.funds_reinstated", dispute)).kind is WON


def test_a_refund_by_hand_at_stripe_takes_back_and_is_told_of_once(stripe: StripeDouble):
    asked = order()
    charge, refund = said(stripe, stripe.books.refund_by_hand(paid_on_a_page(stripe, asked), 2000))

    assert charge.kind is OTHER
    assert (refund.kind, refund.topup_id, refund.amount) == (TAKEN_BACK, asked.topup_id, Money(2000, USD))
    assert refund.case in stripe.books.refunds


def test_a_refund_of_ours_bears_our_name_and_one_that_failed_is_told(stripe: StripeDouble):
    refund_id = uuid4()
    ME.refund(refund_id=refund_id, reference=paid_on_a_page(stripe, order()), amount=Money(2000, USD))
    (refund,) = stripe.books.refunds.values()
    made = read(stripe, stripe.notice("refund.created", refund))
    failed = read(stripe, stripe.notice("refund.failed", {**refund, "status": "failed", "failure_reason": "expired_card"}))

    assert (made.kind, UUID(made.case)) == (TAKEN_BACK, refund_id)
    assert (failed.kind, failed.reason, UUID(failed.case)) == (WON, "expired_card", refund_id)


def test_a_dispute_whose_payment_cannot_be_asked_for_is_to_be_sent_again(stripe: StripeDouble, settings: Any):
    happened = stripe.books.dispute(paid_on_a_page(stripe, order()))
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    with pytest.raises(PaymentProviderAway):
        said(stripe, happened)


def test_numbers_beyond_reason_are_no_amounts(stripe: StripeDouble):
    body = stripe.notice(
        "payment_intent.succeeded", {"id": "pi_1", "status": "succeeded", "metadata": {"topup_id": str(uuid4())}}
    )
    event = json.loads(body)
    event["data"]["object"] |= {"amount_received": 10**400, "currency": "usd"}

    assert read(stripe, json.dumps(event).encode()).amount is None
