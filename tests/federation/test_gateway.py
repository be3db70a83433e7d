"""The gateway's three actions on a wallet whose points lie at a main site."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apikeys.gateway import make_gateway_key
from federation.models import Mirror, Push
from ledger.verifying import verify
from tests.federation import double
from tests.federation.conftest import NAME, here, there
from tests.federation.double import MainSite

pytestmark = pytest.mark.django_db

Call = Callable[..., Any]
OK = {"success": True, "message": []}


@pytest.fixture
def call(site: Callable[..., None], mirror: Mirror) -> Call:
    """`call("charge_wallet", points=5)`: of the mirrored wallet."""
    site(gateway_open=True, points_subtract_fee_type="fixed", points_subtract_fee_amount=100)
    key = make_gateway_key()[1]

    def call(action: str, **given: Any) -> Any:
        answer = Client().get(f"/wp-json/cmmpexapi/v1/{action}", {"key": key, "wallet_id": NAME, **given})
        assert answer.status_code == 200
        return json.loads(answer.getvalue())

    return call


def test_withdrawals_go_to_the_main_site_first(call: Call, mirror: Mirror, main: MainSite):
    assert call("withdraw_wallet_points", points="10") == OK
    assert call("charge_wallet", points="-10.5") == OK
    assert (here(mirror), there(main)) == ((7_950, 0), 7_950)
    assert call("charge_wallet", points="10") == {"success": False, "message": ["Wallet belongs to an external site"]}
    assert call("withdraw_wallet_points", points="79.51")["message"] == ["Wallet doesn't have enough points"]

    main.mood = double.says(double.no("Points are frozen there", "Really"))
    assert call("withdraw_wallet_points", points="1") == {"success": False, "message": ["Points are frozen there", "Really"]}
    main.mood = double.done_and_cut
    assert "set aside" in call("withdraw_wallet_points", points="1")["message"][0]
    assert (here(mirror), there(main)) == ((7_950, 100), 7_850)
    main.stop()
    assert call("withdraw_wallet_points", points="1")["message"] == ["The main site does not answer, nothing was moved"]
    assert [push.status for push in Push.objects.order_by("asked_at")] == ["done", "done", "refused", "unknown", "not_sent"]
    assert verify().findings == []


def test_enough_is_what_the_main_site_has_now(call: Call, mirror: Mirror, main: MainSite):
    """Points that were added or spent there since count; where it does not answer, that is said."""
    assert call("wallet_has_enough_points", points="100") == OK
    main.wallets[NAME]["points"] = "120"
    assert call("wallet_has_enough_points", points="120") == OK
    assert here(mirror) == (12_000, 0)
    main.wallets[NAME].update(points="5", status=0)
    assert call("wallet_has_enough_points", points="1")["message"] == ["Wallet is inactive"]
    assert call("withdraw_wallet_points", points="1")["message"] == ["Wallet is inactive"]
    main.mood = double.says(b"", 500)
    assert call("wallet_has_enough_points", points="1")["message"] == ["The main site does not answer, nothing was moved"]


def test_a_mirror_is_offered_to_nobody_in_turn(call: Call, mirror: Mirror):
    """Not in the list, and not alone: whoever mirrored it could withdraw nothing."""
    unknown = {"success": False, "message": ["Wallet does not exist"]}
    assert call("get_wallets") == OK
    assert call("get_wallet", email="alice@example.test") == call("get_wallet_by_name", wallet_name=NAME) == unknown
    pushed = call("withdraw_wallet_points_external", points="1")
    assert pushed == {"success": False, "message": ["Wallet belongs to an external site"]}
    assert here(mirror) == (10_000, 0)
