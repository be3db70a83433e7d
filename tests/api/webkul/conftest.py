"""The two doors, and what money looks like on the way out."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from people.models import User

ADMIN, CUSTOMER = "/wp-json/wkwp-wallet/v1", "/wp-json/wkwc_wallet/v1"


@pytest.fixture
def in_session(alice: User, by_session: Callable[[User], APIClient]) -> APIClient:
    """Alice's browser, at the customer door."""
    return by_session(alice)


def spelt(response: Any) -> Any:
    """A body with each number that has a point as the text that it is: `"1250.00"`, not `"1250.0"`."""
    return json.loads(response.content, parse_float=str)


def exactly(response: Any) -> Any:
    """A body with each number that has a point as the exact number that it is."""
    return json.loads(response.content, parse_float=Decimal)


def send(client: APIClient, path: str, body: str, **headers: str) -> Any:
    """A POST whose JSON goes out as it stands here, so that no float of Python's is on the way."""
    return client.post(path, body, content_type="application/json", headers=headers)


def a_key() -> dict[str, str]:
    """A fresh Idempotency-Key."""
    return {"Idempotency-Key": str(uuid4())}
