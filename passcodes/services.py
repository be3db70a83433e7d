"""Six-digit codes that are sent to a user and come back: issued, checked, used once.

Ten minutes, half a minute between two, five wrong tries, one use. A code is bound
to its user, its purpose and its subject, which is any text: whatever shall not be
changed between sending the code and taking it.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from passcodes.digests import code_digest, subject_digest
from passcodes.errors import PasscodeExhausted, PasscodeExpired, PasscodeTooSoon, PasscodeUsed, PasscodeWrong
from passcodes.guesses import Guess, count_issue, count_try, forgive, seconds_until, tell_wrong
from passcodes.models import LIFETIME, TRIES_MAX, Passcode
from people.models import User

RESEND_AFTER = timedelta(seconds=30)

# One row for each user, purpose and subject: a new code ends the one before, and the row says when that was sent.
ISSUE = """
INSERT INTO passcodes_passcode AS kept (id, user_id, purpose, subject_digest, digest, tries, created_at, expires_at)
SELECT %(id)s, %(user)s, %(purpose)s, %(subject)s, %(digest)s, 0, now.at, now.at + make_interval(secs => %(lifetime)s)
FROM (SELECT clock_timestamp() AS at) now
ON CONFLICT (user_id, purpose, subject_digest) DO UPDATE
SET id = excluded.id, digest = excluded.digest, created_at = excluded.created_at, expires_at = excluded.expires_at,
    tries = 0, used_at = NULL
WHERE kept.created_at <= clock_timestamp() - make_interval(secs => %(resend)s)
RETURNING 1"""
COUNT_TRY = """
UPDATE passcodes_passcode SET tries = tries + 1
WHERE user_id = %s AND purpose = %s AND subject_digest = %s AND used_at IS NULL AND expires_at > clock_timestamp() AND tries < %s
RETURNING id, digest"""


@dataclass(frozen=True, slots=True)
class RightCode:
    """A code that somebody entered and that was right. Only `recognize` makes one."""

    passcode_id: UUID


@transaction.atomic(savepoint=False)
def issue(*, user: User, purpose: str, subject: str) -> str:
    """A new code for `user`, to be sent to him; the one before is over. It is nowhere else: the row has a digest.

    Raises:
        TooManyWrongCodes: the user was wrong too often to get one.
        PasscodeTooSoon: the last one is less than 30 seconds old, or he got twenty within the hour.
    """
    code = f"{secrets.randbelow(10**6):06d}"
    passcode_id, bound_to = uuid4(), subject_digest(subject)
    row: dict[str, Any] = {
        **{"id": passcode_id, "user": user.pk, "purpose": purpose, "subject": bound_to},
        "digest": code_digest(passcode_id, code),
        **{"lifetime": LIFETIME.total_seconds(), "resend": RESEND_AFTER.total_seconds()},
    }
    count_issue(user)
    with connection.cursor() as cursor:
        cursor.execute(ISSUE, row)
        if cursor.fetchone():
            return code
    last = Passcode.objects.get(user=user, purpose=purpose, subject_digest=bound_to)
    raise PasscodeTooSoon(seconds_until(last.created_at + RESEND_AFTER))


def check(*, user: User, purpose: str, subject: str, code: str) -> None:
    """Take `code` if it is the right one, and never again. Call it where there is no transaction: a try stays counted.

    Spaces in `code` do not matter; any other text is a wrong code.

    Raises:
        TooManyWrongCodes: the user was wrong too often; a right code is not taken either.
        PasscodeExpired, PasscodeUsed, PasscodeExhausted: the code is over, whatever was entered.
        PasscodeWrong: it is another code, or none was issued.
    """
    with transaction.atomic(durable=True):
        guess, passcode_id, is_right = _tried(user, purpose, subject, code)
    _require_right(guess, is_right)
    with transaction.atomic():
        # In the order of every other try, so that none waits for another in a circle.
        forgive(guess)
        is_ours = _use(passcode_id)
    if not is_ours:
        raise PasscodeUsed


def recognize(*, user: User, purpose: str, subject: str, code: str) -> RightCode:
    """As `check`, but the code is not used yet: `spend` it with what it is for, which may still be refused.

    A right try is no wrong one, however often it comes: it takes none of the five, and ten at once are none of the ten.
    Call it where there is no transaction.

    Raises:
        TooManyWrongCodes, PasscodeExpired, PasscodeUsed, PasscodeExhausted, PasscodeWrong: as `check`.
    """
    with transaction.atomic(durable=True):
        # One transaction, in which the user's row is locked: nobody sees a right try counted that is not forgiven yet.
        guess, passcode_id, is_right = _tried(user, purpose, subject, code)
        if is_right:
            forgive(guess)
            Passcode.objects.filter(pk=passcode_id).update(tries=F("tries") - 1)
    _require_right(guess, is_right)
    return RightCode(passcode_id)


@transaction.atomic(savepoint=False)
def spend(code: RightCode) -> None:
    """Let `code` be used, in the transaction of what it is for, before any account is locked: a roll-back leaves it unused.

    Raises:
        PasscodeUsed: it was spent before, or a new one was sent meanwhile. Who spends it at the same time is waited for.
    """
    if not _use(code.passcode_id):
        raise PasscodeUsed


def _tried(user: User, purpose: str, subject: str, code: str) -> tuple[Guess, UUID, bool]:
    """A try that is counted, and whether it is right: what nobody may be told before that is committed."""
    guess = count_try(user)
    passcode_id, digest = _count_try(user, purpose, subject)
    given = code_digest(passcode_id, "".join(code.split()))
    return guess, passcode_id, hmac.compare_digest(given, digest)


def _require_right(guess: Guess, is_right: bool) -> None:
    if not is_right:
        tell_wrong(guess)
        raise PasscodeWrong


def _use(passcode_id: UUID) -> bool:
    return bool(Passcode.objects.filter(pk=passcode_id, used_at=None).update(used_at=timezone.now()))


def _count_try(user: User, purpose: str, subject: str) -> tuple[UUID, bytes]:
    """Count a try of the code, and bring what to compare with. A refusal here is no wrong code: nothing was compared."""
    bound_to = subject_digest(subject)
    with connection.cursor() as cursor:
        cursor.execute(COUNT_TRY, [user.pk, purpose, bound_to, TRIES_MAX])
        row = cursor.fetchone()
    if row is not None:
        return row[0], bytes(row[1])
    last = Passcode.objects.filter(user=user, purpose=purpose, subject_digest=bound_to).first()
    if last is None:
        raise PasscodeWrong
    if last.used_at is not None:
        raise PasscodeUsed
    raise PasscodeExhausted if last.tries >= TRIES_MAX else PasscodeExpired


def resend_after(*, user: User, purpose: str, subject: str) -> int:
    """In how many seconds the next code may be asked for; 0: now."""
    sent = Passcode.objects.filter(user=user, purpose=purpose, subject_digest=subject_digest(subject))
    rows = sent.filter(created_at__gt=timezone.now() - RESEND_AFTER)
    created_at = rows.values_list("created_at", flat=True).first()
    return seconds_until(created_at + RESEND_AFTER) if created_at else 0


def is_waited_for(*, user: User, purpose: str, subject: str) -> bool:
    """Whether a code was issued that may still be entered."""
    issued = Passcode.objects.filter(user=user, purpose=purpose, subject_digest=subject_digest(subject), used_at=None)
    return issued.filter(expires_at__gt=timezone.now(), tries__lt=TRIES_MAX).exists()
