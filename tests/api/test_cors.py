"""Which other origins may call from a browser (wordpress.md 6, D22)."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.api.conftest import V1

pytestmark = pytest.mark.django_db

ME = f"{V1}/wallets/me"
ORIGIN = "https://blocks.example"


@pytest.mark.parametrize("origin", [ORIGIN, "null", "https://blocks.example.evil"])
@pytest.mark.parametrize("verb", ["GET", "OPTIONS"])
def test_no_other_origin_unless_configured(as_alice: APIClient, settings: Any, origin: str, verb: str):
    settings.CORS_ORIGINS = [] if origin == ORIGIN else [ORIGIN]
    response = as_alice.generic(verb, ME, HTTP_ORIGIN=origin)

    assert response.status_code == 200
    assert "Access-Control-Allow-Origin" not in response.headers
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert "Origin" in response["Vary"]


@pytest.mark.parametrize("verb", ["GET", "OPTIONS", "POST"])
@pytest.mark.parametrize("path", [ME, f"{V1}/nothing", "/wp-json/"])
def test_a_configured_origin(stranger: APIClient, settings: Any, path: str, verb: str):
    settings.CORS_ORIGINS = [ORIGIN]
    response = stranger.generic(verb, path, HTTP_ORIGIN=ORIGIN)

    assert response["Access-Control-Allow-Origin"] == ORIGIN
    assert response["Access-Control-Allow-Credentials"] == "true"
    assert response["Access-Control-Allow-Methods"] == "OPTIONS, GET, POST, PUT, PATCH, DELETE"
    assert {"Authorization", "X-WP-Nonce", "Idempotency-Key"} <= set(response["Access-Control-Allow-Headers"].split(", "))
    assert {"X-WP-Total", "Link", "Idempotent-Replay", "X-WalletPro-RateLimit-Limit"} <= set(
        response["Access-Control-Expose-Headers"].split(", ")
    )
    assert "Origin" in response["Vary"]


def test_a_configured_origin_may_read_a_bug(as_alice: APIClient, settings: Any, monkeypatch: pytest.MonkeyPatch):
    def fail(*args: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr("wallet_service.api.walletpro.wallets.default_wallet_of", fail)
    settings.CORS_ORIGINS = [ORIGIN]
    as_alice.raise_request_exception = False

    assert as_alice.get(ME, HTTP_ORIGIN=ORIGIN)["Access-Control-Allow-Origin"] == ORIGIN
