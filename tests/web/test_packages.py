"""The page that sells points in packages."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from payments.models import Topup
from people.models import User
from points.packages.services import change_package, make_package, retire_package
from tests.payments.conftest import provider
from tests.payments.double import DoubleProvider
from wallets.models import Wallet

__all__ = ["provider"]

pytestmark = pytest.mark.django_db

PAGE = "/account/packages/"


@pytest.fixture(autouse=True)
def _points(settings: Any, site: Callable[..., None]) -> None:
    settings.OWN_UNITS = ["PTS:Points:0"]
    site(points_currency="PTS")


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def test_offers_what_is_for_sale_and_leads_to_the_payment(browser: Client, alice: User, provider: DoubleProvider):
    assert "no packages for sale" in browser.get(PAGE).content.decode()
    package = make_package(points_minor=1000, price_minor=900, actor="test")
    text = browser.get(PAGE).content.decode()
    for words in ("1,000 Points", "$9.00", f'value="{package.pk}:900"', "Buy 1,000 Points for $9.00"):
        assert words in text, words
    assert not Wallet.objects.filter(user=alice, currency_code="PTS").exists()

    claim = str(uuid4())
    for _ in range(2):
        response = browser.post(PAGE, {"package": f"{package.pk}:900", "claim": claim})
    topup = Topup.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"https://pay.example/{topup.pk}")
    assert (topup.amount_minor, topup.price_minor, topup.wallet.currency_code) == (1000, 900, "PTS")
    assert "$9.00" in browser.get(f"/account/topups/{topup.pk}/").content.decode()
    assert PAGE in browser.get("/account/topups/").content.decode()


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ("{id}:800", "has changed"),
        ("{gone}:900", "not for sale any more"),
        *((wrong, "choose one") for wrong in ("", "x", "1", "1:x", "-1:900", "9" * 30 + ":1", "1:1\0", "²:1")),
    ],
)
def test_says_why_not(browser: Client, chosen: str, words: str):
    package = make_package(points_minor=1000, price_minor=900, actor="test")
    gone = retire_package(package_id=make_package(points_minor=5, price_minor=900, actor="test").pk, actor="test")
    response = browser.post(PAGE, {"package": chosen.format(id=package.pk, gone=gone.pk), "claim": str(uuid4())})

    assert response.status_code == 200
    assert words in response.content.decode()
    assert not Topup.objects.exists()


def test_a_price_that_changes_between_page_and_click_is_shown_again(browser: Client):
    package = make_package(points_minor=1000, price_minor=900, actor="test")
    change_package(package_id=package.pk, points_minor=1000, price_minor=950, position=0, actor="test")

    text = browser.post(PAGE, {"package": f"{package.pk}:900", "claim": str(uuid4())}).content.decode()
    assert "has changed" in text
    assert "$9.50" in text


def test_strangers_sign_in_first_and_a_frozen_wallet_or_a_closed_shop_buys_nothing(
    browser: Client, client: Client, site: Callable[..., None]
):
    package = make_package(points_minor=1000, price_minor=900, actor="test")
    assert "$9.00" not in client.get(PAGE).content.decode()
    client.post(PAGE, {"package": f"{package.pk}:900", "claim": str(uuid4())})
    assert not Topup.objects.exists()
    site(topups_enabled=False)
    assert "sells none" in browser.get(PAGE).content.decode()
    text = browser.post(PAGE, {"package": f"{package.pk}:900", "claim": str(uuid4())}).content.decode()
    assert "takes no top-ups now" in text
