"""What a customer sets for himself: GET and POST settings."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from audit.models import Act
from notices.kinds import PREFERENCES
from people.models import User
from tests.api.conftest import nothing_moves, said
from tests.api.webkul.conftest import CUSTOMER, send
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

PATH = f"{CUSTOMER}/settings"


@pytest.fixture
def alices(alice: User, by_session: Callable[[User], APIClient]) -> APIClient:
    return by_session(alice)


def put(client: APIClient, key: str, value: str) -> Any:
    return send(client, PATH, f'{{"key":"{key}","value":{value}}}')


def test_all_of_them_with_their_defaults(alices: APIClient):
    assert alices.get(PATH).json() == {
        "_wkwp_transfer_locked": 0,
        **dict.fromkeys(PREFERENCES, 1),
        "_wkwp_auto_topup_enabled": 0,
        "_wkwp_auto_topup_threshold": None,
        "_wkwp_auto_topup_amount": None,
    }


def test_each_is_set_and_unset(alices: APIClient, wallet: Wallet, bobs_wallet: Wallet):
    for key, value in {"auto_topup_threshold": "0.5", "auto_topup_amount": '"20"', "auto_topup_enabled": "1"}.items():
        assert put(alices, f"_wkwp_{key}", value).status_code == 200
    for key in ("_wkwp_transfer_locked", *PREFERENCES):
        for given, shown in (("1", 1), ('"0"', 0), ("true", 1), ("false", 0), ("1", 1)):
            assert put(alices, key, given).json()[key] == shown
    body = alices.get(PATH).content.decode()
    assert '"_wkwp_auto_topup_threshold":0.50,"_wkwp_auto_topup_amount":20.00' in body
    wallet.refresh_from_db()
    assert (wallet.transfers_locked, wallet.auto_reload_enabled, wallet.auto_reload_threshold) == (True, True, 50)
    # What is half set is refused, and nobody else's are touched.
    assert put(alices, "_wkwp_auto_topup_amount", '""').status_code == 400
    assert put(alices, "_wkwp_auto_topup_enabled", "0").status_code == 200
    assert put(alices, "_wkwp_auto_topup_amount", '""').json()["_wkwp_auto_topup_amount"] is None
    bobs_wallet.refresh_from_db()
    assert not bobs_wallet.transfers_locked
    [locked] = [act for act in Act.objects.filter(act="wallet.terms_changed") if "transfers_locked" in act.facts][-1:]
    assert locked.actor == f"user:{wallet.user_id} session"


@pytest.mark.parametrize("key", ["", "transfer_locked", "_wkwp_transfer_locked ", "_wkwp_is_manager", "é", "x" * 5000])
def test_an_unknown_key(alices: APIClient, key: str):
    with nothing_moves():
        assert said(put(alices, key, "1")) == (400, "invalid_key")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("_wkwp_transfer_locked", value) for value in ("2", "-1", '"yes"', "null", "[]", "1.5", '"\\u0000"')),
        *(("_wkwp_auto_topup_amount", value) for value in ("0", "-1", "0.001", "1e16", '"x"', "{}", "true")),
        ("_wkwp_auto_topup_threshold", "-0.01"),
    ],
)
def test_a_wrong_value(alices: APIClient, key: str, value: str):
    with nothing_moves():
        response = put(alices, key, value)
    assert response.status_code == 400
    assert response.json()["code"] in {"rest_invalid_param", "rest_missing_callback_param"}


def test_both_are_needed(alices: APIClient):
    for body in ("{}", '{"value":1}', '{"key":"_wkwp_transfer_locked"}'):
        assert send(alices, PATH, body).json()["code"] == "rest_missing_callback_param"
