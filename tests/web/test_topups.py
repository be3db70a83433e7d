"""The pages that offer top-ups, and say what became of one."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from ledger.models import Entry
from ledger.money import currency
from ledger.retry import in_transaction
from payments.models import Topup
from payments.services import confirm_topup, fail_topup
from people.models import User
from tests.payments.conftest import provider, started
from tests.payments.double import DoubleProvider
from wallets.models import Wallet
from wallets.services import change_wallet, open_wallet

__all__ = ["provider"]

pytestmark = pytest.mark.django_db

PAGE = "/account/topups/"
Site = Callable[..., None]


@pytest.fixture
def browser(alice: User) -> Client:
    """Alice's, signed in. It sends no token, which Django's test client need not."""
    client = Client()
    client.force_login(alice)
    return client


def text_of(response: Any) -> str:
    return str(response.content.decode())


def send(browser: Client, page: str = PAGE, **posted: Any) -> Any:
    return browser.post(page, {"claim": str(uuid4()), **posted})


def claim_on(response: Any) -> str:
    found = re.search(r'name="claim" value="([0-9a-f-]+)"', text_of(response))
    assert found
    return found[1]


def page_of(topup: Topup) -> str:
    return f"{PAGE}{topup.pk}/"


class TestOffering:
    def test_offers_the_presets_with_their_bonus_and_any_amount_between(self, browser: Client, wallet: Wallet, site: Site):
        site(topup_bonus_percent=10, topup_bonus_from=2500, topup_max=6000)
        text = text_of(browser.get(PAGE))

        for words in ("$10.00<", "$25.00 + $2.50<", "$50.00 + $5.00<", "Between $1.00 and $60.00", 'inputmode="decimal"'):
            assert words in text, words
        assert "$100.00" not in text

    def test_enter_presses_the_button_of_what_was_typed(self, browser: Client, wallet: Wallet):
        """A browser presses the form's first one."""
        form = text_of(browser.get(PAGE)).partition('<form method="post" action="/account/topups/')[2]

        assert form.index("<button>Top up</button>") < form.index('name="preset"')

    def test_works_without_scripts(self, browser: Client, wallet: Wallet):
        assert "<script src" not in text_of(browser.get(PAGE))

    def test_looking_opens_no_wallet(self, browser: Client, alice: User):
        Wallet.objects.filter(user=alice).delete()

        assert browser.get(PAGE).status_code == 200
        assert not Wallet.objects.filter(user=alice).exists()
        assert send(browser, amount="5").status_code == 302
        assert Topup.objects.get().wallet.user == alice

    def test_while_there_are_none_it_says_so(self, browser: Client, wallet: Wallet, site: Site):
        site(topups_enabled=False)

        assert "takes no top-ups now" in text_of(browser.get(PAGE))
        assert "<button>Top up" not in text_of(browser.get(PAGE))

    def test_a_frozen_wallet_is_offered_nothing(self, browser: Client, wallet: Wallet):
        change_wallet(wallet=wallet, status="frozen")

        assert "It is frozen" in text_of(browser.get("/"))
        assert "The wallet is frozen" in text_of(browser.get(PAGE))
        assert "The wallet is frozen" in text_of(send(browser, amount="5"))

    def test_of_several_wallets_the_one_that_the_address_names(self, browser: Client, wallet: Wallet, alice: User):
        euros = open_wallet(user=alice, currency=currency("EUR"))

        assert f"?wallet={euros.pk}" in text_of(browser.get(PAGE))
        page = f"{PAGE}?wallet={euros.pk}"
        assert "Amount in EUR" in text_of(browser.get(page))
        send(browser, page, amount="7.50")
        assert (Topup.objects.get().wallet, Topup.objects.get().amount_minor) == (euros, 750)

    @pytest.mark.parametrize("named", ["{bob}", "999999999", "x", "", "²", "99999999999999999999999"])
    def test_anothers_wallet_is_like_none(self, browser: Client, wallet: Wallet, bobs_wallet: Wallet, named: str):
        send(browser, f"{PAGE}?wallet={named.format(bob=bobs_wallet.pk)}", amount="5")

        assert Topup.objects.get().wallet == wallet

    def test_the_home_page_leads_there(self, browser: Client, client: Client, wallet: Wallet):
        assert PAGE in text_of(browser.get("/"))
        assert PAGE not in text_of(client.get("/"))


class TestStarting:
    @pytest.mark.parametrize(
        ("posted", "minor"), [({"amount": "12.50"}, 1250), ({"amount": " 7 "}, 700), ({"preset": "2500"}, 2500)]
    )
    def test_leads_to_where_it_is_paid(
        self, browser: Client, wallet: Wallet, provider: DoubleProvider, posted: dict[str, str], minor: int
    ):
        response = send(browser, **posted)

        topup = Topup.objects.get()
        assert (response.status_code, response["Location"]) == (302, f"https://pay.example/{topup.pk}")
        assert (topup.amount_minor, topup.wallet, topup.origin, topup.saves_method) == (minor, wallet, "customer", False)
        assert topup.actor == f"user:{wallet.user_id} session"
        assert topup.return_url == "http://testserver/account/topups/"
        assert not Entry.objects.exists()

    def test_by_hand_it_says_how(self, browser: Client, wallet: Wallet):
        response = send(browser, amount="12.50")
        topup = Topup.objects.get()

        assert response["Location"] == f"http://testserver{page_of(topup)}"
        text = text_of(browser.get(response["Location"]))
        assert "Pay at the shop" in text
        assert str(topup.pk) in text
        assert "$12.50" in text

    def test_a_page_that_is_sent_twice_is_one_top_up(self, browser: Client, wallet: Wallet, provider: DoubleProvider):
        claim = claim_on(browser.get(PAGE))
        first, second = (send(browser, claim=claim, amount="5") for _ in range(2))

        assert first["Location"] == second["Location"]
        assert len(provider.orders) == 1
        assert claim_on(browser.get(PAGE)) != claim

    def test_with_another_amount_it_is_none_and_says_so(self, browser: Client, wallet: Wallet, provider: DoubleProvider):
        claim = claim_on(browser.get(PAGE))
        send(browser, claim=claim, amount="5")
        response = send(browser, claim=claim, amount="6")

        assert "sent before" in text_of(response)
        assert claim_on(response) != claim
        assert len(provider.orders) == 1

    def test_nobody_takes_up_anothers(self, browser: Client, wallet: Wallet, bob: User, bobs_wallet: Wallet):
        claim = claim_on(browser.get(PAGE))
        send(browser, claim=claim, amount="5")
        bobs = Client()
        bobs.force_login(bob)
        send(bobs, claim=claim, amount="5")

        assert {topup.wallet for topup in Topup.objects.all()} == {wallet, bobs_wallet}

    def test_where_the_provider_is_away_it_says_so_and_goes_on_when_sent_again(
        self, browser: Client, wallet: Wallet, provider: DoubleProvider
    ):
        provider.is_away = True
        response = send(browser, amount="5")
        assert "does not answer" in text_of(response)

        provider.is_away = False
        assert send(browser, claim=claim_on(response), amount="5").status_code == 302
        assert Topup.objects.count() == 1

    @pytest.mark.parametrize(
        ("posted", "words"),
        [
            ({"amount": ""}, "Write digits"),
            ({"amount": "five"}, "Write digits"),
            ({"amount": "1,50"}, "Write digits"),
            ({"amount": "-5"}, "Write digits"),
            ({"amount": "\0"}, "Null characters are not allowed"),
            ({"amount": "1.505"}, "USD has 2 decimals"),
            ({"amount": "0.99"}, "between $1.00 and $25,000.00"),
            ({"amount": "0"}, "between $1.00 and $25,000.00"),
            ({"amount": "25000.01"}, "between $1.00 and $25,000.00"),
            ({"preset": "1001"}, "not offered any more"),
            ({"preset": "0"}, "greater than or equal to 1"),
            ({"amount": "5", "claim": "x"}, "valid UUID"),
        ],
    )
    def test_says_what_is_wrong_and_starts_none(
        self, browser: Client, wallet: Wallet, provider: DoubleProvider, posted: dict[str, str], words: str
    ):
        response = send(browser, **posted)

        assert (response.status_code, words in text_of(response)) == (200, True)
        assert provider.orders == []
        assert not Topup.objects.exists()

    def test_there_is_no_way_to_say_where_it_leads(self, browser: Client, wallet: Wallet):
        for name in ("next", "return_url", "payment_url"):
            response = send(browser, f"{PAGE}?{name}=https://evil.example/", amount="5", **{name: "https://evil.example/"})
            assert response["Location"].startswith("http://testserver/account/topups/")
        assert not Topup.objects.filter(return_url__contains="evil").exists()

    def test_is_held_to_the_callers_rate(self, browser: Client, wallet: Wallet, limits: Callable[..., None]):
        limits(rate_walletpro_per_minute=2)
        codes = [send(browser, amount="5").status_code for _ in range(3)]

        assert codes == [302, 302, 429]
        assert int(send(browser, amount="5")["Retry-After"]) > 0
        assert Topup.objects.count() == 2

    def test_a_post_from_elsewhere_is_refused(self, alice: User, wallet: Wallet):
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(alice)

        assert send(browser, amount="5").status_code == 403
        assert not Topup.objects.exists()


class TestWhatBecameOfIt:
    def test_lists_the_last_ones_with_their_states(self, browser: Client, wallet: Wallet, bobs_wallet: Wallet):
        topup, failed = started(wallet, 1234), started(wallet, 2345)
        in_transaction(lambda: confirm_topup(topup_id=topup.pk, paid=topup.amount, actor="test"))
        in_transaction(lambda: fail_topup(topup_id=failed.pk, reason="card_declined"))
        started(bobs_wallet, 7777)
        text = text_of(browser.get(PAGE))

        for words in ("$12.34", "completed", "$23.45", "failed", page_of(topup)):
            assert words in text, words
        assert "$77.77" not in text

    def test_the_page_of_one_says_how_it_stands(self, browser: Client, wallet: Wallet, provider: DoubleProvider):
        topup = started(wallet, 1234)
        assert f'href="https://pay.example/{topup.pk}"' in text_of(browser.get(page_of(topup)))

        for state in ("created", "charging", "unknown"):
            Topup.objects.update(status=state)
            assert "Do not pay it again" in text_of(browser.get(page_of(topup)))
            assert "pay.example" not in text_of(browser.get(page_of(topup)))
        in_transaction(lambda: confirm_topup(topup_id=topup.pk, paid=topup.amount, actor="test"))
        assert "has arrived" in text_of(browser.get(page_of(topup)))

    def test_one_that_a_person_looks_at_is_not_to_be_paid_again(self, browser: Client, wallet: Wallet):
        topup = started(wallet, 1234)
        in_transaction(lambda: confirm_topup(topup_id=topup.pk, paid=wallet.money(1000), actor="test"))

        assert "Do not pay it again" in text_of(browser.get(page_of(topup)))

    def test_one_that_failed_says_so(self, browser: Client, wallet: Wallet):
        topup = started(wallet, 1234)
        in_transaction(lambda: fail_topup(topup_id=topup.pk, reason="card_declined"))

        assert "has failed" in text_of(browser.get(page_of(topup)))

    def test_anothers_is_like_one_that_is_not_there(self, browser: Client, wallet: Wallet, bobs_wallet: Wallet):
        topup = started(bobs_wallet, 7777)
        others, nobodys = (browser.get(f"{PAGE}{number}/") for number in (topup.pk, uuid4()))

        assert (others.status_code, nobodys.status_code) == (404, 404)
        assert len(others.content) == len(nobodys.content)
        assert "$77.77" not in text_of(others)

    @pytest.mark.parametrize("verb", ["get", "head", "post"])
    def test_a_stranger_is_shown_the_door_and_nothing_else(self, client: Client, wallet: Wallet, verb: str):
        topup = started(wallet, 7777)
        for address in (PAGE, page_of(topup)):
            response = getattr(client, verb)(address)

            assert response.status_code == 200
            assert "no-store" in response["Cache-Control"]
            assert "$77.77" not in text_of(response)
        assert Topup.objects.count() == 1

    def test_pages_are_never_kept(self, browser: Client, wallet: Wallet):
        for address in (PAGE, page_of(started(wallet))):
            assert "no-store" in browser.get(address)["Cache-Control"]
