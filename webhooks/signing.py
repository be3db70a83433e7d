"""What a delivery looks like: its body, the same at each attempt, and the headers that sign it.

Two signatures. `webhook-signature` is Standard Webhooks': over id, time and body, one for each secret that counts, so
that a receiver may change his secret at any moment of a rotation. `X-WalletPro-Signature` is what WalletPro's own
receivers compare: hash_hmac("sha256", body, secret), with the secret's text as it was shown, `whsec_` and all; the new
one during a rotation.
"""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from standardwebhooks import Webhook


@dataclass(frozen=True, slots=True)
class Message:
    """An event as it goes out. `position` is None for one that has no place among the others: a test."""

    event_id: UUID
    position: int | None
    type: str
    data: str
    created_at: datetime

    @property
    def name(self) -> str:
        """As `webhooks.models.Event.name`."""
        return f"evt_{self.event_id.hex}"

    @property
    def body(self) -> str:
        """`data` stands in it byte for byte as it was written down with the event."""
        created_at = f"{self.created_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        head = {"id": self.name, "type": self.type, "created_at": created_at}
        return f'{json.dumps(head, separators=(",", ":"))[:-1]},"data":{self.data}}}'


def signed_headers(message: Message, body: str, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """The headers of one attempt, made at `now` (UTC). The first of `secrets` is the current one."""
    signatures = [Webhook(secret).sign(message.name, now, body) for secret in secrets]
    digest = hmac.new(secrets[0].encode(), body.encode(), "sha256").hexdigest()
    return {
        "Content-Type": "application/json",
        "webhook-id": message.name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
        "X-WalletPro-Event": message.type,
        "X-WalletPro-Signature": f"sha256={digest}",
    }
