"""What goes out, byte for byte, and that a stranger's library believes it."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from webhooks.endpoint_secrets import new_secret
from webhooks.signing import Message, signed_headers

DATA = '{"amount":"100","note":"\\u00e9 é \\"quoted\\"","b":1,"a":{"z":null}}'
MESSAGE = Message(
    UUID("0123456789abcdef0123456789abcdef"), 7, "wallet.credited", DATA, datetime(2026, 11, 21, 12, 0, 5, 999_999, tzinfo=UTC)
)
SECRET, OLD = new_secret(), new_secret()


def signed(*secrets: str, now: datetime | None = None) -> dict[str, str]:
    return signed_headers(MESSAGE, MESSAGE.body, secrets, now or datetime.now(UTC))


def test_the_body_is_these_bytes():
    assert MESSAGE.body == (
        '{"id":"evt_0123456789abcdef0123456789abcdef","type":"wallet.credited","created_at":"2026-11-21T12:00:05Z","data":'
        + DATA
        + "}"
    )
    assert list(json.loads(MESSAGE.body)) == ["id", "type", "created_at", "data"]


def test_standard_webhooks_verifies_it():
    assert Webhook(SECRET).verify(MESSAGE.body, signed(SECRET)) == json.loads(MESSAGE.body)


@pytest.mark.parametrize("position", range(0, len(MESSAGE.body), 7))
def test_a_changed_byte_is_seen(position: int):
    body = bytearray(MESSAGE.body.encode())
    body[position] ^= 1
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body.decode(errors="replace"), signed(SECRET), json_parse=False)


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp"])
def test_a_changed_header_is_seen(header: str):
    headers = signed(SECRET)
    changed = {**headers, header: str(int(headers[header]) - 1) if header == "webhook-timestamp" else "evt_1"}
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(MESSAGE.body, changed)


@pytest.mark.parametrize("known", [SECRET, OLD], ids=["new", "old"])
def test_during_a_rotation_either_secret_verifies_it(known: str):
    headers = signed(SECRET, OLD)

    assert len(headers["webhook-signature"].split(" ")) == 2
    Webhook(known).verify(MESSAGE.body, headers)


def test_the_time_is_that_of_the_attempt():
    later = datetime(2026, 11, 21, 15, 30, 0, 900_000, tzinfo=UTC)
    assert signed(SECRET, now=later)["webhook-timestamp"] == str(int(later.timestamp()))
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(SECRET).verify(MESSAGE.body, signed(SECRET, now=datetime.now(UTC) - timedelta(minutes=6)))


def test_walletpros_own_header_is_keyed_with_the_secret_as_it_is_shown_and_during_a_rotation_the_new_one():
    expected = hmac.new(SECRET.encode(), MESSAGE.body.encode(), hashlib.sha256).hexdigest()
    headers = signed(SECRET, OLD)

    assert headers["X-WalletPro-Signature"] == f"sha256={expected}"
    assert headers["X-WalletPro-Event"] == "wallet.credited"
    assert headers["Content-Type"] == "application/json"
