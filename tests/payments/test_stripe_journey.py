"""From nothing to credited, and back: a served shop, a page to pay on, notices over sockets, a card that is kept and charged."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests
from django.utils import timezone

from apikeys.services import mint_key
from ledger.models import Entry
from ledger.movements import Event
from payments.models import Reload, TakeBack, Topup
from payments.reloads import run_reloads
from people.models import User
from tests.conftest import WHY
from tests.journeys.conftest import Server, running
from tests.payments.stripe_double import StripeDouble, Way
from wallets.models import Wallet
from wallets.services import change_wallet, debit
from webhooks.dispatching import dispatch_waiting

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def shop(transactional_db: None, stripe: StripeDouble, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Served as `make run` does, by processes of its own, which know Stripe from their environment."""
    monkeypatch.setenv("PAYMENT_PROVIDER", "stripe")
    monkeypatch.setenv("STRIPE_SECRET_KEY", stripe.secret_key)
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", f"whsec_of_yesterday, {stripe.webhook_secret}")
    monkeypatch.setenv("STRIPE_API_BASE", stripe.url)
    for server in running(Server()):
        stripe.notices_to = f"{server.site}/payments/notices/stripe/"
        yield server


@pytest.fixture
def alices(shop: Server, alice: User) -> Callable[..., Any]:
    """`alices("GET", "topups")`: what she is answered."""
    key, secret = mint_key(owner=alice, scope="read_write", description="test")

    def call(verb: str, path: str, **body: Any) -> Any:
        answer = requests.request(verb, f"{shop.url}/{path}", json=body or None, auth=(key.consumer_key, secret), timeout=30)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    return call


def until(is_so: Callable[[], object]) -> None:
    for _ in range(100):
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError("it never came")


def credits_of(wallet: Wallet) -> list[int]:
    return list(Entry.objects.filter(account_id=wallet.pk, kind="topup").order_by("sequence").values_list("amount", flat=True))


def test_a_top_up_is_paid_credited_kept_charged_again_and_taken_back(
    shop: Server, stripe: StripeDouble, alices: Callable[..., Any], wallet: Wallet
):
    asked = {"amount": "5000", "save_method": True, "idempotency_key": str(uuid4())}
    begun = alices("POST", "topups", **asked)
    assert alices("POST", "topups", **asked)["payment_url"] == begun["payment_url"]
    assert begun["status"] == "pending"

    # A declined card, then a good one, on the provider's page.
    assert "5000 usd, open" in requests.get(begun["payment_url"], timeout=5).text
    requests.post(begun["payment_url"], data={"act": "decline"}, timeout=5)
    paid = requests.post(begun["payment_url"], data={"act": "pay"}, timeout=5, allow_redirects=False)
    assert (paid.status_code, paid.headers["Location"]) == (303, f"{shop.site}/account/topups/")
    until(lambda: alices("GET", f"topups/{begun['id']}")["status"] == "completed")
    until(lambda: alices("GET", "payment_methods")["data"])
    assert alices("GET", "wallets/me")["balance"] == "5000"

    # The same, four times more.
    session = stripe.books.sessions[begun["payment_url"].rpartition("/")[2]]
    notice = stripe.notice("checkout.session.completed", session)
    for _ in range(4):
        headers = {"Stripe-Signature": stripe.signature(notice)}
        answer = requests.post(stripe.notices_to, data=notice, headers=headers, timeout=10)
        assert answer.json() == {"received": True, "outcome": "completed"}
    tampered = notice.replace(b"5000", b"5001")
    assert requests.post(stripe.notices_to, data=tampered, headers=headers, timeout=10).status_code == 400
    assert credits_of(wallet) == [5000]

    # The balance falls, the kept card is charged, and its answer is lost.
    change_wallet(wallet=wallet, auto_reload_enabled=True, auto_reload_threshold=1000, auto_reload_amount=2000)
    debit(wallet=wallet, amount=wallet.money(4500), event=Event.once("test"), why=WHY)
    dispatch_waiting()
    stripe.goes_wrong(Way.CUT_AFTER)
    for expected in ("charging", "completed"):
        Reload.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=timezone.now() - timedelta(seconds=1))
        run_reloads()
        assert Reload.objects.get().status == expected
    assert [amount for _, amount in stripe.books.charged] == [5000, 2000]
    assert credits_of(wallet) == [5000, 2000]

    # The bank takes the first payment back: what is there, and the rest is owed.
    stripe.tell(stripe.books.dispute(session["payment_intent"]))
    taken = TakeBack.objects.get()
    assert (taken.amount_minor, taken.taken_minor, taken.debt_minor) == (5000, 2500, 2500)
    assert {topup.status for topup in Topup.objects.all()} == {"completed"}
