"""Who sees what, over every address that the admin has."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django import app as queue

from analytics.models import DayTotal, HourTotal
from apikeys.gateway import make_gateway_key
from apikeys.models import OauthNonce
from apikeys.services import make_application_password, mint_key
from audit.models import RequestLog
from audit.requests import keep_request
from bnpl.services import allow
from idempotency.models import Claim
from ledger.alarms import raise_alarm
from ledger.book import lock_accounts
from ledger.debts import loan
from ledger.kinds import Kind
from ledger.models import Entry
from ledger.movements import Event
from notices.kinds import CREDIT_MAIL
from notices.preferences import set_contact, set_preference
from passcodes.totp import begin_enrolment
from people.models import User
from points.importing.staging import stage_import
from points.models import FeeSweep, PushedWithdrawal
from points.packages.services import make_package
from points.plans.beginning import start_run
from points.plans.services import create_plan
from refunds.services import ask_refund
from site_settings.services import change_settings
from stepups.errors import StepUpRequired
from stepups.services import open_challenge
from tests.admin.conftest import browser_of
from tests.codes.making import new_code, redeem
from tests.conftest import PASSWORD, WHY
from tests.federation.making import external_of
from tests.kyc.making import submitted
from tests.payments.making import payments_of
from tests.webhooks.making import one_of_each
from tests.withdrawals.conftest import asked
from transfers.qr import qr_of
from transfers.requests import ask_for_money
from transfers.services import send_transfer
from wallet_service.jobs import JOBS
from wallet_service.models import JobRun, RateCounter, UntoldMovements
from wallets.holds import place_hold
from wallets.models import Adjustment, Wallet
from wallets.services import create_customer, debit

Rows = dict[type[Model], Any]


@pytest.fixture
def rows(alice: User, wallet: Wallet, give: Callable[..., Entry], seal: Callable[[], Any], settings: Any, tmp_path: Path) -> Rows:
    """A row of every table that the admin shows."""
    give(wallet, 500)
    give(wallet, 300, kind=Kind.BONUS)
    one_of_each(wallet)
    payments_of(wallet)
    external_of()
    make_gateway_key()
    make_package(points_minor=1000, price_minor=900, actor="test")
    change_settings({"withdrawals_enabled": True, "withdrawal_min": 1}, actor="test")
    asked(wallet, 5)
    key, _ = mint_key(owner=alice, scope="read", description="till", oauth_enabled=True)
    make_application_password(user=alice, name="phone")
    OauthNonce.objects.create(key=key, digest=b"nonce", used_at=key.created_at)
    Adjustment.objects.create(wallet=wallet, kind="debit", amount_minor=-5, reason="Sorry", asked_by=alice)
    Claim.objects.create(caller="user:1", key=uuid4(), fingerprint=b"f", created_at=key.created_at, status=201, body=b"b")
    called: dict[str, Any] = {"at": key.created_at, "status": 200, "duration_ms": 5, "caller": "stranger"}
    keep_request(RequestLog(**called, method="GET", path="/wp-json", response_body='{"a":[1,"<b>"]}'))
    RateCounter.objects.create(key="x", hits=1, expires=key.created_at)
    DayTotal.objects.create(day=key.created_at.date(), currency_code="USD", kind="credit")
    HourTotal.objects.create(hour=key.created_at, currency_code="USD", kind="credit")
    raise_alarm("seal_late", "", "late")
    JobRun.objects.create(name=JOBS[0].name, started_at=key.created_at, finished_at=key.created_at, outcome="ok")
    queue.configure_task(JOBS[0].name).defer(timestamp=0)
    place_hold(wallet=wallet, amount=wallet.money(5), event=Event.once("test"), why=WHY, expires_in=timedelta(minutes=5))
    FeeSweep.objects.create(currency_code="USD", number=1, wallet=wallet, sequence=1, amount_minor=1, checkpoint=1)
    pushed: dict[str, Any] = {"wallet_name": wallet.name, "points_minor": 1, "currency_code": "USD"}
    PushedWithdrawal.objects.create(request_id=uuid4(), refusal="unknown", **pushed)
    stage_import(file=BytesIO(b"alice@example.test,1"), mode="grant")
    terms: dict[str, Any] = {"amount_type": "fixed", "amount_minor": 5, "percent": None, "interval_days": 7}
    start_run(plan_id=create_plan(name="Weekly", **terms).pk, period=1)
    submitted(alice)
    redeem(new_code(5, currency_code="EUR", max_redemptions=2), alice)
    change_settings({"transfers_enabled": True, "qr_pay_enabled": True}, actor="test")
    qr_of(wallet)
    change_settings({"refund_requests_enabled": True}, actor="test")
    ask_refund(wallet=wallet, order_id=1, amount=wallet.money(5), reason="Broken", event=Event.once("test"))
    friend = create_customer(email="friend@example.test", password=PASSWORD)
    amount = wallet.money(5)
    send_transfer(sender=wallet, recipient=friend, amount=amount, event=Event.once("test"), actor="test")
    ask_for_money(requester=alice, payer_email=friend.user.email, amount=amount)
    begin_enrolment(user=alice)
    open_challenge(StepUpRequired(user=alice, credential="test", recipient=friend.user, amount=amount))
    allow(user=alice)
    change_settings({"bnpl_enabled": True, "bnpl_min_order": 0}, actor="test")
    dear = wallet.money(5000)
    debit(wallet=wallet, amount=dear, event=Event.once("test"), why=WHY, pays_later=True)
    with transaction.atomic():
        book = lock_accounts(wallet.pk)
        book.post(loan(book[wallet.pk], amount, WHY), event=Event.once("test"))
    set_contact(user=alice, phone="+4915112345678", language="de")
    set_preference(alice, CREDIT_MAIL, False)
    UntoldMovements.objects.create(account_id=wallet.pk, kind="wallet.credited", first=1, last=1, count=0, sum_minor=0)
    settings.ANCHOR_FILE = str(tmp_path / "anchor.jsonl")
    seal()
    # django-constance registers its one screen under a class that is no model (tests/site_settings/test_screen.py).
    tables = [model for model in admin.site._registry if issubclass(model, Model)]
    return {model: model._default_manager.order_by("pk").first() for model in tables}


def pages(rows: Rows) -> list[str]:
    """The list, page and history of each."""
    found = [reverse("admin:index")]
    for model, row in rows.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found += [
            reverse(f"{name}_changelist"),
            reverse(f"{name}_change", args=[row.pk]),
            reverse(f"{name}_history", args=[row.pk]),
        ]
    return found


def action_pages(rows: Rows) -> list[str]:
    """Where something can be done, by who may."""
    by_name = {model._meta.model_name: row for model, row in rows.items()}
    actions = [
        *(("wallets", "wallet", verb) for verb in ("credit", "debit", "freeze", "unfreeze", "change_terms")),
        *(("wallets", "adjustment", verb) for verb in ("approve", "reject", "withdraw")),
        *(("ledger", "hold", verb) for verb in ("capture", "void")),
        ("ledger", "entry", "give_back"),
        *(("codes", "code", "void"), ("codes", "batch", "void_all"), ("codes", "batch", "export")),
        *(("webhooks", "endpoint", verb) for verb in ("edit", "send_test_event", "rotate_secret", "resume", "remove")),
        *(("webhooks", "endpoint", verb) for verb in ("switch_on", "switch_off", "redeliver", "skip_what_waits")),
        *(("webhooks", "endpoint", "send_parked_again"), ("webhooks", "event", "send_again")),
        *(("payments", "topup", verb) for verb in ("confirm", "fail", "refund")),
        *(("points", "pointpackage", verb) for verb in ("edit", "retire")),
        *(("withdrawals", "withdrawal", verb) for verb in ("approve", "reject", "paid", "failed", "show_details")),
        *(("payments", "takeback", verb) for verb in ("seen", "refunded", "not_refunded")),
        *(("bnpl", "loan", "repay_now"), ("bnpl", "eligible", "take_off_the_list")),
        *(("refunds", "refundrequest", verb) for verb in ("approve", "reject")),
        *(("kyc", "submission", verb) for verb in ("approve", "reject", "show_number")),
        *(("kyc", "document", "download"), ("people", "user", "export")),
        *(("federation", "externalwalletsite", verb) for verb in ("edit", "check_connection", "refresh_now")),
        *(("federation", "push", verb) for verb in ("it_was_done", "it_was_not_done")),
        *(("federation", "difference", verb) for verb in ("take_over", "leave_apart")),
        *(("points", "plan", verb) for verb in ("edit", "approve", "switch_on", "switch_off", "run_now", "run_missed")),
        ("wallet_service", "jobrun", "run_now"),
        ("apikeys", "apikey", "revoke"),
        ("apikeys", "applicationpassword", "revoke"),
    ]
    made = [reverse(f"admin:{app}_{model}_add") for app, model in (("wallets", "wallet"), ("apikeys", "apikey"))]
    made += [
        reverse("admin:apikeys_applicationpassword_add"),
        reverse("admin:codes_batch_add"),
        reverse("admin:bnpl_eligible_put_on_the_list"),
        reverse("admin:refunds_refundrequest_export"),
        reverse("admin:webhooks_endpoint_add"),
        reverse("admin:federation_externalwalletsite_add"),
        reverse("admin:points_plan_add"),
    ]
    return made + [reverse(f"admin:{app}_{model}_{verb}", args=[by_name[model].pk]) for app, model, verb in actions]


# The superuser alone.
def add_pages_of_people() -> list[str]:
    return [reverse("admin:people_user_add"), reverse("admin:auth_group_add")]


def test_the_boss_opens_every_page_and_none_shows_a_digest_a_salt_or_a_sealed_body(boss_browser: Client, rows: Rows):
    secrets = secrets_of(rows)
    assert len(secrets) >= 6

    for page in [*pages(rows), *action_pages(rows), *add_pages_of_people()]:
        answer = boss_browser.get(page)
        assert answer.status_code == 200, page
        assert page not in pages(rows) or not any(secret in answer.content.decode() for secret in secrets), page


def test_a_shop_manager_opens_every_page_but_those_that_give_rights(managers_browser: Client, rows: Rows):
    for page in [*pages(rows), *action_pages(rows)]:
        assert managers_browser.get(page).status_code == 200, page
    for page in add_pages_of_people():
        assert managers_browser.get(page).status_code == 403, page


def test_staff_without_a_right_sees_an_empty_overview_and_nothing_else(clerks_browser: Client, rows: Rows):
    overview = clerks_browser.get(reverse("admin:index"))

    assert overview.status_code == 200
    assert "$8.00" not in overview.content.decode()
    for page in [*pages(rows)[1:], *action_pages(rows), *add_pages_of_people()]:
        assert clerks_browser.get(page).status_code == 403, page


@pytest.mark.parametrize("verb", ["get", "post"])
def test_a_customer_is_sent_to_the_door_from_every_page(alices_browser: Client, rows: Rows, verb: str):
    for page in [*pages(rows), *action_pages(rows), *add_pages_of_people()]:
        response = getattr(alices_browser, verb)(page)
        assert response.status_code == 302, page
        assert response["Location"].startswith(reverse("admin:login"))


def test_a_post_without_a_right_does_nothing(clerks_browser: Client, rows: Rows):
    before = Entry.objects.count()

    for page in action_pages(rows):
        assert clerks_browser.post(page, {"amount": "1", "reason": "mine"}).status_code == 403, page

    assert Entry.objects.count() == before
    assert all(row.revoked_at is None for model, row in reread(rows).items() if hasattr(model, "revoked_at"))


def test_a_post_without_a_csrf_token_is_refused(manager: User, rows: Rows):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(manager)

    for page in action_pages(rows):
        assert browser.post(page).status_code == 403, page


def test_django_permissions_show_staff_what_they_name(clerk: User, rows: Rows):
    clerk.user_permissions.add(Permission.objects.get(codename="view_entry"))
    browser = browser_of(clerk)

    assert browser.get(reverse("admin:ledger_entry_changelist")).status_code == 200
    assert browser.get(reverse("admin:wallets_wallet_changelist")).status_code == 403


def test_what_can_only_be_looked_at_is_not_written_by_anybody(boss_browser: Client, rows: Rows):
    for model, row in rows.items():
        if model._meta.model_name in {"user", "group"}:
            continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        page = reverse(f"{name}_change", args=[row.pk])
        assert boss_browser.post(page, {"balance": "1", "amount": "1", "description": "x"}).status_code == 403, page
        assert boss_browser.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
        delete_all = {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"}
        boss_browser.post(reverse(f"{name}_changelist"), delete_all)

    for model, row in reread(rows).items():
        assert vars_of(row) == vars_of(rows[model])


def test_a_filter_in_the_address_cannot_ask_for_what_is_hidden(managers_browser: Client, rows: Rows):
    for model, lookup in (
        ("apikeys_apikey", "secret_digest"),
        ("apikeys_apikey", "sealed_secret"),
        ("apikeys_oauthnonce", "digest"),
        ("passcodes_passcode", "digest"),
        ("passcodes_passcode", "subject_digest"),
        ("passcodes_totpdevice", "secret"),
        ("notices_notice", "text"),
        ("apikeys_applicationpassword", "digest"),
        ("ledger_entry", "reason_salt"),
        ("idempotency_claim", "fingerprint"),
        *(("payments_topup", "payment_url__contains"), ("payments_paymentmethod", "reference")),
        *(("webhooks_endpoint", "secret"), ("webhooks_endpoint", "old_secret__isnull")),
        *(("codes_code", "digest"), ("codes_code", "sealed"), ("codes_batch", "key")),
        ("people_user", "password__startswith"),
        ("wallets_wallet", "user__password__startswith"),
    ):
        assert managers_browser.get(reverse(f"admin:{model}_changelist"), {lookup: "p"}).status_code == 400, lookup


def secrets_of(rows: Rows) -> list[str]:
    """What the rows keep that nobody shall read."""
    hidden = (
        "secret_digest",
        "sealed_secret",
        "secret",
        "subject_digest",
        "text",
        "digest",
        "reason_salt",
        "reason_digest",
        "asked",
        "fingerprint",
        "body",
        "password",
    )
    found = [
        bytes(value).hex() if not isinstance(value, str) else value
        for row in rows.values()
        for name in hidden
        if (value := getattr(row, name, None))
    ]
    return [secret for secret in found if len(secret) > 2]


def reread(rows: Rows) -> Rows:
    return {model: model._default_manager.get(pk=row.pk) for model, row in rows.items() if not hasattr(model, "last_login")}


def vars_of(row: Model) -> dict[str, Any]:
    return {
        field.attname: str(getattr(row, field.attname)) for field in row._meta.concrete_fields if field.attname != "last_login"
    }
