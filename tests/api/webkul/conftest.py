"""The two doors, and what money looks like on the way out."""

import json
from decimal import Decimal
from typing import Any
from uuid import uuid4

from rest_framework.test import APIClient

ADMIN, CUSTOMER = "/wp-json/wkwp-wallet/v1", "/wp-json/wkwc_wallet/v1"


def exactly(response: Any) -> Any:
    """A body with every number as it is written: `1250.00` is not `1250.0`. Compare with `Decimal("1250.00")` by `spelt`."""
    return json.loads(response.content, parse_float=Decimal)


def send(client: APIClient, path: str, body: str, **headers: str) -> Any:
    """A POST whose JSON goes out as it stands here, so that no float of Python's is on the way."""
    return client.post(path, body, content_type="application/json", headers=headers)


def a_key() -> dict[str, str]:
    """A fresh Idempotency-Key."""
    return {"Idempotency-Key": str(uuid4())}
