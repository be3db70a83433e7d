"""The gateway, open, with its key."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apikeys.gateway import make_gateway_key

ROOT = "/wp-json/cmmpexapi/v1"


@pytest.fixture
def key(site: Callable[..., None]) -> str:
    """The key that works."""
    site(gateway_open=True)
    return make_gateway_key()[1]


@pytest.fixture
def call(key: str) -> Callable[..., Any]:
    """`call("charge_wallet", wallet_id=7, points=5)`: a GET with the key; `call(…, key=None)` without."""

    def call(action: str, **arguments: Any) -> Any:
        given = {"key": key, **arguments}
        return Client().get(f"{ROOT}/{action}", {name: value for name, value in given.items() if value is not None})

    return call


def told(response: Any) -> tuple[int, bytes]:
    return response.status_code, response.content


OK = (200, b'{"success":true,"message":[]}')


def no(message: str) -> tuple[int, bytes]:
    return 200, b'{"success":false,"message":["' + message.encode() + b'"]}'
