"""Withdrawals in the admin: found, masked, decided by who may, and exported."""

import csv
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Act
from ledger.models import Account
from people.models import User
from tests.withdrawals.conftest import Ask
from wallets.models import Wallet
from wallets.services import open_wallet
from withdrawals.models import Withdrawal
from withdrawals.services import approve_withdrawal

pytestmark = pytest.mark.django_db
LIST = reverse("admin:withdrawals_withdrawal_changelist")
EXPORT = reverse("admin:withdrawals_withdrawal_export")


@pytest.fixture
def browser(manager: User) -> Client:
    client = Client()
    client.force_login(manager)
    return client


def page(browser: Client, address: str, **query: str) -> str:
    response = browser.get(address, query)
    assert response.status_code == 200
    return str(response.content.decode())


def act_of(withdrawal: Withdrawal, verb: str) -> str:
    return reverse(f"admin:withdrawals_withdrawal_{verb}", args=[withdrawal.pk])


def send(browser: Client, withdrawal: Withdrawal, verb: str, **form: str) -> str:
    response: Any = browser.post(act_of(withdrawal, verb), form, follow=True)
    assert response.status_code == 200
    return str(response.content.decode())


def test_it_is_found_masked_and_filtered(browser: Client, pending: Withdrawal):
    for query in ({}, {"q": str(pending.pk)}, {"q": str(pending.wallet_id)}, {"q": "alice"}, {"status__exact": "pending"}):
        text = page(browser, LIST, **query)
        assert all(word in text for word in ("$4.00", "$3.90", "•••• 7890"))
        assert "1234567890" not in text
    for query in ({"q": "carol"}, {"status__exact": "paid"}, {"q": "9" * 40}):
        assert "$4.00" not in page(browser, LIST, **query)


def test_is_decided_and_settled_once(browser: Client, pending: Withdrawal, ask: Ask, funded: Wallet):
    text = page(browser, act_of(pending, "approve"))
    for word in ("bank transfer", "$3.90", "•••• 7890"):
        assert word in text
    assert "is approved" in send(browser, pending, "approve", note="Fine")
    assert "It is approved already" in send(browser, pending, "reject")
    assert "is paid" in send(browser, pending, "paid", payout_reference="BANK-1")
    assert "It is paid: nothing was changed now" in send(browser, pending, "paid", payout_reference="BANK-1")
    assert "is failed" in send(browser, pending, "failed", payout_reference="RETURN-1")
    other = ask(funded, 100)
    assert "is rejected" in send(browser, other, "reject", note="No")

    assert Account.objects.get(pk=funded.pk).balance == 1000
    pending.refresh_from_db()
    assert (pending.note, pending.payout_reference, pending.return_reference) == ("Fine", "BANK-1", "RETURN-1")


def test_shows_where_it_goes_on_purpose_only(browser: Client, pending: Withdrawal, manager: User):
    for address in (act_of(pending, "show_details"), reverse("admin:withdrawals_withdrawal_change", args=[pending.pk])):
        assert "1234567890" not in page(browser, address)
    assert not Act.objects.filter(act="withdrawal.details_shown").exists()

    text = send(browser, pending, "show_details")

    assert all(word in text for word in ("1234567890", "Alice Liddell", "Bank code", "written into the audit trail"))
    assert "nobody can read it again" not in text
    act = Act.objects.get(act="withdrawal.details_shown")
    assert (act.subject, act.actor, act.facts) == (f"withdrawal:{pending.pk}", f"user:{manager.pk} admin", "{}")


def test_nobody_settles_his_own(browser: Client, manager: User, ask: Ask, give: Callable[..., Any]):
    own = open_wallet(user=manager)
    give(own, 100)
    withdrawal = ask(own, 100)

    assert "wallet is your own" in send(browser, withdrawal, "approve")
    withdrawal.refresh_from_db()
    assert withdrawal.status == "pending"


def test_the_days_are_told(browser: Client, pending: Withdrawal, site: Callable[..., None], manager: User):
    site(withdrawal_hold_enabled=True)
    approve_withdrawal(withdrawal_id=pending.pk, by=manager, actor="test")

    assert "It is paid out from" in send(browser, pending, "paid", payout_reference="BANK-1")


def test_exports_for_a_spreadsheet(browser: Client, pending: Withdrawal, ask: Ask, funded: Wallet, manager: User):
    ask(funded, 20, method="paypal", details={"email": "=cmd@example.test"})
    approve_withdrawal(withdrawal_id=pending.pk, by=manager, actor="test", note="=HYPERLINK(1)")

    rows = list(csv.DictReader(StringIO(page(browser, EXPORT))))

    assert [(row["amount"], row["fee"], row["net"], row["currency"], row["goes_to"]) for row in rows] == [
        ("0.20", "0.01", "0.19", "USD", "'=•••@example.test"),
        ("4.00", "0.10", "3.90", "USD", "•••• 7890"),
    ]
    assert (rows[1]["note"], rows[1]["status"], rows[1]["user_id"]) == ("'=HYPERLINK(1)", "approved", str(funded.user_id))
    assert Act.objects.filter(act="withdrawals.exported", actor=f"user:{manager.pk} admin").count() == 1


def test_staff_without_the_right_do_nothing(pending: Withdrawal, db: None):
    clerk = User.objects.create_user("clerk", "clerk@example.test", is_staff=True)
    client = Client()
    client.force_login(clerk)

    for address in (LIST, EXPORT, *(act_of(pending, verb) for verb in ("approve", "reject", "paid", "failed", "show_details"))):
        assert client.post(address).status_code == 403
    pending.refresh_from_db()
    assert pending.status == "pending"
