"""Raising and clearing alarms: a line in the log at once, and a row that the admin shows until it is cleared."""

import logging
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from ledger.models import Alarm

logger = logging.getLogger(__name__)

MESSAGE_MAX = 2000

RAISE = """
INSERT INTO ledger_alarm (name, subject, message, raised_at, last_seen_at, times)
VALUES (%(name)s, %(subject)s, %(message)s, %(at)s, %(at)s, 1)
ON CONFLICT (name, subject) WHERE cleared_at IS NULL DO UPDATE
SET message = excluded.message, last_seen_at = excluded.last_seen_at, times = ledger_alarm.times + 1
"""


def raise_alarm(name: str, subject: str, message: str) -> None:
    """Tell people that something is wrong: `raise_alarm("sealing late", "account 17", "not sealed for 5 minutes")`.

    While it is open, the same name and subject is the same alarm, seen once more.
    The row belongs to the caller's transaction, if there is one: who is about to
    roll back raises the alarm after that, or the log alone will know. No secrets
    in the message.
    """
    message = message.replace("\0", "")[:MESSAGE_MAX]
    logger.critical("alarm %s%s: %s", name, f" ({subject})" if subject else "", message)
    facts: dict[str, str | datetime] = {"name": name, "subject": subject, "message": message, "at": timezone.now()}
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(RAISE, facts)


def raise_alarm_once(name: str, subject: str, message: str) -> None:
    """As `raise_alarm`, but while it is open the log is not told again: for what waits for people, and is looked at often."""
    again = {"message": message.replace("\0", "")[:MESSAGE_MAX], "last_seen_at": timezone.now(), "times": F("times") + 1}
    if not Alarm.objects.open().filter(name=name, subject=subject).update(**again):
        raise_alarm(name, subject, message)


def clear_alarm(name: str, subject: str | None = None) -> int:
    """It is over, for this subject or (None) for all of them; how many alarms were open."""
    alarms = Alarm.objects.open().filter(name=name)
    if subject is not None:
        alarms = alarms.filter(subject=subject)
    return alarms.update(cleared_at=timezone.now())


def open_numbers(name: str, noun: str) -> set[int]:
    """Of which `noun` this alarm is open: {17} where its subject is "account 17"."""
    subjects = Alarm.objects.open().filter(name=name, subject__startswith=f"{noun} ").values_list("subject", flat=True)
    numbers = (subject.removeprefix(f"{noun} ") for subject in subjects)
    return {int(number) for number in numbers if number.isdecimal()}
