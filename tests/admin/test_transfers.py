"""Transfers and money requests in the admin: found, shown with what is behind them, and given back on their entry's page."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from ledger.errors import ReversalExceedsOriginal
from ledger.kinds import Kind
from ledger.models import Entry
from ledger.movements import Event
from ledger.reversals import reverse as give_back
from people.models import User
from tests.conftest import WHY
from transfers.models import MoneyRequest
from transfers.requests import accept_request, ask_for_money
from transfers.services import SentTransfer, send_transfer
from wallets.admin_forms import too_much_back
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

LIST, REQUESTS = reverse("admin:transfers_transfer_changelist"), reverse("admin:transfers_moneyrequest_changelist")


@pytest.fixture
def sent(wallet: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry], site: Callable[..., None]) -> SentTransfer:
    site(transfers_enabled=True, transfer_fee_type="fixed", transfer_fee_amount=25)
    give(wallet, 10_000)
    amount = wallet.money(1234)
    return send_transfer(
        sender=wallet, recipient=bobs_wallet, amount=amount, event=Event.once("test"), actor="test", note="<b>For you</b>"
    )


def page(browser: Client, address: str, **query: str) -> str:
    response = browser.get(address, query)
    assert response.status_code == 200
    return str(response.content.decode())


def test_it_is_found_by_what_one_knows_of_it(managers_browser: Client, sent: SentTransfer, wallet: Wallet):
    for term in (str(sent.transfer.pk), str(wallet.pk), "alice", "bob@example.test"):
        assert "$12.34" in page(managers_browser, LIST, q=term), term
    for term in ("carol", "00000000-0000-4000-8000-000000000000", "9" * 40, "%"):
        assert "$12.34" not in page(managers_browser, LIST, q=term), term


def test_its_page_leads_to_its_entries(managers_browser: Client, sent: SentTransfer):
    address = reverse("admin:transfers_transfer_change", args=[sent.transfer.pk])
    text = page(managers_browser, address)

    assert "$12.34" in text
    assert "$0.25" in text
    # A person's words are words.
    assert "&lt;b&gt;For you" in text
    assert "<b>For you" not in text
    for entry in sent.entries:
        assert reverse("admin:ledger_entry_change", args=[entry.pk]) in text
    back = give_back(entry=sent.sent, event=Event.once("test"), why=WHY)[0]
    assert f"by entry {back.pk}" in page(managers_browser, address)


def test_it_is_given_back_on_the_page_of_its_entry(managers_browser: Client, sent: SentTransfer, wallet: Wallet):
    address = reverse("admin:ledger_entry_give_back", args=[sent.sent.pk])
    form = managers_browser.get(address).context["form"]
    data = {name: form[name].value() or "" for name in form.fields} | {"reason": "A mistake"}
    response = managers_browser.post(address, data)

    assert response.status_code == 302, response.content.decode()
    wallet.account.refresh_from_db()
    assert wallet.account.balance == 10_000
    assert Entry.objects.filter(kind=Kind.REVERSAL).count() == 3


def test_less_than_a_whole_transfer_is_not_given_back(managers_browser: Client, sent: SentTransfer, wallet: Wallet):
    address = reverse("admin:ledger_entry_give_back", args=[sent.sent.pk])
    form = managers_browser.get(address).context["form"]
    data = {name: form[name].value() or "" for name in form.fields} | {"reason": "A mistake", "amount": "1.00"}
    assert form.fields["amount"].disabled

    assert managers_browser.post(address, data).status_code == 302
    wallet.account.refresh_from_db()
    # All of it: the figure that was posted is nobody's.
    assert wallet.account.balance == 10_000


def test_that_it_is_whole_or_nothing_is_said(wallet: Wallet):
    too_little = ReversalExceedsOriginal(most=wallet.money(1234), requested=wallet.money(100))
    too_much = ReversalExceedsOriginal(most=wallet.money(1234), requested=wallet.money(1235))

    assert too_much_back(too_little) == "A transfer is given back whole: $12.34."
    assert too_much_back(too_much) == "At most $12.34 can be given back."


def test_its_own_page_leads_to_giving_it_back(managers_browser: Client, clerks_browser: Client, sent: SentTransfer):
    address = reverse("admin:transfers_transfer_change", args=[sent.transfer.pk])
    button = reverse("admin:transfers_transfer_give_back", args=[sent.transfer.pk])

    assert button in page(managers_browser, address)
    assert managers_browser.get(button)["Location"] == reverse("admin:ledger_entry_give_back", args=[sent.sent.pk])
    assert clerks_browser.get(button).status_code == 403
    give_back(entry=sent.sent, event=Event.once("test"), why=WHY)
    assert button not in page(managers_browser, address)
    nobodys = reverse("admin:transfers_transfer_give_back", args=["00000000-0000-4000-8000-000000000000"])
    assert managers_browser.get(nobodys).status_code == 404


def test_a_request_and_what_came_of_it(managers_browser: Client, sent: SentTransfer, alice: User, bob: User, wallet: Wallet):
    asked = ask_for_money(requester=bob, payer_email="ALICE@example.test", amount=wallet.money(777), note="Please")
    address = reverse("admin:transfers_moneyrequest_change", args=[asked.pk])
    assert "Waiting" in page(managers_browser, address).title()
    paid, _ = accept_request(request_id=asked.pk, payer=alice, wallet=wallet, event=Event.once("test"), actor="test")

    text = page(managers_browser, address)
    assert "$7.77" in text
    assert reverse("admin:transfers_transfer_change", args=[paid.transfer_id]) in text
    assert "$7.77" in page(managers_browser, REQUESTS, q="bob")
    assert "$7.77" in page(managers_browser, REQUESTS, status__exact=MoneyRequest.Status.ACCEPTED)
    assert "$7.77" not in page(managers_browser, REQUESTS, status__exact=MoneyRequest.Status.PENDING)
