"""Who may call the gateway: whoever has its key, and nobody else, whatever else he may do."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from people.models import User
from tests.api.cmmp.conftest import ROOT
from tests.api.conftest import nothing_moves
from wallet_service.api.cmmp.urls import router
from wallet_service.api.operations import Access
from wallet_service.api.routes import operation_for
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

ACTIONS = (
    *("wallet_has_enough_points", "withdraw_wallet_points", "charge_wallet"),
    *("get_wallets", "get_wallet", "get_wallet_by_name", "withdraw_wallet_points_external"),
)
TABLE = tuple((verb, f"/cmmpexapi/v1/{action}") for action in ACTIONS for verb in ("GET", "POST"))


def test_the_table_is_complete():
    live = {
        (verb.upper(), pattern): operation_for(viewset, action).access
        for pattern, viewset, mapping in router.live_routes()
        for verb, action in mapping.items()
    }
    assert set(live) == set(TABLE)
    assert set(live.values()) == {Access.GATEWAY}


@pytest.mark.parametrize("action", ACTIONS)
def test_nobody_without_the_key(
    action: str, key: str, wallet: Wallet, manager: User, as_manager: APIClient, by_session: Callable[[User], APIClient]
):
    asked: dict[str, Any] = {"wallet_id": wallet.name, "wallet_name": wallet.name, "email": wallet.user.email, "points": "1"}
    boss = User.objects.create_superuser("boss", "boss@example.test", "a password of hers")
    with nothing_moves():
        for client in (Client(), as_manager, by_session(manager), by_session(boss), by_session(wallet.user)):
            for call in (client.get, client.post):
                answer = call(f"{ROOT}/{action}", asked)
                assert answer.content == b'{"success":false,"message":["Please provide a secure key"]}'
                wrong = call(f"{ROOT}/{action}", {**asked, "key": key[::-1]})
                assert wrong.content == b'{"success":false,"message":["Secure key is invalid"]}'
