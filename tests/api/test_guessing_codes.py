"""Guessing redemption codes: ten thousand wrong ones find nothing, and slow nobody else."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from audit.models import Act
from codes.texts import new_text
from people.models import User
from tests.api.conftest import V1
from tests.codes.making import balance_of, new_code, new_codes
from wallet_service.api.walletpro.base import WalletProViewSet
from wallet_service.api.wordpress import WordPressViewSet
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

GUESSES = 10_000


@pytest.fixture
def _undocumented(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand answers are not held against the document one by one."""
    monkeypatch.setattr(WalletProViewSet, "finalize_response", WordPressViewSet.finalize_response)


@pytest.mark.usefixtures("_undocumented")
def test_ten_thousand_wrong_codes(
    wallet: Wallet,
    bob: User,
    bobs_wallet: Wallet,
    person: Callable[..., User],
    client_with_key: Callable[..., APIClient],
    limits: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
):
    """Twenty identities at five addresses, as fast as they can; the API's own limit is off, so that this one is met alone."""
    limits(rate_walletpro_per_minute=0)
    # All of it falls into one minute, whatever the clock says.
    this_minute = int(time.time()) + 3600
    monkeypatch.setattr("django_ratelimit.core._get_window", lambda value, period: this_minute)
    looked_up = counted(monkeypatch)
    new_codes(quantity=500)
    thieves = [client_with_key(person(f"thief{number}")) for number in range(20)]
    honest, mine = client_with_key(bob), new_code(700, max_redemptions=3)
    answers = []
    for number in range(GUESSES):
        thief, address = thieves[number % 20], f"203.0.113.{number % 5}"
        answers.append(thief.post(f"{V1}/codes/{new_text('')}/redeem", REMOTE_ADDR=address).status_code)
        if number in {100, 5000, 9999}:
            answers.append(honest.post(f"{V1}/codes/{mine}/redeem", REMOTE_ADDR="198.51.100.1").status_code)

    assert (answers.count(201), balance_of(bobs_wallet)) == (3, 2100)
    # Of an identity ten are looked at, of an address thirty wrong ones.
    assert answers.count(404) == len(looked_up) - 3 == 5 * 30
    assert answers.count(429) == GUESSES - 5 * 30
    assert sum(act.count for act in Act.objects.filter(act="code.wrong")) == 5 * 30


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The codes that are looked up from now on."""
    from codes import services

    looked_up: list[str] = []
    locked = services._locked

    def counting(typed: str) -> Any:
        looked_up.append(typed)
        return locked(typed)

    monkeypatch.setattr(services, "_locked", counting)
    return looked_up
