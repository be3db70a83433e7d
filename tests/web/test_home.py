"""The home page of who is signed in, and the icon."""

from collections.abc import Callable

import pytest
from django.test import Client

from ledger.kinds import Kind
from ledger.models import Account, Entry
from people.models import User
from wallets.models import Wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def home(browser: Client) -> str:
    return str(browser.get("/").content.decode())


def test_a_customer_sees_his_wallet_and_what_moved_last(browser: Client, wallet: Wallet, give: Callable[..., Entry]):
    for minor in (101, 102, 103, 104, 105, 106):
        give(wallet, minor, Kind.CREDIT)
    text = home(browser)

    assert "$6.21" in text
    assert ("$1.01" in text, "$1.02" in text, "$1.06" in text) == (False, True, True)


def test_what_is_held_is_not_available(browser: Client, wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 1000)
    Account.objects.filter(pk=wallet.pk).update(held=300)
    text = home(browser)

    assert text.index("$7.00") < text.index("$10.00")


def test_nobody_sees_anothers(client: Client, browser: Client, bobs_wallet: Wallet, give: Callable[..., Entry]):
    give(bobs_wallet, 777)

    for somebody in (client, browser):
        assert "$7.77" not in home(somebody)


def test_looking_opens_no_wallet(browser: Client, alice: User):
    Wallet.objects.filter(user=alice).delete()

    assert "You have none yet" in home(browser)
    assert not Wallet.objects.filter(user=alice).exists()


def test_the_reason_is_told(browser: Client, wallet: Wallet, give: Callable[..., Entry]):
    entry = give(wallet, 1000)
    assert entry.reason

    assert f"· {entry.reason}" in home(browser)


def test_a_frozen_wallet_is_said_to_be(browser: Client, wallet: Wallet):
    assert "frozen" not in home(browser)
    Account.objects.filter(pk=wallet.pk).update(status=Account.Status.FROZEN)

    assert "It is frozen" in home(browser)


def test_browsers_find_the_icon(client: Client):
    response = client.get("/favicon.ico")

    assert (response.status_code, response["Content-Type"]) == (200, "image/svg+xml")
    assert "web/icon.svg" in home(client)
    assert "web/icon.svg" in client.get("/admin/login/").content.decode()
