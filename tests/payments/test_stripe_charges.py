"""Charges and refunds by Stripe: the key is the top-up's for ever, and what is not known is never a no."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from ledger.effects import Outcome
from ledger.money import Money, currency
from payments.adapters import stripe_calls
from payments.adapters.stripe_adapter import StripeProvider
from payments.adapters.stripe_amounts import from_stripe, to_stripe
from payments.port import Charged, PaymentProviderAway, PaymentRefused
from tests.payments.stripe_cast import order, saved_card
from tests.payments.stripe_double import StripeDouble, Way

ME = StripeProvider()
NOW, YESTERDAY = timedelta(0), timedelta(hours=24)
USD = currency("USD")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe_calls, "READ_SECONDS", 0.5)
    monkeypatch.setattr("payments.adapters.stripe_adapter.CHARGE_SECONDS", 0.5)


# --- amounts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minor", "code", "asked"),
    [
        (5000, "USD", 5000),
        (500, "JPY", 500),
        (500, "XPF", 500),
        # ISO says two decimals, Stripe none.
        (50000, "MGA", 500),
        # ISO says none, Stripe writes two.
        (5, "ISK", 500),
        (5, "UGX", 500),
        (5120, "KWD", 5120),
        (1045, "HUF", 1045),
    ],
)
def test_an_amount_is_written_as_stripe_writes_it_and_comes_back_the_same(minor: int, code: str, asked: int):
    amount = Money(minor, currency(code))

    assert to_stripe(amount) == asked
    assert from_stripe(asked, code.lower()) == amount


@pytest.mark.parametrize(
    ("minor", "code", "reason"),
    [
        (50050, "MGA", "amount_not_chargeable"),
        (5124, "KWD", "amount_not_chargeable"),
        (5001, "CLF", "amount_not_chargeable"),
        (500, "PTS", "currency_not_chargeable"),
    ],
)
def test_what_stripe_has_no_number_for_is_refused_and_not_rounded(minor: int, code: str, reason: str, settings: Any):
    settings.OWN_UNITS = ["PTS:Points:0"]
    with pytest.raises(PaymentRefused) as refused:
        to_stripe(Money(minor, currency(code)))

    assert refused.value.reason == reason


@pytest.mark.parametrize(("amount", "code"), [(500.0, "usd"), (True, "usd"), ("500", "usd"), (0, "usd"), (-5, "usd"), (5, "xyz")])
def test_what_is_no_amount_of_stripes_is_none(amount: object, code: object):
    assert from_stripe(amount, code) is None


# --- a page to pay on -----------------------------------------------------------------------------------------------


def test_a_page_is_opened_once_however_often_it_is_asked_for(stripe: StripeDouble):
    asked = order(saves_method=True)
    first = ME.start(asked)

    assert ME.start(asked) == first
    assert first.payment_url == f"{stripe.url}/pay/{first.reference}"
    session = stripe.books.sessions[first.reference]
    assert (session["amount_total"], session["currency"]) == (5000, "usd")
    assert session["metadata"] == {"topup_id": str(asked.topup_id)}
    assert session["asked"] == {"metadata": {"topup_id": str(asked.topup_id)}, "setup_future_usage": "off_session"}
    assert len(stripe.books.sessions) == 1


@pytest.mark.parametrize(
    "way", [Way.HANG, Way.CUT, Way.CUT_AFTER, Way.FAIL, Way.GARBAGE_AFTER, Way.IN_USE, Way.TOO_MANY, Way.REDIRECT]
)
def test_a_page_that_is_not_known_to_be_there_is_not_shown(stripe: StripeDouble, way: Way):
    stripe.goes_wrong(way)

    with pytest.raises(PaymentProviderAway):
        ME.start(order())


def test_what_stripe_does_not_take_is_refused(stripe: StripeDouble):
    with pytest.raises(PaymentRefused) as refused:
        ME.start(order(10))

    assert refused.value.reason == "amount_too_small"


# --- a saved card -----------------------------------------------------------------------------------------------------


def test_a_saved_card_is_charged_once_however_often_it_is_asked_for(stripe: StripeDouble):
    asked = order(method=saved_card(stripe))
    first = ME.charge_off_session(asked)

    assert first.outcome is Outcome.YES
    assert ME.charge_off_session(asked) == first
    assert ME.ask(asked, timezone.now(), may_charge=True) == first
    assert stripe.books.charged == [(str(asked.topup_id), 5000)]


@pytest.mark.parametrize(
    ("decline", "reason"),
    [
        ("insufficient_funds", "insufficient_funds"),
        ("authentication_required", "authentication_required"),
        # He who holds it may be its thief.
        ("stolen_card", "card_declined"),
    ],
)
def test_a_declined_card_is_a_no(stripe: StripeDouble, decline: str, reason: str):
    asked = order(method=saved_card(stripe))
    stripe.books.next_charge = decline

    refused = ME.charge_off_session(asked)

    assert (refused.outcome, refused.reason) == (Outcome.NO, reason)
    for since in (NOW, YESTERDAY):
        assert ME.ask(asked, timezone.now() - since, may_charge=True).outcome is Outcome.NO
    assert stripe.books.charged == []


def test_a_card_that_is_gone_is_a_no_and_points_are_too(stripe: StripeDouble, settings: Any):
    settings.OWN_UNITS = ["PTS:Points:0"]
    gone = saved_card(stripe)
    del stripe.books.methods[gone.reference]

    assert ME.charge_off_session(order(method=gone)) == Charged(Outcome.NO, reason="resource_missing")
    assert ME.charge_off_session(order(code="PTS", method=gone)).reason == "currency_not_chargeable"
    assert ME.charge_off_session(order()).reason == "no_method"


@pytest.mark.parametrize("way", list(Way))
@pytest.mark.parametrize("since", [NOW, YESTERDAY], ids=["at once", "a day later"])
def test_a_lost_answer_is_asked_for_and_charges_no_second_time(stripe: StripeDouble, way: Way, since: timedelta):
    asked = order(method=saved_card(stripe))
    stripe.goes_wrong(way)

    assert ME.charge_off_session(asked).outcome is Outcome.UNKNOWN
    was_charged = bool(stripe.books.charged)
    assert was_charged is way.name.endswith("_AFTER")
    if since:
        stripe.forgets_keys()
    asked_again = [ME.ask(asked, timezone.now() - since, may_charge=True) for _ in range(3)]

    assert len(set(asked_again)) == 1
    told = asked_again[0].outcome
    assert told is not Outcome.YES or len(stripe.books.charged) == 1
    assert told is not Outcome.NO or not stripe.books.charged
    if was_charged:
        assert told is Outcome.YES
    elif since:
        assert asked_again[0] == Charged(Outcome.NO, reason="not_found")
    else:
        # Made up for under the same key; a 500 is what Stripe remembers for a day.
        assert told is (Outcome.UNKNOWN if way is Way.FAIL else Outcome.YES)


@pytest.mark.parametrize("way", [way for way in Way if not way.name.endswith("_AFTER")])
def test_what_may_not_be_charged_any_more_is_only_looked_up(stripe: StripeDouble, way: Way):
    asked = order(method=saved_card(stripe))
    stripe.goes_wrong(way)
    ME.charge_off_session(asked)
    posted = [call for call in stripe.calls if call[0] == "POST"]

    assert ME.ask(asked, timezone.now(), may_charge=False) == Charged(Outcome.UNKNOWN, reason="not_found")
    assert ME.ask(asked, timezone.now() - timedelta(hours=22, minutes=59), may_charge=False).outcome is Outcome.UNKNOWN
    assert ME.ask(asked, timezone.now() - YESTERDAY, may_charge=False) == Charged(Outcome.NO, reason="not_found")
    assert [call for call in stripe.calls if call[0] == "POST"] == posted
    assert stripe.books.charged == []


@pytest.mark.parametrize("way", [way for way in Way if way.name.endswith("_AFTER")])
def test_what_was_charged_is_found_though_it_may_not_be_charged_any_more(stripe: StripeDouble, way: Way):
    asked = order(method=saved_card(stripe))
    stripe.goes_wrong(way)
    ME.charge_off_session(asked)

    assert ME.ask(asked, timezone.now(), may_charge=False).outcome is Outcome.YES
    assert len(stripe.books.charged) == 1


def test_one_left_open_is_not_paid_by_a_look(stripe: StripeDouble):
    asked = order(method=saved_card(stripe))
    stripe.goes_wrong(Way.CUT_AFTER)
    ME.charge_off_session(asked)
    intent = next(iter(stripe.books.intents.values()))
    intent["status"] = "requires_confirmation"

    assert ME.ask(asked, timezone.now(), may_charge=False) == Charged(Outcome.UNKNOWN, intent["id"], "requires_confirmation")


def test_a_payment_that_is_still_on_its_way_is_unknown_for_as_long_as_it_is(stripe: StripeDouble):
    asked = order(method=saved_card(stripe))
    stripe.books.next_charge = "processing"

    assert ME.charge_off_session(asked).outcome is Outcome.UNKNOWN
    assert ME.ask(asked, timezone.now(), may_charge=True).outcome is Outcome.UNKNOWN
    assert ME.ask(asked, timezone.now() - YESTERDAY, may_charge=True).outcome is Outcome.UNKNOWN
    stripe.books._succeed(next(iter(stripe.books.intents.values())))
    assert ME.ask(asked, timezone.now() - YESTERDAY, may_charge=True).outcome is Outcome.YES


def test_a_payment_left_open_is_cancelled_before_it_is_a_no(stripe: StripeDouble):
    asked = order(method=saved_card(stripe))
    stripe.goes_wrong(Way.CUT_AFTER)
    ME.charge_off_session(asked)
    intent = next(iter(stripe.books.intents.values()))
    intent["status"] = "requires_confirmation"
    stripe.forgets_keys()

    assert ME.ask(asked, timezone.now() - YESTERDAY, may_charge=True) == Charged(Outcome.NO, intent["id"], "abandoned")
    assert intent["status"] == "canceled"


def test_a_payment_is_found_behind_a_hundred_others(stripe: StripeDouble):
    card = saved_card(stripe)
    asked = order(method=card)
    paid = ME.charge_off_session(asked)
    intent = stripe.books.intents[paid.reference]
    for number in range(250):
        stripe.books.intents[f"pi_x{number}"] = {**intent, "id": f"pi_x{number}", "metadata": {}}
    stripe.forgets_keys()

    assert ME.ask(asked, timezone.now() - YESTERDAY, may_charge=True) == paid


@pytest.mark.parametrize("since", [NOW, YESTERDAY])
def test_another_account_or_no_answer_says_nothing_about_a_charge(stripe: StripeDouble, settings: Any, since: timedelta):
    asked = order(method=saved_card(stripe))
    stripe.goes_wrong(Way.CUT_AFTER)
    ME.charge_off_session(asked)
    when = timezone.now() - since
    settings.STRIPE_SECRET_KEY = "sk_test_of_nobody"
    assert ME.ask(asked, when, may_charge=True) == Charged(Outcome.UNKNOWN, reason="not_authorized")
    settings.STRIPE_SECRET_KEY = stripe.secret_key
    for row in stripe.books.methods.values():
        row["customer"] = "cus_of_somebody_else"
    assert ME.ask(asked, when, may_charge=True).outcome is Outcome.UNKNOWN
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    assert ME.ask(asked, when, may_charge=True).outcome is Outcome.UNKNOWN


# --- refunds ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [None, *Way])
def test_a_refund_is_paid_once_however_often_and_however_late_it_is_asked_for(stripe: StripeDouble, way: Way | None):
    paid = ME.charge_off_session(order(method=saved_card(stripe)))
    refund_id = uuid4()
    if way:
        stripe.goes_wrong(way)

    def pay_back() -> Charged:
        return ME.refund(refund_id=refund_id, reference=paid.reference, amount=Money(2000, USD))

    assert pay_back().outcome is (Outcome.UNKNOWN if way else Outcome.YES)
    pay_back()
    stripe.forgets_keys()
    assert [pay_back().outcome for _ in range(3)] == [Outcome.YES] * 3
    assert stripe.books.paid_back == [(str(refund_id), 2000)]


def test_more_than_was_paid_is_not_refunded(stripe: StripeDouble):
    paid = ME.charge_off_session(order(method=saved_card(stripe)))

    refused = ME.refund(refund_id=uuid4(), reference=paid.reference, amount=Money(5001, USD))

    assert (refused.outcome, refused.reason) == (Outcome.NO, "charge_already_refunded")
    assert ME.refund(refund_id=uuid4(), reference="cs_1", amount=Money(1, USD)).outcome is Outcome.NO
    assert ME.refund(refund_id=uuid4(), reference="pi_of_another_account", amount=Money(1, USD)).outcome is Outcome.UNKNOWN


# --- what is not told ----------------------------------------------------------------------------------------------


def test_nothing_that_stripe_says_is_logged(stripe: StripeDouble, caplog: pytest.LogCaptureFixture):
    asked = order(method=saved_card(stripe))
    with caplog.at_level("WARNING"):
        stripe.books.next_charge = "stolen_card"
        ME.charge_off_session(asked)
        stripe.goes_wrong(Way.FAIL, Way.GARBAGE_AFTER, Way.CUT)
        for _ in range(3):
            ME.charge_off_session(order(method=saved_card(stripe)))
        ME.ask(order(method=saved_card(stripe)), timezone.now(), may_charge=True)
        with pytest.raises(PaymentRefused):
            ME.start(order(10))

    assert "500" in caplog.text
    assert "amount_too_small" in caplog.text
    for told in ("sentence of Stripe", "4242", "stolen", "alice@", stripe.secret_key, "<html>"):
        assert told not in caplog.text
