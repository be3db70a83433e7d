"""An account whose points lie at another site: here nothing moves it but what follows them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from ledger.book import lock_accounts
from ledger.errors import AccountFrozen, AccountMirrored, InsufficientFunds
from ledger.kinds import House, Kind
from ledger.models import Account, Entry
from ledger.movements import Event, Movement
from payments.errors import TopupsDisabled
from payments.services import require_may_top_up
from tests.conftest import WHY
from wallets.holds import place_hold
from wallets.models import Wallet
from wallets.services import change_wallet, credit, debit

pytestmark = pytest.mark.django_db


@pytest.fixture
def mirrored(wallet: Wallet, give: Callable[..., Entry]) -> Wallet:
    give(wallet, 500)
    set_status(wallet, Account.Status.MIRRORED)
    return wallet


def set_status(wallet: Wallet, status: str) -> None:
    with transaction.atomic():
        lock_accounts(wallet.pk).set_terms(wallet.pk, status=status)


def post(wallet: Wallet, amount: int, **extra: Any) -> Entry:
    with transaction.atomic():
        movement = Movement(wallet.pk, Kind.IMPORT, wallet.money(amount), House.ISSUED, WHY, **extra)
        return lock_accounts(wallet.pk).post(movement, event=Event.once("test"))[0]


def test_only_what_mirrors_moves_it(mirrored: Wallet):
    """Bound or not, and frozen as well: a freeze of the other site is told of first, and never lets anything else through."""
    for extra in ({}, {"is_bound": True}):
        with pytest.raises(AccountMirrored):
            post(mirrored, 5, **extra)
    assert post(mirrored, -100, is_mirroring=True).balance == 400
    with pytest.raises(InsufficientFunds):
        post(mirrored, -401, is_mirroring=True)

    set_status(mirrored, Account.Status.MIRRORED_FROZEN)
    with pytest.raises(AccountFrozen):
        post(mirrored, 5, is_mirroring=True)
    with pytest.raises(AccountMirrored):
        post(mirrored, 5, is_bound=True)
    assert post(mirrored, 5, is_mirroring=True, is_bound=True).balance == 405


def test_the_verbs_refuse_it_before_they_look_further(mirrored: Wallet, site: Callable[..., None]):
    event, one = Event.once("test"), mirrored.money(10**9)
    site(topups_enabled=True)
    verbs: tuple[Callable[[], Any], ...] = (
        lambda: credit(wallet=mirrored, amount=one, event=event, why=WHY),
        lambda: debit(wallet=mirrored, amount=one, event=event, why=WHY),
        lambda: debit(wallet=mirrored, amount=one, event=event, why=WHY, is_limited=False),
        lambda: place_hold(wallet=mirrored, amount=one, event=event, why=WHY, expires_in=None),
        lambda: change_wallet(wallet=mirrored, status="active"),
        lambda: change_wallet(wallet=mirrored, status="frozen"),
        lambda: change_wallet(wallet=mirrored, auto_reload_enabled=True, auto_reload_threshold=1, auto_reload_amount=1),
        lambda: require_may_top_up(mirrored, one),
    )
    for verb in verbs:
        with pytest.raises(AccountMirrored), transaction.atomic():
            verb()
    change_wallet(wallet=mirrored, spending_limit=7)
    assert Account.objects.get(pk=mirrored.pk).balance == 500
    site(topups_enabled=False)
    with pytest.raises(TopupsDisabled):
        require_may_top_up(mirrored, one)


@pytest.mark.parametrize(("status", "shown"), [("mirrored", "active"), ("mirrored_frozen", "frozen")])
def test_the_families_show_what_it_is_at_its_site(
    mirrored: Wallet, as_alice: APIClient, as_manager: APIClient, status: str, shown: str
):
    set_status(mirrored, status)

    assert as_alice.get("/wp-json/walletpro/v1/wallets/me").json()["status"] == shown
    body = {"amount": "1", "reason": "x"}
    answer = as_manager.post(f"/wp-json/walletpro/v1/wallets/{mirrored.pk}/debit", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (
        (403, "walletpro_wallet_frozen") if shown == "frozen" else (409, "walletpro_wallet_mirrored")
    )
    answer = as_manager.post(f"/wp-json/wkwp-wallet/v1/wallets/{mirrored.user_id}/debit", {"amount": 1}, format="json")
    assert answer.json()["code"] == ("wallet_frozen" if shown == "frozen" else "wallet_mirrored")
