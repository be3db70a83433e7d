"""Writing mails into the outbox, in the transaction of what they tell of. A worker sends them (notices.sending)."""

import logging
import unicodedata
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from ledger.alarms import clear_alarm
from ledger.sealing import seal
from notices.models import Notice
from people.models import User

logger = logging.getLogger(__name__)

PARKED_ALARM = "mail_parked"
SUBJECT_MAX = 200
ADDRESS_MAX = 254


@transaction.atomic(savepoint=False)
def send_notice(*, to: User, kind: str, subject: str, text: str, expires_in: timedelta | None = None) -> None:
    """Have `text` mailed to the user's address of now, once this transaction is committed.

    `subject` is not sealed: no secret belongs there. It is made one line. A notice that could not be sent within
    `expires_in` is not sent at all. To a user without an address, or with one that is none, nothing is written.
    """
    address = to.email
    if not is_address(address):
        if address:
            logger.warning("user:%d gets no mail: what stands for his address is none", to.pk)
        return
    now = timezone.now()
    notice = Notice(user=to, address=address, kind=kind, subject=one_line(subject), created_at=now, next_attempt_at=now)
    notice.expires_at = now + expires_in if expires_in is not None else None
    notice.text = seal(text.encode(errors="replace"), notice.sealed_for)
    notice.save(force_insert=True)


@transaction.atomic(savepoint=False)
def send_again(notice: Notice) -> bool:
    """Give a parked notice all its attempts again; whether it was parked still."""
    again = Notice.objects.parked().filter(pk=notice.pk)
    found = again.update(parked_at=None, attempts=0, next_attempt_at=timezone.now(), last_error="")
    clear_parked_alarm()
    return bool(found)


def clear_parked_alarm() -> None:
    """It is over when nothing is parked."""
    if not Notice.objects.parked().exists():
        clear_alarm(PARKED_ALARM)


def is_address(text: str) -> bool:
    """Whether mail can be sent there: one address, on one line."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= ADDRESS_MAX and text.isprintable()


def one_line(text: str) -> str:
    """A subject that is one header, whatever was put into it."""
    plain = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in text)
    return " ".join(plain.split())[:SUBJECT_MAX]
