"""What went back, and auto-reloads, in the admin: what waits for a person is found there, and settled by the services."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ledger.models import Alarm
from ledger.movements import Event
from payments.models import PaymentMethod, Reload, TakeBack, Topup
from payments.refunds import request_refund
from payments.services import confirm_topup
from payments.taking_back import take_back_by_provider
from people.models import User
from tests.admin.conftest import browser_of
from tests.conftest import WHY
from wallets.models import Wallet
from wallets.services import debit

pytestmark = pytest.mark.django_db

LIST = reverse("admin:payments_takeback_changelist")


@pytest.fixture
def browser(manager: User) -> Client:
    return browser_of(manager)


@pytest.fixture
def paid(wallet: Wallet, start: Callable[..., Topup]) -> Topup:
    topup = start(wallet, 5000)
    return confirm_topup(topup_id=topup.pk, paid=topup.amount, actor="test")


def page(take_back: TakeBack, verb: str = "change") -> str:
    return reverse(f"admin:payments_takeback_{verb}", args=[take_back.pk])


class TestWhatIsOwed:
    @pytest.fixture
    def disputed(self, wallet: Wallet, paid: Topup) -> TakeBack:
        debit(wallet=wallet, amount=wallet.money(4000), event=Event.once("test"), why=WHY)
        return take_back_by_provider(topup=paid, case="dp_1", amount=paid.amount, reason="fraudulent")

    def test_is_listed_with_its_figures(self, browser: Client, disputed: TakeBack):
        text = browser.get(LIST, {"open": "seen"}).content.decode()

        assert str(disputed.pk) in text
        assert all(figure in text for figure in ("$50.00", "$10.00", "$40.00"))

    def test_is_marked_as_looked_at(self, browser: Client, disputed: TakeBack, manager: User):
        assert b"Mark as looked at" in browser.get(page(disputed)).content
        response = browser.post(page(disputed, "seen"))

        assert response.status_code == 302
        assert TakeBack.objects.get().seen_by == manager
        assert not Alarm.objects.open().exists()
        assert browser.get(LIST, {"open": "seen"}).context["cl"].result_count == 0
        assert b"Mark as looked at" not in browser.get(page(disputed)).content


class TestARefundByHand:
    @pytest.fixture
    def waiting(self, paid: Topup, manager: User) -> TakeBack:
        return request_refund(topup=paid, by=manager)

    def test_is_listed_until_somebody_says_what_became_of_it(self, browser: Client, waiting: TakeBack):
        assert browser.get(LIST, {"open": "settled"}).context["cl"].result_count == 1
        assert b"It was refunded" in browser.get(page(waiting)).content

    @pytest.mark.parametrize(("verb", "status", "balance"), [("refunded", "done", 0), ("not_refunded", "failed", 5000)])
    def test_is_settled(self, browser: Client, wallet: Wallet, waiting: TakeBack, verb: str, status: str, balance: int):
        assert browser.post(page(waiting, verb)).status_code == 302

        wallet.account.refresh_from_db()
        assert (TakeBack.objects.get().status, wallet.account.balance) == (status, balance)
        assert browser.get(LIST, {"open": "settled"}).context["cl"].result_count == 0

    def test_is_not_settled_while_its_provider_is_asked(self, browser: Client, waiting: TakeBack):
        TakeBack.objects.update(next_attempt_at=timezone.now())

        assert b"It was refunded" not in browser.get(page(waiting)).content
        response = browser.post(page(waiting, "refunded"))
        assert "A refund of it is under way" in response.content.decode()
        assert TakeBack.objects.get().status == "unknown"

    def test_is_settled_by_no_customer(self, waiting: TakeBack, bob: User):
        bob.is_staff = True
        bob.save()

        assert browser_of(bob).post(page(waiting, "refunded")).status_code == 403
        assert TakeBack.objects.get().status == "unknown"


class TestAReload:
    def test_that_nobody_knows_of_is_listed_and_leads_to_its_charge(self, browser: Client, wallet: Wallet, card: PaymentMethod):
        topup = Topup.objects.create(
            wallet=wallet,
            origin="auto_reload",
            provider="bank",
            amount_minor=5,
            currency_code="USD",
            status="unknown",
            method=card,
        )
        reload = Reload.objects.create(wallet=wallet, sequence=1, topup=topup, status="charging", next_attempt_at=None)
        address = reverse("admin:payments_reload_changelist")

        assert browser.get(address, {"open": "yes"}).context["cl"].result_count == 1
        text = browser.get(reverse("admin:payments_reload_change", args=[reload.pk])).content.decode()
        assert reverse("admin:payments_topup_change", args=[topup.pk]) in text
        assert b"Confirm as paid" in browser.get(reverse("admin:payments_topup_change", args=[topup.pk])).content

        Reload.objects.update(next_attempt_at=timezone.now())
        assert browser.get(address, {"open": "yes"}).context["cl"].result_count == 0
        assert b"Confirm as paid" not in browser.get(reverse("admin:payments_topup_change", args=[topup.pk])).content
