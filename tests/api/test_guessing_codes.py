"""Guessing redemption codes: ten thousand wrong ones find nothing, and slow nobody else.

The first OVER_HTTP of them go the whole way; the rest goes to what counts them and turns them away, because from the 151st
on each is answered alike. `OVER_HTTP=10000` sends them all the whole way.
"""

import os
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import RequestFactory
from rest_framework.test import APIClient

from apikeys.models import ApiKey
from audit.models import Act
from codes.texts import new_text
from people.models import User
from tests.api.conftest import V1
from tests.codes.making import balance_of, new_code, new_codes
from wallet_service.api.redeeming import TooManyCodes, counted_try
from wallet_service.api.walletpro.base import WalletProViewSet
from wallet_service.api.wordpress import WordPressViewSet
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

GUESSES = 10_000
OVER_HTTP = int(os.environ.get("OVER_HTTP", "1000"))
HONEST = {100, OVER_HTTP // 2, OVER_HTTP - 1}


@pytest.fixture
def _undocumented(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of answers are not held against the document one by one."""
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
    rf: RequestFactory,
):
    """Twenty identities at five addresses, as fast as they can; the API's own limit is off, so that this one is met alone."""
    limits(rate_walletpro_per_minute=0)
    # All of it falls into one minute, whatever the clock says.
    this_minute = int(time.time()) + 3600
    monkeypatch.setattr("django_ratelimit.core._get_window", lambda value, period: this_minute)
    looked_up = counted(monkeypatch)
    new_codes(quantity=500)
    thieves = [client_with_key(person(f"thief{number}")) for number in range(20)]
    identities = [f"key:{key.pk}" for key in ApiKey.objects.filter(owner__username__startswith="thief").order_by("pk")]
    honest, mine = client_with_key(bob), new_code(700, max_redemptions=3)
    answers = []
    for number in range(OVER_HTTP):
        address = address_of(number)
        answers.append(thieves[number % 20].post(f"{V1}/codes/{new_text('')}/redeem", REMOTE_ADDR=address).status_code)
        if number in HONEST:
            answers.append(honest.post(f"{V1}/codes/{mine}/redeem", REMOTE_ADDR="198.51.100.1").status_code)

    assert (answers.count(201), balance_of(bobs_wallet)) == (3, 2100)
    # Of an identity ten are looked at, of an address thirty wrong ones.
    assert answers.count(404) == len(looked_up) - 3 == 5 * 30
    assert answers.count(429) == OVER_HTTP - 5 * 30
    for number in range(OVER_HTTP, GUESSES):
        with pytest.raises(TooManyCodes), counted_try(rf.post("/", REMOTE_ADDR=address_of(number)), identities[number % 20]):
            raise AssertionError("it would be looked at")
    assert sum(act.count for act in Act.objects.filter(act="code.wrong")) == 5 * 30


def address_of(number: int) -> str:
    return f"203.0.113.{number % 5}"


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
