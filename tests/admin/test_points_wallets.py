"""What shop managers do about wallets in points, and their names."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from ledger.money import currency
from people.models import User
from tests.admin.conftest import browser_of
from tests.conftest import PASSWORD
from wallets.models import Wallet
from wallets.services import open_wallet

pytestmark = pytest.mark.django_db


def test_missing_wallets_are_opened_a_page_at_a_time(
    settings: Any, site: Any, managers_browser: Client, clerks_browser: Client, monkeypatch: pytest.MonkeyPatch
):
    settings.OWN_UNITS = ["PTS:Points"]
    site(points_currency="PTS")
    for number in range(3):
        User.objects.create_user(f"u{number}", f"u{number}@example.test", PASSWORD)
    monkeypatch.setattr("wallets.admin_actions.AT_ONCE", 4)
    page = "/admin/wallets/wallet/open-missing-wallets/"
    assert page in managers_browser.get("/admin/wallets/wallet/").content.decode()
    assert b"PTS" in managers_browser.get(page).content
    assert not Wallet.objects.exists()

    left = managers_browser.post(page, follow=True)
    assert "4 wallets are open now, 1 active users still have none." in left.content.decode()
    managers_browser.post(page)
    assert Wallet.objects.count() == 5
    assert clerks_browser.post(page).status_code == 403


def test_a_manager_gives_a_nickname(managers_browser: Client, as_alice: APIClient, alice: User):
    wallet, other = Wallet.objects.get(user=alice), open_wallet(user=alice, currency=currency("EUR"))
    page = f"/admin/wallets/wallet/{wallet.pk}/nickname/"

    assert managers_browser.post(page, {"nickname": "Savings"}).status_code == 302
    taken = managers_browser.post(f"/admin/wallets/wallet/{other.pk}/nickname/", {"nickname": "sAvings"})
    wrong = managers_browser.post(page, {"nickname": "123"})

    assert "Another wallet is called so" in taken.content.decode()
    assert "Digits alone" in wrong.content.decode()
    assert Wallet.objects.get(pk=wallet.pk).nickname == "Savings"
    assert "Savings" in managers_browser.get("/admin/wallets/wallet/?q=savings").content.decode()
    # A documented answer stays what it was; the holder sees it on his own page.
    assert "nickname" not in as_alice.get("/wp-json/walletpro/v1/wallets/me").json()
    assert "in USD: Savings" in browser_of(alice).get("/").content.decode()
