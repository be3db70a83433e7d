"""Refund requests in the admin: found, decided by the services, exported; and an order refunded from one of its entries."""

import csv
import io
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Act
from ledger.models import Entry
from ledger.verifying import verify
from people.models import User
from refunds.models import RefundRequest
from tests.admin.conftest import browser_of
from tests.conftest import PASSWORD
from tests.refunds.conftest import ORDER
from wallets.models import Wallet
from wallets.services import open_wallet

pytestmark = pytest.mark.django_db

LIST, EXPORT = reverse("admin:refunds_refundrequest_changelist"), reverse("admin:refunds_refundrequest_export")

Ask = Callable[..., RefundRequest]
Pay = Callable[..., Entry]


@pytest.fixture
def browser(manager: User) -> Client:
    return browser_of(manager)


@pytest.fixture
def clerk(db: None) -> Client:
    return browser_of(User.objects.create_user("clerk", "clerk@example.test", PASSWORD, is_staff=True))


def page_of(request: RefundRequest, verb: str = "change") -> str:
    return reverse(f"admin:refunds_refundrequest_{verb}", args=[request.pk])


def text(browser: Client, address: str, **query: str) -> str:
    response = browser.get(address, query)
    assert response.status_code == 200
    return str(response.content.decode())


def refunds() -> list[int]:
    return list(Entry.objects.filter(kind="refund").order_by("pk").values_list("amount", flat=True))


def test_it_is_found_and_shows_what_paid_for_the_order(browser: Client, wallet: Wallet, bobs_wallet: Wallet, pay: Pay, ask: Ask):
    own, others = pay(wallet, 5000), pay(bobs_wallet, 700)
    request = ask(wallet, 1234, reason="<b>Broken</b>")

    for term in ("alice", "alice@example.test", str(ORDER)):
        assert "$12.34" in text(browser, LIST, q=term), term
    for term in ("carol", "9" * 40, "%"):
        assert "$12.34" not in text(browser, LIST, q=term), term
    shown = text(browser, page_of(request))
    assert "&lt;b&gt;Broken" in shown
    assert "<b>Broken" not in shown
    for entry in (own, others):
        assert reverse("admin:ledger_entry_change", args=[entry.pk]) in shown
    assert page_of(request, "approve") in shown


def test_approves_less_and_says_what_it_did(browser: Client, manager: User, wallet: Wallet, pay: Pay, ask: Ask):
    pay(wallet, 5000)
    request = ask(wallet, 1234)

    assert 'value="12.34"' in text(browser, page_of(request, "approve"))
    for wrong in ("12.35", "0", "x", "1.234"):
        assert browser.post(page_of(request, "approve"), {"amount": wrong}).status_code == 200, wrong
    assert refunds() == []
    done = browser.post(page_of(request, "approve"), {"amount": "10", "note": "One of two"}, follow=True)

    assert f"{request} is approved" in done.content.decode()
    assert refunds() == [1000]
    request.refresh_from_db()
    assert (request.approved_minor, request.decided_by, request.decision_note) == (1000, manager, "One of two")
    assert Act.objects.get(act="refund_request.approved").actor == f"user:{manager.pk} admin"
    assert page_of(request, "approve") not in text(browser, page_of(request))
    again = browser.post(page_of(request, "approve"), {"amount": "10"})
    assert "It is approved already" in again.content.decode()
    assert refunds() == [1000]
    assert verify().findings == []


def test_rejects(browser: Client, wallet: Wallet, ask: Ask):
    request = ask(wallet)

    assert browser.post(page_of(request, "reject"), {"note": "It was used"}).status_code == 302
    request.refresh_from_db()
    assert (request.status, request.decision_note, refunds()) == ("rejected", "It was used", [])


def test_decides_on_none_of_his_own(browser: Client, manager: User, ask: Ask):
    request = ask(open_wallet(user=manager))

    for verb in ("approve", "reject"):
        answer = browser.post(page_of(request, verb), {"amount": "0.30"})
        assert "The wallet is your own" in answer.content.decode()
    request.refresh_from_db()
    assert (request.status, refunds()) == ("pending", [])


def test_alone_up_to_the_limit_where_the_wallet_did_not_pay(
    browser: Client, wallet: Wallet, pay: Pay, ask: Ask, site: Callable[..., None]
):
    site(approval_above={"USD": 1000})
    pay(wallet, 5000)
    paid, other = ask(wallet, 2000), ask(wallet, 2000, order=1)

    refused = browser.post(page_of(other, "approve"), {"amount": "10.01"})
    assert "a second manager has to approve it" in refused.content.decode()
    assert (refunds(), Act.objects.filter(act="approval.refused").count()) == ([], 1)
    assert browser.post(page_of(other, "approve"), {"amount": "10"}).status_code == 302
    assert browser.post(page_of(paid, "approve"), {"amount": "20"}).status_code == 302
    assert refunds() == [1000, 2000]


def test_exports_all_of_them_in_cells_that_are_no_formulas(browser: Client, wallet: Wallet, ask: Ask, approve: Ask):
    approve(ask(wallet, 1234, reason="=SUM(A1)", note="Zoë"), 1000)
    ask(wallet, 5, order=1)

    response = browser.get(EXPORT)

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    body = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    first, second = csv.DictReader(io.StringIO(body))
    assert (first["amount"], first["approved_amount"], first["currency"], first["status"]) == (
        "12.34",
        "10.00",
        "USD",
        "approved",
    )
    assert (first["reason"], first["note"], first["order_id"]) == ("'=SUM(A1)", "Zoë", str(ORDER))
    assert (second["approved_amount"], second["decided_at"], second["decided_by"]) == ("", "", "")
    assert Act.objects.filter(act="refund_request.exported").count() == 1


def test_nobody_else_gets_in(clerk: Client, wallet: Wallet, pay: Pay, ask: Ask):
    entry, request = pay(wallet, 30), ask(wallet)

    for address in (page_of(request, "approve"), page_of(request, "reject"), EXPORT, order_page(entry)):
        assert clerk.post(address, {"amount": "0.30", "event_id": str(uuid4())}).status_code == 403, address
    assert (RefundRequest.objects.get().status, refunds()) == ("pending", [])


def order_page(entry: Entry) -> str:
    return reverse("admin:ledger_entry_refund_the_order", args=[entry.pk])


class TestAnOrder:
    def test_is_refunded_from_any_entry_that_paid_for_it(self, browser: Client, wallet: Wallet, pay: Pay):
        first, second = pay(wallet, 20), pay(wallet, 30)
        assert order_page(first) in text(browser, reverse("admin:ledger_entry_change", args=[first.pk]))
        form = {"amount": "0.45", "event_id": str(uuid4())}

        answers = [browser.post(order_page(first), form, follow=True) for _ in range(2)]

        assert all("Order 8812: $0.45 given back" in answer.content.decode() for answer in answers)
        assert refunds() == [30, 15]
        assert order_page(second) not in text(browser, reverse("admin:ledger_entry_change", args=[second.pk]))
        over = browser.post(order_page(first), {"amount": "0.05", "event_id": str(uuid4())})
        assert "was given back before" in over.content.decode()
        assert verify().findings == []

    def test_that_was_credited_before_it_was_paid_says_so(
        self, browser: Client, wallet: Wallet, pay: Pay, ask: Ask, approve: Ask
    ):
        approve(ask(wallet, 30))
        entry = pay(wallet, 30)

        page = text(browser, order_page(entry))
        answer = browser.post(order_page(entry), {"amount": "0.30", "event_id": str(uuid4())})

        assert reverse("admin:ledger_entry_change", args=[Entry.objects.get(kind="refund").pk]) in page
        assert "was given back before, its entries or as a credit for the order" in answer.content.decode()
        assert refunds() == [30]

    def test_above_the_limit_takes_two(self, browser: Client, wallet: Wallet, pay: Pay, site: Callable[..., None]):
        site(approval_above={"USD": 10})
        entry = pay(wallet, 30)

        refused = browser.post(order_page(entry), {"amount": "0.30", "event_id": str(uuid4())})
        assert "a second manager has to approve it" in refused.content.decode()
        assert refunds() == []

    def test_is_none_where_the_entry_has_none(self, browser: Client, wallet: Wallet, give: Callable[..., Any]):
        assert browser.get(order_page(give(wallet, 5))).status_code == 404
