"""A promise about repeats: one key, one effect, one answer."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db import OperationalError, connection
from psycopg import errors as postgres

from idempotency.errors import IdempotencyInProgress, IdempotencyKeyReused
from idempotency.models import LIFETIME
from ledger.movements import Event
from ledger.retry import in_transaction
from ledger.sealing import seal, unseal

# A key past its lifetime is claimed anew, as another event. Whoever holds the row is waited for.
CLAIM = """
INSERT INTO idempotency_claim AS claim (id, caller, key, fingerprint, created_at)
VALUES (%s, %s, %s, %s, clock_timestamp())
ON CONFLICT (caller, key) DO UPDATE
SET id = excluded.id, fingerprint = excluded.fingerprint, created_at = excluded.created_at, status = NULL, body = NULL
WHERE claim.created_at <= clock_timestamp() - make_interval(secs => %s)
RETURNING id"""
READ_CLAIM = "SELECT id, fingerprint, status, body FROM idempotency_claim WHERE caller = %s AND key = %s"
READ_ANSWERED = """
SELECT 1 FROM idempotency_claim WHERE caller = %s AND key = %s AND fingerprint = %s AND status IS NOT NULL
AND created_at > clock_timestamp() - make_interval(secs => %s)"""
READ_FINGERPRINT = """
SELECT fingerprint FROM idempotency_claim WHERE caller = %s AND key = %s AND status IS NOT NULL
AND created_at > clock_timestamp() - make_interval(secs => %s)"""
KEEP_REPLY = "UPDATE idempotency_claim SET status = %s, body = %s WHERE id = %s"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it goes out: HTTP status and body, JSON text, whose order of members a replay keeps."""

    status: int
    body: str
    is_replay: bool = False


def answer_once(*, caller: str, key: UUID | None, fingerprint: bytes, answer: Callable[[Event], Reply]) -> Reply:
    """Run `answer` unless `caller` has used `key` within its lifetime; without a key, just run it.

    The claim, the work and the reply are committed together. A second call
    waits for the first to finish; a refusal, a bug or a crash frees the key.
    `answer` is handed the event that this call is, and may be run again after a deadlock.

    Raises:
        IdempotencyKeyReused: the key named another call.
        IdempotencyInProgress: the first call is still running after the lock timeout.
        Busy: see `in_transaction`.
    """
    if key is None:
        return in_transaction(lambda: answer(Event.once("call")))

    def attempt() -> Reply:
        claim_id = _claim(caller, key, fingerprint)
        if claim_id is None:
            return _earlier_reply(caller, key, fingerprint)
        reply = answer(Event(f"call:{claim_id}", fingerprint, is_new=True))
        with connection.cursor() as cursor:
            cursor.execute(KEEP_REPLY, [reply.status, seal(reply.body.encode(), context_of(claim_id)), claim_id])
        return reply

    return in_transaction(attempt)


def was_answered(*, caller: str, key: UUID, fingerprint: bytes) -> bool:
    """Whether this very call succeeded under `key` within its lifetime: `answer_once` would replay it, and do nothing."""
    with connection.cursor() as cursor:
        cursor.execute(READ_ANSWERED, [caller, key, fingerprint, LIFETIME.total_seconds()])
        return cursor.fetchone() is not None


def answered_before(*, caller: str, key: UUID, fingerprint: bytes) -> bool:
    """`was_answered`, for who must know before he does something outside of the transaction.

    Raises:
        IdempotencyKeyReused: the key named another call within its lifetime.
    """
    with connection.cursor() as cursor:
        cursor.execute(READ_FINGERPRINT, [caller, key, LIFETIME.total_seconds()])
        row = cursor.fetchone()
    if row and row[0] != fingerprint:
        raise IdempotencyKeyReused
    return row is not None


def context_of(claim_id: UUID) -> str:
    """Where a stored reply is sealed for."""
    return f"idempotency_claim:{claim_id}"


def _claim(caller: str, key: UUID, fingerprint: bytes) -> UUID | None:
    """The id of a claim that is ours now; None when the key is taken."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, [uuid4(), caller, key, fingerprint, LIFETIME.total_seconds()])
            row = cursor.fetchone()
    except OperationalError as failure:
        if isinstance(failure.__cause__, postgres.LockNotAvailable):
            raise IdempotencyInProgress from failure
        raise
    return row[0] if row else None


def _earlier_reply(caller: str, key: UUID, fingerprint: bytes) -> Reply:
    with connection.cursor() as cursor:
        cursor.execute(READ_CLAIM, [caller, key])
        row = cursor.fetchone()
    assert row is not None, "a claim that is in the way is there"
    claim_id, kept_fingerprint, status, body = row
    if kept_fingerprint != fingerprint:
        raise IdempotencyKeyReused
    return Reply(status, unseal(body, context_of(claim_id)).decode(), is_replay=True)
