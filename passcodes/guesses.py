"""Who was wrong how often. Each try is written down before it is compared, and struck off when it was right.

Ten in 24 hours, over codes of every kind, and for 24 hours no code is issued or
taken. The counting is one statement that locks the user's row: a hundred tries
at once are counted one after the other.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network

from django.db import connection
from django.utils import timezone

from audit.acts import ActName
from audit.context import origin
from audit.services import record, record_attempt
from passcodes.errors import PasscodeTooSoon, TooManyWrongCodes
from passcodes.models import Guesses
from people.models import User

WRONG_MAX = 10
WINDOW = timedelta(hours=24)
ISSUED_MAX = 20
ISSUED_WINDOW = timedelta(hours=1)

COUNT_TRY = """
INSERT INTO passcodes_guesses AS kept (user_id, tries, locked_until, issued, updated_at)
VALUES (%(user)s, ARRAY[clock_timestamp()], NULL, '{}', clock_timestamp())
ON CONFLICT (user_id) DO UPDATE SET (tries, locked_until, updated_at) = (
    SELECT recent.tries || now.at,
           CASE WHEN cardinality(recent.tries) + 1 >= %(most)s THEN now.at + make_interval(secs => %(window)s) END,
           now.at
    FROM (SELECT clock_timestamp() AS at) now,
         LATERAL (SELECT coalesce(array_agg(t ORDER BY t), '{}') AS tries FROM unnest(kept.tries) t
                  WHERE t > now.at - make_interval(secs => %(window)s)) recent
)
WHERE kept.locked_until IS NULL OR kept.locked_until <= clock_timestamp()
RETURNING tries[cardinality(tries)], locked_until"""
# Whoever was right at the tenth try is not locked out by it.
FORGIVE = """
UPDATE passcodes_guesses SET tries = array_remove(tries, %(at)s), locked_until = NULL
WHERE user_id = %(user)s AND %(at)s = ANY (tries)"""

COUNT_ISSUE = """
INSERT INTO passcodes_guesses AS kept (user_id, tries, locked_until, issued, updated_at)
VALUES (%(user)s, '{}', NULL, ARRAY[clock_timestamp()], clock_timestamp())
ON CONFLICT (user_id) DO UPDATE SET
    issued = (kept.issued || clock_timestamp())[greatest(1, cardinality(kept.issued) + 2 - %(most)s):],
    updated_at = clock_timestamp()
WHERE (kept.locked_until IS NULL OR kept.locked_until <= clock_timestamp())
  AND (cardinality(kept.issued) < %(most)s OR kept.issued[1] <= clock_timestamp() - make_interval(secs => %(window)s))
RETURNING 1"""


@dataclass(frozen=True, slots=True)
class Guess:
    """One try that is counted, and not compared yet."""

    user: User
    at: datetime
    locked_until: datetime | None


def count_try(user: User) -> Guess:
    """Count a try, in the caller's transaction, which has to be committed before the try is compared.

    Raises:
        TooManyWrongCodes: there were ten.
    """
    with connection.cursor() as cursor:
        cursor.execute(COUNT_TRY, {"user": user.pk, "most": WRONG_MAX, "window": WINDOW.total_seconds()})
        row = cursor.fetchone()
    if row is None:
        require_not_locked(user)
        # The lock ended between the two statements.
        raise TooManyWrongCodes(1)
    return Guess(user, *row)


def forgive(guess: Guess) -> None:
    """The try was right: strike it off."""
    with connection.cursor() as cursor:
        cursor.execute(FORGIVE, {"user": guess.user.pk, "at": guess.at})


def count_issue(user: User) -> None:
    """Count a code that is about to be sent.

    Raises:
        TooManyWrongCodes: the user gets no code for now.
        PasscodeTooSoon: he got twenty within the hour.
    """
    with connection.cursor() as cursor:
        cursor.execute(COUNT_ISSUE, {"user": user.pk, "most": ISSUED_MAX, "window": ISSUED_WINDOW.total_seconds()})
        if cursor.fetchone():
            return
    require_not_locked(user)
    oldest = Guesses.objects.get(user=user).issued[0]
    raise PasscodeTooSoon(seconds_until(oldest + ISSUED_WINDOW))


def require_not_locked(user: User) -> None:
    """Refuse a user who was wrong ten times, before anything else is looked at.

    Raises:
        TooManyWrongCodes: he was.
    """
    locked = Guesses.objects.filter(user=user, locked_until__gt=timezone.now())
    locked_until = locked.values_list("locked_until", flat=True).first()
    if locked_until is not None:
        raise TooManyWrongCodes(seconds_until(locked_until))


def tell_wrong(guess: Guess) -> None:
    """Keep that a code was wrong, and that the user is locked out if he is. Call it where there is no transaction."""
    record_attempt(ActName.CODE_WRONG, network=_network())
    if guess.locked_until is not None:
        record(ActName.PASSCODES_LOCKED, actor=origin().actor(), subject=f"user:{guess.user.pk}", facts={"wrong": WRONG_MAX})


def seconds_until(moment: datetime) -> int:
    """Whole seconds, one at least."""
    return max(1, math.ceil((moment - timezone.now()).total_seconds()))


def _network() -> str:
    """What the caller is counted by: his address; of IPv6 the /64, which is one household's."""
    address = origin().address
    return str(ip_network(f"{address}/{64 if ':' in address else 32}", strict=False)) if address else ""
