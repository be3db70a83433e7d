"""Calls that are repeated: the idempotency key of a call is the claim of the top-up that it started."""

from uuid import UUID

from django.db import connection

# The call that the event `call:<id>` was, if it started a top-up.
STARTED = """
SELECT 1 FROM idempotency_claim c JOIN payments_topup t ON t.claim = c.caller || ' ' || c.key::text
WHERE c.id = %s::uuid"""
CALL = "call:"


def claim_of(caller: str, key: UUID | None) -> str | None:
    """What `start_topup` is handed as `claim`; None where the call has no key."""
    return None if key is None else f"{caller} {key}"


def has_started_one(event_key: str) -> bool:
    """Whether the call that this event was started a top-up: it moved nothing, and did something."""
    if not event_key.startswith(CALL):
        return False
    with connection.cursor() as cursor:
        cursor.execute(STARTED, [event_key.removeprefix(CALL)])
        return cursor.fetchone() is not None
