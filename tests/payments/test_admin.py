"""Top-ups in the admin: found, shown with what was told of them, settled by hand by those who may."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from audit.models import Act
from ledger.models import Entry
from ledger.money import Money, currency
from payments.models import ReceivedNotice, TakeBack, Topup
from payments.port import NoticeKind, ProviderNotice
from payments.receiving import take_notice
from payments.services import confirm_topup
from payments.taking_back import take_back_by_provider
from people.models import User
from people.rights import SHOP_MANAGER
from tests.payments.making import payments_of
from wallets.models import Wallet

pytestmark = pytest.mark.django_db
LIST = reverse("admin:payments_topup_changelist")


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def browser(manager: User) -> Client:
    return browser_of(manager)


@pytest.fixture
def second(db: None) -> Client:
    user = User.objects.create_user("second", "second@example.test", is_staff=True)
    user.groups.add(Group.objects.get(name=SHOP_MANAGER))
    return browser_of(user)


def page(browser: Client, address: str, **query: str) -> str:
    response = browser.get(address, query)
    assert response.status_code == 200
    return str(response.content.decode())


def act_of(topup: Topup, verb: str) -> str:
    return reverse(f"admin:payments_topup_{verb}", args=[topup.pk])


def page_of(topup: Topup) -> str:
    return reverse("admin:payments_topup_change", args=[topup.pk])


def send(browser: Client, topup: Topup, verb: str, **form: str) -> str:
    response: Any = browser.post(act_of(topup, verb), form, follow=True)
    assert response.status_code == 200
    return str(response.content.decode())


def test_it_is_found_by_what_one_knows_of_it(browser: Client, topup: Topup):
    confirm_topup(topup_id=topup.pk, paid=topup.amount, actor="test", reference="till-1")
    known = (str(topup.pk), topup.pk.hex, str(topup.wallet_id), "alice", "alice@example.test", "till-1", topup.wallet.name)
    for term in known:
        assert "$50.00" in page(browser, LIST, q=term), term
    for term in ("carol", "00000000-0000-4000-8000-000000000000", "9" * 40, "%", "till"):
        assert "$50.00" not in page(browser, LIST, q=term), term


def test_the_list_is_filtered(browser: Client, topup: Topup, bobs_wallet: Wallet, start: Callable[..., Topup]):
    done = start(bobs_wallet, 7000)
    confirm_topup(topup_id=done.pk, paid=done.amount, actor="test")

    for query in ({"status__exact": "completed"}, {"wallet__exact": str(bobs_wallet.pk)}):
        text = page(browser, LIST, **query)
        assert "$70.00" in text
        assert "$50.00" not in text


def test_its_page_shows_what_is_behind_it(browser: Client, topup: Topup):
    paid = ProviderNotice("till-1", NoticeKind.PAID, topup_id=topup.pk, amount=topup.amount, reference="payment-1")
    take_notice(provider="manual", notice=paid)
    text = page(browser, page_of(topup))

    entry = Entry.objects.get()
    for word in ("$50.00", "payment-1", "till-1", "completed", reverse("admin:ledger_entry_change", args=[entry.pk])):
        assert word in text, word
    assert "Confirm as paid" not in text
    assert "Mark as failed" not in text
    assert "Refund" in text


def test_no_page_shows_where_it_is_paid(browser: Client, wallet: Wallet):
    topup = payments_of(wallet)

    for address in (LIST, page_of(topup), act_of(topup, "confirm")):
        assert "https://pay.example/secret" not in page(browser, address)


def test_a_manager_confirms_what_was_paid(browser: Client, topup: Topup, manager: User):
    assert 'value="50.00"' in page(browser, act_of(topup, "confirm"))
    assert "$42.00 credited" in send(browser, topup, "confirm", amount="42.00")

    entry = Entry.objects.get()
    assert (entry.amount, entry.actor) == (4200, f"user:{manager.pk} admin")
    assert Act.objects.get(act="topup.confirmed").actor == f"user:{manager.pk} admin"


def test_the_form_says_what_went_back_before_anybody_credits_it(browser: Client, topup: Topup):
    money = topup.wallet.money
    confirm_topup(topup_id=topup.pk, paid=money(6000), actor="test", reference="pay_1")
    take_back_by_provider(topup=topup, case="dp_1", amount=money(2500), reference="pay_1")

    text = page(browser, act_of(topup, "confirm"))
    assert "$25.00 (dp_1): $35.00 is left to be credited" in text
    assert 'value="35.00"' in text
    assert "Of this payment $25.00 went back already" in send(browser, topup, "confirm", amount="60.00")
    assert not Entry.objects.exists()


@pytest.mark.parametrize("amount", ["", "0", "-1", "1.234", "x", "1e3", "99999999999999999"])
def test_credits_nothing_that_is_no_amount(browser: Client, topup: Topup, amount: str):
    response = browser.post(act_of(topup, "confirm"), {"amount": amount})

    assert response.status_code == 200
    assert response.context["form"].errors["amount"]
    assert not Entry.objects.exists()


def test_above_the_limit_two_managers_say_the_same(browser: Client, second: Client, topup: Topup, site: Callable[..., None]):
    site(approval_above={"*": 1000})

    assert "a second manager has to approve it" in page(browser, act_of(topup, "confirm"))
    assert "waits for a second manager" in send(browser, topup, "confirm", amount="50.00")
    assert "waits for a second manager" in send(browser, topup, "confirm", amount="50.00")
    assert not Entry.objects.exists()
    assert "manager says" in page(second, act_of(topup, "confirm"))
    assert "$50.00 credited" in send(second, topup, "confirm", amount="50.00")
    assert Entry.objects.get().amount == 5000


def test_nobody_confirms_his_own_and_that_he_tried_is_kept(topup: Topup, alice: User):
    alice.is_staff = True
    alice.save()
    alice.groups.add(Group.objects.get(name=SHOP_MANAGER))

    assert "The wallet is your own" in send(browser_of(alice), topup, "confirm", amount="50.00")
    assert not Entry.objects.exists()
    act = Act.objects.get(act="approval.refused")
    assert (act.actor, act.subject) == (f"user:{alice.pk} admin", f"wallet:{topup.wallet_id}")


def test_it_is_marked_as_failed(browser: Client, topup: Topup):
    send(browser, topup, "fail")

    assert Topup.objects.get().status == "failed"
    assert Act.objects.get(act="topup.failed").subject == f"topup:{topup.pk}"
    text = page(browser, page_of(topup))
    assert "Confirm as paid" in text
    assert "Mark as failed" not in text


def test_what_was_paid_otherwise_is_shown_and_settled(browser: Client, wallet: Wallet, start: Callable[..., Topup]):
    less, foreign = start(wallet), start(wallet)
    confirm_topup(topup_id=less.pk, paid=wallet.money(4000), actor="test")
    confirm_topup(topup_id=foreign.pk, paid=Money(4100, currency("EUR")), actor="test")

    assert 'value="40.00"' in page(browser, act_of(less, "confirm"))
    assert "$40.00 (amount_differs)" in page(browser, act_of(less, "confirm"))
    assert "4100 minor units of EUR" in page(browser, page_of(foreign))
    assert "$40.00 credited" in send(browser, less, "confirm", amount="40")
    send(browser, foreign, "fail")
    assert set(Topup.objects.values_list("status", flat=True)) == {"completed", "failed"}


def test_another_providers_payment_is_for_the_provider_to_confirm(browser: Client, topup: Topup):
    Topup.objects.update(provider="stripe")

    assert "Confirm as paid" not in page(browser, page_of(topup))
    assert "for its provider to say" in send(browser, topup, "confirm", amount="50.00")
    assert not Entry.objects.exists()


def test_a_refund_by_hand_is_asked_for(browser: Client, topup: Topup):
    send(browser, topup, "confirm", amount="50.00")
    assert "Refund it" in page(browser, act_of(topup, "refund"))
    assert "is outcome not known" in send(browser, topup, "refund", amount="20.00")

    asked = TakeBack.objects.get()
    assert (asked.amount_minor, asked.status, asked.kind) == (2000, "unknown", "refund")


def test_who_may_only_look_presses_nothing(topup: Topup):
    clerk = User.objects.create_user("clerk", "clerk@example.test", is_staff=True)
    for verb in ("confirm", "fail", "refund"):
        assert browser_of(clerk).get(act_of(topup, verb)).status_code == 403
        assert browser_of(clerk).post(act_of(topup, verb), {"amount": "50.00"}).status_code == 403
    assert Topup.objects.get().status == "pending"


@pytest.mark.parametrize("verb", ["change", "confirm", "fail", "refund"])
@pytest.mark.parametrize("number", ["7", "nobody", "00000000-0000-4000-8000-000000000000"])
def test_what_is_not_there_is_not_found(browser: Client, verb: str, number: str):
    assert browser.get(f"/admin/payments/topup/{number}/{verb}/").status_code in (302, 404)


def test_methods_and_notices_are_looked_at(browser: Client, wallet: Wallet):
    topup = payments_of(wallet)
    methods = page(browser, reverse("admin:payments_paymentmethod_changelist"), q="alice")
    notice = ReceivedNotice.objects.get()
    notices = page(browser, reverse("admin:payments_receivednotice_changelist"), q=notice.notice_id)

    assert "Visa •••• 4242" in methods
    assert "pm_" not in methods
    assert str(topup.pk) in notices
    assert str(topup.pk) in page(browser, reverse("admin:payments_receivednotice_change", args=[notice.pk]))
