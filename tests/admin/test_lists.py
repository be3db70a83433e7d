"""A list costs as many statements for thirty rows as for five."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apikeys.services import make_application_password, mint_key
from bnpl.services import allow
from idempotency.models import Claim
from kyc.models import Document, Submission
from ledger.book import lock_accounts
from ledger.debts import loan
from ledger.kinds import Kind
from ledger.money import currency
from ledger.movements import Circumstances, Event
from ledger.outbox import tell
from people.models import User
from points.models import Import, Plan, PlanRun
from refunds.models import RefundRequest
from site_settings.services import change_settings
from tests.payments.making import payments_of
from tests.webhooks.making import one_of_each
from transfers.models import QrCode
from wallet_service.admin_navigation import TO_DECIDE, dashboard, figures, liabilities, navigation
from wallet_service.models import RateCounter
from wallets.models import Adjustment
from wallets.services import credit, debit, open_wallet
from webhooks.naming import CODE_VOIDED
from withdrawals.models import Withdrawal

LISTS = (
    *("people_user", "auth_group", "wallets_wallet", "ledger_account", "ledger_entry", "ledger_lot", "ledger_debt"),
    "wallets_adjustment",
    *("apikeys_apikey", "apikeys_applicationpassword", "idempotency_claim", "wallet_service_ratecounter"),
    *("webhooks_endpoint", "webhooks_event", "webhooks_delivery", "webhooks_attempt", "webhooks_queue", "webhooks_tally"),
    *("ledger_outbox", "payments_topup", "payments_paymentmethod", "payments_receivednotice"),
    *("payments_reload", "payments_takeback", "transfers_qrcode", "bnpl_loan", "bnpl_eligible"),
    *("refunds_refundrequest", "points_import", "points_plan", "points_planrun"),
    *("withdrawals_withdrawal", "kyc_submission", "kyc_document"),
)


def _submission_of(user: User) -> None:
    submission = Submission.objects.create(user=user, full_name="Ada", document_type="Passport", document_number=b"")
    Document.objects.create(
        submission=submission, position=0, name=uuid4().hex, content_type="image/png", size_bytes=5, sha256=b""
    )


def add_rows(first: int, last: int) -> None:
    change_settings({"bnpl_enabled": True, "bnpl_min_order": 0}, actor="test")
    for number in range(first, last):
        user = User.objects.create(username=f"user{number}", email=f"user{number}@example.test")
        wallet = open_wallet(user=user)
        Import.objects.create(mode="grant", currency_code="USD", file_sha256=b"", uploaded_by=user)
        terms: dict[str, Any] = {"amount_type": "fixed", "amount_minor": 5, "currency_code": "USD"}
        plan = Plan.objects.create(name=user.username, interval_days=7, **terms)
        PlanRun.objects.create(plan=plan, period=1, due_at=plan.starts_at, actor="test", **terms)
        why = Circumstances(actor="test", reason="test")
        expires_at = timezone.now() + timedelta(days=1)
        event = Event.once("test")
        credit(wallet=wallet, amount=wallet.money(100), event=event, why=why, kind=Kind.BONUS, expires_at=expires_at)
        with transaction.atomic():
            book = lock_accounts(wallet.pk)
            book.post(loan(book[wallet.pk], wallet.money(7), why), event=Event.once("test"))
        allow(user=user)
        spent = open_wallet(user=user, currency=currency("EUR"))
        debit(wallet=spent, amount=spent.money(500), event=Event.once("test"), why=why, pays_later=True)
        Adjustment.objects.create(wallet=wallet, kind="debit", amount_minor=-5, reason="Sorry", asked_by=user)
        mint_key(owner=user, scope="read", description="till")
        make_application_password(user=user, name="phone")
        Claim.objects.create(caller=f"user:{number}", key=uuid4(), fingerprint=b"f", created_at=timezone.now())
        RateCounter.objects.create(key=f"key{number}", hits=1, expires=timezone.now())
        RefundRequest.objects.create(
            user=user, wallet=wallet, order_id=1, amount_minor=5, currency_code="USD", reason="Broken", asked_key=f"test:{number}"
        )
        one_of_each(wallet)
        payments_of(wallet)
        QrCode.objects.create(wallet=wallet, number=uuid4(), secret=b"sealed")
        _submission_of(user)
        Withdrawal.objects.create(
            wallet=wallet, amount_minor=5, currency_code="USD", method="bank", sequence=number, created_at=timezone.now()
        )
    for _ in range(first, last):
        tell(CODE_VOIDED, account_id=wallet.pk)


def statements(client: Client, page: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(page).status_code == 200
    return len(captured)


def test_neither_a_list_nor_the_overview_grows_in_statements(managers_browser: Client):
    """All of them over the same rows: to write thirty takes longer than to read any list."""
    lists = [reverse(f"admin:{name}_changelist") for name in LISTS]
    pages = [*lists, reverse("admin:index")]
    add_rows(0, 5)
    for page in pages:
        managers_browser.get(page)
    few = {page: statements(managers_browser, page) for page in pages}
    add_rows(5, 30)

    assert {page: statements(managers_browser, page) for page in pages} == few
    assert {page: few[page] for page in lists if few[page] > 12} == {}


def test_the_overview_says_what_the_shop_owes(db: None):
    add_rows(0, 3)

    assert dict(figures())["Wallets"] == 6
    assert sorted(liabilities()["rows"]) == [("EUR", 3, "€0.00", "€0.00"), ("USD", 3, "$3.21", "$0.00")]


def test_the_overview_says_what_waits_for_a_manager_and_leads_there(managers_browser: Client):
    assert [dict(figures())[title] for title in TO_DECIDE] == [0] * 4
    add_rows(0, 3)

    for title in TO_DECIDE:
        address, count = re.findall('href="([^"]+)".*>([0-9]+)<', str(dict(figures())[title]))[0]
        assert count == "3"
        assert managers_browser.get(address).context["cl"].result_count == 3
    Withdrawal.objects.update(status="rejected", decided_at=timezone.now())
    assert dict(figures())["Withdrawals to decide"] == 0


def test_the_overview_shows_figures_and_ways_only_to_who_may_look(rf: RequestFactory, manager: User, clerk: User):
    asked = {}
    for user in (manager, clerk):
        asked[user] = rf.get("/admin/")
        asked[user].user = user

    assert dashboard(asked[manager], {})["figures"]
    assert dashboard(asked[clerk], {}) == {}
    assert [group.get("title") for group in navigation(asked[manager])] == [
        *(
            None,
            "Shop",
            "Payments",
            "External wallets",
            "Pay later",
            "People",
            "Settings",
            "Access",
            "Webhooks",
            "Proof",
            "Beneath",
        )
    ]
    assert [group.get("title") for group in navigation(asked[clerk])] == [None]
