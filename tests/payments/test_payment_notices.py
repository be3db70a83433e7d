"""Where providers tell what has happened: only they are believed, and what was not booked is sent again."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from standardwebhooks.webhooks import Webhook

from audit.models import Act, RequestLog
from ledger.errors import AccountNotIntact, Busy
from ledger.models import Entry
from payments.errors import TopupNotCompleted
from payments.models import ReceivedNotice, Topup
from tests.api.conftest import nothing_moves
from tests.payments.conftest import all_at_once
from tests.payments.stripe_double import StripeDouble
from wallet_service import payment_notices
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

URL = "/payments/notices/stripe/"


def send(stripe: StripeDouble, body: bytes, **signing: Any) -> Any:
    return post(body, stripe.signature(body, **signing))


def post(body: bytes, signature: str = "", url: str = URL, **extra: Any) -> Any:
    headers = {"Stripe-Signature": signature, **extra.pop("headers", {})}
    client = Client(enforce_csrf_checks=True)
    return client.post(url, data=body, content_type="application/json; charset=utf-8", headers=headers, **extra)


def said(answer: Any) -> Any:
    return json.loads(answer.content)


@pytest.fixture
def page(stripe: StripeDouble, start: Callable[..., Topup], wallet: Wallet) -> Topup:
    """A top-up of $50.00 that waits to be paid on Stripe's page."""
    return start(wallet)


def paid(stripe: StripeDouble, topup: Topup) -> list[bytes]:
    """The notices of its payment."""
    return stripe.notices(stripe.books.pay(topup.reference))


def credits_of(topup: Topup) -> list[int]:
    return list(Entry.objects.filter(account_id=topup.wallet_id, kind="topup").values_list("amount", flat=True))


# --- once -----------------------------------------------------------------------------------------------------------


def test_a_notice_delivered_five_times_credits_once(stripe: StripeDouble, page: Topup):
    notice, _ = paid(stripe, page)
    answers = [send(stripe, notice) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200] * 5
    assert [said(answer) for answer in answers] == [{"received": True, "outcome": "completed"}] * 5
    assert credits_of(page) == [5000]
    assert ReceivedNotice.objects.get().times == 5


@pytest.mark.parametrize("is_reversed", [False, True])
def test_two_notices_of_one_payment_credit_once_in_either_order(stripe: StripeDouble, page: Topup, is_reversed: bool):
    notices = paid(stripe, page)[:: -1 if is_reversed else 1]
    for notice in notices * 3:
        assert send(stripe, notice).status_code == 200

    page.refresh_from_db()
    assert credits_of(page) == [5000]
    assert page.status == "completed"
    assert page.reference in stripe.books.intents
    assert ReceivedNotice.objects.count() == 2


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_ten_notices_at_once_credit_once(stripe: StripeDouble, page: Topup):
    notices = paid(stripe, page) * 5
    answers = all_at_once([partial(send, stripe, notice) for notice in notices])

    assert {answer.status_code for answer in answers} <= {200, 503}
    # As the provider does.
    assert {send(stripe, notice).status_code for notice in notices} == {200}
    assert credits_of(page) == [5000]


def test_the_card_that_was_used_is_kept_where_that_was_asked_for(
    stripe: StripeDouble, start: Callable[..., Topup], wallet: Wallet
):
    topup = start(wallet, saves_method=True)
    for notice in paid(stripe, topup) * 2:
        send(stripe, notice)

    assert [method.label for method in wallet.user.payment_methods.all()] == ["Visa •••• 4242"]


@pytest.mark.parametrize("change", [{"amount_received": 4999}, {"currency": "eur"}])
def test_another_amount_or_currency_is_for_a_person_to_look_at(stripe: StripeDouble, page: Topup, change: dict[str, Any]):
    stripe.books.pay(page.reference)
    (intent,) = stripe.books.intents.values()

    answer = send(stripe, stripe.notice("payment_intent.succeeded", {**intent, **change}))

    assert said(answer) == {"received": True, "outcome": "review"}
    assert credits_of(page) == []


# --- whose --------------------------------------------------------------------------------------------------------------


def test_what_is_not_stripes_moves_nothing(stripe: StripeDouble, page: Topup):
    notice, _ = paid(stripe, page)
    signature = stripe.signature(notice)
    with nothing_moves():
        answers = [
            post(notice.replace(b"5000", b"5001"), signature),
            send(stripe, notice, at=1),
            send(stripe, notice, secret="whsec_other"),
            post(notice),
        ]

    assert [(answer.status_code, said(answer)) for answer in answers] == [(400, {"error": "not_authentic"})] * 4
    assert not ReceivedNotice.objects.exists()
    assert Act.objects.get(act="credential.wrong").count == 4


def test_what_cannot_be_understood_is_said_so(stripe: StripeDouble):
    answer = send(stripe, b'{"object":"event"}')

    assert (answer.status_code, said(answer)) == (400, {"error": "unreadable"})


def test_too_many_wrong_ones_are_stopped_and_right_ones_are_not(stripe: StripeDouble, page: Topup, limits: Callable[..., None]):
    limits(rate_failed_logins_per_minute=2)
    notice, _ = paid(stripe, page)

    assert [post(notice).status_code for _ in range(4)] == [400, 400, 429, 429]
    assert 1 <= int(post(notice)["Retry-After"]) <= 60
    assert send(stripe, notice).status_code == 200
    # Neither do they use up what an address may try to sign in.
    assert Client().post("/account/login/", {"username": "alice", "password": "x"}).status_code == 200


def test_a_notice_needs_no_slash_and_no_login_and_is_a_post(stripe: StripeDouble, page: Topup):
    notice, _ = paid(stripe, page)

    assert post(notice, stripe.signature(notice), url=URL.rstrip("/")).status_code == 200
    for verb in ("get", "head", "put", "delete", "options"):
        answer = getattr(Client(), verb)(URL)
        assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_a_provider_that_is_not_set_up_is_not_there(stripe: StripeDouble, settings: Any):
    settings.PAYMENT_NOTICE_SECRET = ""
    assert [post(b"{}", url=f"/payments/notices/{name}/").status_code for name in ("manual", "paypal", "__class__")] == [404] * 3
    settings.STRIPE_WEBHOOK_SECRETS = []
    assert post(b"{}").status_code == 404


def test_a_notice_longer_than_any_is_not_read(stripe: StripeDouble):
    body = b" " * (256 * 1024)

    assert send(stripe, body).status_code == 400
    assert send(stripe, body + b" ").status_code == 413


def test_plain_http_is_refused_where_https_is_a_must(stripe: StripeDouble, page: Topup, settings: Any):
    settings.REQUIRE_HTTPS = settings.SECURE_SSL_REDIRECT = True
    notice, _ = paid(stripe, page)
    with nothing_moves():
        assert said(send(stripe, notice)) == {"error": "https_required"}

    assert post(notice, stripe.signature(notice), secure=True).status_code == 200


def test_the_shops_own_till_is_believed_by_its_own_secret(start: Callable[..., Topup], wallet: Wallet, settings: Any):
    settings.PAYMENT_NOTICE_SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    topup = start(wallet)
    now = datetime.now(UTC)
    body = json.dumps({"id": "till-1", "type": "topup.paid", "topup_id": str(topup.pk), "amount": "5000", "currency": "USD"})
    signed = Webhook(settings.PAYMENT_NOTICE_SECRET).sign("till-1", now, body)
    headers = {"webhook-id": "till-1", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signed}

    assert said(post(body.encode(), url="/payments/notices/manual/", headers=headers))["outcome"] == "completed"
    assert post(body.replace("5000", "5001").encode(), url="/payments/notices/manual/", headers=headers).status_code == 400
    assert credits_of(topup) == [5000]


# --- what the service cannot do now -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trouble", [Busy(), AccountNotIntact(1), TopupNotCompleted("pending"), OperationalError("gone"), KeyError("a bug")]
)
def test_what_could_not_be_booked_is_to_be_sent_again(
    stripe: StripeDouble, page: Topup, monkeypatch: pytest.MonkeyPatch, trouble: Exception, caplog: pytest.LogCaptureFixture
):
    def fail(**asked: object) -> str:
        raise trouble

    notice, _ = paid(stripe, page)
    with monkeypatch.context() as broken, nothing_moves():
        broken.setattr(payment_notices, "take_notice", fail)
        answer = send(stripe, notice)

    assert (answer.status_code, said(answer), answer["Retry-After"]) == (503, {"error": "try_again"}, "30")
    assert stripe.signature(notice).partition("v1=")[2] not in caplog.text
    assert said(send(stripe, notice))["outcome"] == "completed"


def test_money_that_goes_back_before_it_is_known_to_have_come_is_told_again(stripe: StripeDouble, page: Topup):
    happened = stripe.books.pay(page.reference)
    (intent,) = stripe.books.intents
    disputed = stripe.notices(stripe.books.dispute(intent))[0]

    assert send(stripe, disputed).status_code == 503
    for notice in stripe.notices(happened):
        send(stripe, notice)
    assert send(stripe, disputed).status_code == 200


def test_nothing_of_a_notice_is_logged_or_kept(
    stripe: StripeDouble, page: Topup, site: Callable[..., None], caplog: pytest.LogCaptureFixture
):
    site(request_logging=True)
    notice, _ = paid(stripe, page)
    with caplog.at_level("DEBUG"):
        send(stripe, notice)
        post(notice, "t=1,v1=abcdef")

    assert not RequestLog.objects.exists()
    for word in ("abcdef", stripe.signature(notice)[-64:], stripe.webhook_secret, stripe.secret_key, "client_secret"):
        assert word not in caplog.text
