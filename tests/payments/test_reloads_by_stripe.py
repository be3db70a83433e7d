"""Auto-reloads, refunds and disputes through the Stripe adapter, a double of Stripe and its signed notices."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ledger.kinds import Kind
from ledger.models import Entry
from ledger.movements import Event
from ledger.verifying import verify
from payments.adapters import stripe_calls
from payments.methods import keep_method, remove_method
from payments.models import PaymentMethod, Reload, TakeBack, Topup
from payments.refunds import request_refund, settle_refunds
from payments.reloads import run_reloads
from people.models import User
from tests.conftest import WHY
from tests.payments.stripe_books import Said
from tests.payments.stripe_cast import saved_card
from tests.payments.stripe_double import StripeDouble, Way
from wallets.models import Wallet
from wallets.services import change_wallet, debit
from webhooks.dispatching import dispatch_waiting

pytestmark = pytest.mark.django_db

DONE_AND_LOST = [Way.HANG_AFTER, Way.CUT_AFTER, Way.FAIL_AFTER, Way.GARBAGE_AFTER]
NOT_DONE = [Way.HANG, Way.CUT, Way.FAIL, Way.IN_USE, Way.TOO_MANY]


@pytest.fixture(autouse=True)
def _fallen(
    wallet: Wallet, stripe: StripeDouble, alice: User, give: Callable[..., Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alice's balance has fallen to $5.00, and $20.00 are to be charged."""
    monkeypatch.setattr(stripe_calls, "READ_SECONDS", 0.5)
    monkeypatch.setattr("payments.adapters.stripe_adapter.CHARGE_SECONDS", 0.5)
    keep_method(user=alice, provider="stripe", saved=saved_card(stripe))
    give(wallet, 5000)
    change_wallet(wallet=wallet, auto_reload_enabled=True, auto_reload_threshold=1000, auto_reload_amount=2000)
    debit(wallet=wallet, amount=wallet.money(4500), event=Event.once("test"), why=WHY)
    dispatch_waiting()


def notify(stripe: StripeDouble, kind: str, about: Said) -> int:
    body = stripe.notice(kind, about)
    headers = {"Stripe-Signature": stripe.signature(body)}
    return int(Client().post("/payments/notices/stripe/", body, content_type="application/json", headers=headers).status_code)


def later(hours: int = 0) -> None:
    """What waits is due; `hours` after it was charged."""
    Reload.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=timezone.now())
    TakeBack.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=timezone.now())
    if hours:
        Topup.objects.update(charged_at=timezone.now() - timedelta(hours=hours))


def require_charged_once(stripe: StripeDouble, wallet: Wallet) -> None:
    topup = Topup.objects.get(status="completed")
    assert stripe.books.charged == [(str(topup.pk), 2000)]
    assert Entry.objects.filter(kind=Kind.TOPUP).count() == 1
    wallet.account.refresh_from_db()
    assert wallet.account.balance == 2500
    assert Reload.objects.get().status == "completed"
    assert verify().findings == []


def test_is_charged(stripe: StripeDouble, wallet: Wallet):
    run_reloads()

    require_charged_once(stripe, wallet)


@pytest.mark.parametrize("way", [*DONE_AND_LOST, *NOT_DONE], ids=lambda way: way.name)
def test_is_charged_once_whatever_becomes_of_the_answer(stripe: StripeDouble, wallet: Wallet, way: Way):
    stripe.goes_wrong(way)
    run_reloads()
    assert Topup.objects.get().status == "unknown"
    later()
    run_reloads()
    if Topup.objects.get().status == "unknown":
        # A 500 is answered again under its key. A day later the key is forgotten, and the list says that nothing was charged.
        assert way is Way.FAIL
        stripe.forgets_keys()
        later(hours=24)
        run_reloads()
        later()
        run_reloads()

    require_charged_once(stripe, wallet)


@pytest.mark.parametrize("way", DONE_AND_LOST, ids=lambda way: way.name)
def test_a_day_later_it_is_found_and_not_charged_anew(stripe: StripeDouble, wallet: Wallet, way: Way):
    stripe.goes_wrong(way)
    run_reloads()
    stripe.forgets_keys()
    later(hours=24)
    run_reloads()

    require_charged_once(stripe, wallet)


@pytest.mark.parametrize("way", NOT_DONE, ids=lambda way: way.name)
def test_a_card_that_was_removed_is_not_charged_for_the_first_time(stripe: StripeDouble, wallet: Wallet, alice: User, way: Way):
    stripe.goes_wrong(way)
    run_reloads()
    remove_method(user=alice, method_id=PaymentMethod.objects.get().pk, actor="test")
    for hours in (0, 22):
        later(hours)
        run_reloads()
        assert (Topup.objects.get().status, Reload.objects.get().status) == ("unknown", "charging")
    later(hours=23)
    run_reloads()
    later()
    run_reloads()

    assert stripe.books.charged == []
    assert stripe.calls.count(("POST", "/v1/payment_intents")) == 1
    assert (Topup.objects.get().failure, Reload.objects.get().failure) == ("not_found", "no_saved_method")


def test_the_notice_may_be_first(stripe: StripeDouble, wallet: Wallet):
    stripe.goes_wrong(Way.CUT_AFTER)
    run_reloads()
    (intent,) = stripe.books.intents.values()
    for _ in range(5):
        assert notify(stripe, "payment_intent.succeeded", intent) == 200
    later()

    assert run_reloads() == 0
    require_charged_once(stripe, wallet)


def test_the_notice_may_be_last(stripe: StripeDouble, wallet: Wallet):
    run_reloads()
    (intent,) = stripe.books.intents.values()
    assert notify(stripe, "payment_intent.succeeded", intent) == 200

    require_charged_once(stripe, wallet)


def test_a_declined_card_is_charged_again_as_another_payment(stripe: StripeDouble, wallet: Wallet):
    stripe.books.next_charge = "insufficient_funds"
    run_reloads()
    (declined,) = stripe.books.intents.values()
    assert notify(stripe, "payment_intent.payment_failed", declined) == 200
    reload = Reload.objects.get()
    assert (reload.status, reload.attempts, reload.failure) == ("waiting", 1, "insufficient_funds")
    later()
    run_reloads()

    require_charged_once(stripe, wallet)


@pytest.mark.parametrize("way", [*DONE_AND_LOST, *NOT_DONE[:2]], ids=lambda way: way.name)
def test_a_refund_is_paid_once_whatever_becomes_of_the_answer(stripe: StripeDouble, wallet: Wallet, manager: User, way: Way):
    run_reloads()
    stripe.goes_wrong(way)
    asked = request_refund(topup=Topup.objects.get(), by=manager)
    assert asked.status == "unknown"
    later()
    settle_refunds()

    assert stripe.books.paid_back == [(str(asked.pk), 2000)]
    (refund,) = stripe.books.refunds.values()
    assert notify(stripe, "refund.created", refund) == 200
    wallet.account.refresh_from_db()
    assert (wallet.account.balance, wallet.account.held, wallet.account.owed) == (500, 0, 0)
    assert TakeBack.objects.get().status == "done"
    assert verify().findings == []


def test_the_notice_of_a_refund_may_be_first(stripe: StripeDouble, wallet: Wallet, manager: User):
    run_reloads()
    stripe.goes_wrong(Way.CUT_AFTER)
    request_refund(topup=Topup.objects.get(), by=manager)
    (refund,) = stripe.books.refunds.values()
    assert notify(stripe, "refund.created", refund) == 200
    later()

    assert settle_refunds() == 0
    assert TakeBack.objects.get().status == "done"
    assert len(stripe.books.paid_back) == 1


def test_a_dispute_takes_what_is_there_and_the_rest_is_owed(stripe: StripeDouble, wallet: Wallet):
    run_reloads()
    debit(wallet=wallet, amount=wallet.money(2300), event=Event.once("test"), why=WHY)
    (intent,) = stripe.books.intents.values()
    for kind, about in stripe.books.dispute(intent["id"]):
        for _ in range(3):
            assert notify(stripe, kind, about) == 200

    wallet.account.refresh_from_db()
    assert (wallet.account.balance, wallet.account.owed) == (0, 1800)
    assert TakeBack.objects.get().debt_minor == 1800
    assert verify().findings == []
