"""Zelda, who left her name and her words everywhere that a customer can."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from apikeys.services import make_application_password, mint_key
from bnpl.services import allow
from kyc.services import decide
from ledger.models import Entry, Hold
from ledger.movements import Circumstances, Event
from notices.kinds import CREDIT_MAIL
from notices.preferences import set_contact, set_preference
from passcodes.services import issue
from passcodes.totp import begin_enrolment
from payments.methods import keep_method
from payments.models import Reload
from payments.port import SavedMethod
from payments.services import confirm_topup, start_topup
from people.models import User
from refunds.services import ask_refund, reject_refund
from stepups.errors import StepUpRequired
from stepups.services import open_challenge
from tests.api.conftest import V1
from tests.codes.making import new_code, redeem
from tests.conftest import PASSWORD, basic
from tests.kyc.making import submitted
from tests.withdrawals.conftest import asked as asked_withdrawal
from transfers.qr import qr_of
from transfers.requests import ask_for_money, cancel_request
from transfers.services import send_transfer
from wallets.approvals import approve_adjustment, ask_adjustment
from wallets.holds import place_hold, void_hold
from wallets.models import Adjustment, Wallet
from wallets.services import create_customer, credit, debit
from webhooks.dispatching import dispatch_waiting
from webhooks.models import Delivery
from webhooks.services import create_endpoint, send_test_event
from withdrawals.services import reject_withdrawal

# Each is found nowhere else.
EMAIL = "zelda.quux@example.test"
PHONE = "+4917000000042"
WORDS = ("zelda", "quuxbridge", "xylophone", "marzipan", "kumquat", "rhubarb", PHONE)


class Life:
    """Who she is, and what she calls with."""

    def __init__(self, user: User, wallet: Wallet) -> None:
        self.user, self.wallet = user, wallet
        self.key, secret = mint_key(owner=user, scope="read_write", description="Zelda's till", allowed_ips=["198.51.100.0/24"])
        self.by_key = APIClient(**basic(self.key.consumer_key, secret), REMOTE_ADDR="198.51.100.7")
        _, self.password = make_application_password(user=user, name="Zelda's phone")
        self.by_password = APIClient(**basic("zelda", self.password))
        self.browser = Client()
        assert self.browser.login(username=EMAIL, password=PASSWORD)


@pytest.fixture
def life(manager: User, bob: User, bobs_wallet: Wallet, site: Callable[..., None], as_manager: APIClient) -> Life:
    site(transfers_enabled=True, qr_pay_enabled=True, request_logging=True, bnpl_enabled=True, refund_requests_enabled=True)
    site(withdrawals_enabled=True, withdrawal_min=1)
    # Before anybody has the address.
    ask_for_money(requester=bob, payer_email=EMAIL.upper(), amount=bobs_wallet.money(5), note="Bob asks")
    wallet = create_customer(email=EMAIL, password=PASSWORD, username="zelda")
    user = wallet.user
    user.first_name, user.last_name = "Zelda", "Quuxbridge"
    user.save()
    life = Life(user, wallet)
    _money(life, bobs_wallet)
    _loan(life)
    _dealings(life, bob, bobs_wallet)
    _approval(life, manager)
    _payments(life)
    _calls(life, as_manager)
    _secrets(life, bob)
    submitted(user, full_name="Zelda Quuxbridge")
    decide(user=user, status="rejected", by=manager, note="Zelda, rhubarb is no passport")
    of_users = ContentType.objects.get_for_model(User)
    noted: dict[str, Any] = {"object_id": str(user.pk), "object_repr": "zelda", "change_message": "Zelda"}
    LogEntry.objects.create(user=manager, content_type=of_users, action_flag=CHANGE, **noted)
    _webhooks(life)
    life.user.refresh_from_db()
    return life


def _webhooks(life: Life) -> None:
    made, _ = create_endpoint(url="https://shop.example/hook", actor="test", created_by=life.user)
    send_test_event(endpoint=made, actor="test", asked_by=life.user)
    dispatch_waiting()
    assert Delivery.objects.filter(asked_by=life.user).exists()


def _money(life: Life, bobs_wallet: Wallet) -> None:
    words = Circumstances(actor="test", reason="xylophone for Zelda", note="marzipan", order_id=7)
    for amount in (10_000, 500):
        credit(wallet=life.wallet, amount=life.wallet.money(amount), event=Event.once("test"), why=words)
    debit(wallet=life.wallet, amount=life.wallet.money(100), event=Event.once("test"), why=words)
    hold = place_hold(
        wallet=life.wallet, amount=life.wallet.money(5), event=Event.once("test"), why=words, expires_in=timedelta(minutes=5)
    )
    void_hold(hold=Hold.objects.get(pk=hold.pk), event=Event.once("test"), why=words)
    credit(
        wallet=bobs_wallet,
        amount=bobs_wallet.money(5000),
        event=Event.once("test"),
        why=Circumstances(actor="test", reason="Bob's own words", note="Bob's own note"),
    )


def _loan(life: Life) -> None:
    """Paid later, and repaid since: nobody who owes could be erased."""
    allow(user=life.user)
    words = Circumstances(actor="test", reason="kumquat on tick", order_id=7)
    asked: dict[str, Any] = {"wallet": life.wallet, "amount": life.wallet.money(20_000), "why": words}
    debit(**asked, event=Event.once("test"), pays_later=True)
    credit(**asked, event=Event.once("test"))


def _dealings(life: Life, bob: User, bobs_wallet: Wallet) -> None:
    money = life.wallet.money
    asked: dict[str, Any] = {"sender": life.wallet, "recipient": bobs_wallet, "actor": f"user:{life.user.pk} session"}
    send_transfer(**asked, amount=money(300), event=Event.once("test"), note="rhubarb for Bob")
    back: dict[str, Any] = {"sender": bobs_wallet, "recipient": life.wallet, "actor": f"user:{bob.pk} session"}
    send_transfer(**back, amount=money(50), event=Event.once("test"), note="Bob thanks you")
    qr_of(life.wallet)
    request = ask_for_money(requester=life.user, payer_email="somebody@example.test", amount=money(5), note="kumquat debt")
    cancel_request(request_id=request.pk, requester=life.user)
    refund: dict[str, Any] = {"wallet": life.wallet, "order_id": 4711, "reason": "kumquat jam", "note": "rhubarb, I had said"}
    wanted = ask_refund(**refund, amount=money(7), event=Event.once("test"))
    reject_refund(request_id=wanted.pk, note="Zelda, that was marzipan", by=None, event=Event.once("test"))
    paid_out = asked_withdrawal(life.wallet, 9)
    reject_withdrawal(withdrawal_id=paid_out.pk, by=None, actor="test", note="Zelda, kumquats are no bank")
    redeem(new_code(700), life.user)
    new_code(800, restrict_to_user=life.user)


def _approval(life: Life, manager: User) -> None:
    other = User.objects.create_user("second", "second@example.test", PASSWORD)
    other.groups.set(manager.groups.all())
    asked = Adjustment(
        wallet=life.wallet, kind="credit", amount_minor=5, reason="Zelda's xylophone", note="marzipan", asked_by=manager
    )
    approve_adjustment(adjustment=ask_adjustment(adjustment=asked), by=other, note="kumquat, fine")


def _payments(life: Life) -> None:
    saved = SavedMethod("pm_zelda", "cus_zelda", "Zelda's marzipan card")
    keep_method(user=life.user, provider="stripe", saved=saved)
    asked: dict[str, Any] = {"wallet": life.wallet, "origin": "customer", "actor": f"user:{life.user.pk} session"}
    paid = start_topup(**asked, amount=life.wallet.money(5000), return_url="https://shop.example/?for=kumquat")
    confirm_topup(topup_id=paid.pk, paid=paid.amount, actor="provider:manual", reference="till-1")
    start_topup(**asked, amount=life.wallet.money(6000), return_url="https://shop.example/?for=zelda")
    ended: dict[str, Any] = {"status": "not_needed", "next_attempt_at": None, "finished_at": paid.created_at}
    Reload.objects.create(wallet=life.wallet, sequence=1, **ended)


def _calls(life: Life, as_manager: APIClient) -> None:
    path = f"{V1}/wallets/{life.wallet.pk}/credit"
    body = {"amount": "5", "reason": "xylophone", "note": "marzipan", "idempotency_key": str(uuid4())}
    assert as_manager.post(path, body, format="json").status_code == 201
    assert as_manager.post(path, {**body, "idempotency_key": str(uuid4())}).status_code == 201
    sent = {"to_user_email": "bob@example.test", "amount": "5", "note": "rhubarb again", "idempotency_key": str(uuid4())}
    assert life.by_password.post(f"{V1}/transfers", sent, format="json").status_code == 201
    assert life.by_key.get(f"{V1}/wallets/me").status_code == 200
    assert life.by_password.get(f"{V1}/transactions?search=xylophone").status_code == 200


def _secrets(life: Life, bob: User) -> None:
    issue(user=life.user, purpose="test", subject="kumquat")
    begin_enrolment(user=life.user)
    set_contact(user=life.user, phone=PHONE, language="de")
    set_preference(life.user, CREDIT_MAIL, False)
    for user, recipient in ((life.user, bob), (bob, life.user)):
        asked = StepUpRequired(user=user, credential=f"user:{user.pk} session", recipient=recipient, amount=life.wallet.money(5))
        open_challenge(asked)


def all_words() -> dict[str, str]:
    """Every text of every table, by table, in small letters."""
    texts = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT lower(t::text) FROM "{table}" t')
            texts[table] = "\n".join(row[0] for row in cursor.fetchall())
    return texts


def entries_of(life: Life) -> list[Entry]:
    return list(Entry.objects.filter(account_id=life.wallet.pk).order_by("sequence"))
