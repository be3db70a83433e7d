"""`walletpro_api_enabled`: off, the namespace's routes are none."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.api.conftest import V1, nothing_moves
from tests.conftest import basic
from wallet_service.api.walletpro.urls import router
from wallets.models import Wallet

pytestmark = pytest.mark.django_db


def test_off_it_is_not_there(as_manager: APIClient, stranger: APIClient, wallet: Wallet, site: Any):
    site(walletpro_api_enabled=False)
    index = stranger.get("/wp-json/").json()

    assert "walletpro/v1" not in index["namespaces"]
    assert not [route for route in index["routes"] if route.startswith("/walletpro/v1")]
    for client in (as_manager, stranger):
        for path in ("", "/openapi.json", "/wallets", f"/wallets/{wallet.pk}"):
            response = client.get(V1 + path)
            assert (response.status_code, response.json()["code"]) == (404, "rest_no_route")
        with nothing_moves():
            credited = client.post(f"{V1}/wallets/{wallet.pk}/credit", {"amount": "5", "reason": "x"}, format="json")
        assert (credited.status_code, credited.json()["code"]) == (404, "rest_no_route")


def test_off_wrong_credentials_are_still_wrong(stranger: APIClient, site: Any):
    site(walletpro_api_enabled=False)

    assert stranger.get(f"{V1}/wallets", **basic("ck_x", "cs_x")).status_code == 401


def test_on_again_it_is_there(stranger: APIClient, site: Any):
    site(walletpro_api_enabled=False)
    site(walletpro_api_enabled=True)

    assert len(stranger.get("/wp-json/").json()["routes"]) > len(list(router.live_routes()))
    assert stranger.get(V1).status_code == 200
