"""What integrators are told is so: the Python of the document verifies what is sent, and every event and member is named."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.webhooks.making import happen
from wallets.models import Wallet
from webhooks.endpoint_secrets import new_secret
from webhooks.naming import EVENT_TYPES, TEST
from webhooks.sample import DATA
from webhooks.signing import Message, signed_headers

TEXT = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
OLD, NEW = new_secret(), new_secret()
MESSAGE = Message(UUID(int=7), 3, "wallet.credited", '{"amount":"5","who":"Zoë"}', datetime(2026, 6, 20, 10, 5, 33, tzinfo=UTC))


@pytest.fixture
def verified() -> Any:
    """The document's own function."""
    [code] = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102  it is ours
    return names["verified"]


def headers(*secrets: str, ago: timedelta = timedelta()) -> dict[str, str]:
    return signed_headers(MESSAGE, MESSAGE.body, secrets, datetime.now(UTC) - ago)


def test_what_is_sent_is_verified(verified: Any):
    event = verified(NEW, headers(NEW), MESSAGE.body.encode())

    assert event == json.loads(MESSAGE.body)
    assert (event["id"], event["data"]["who"]) == (MESSAGE.name, "Zoë")


@pytest.mark.parametrize("secret", [OLD, NEW], ids=["old", "new"])
def test_during_a_rotation_either_secret_verifies(verified: Any, secret: str):
    assert verified(secret, headers(NEW, OLD), MESSAGE.body.encode())


def test_what_is_not_as_it_was_sent_is_not(verified: Any):
    body = MESSAGE.body.encode()

    assert verified(NEW, headers(NEW), body.replace(b'"5"', b'"6"')) is None
    assert verified(OLD, headers(NEW), body) is None
    assert verified(NEW, headers(NEW, ago=timedelta(minutes=6)), body) is None
    assert verified(NEW, {**headers(NEW), "webhook-id": "evt_1"}, body) is None
    assert verified(NEW, {}, body) is None


@pytest.mark.parametrize("name", [*EVENT_TYPES, TEST])
def test_every_event_is_in_the_table(name: str):
    assert f"`{name}`" in TEXT


@pytest.mark.django_db
def test_every_member_of_a_transaction_is_in_the_table(wallet: Wallet):
    [event] = happen(wallet)

    for name in {*json.loads(event.data), *DATA}:
        assert f"`{name}`" in TEXT, name
