"""Mailing what the outbox holds: claimed in one short statement, mailed outside of any transaction, then marked.

A claim is a date: until then nobody else takes the row. Whoever dies between the
mail and the mark leaves a row that is taken again when its claim is over, so a
mail may go out twice (under the same Message-ID) and never not at all.
"""

import contextlib
import logging
from datetime import timedelta
from email.utils import parseaddr
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from ledger.alarms import raise_alarm
from ledger.errors import LedgerUnavailable
from ledger.sealing import unseal
from notices.models import Notice
from notices.services import PARKED_ALARM, clear_parked_alarm, is_address

logger = logging.getLogger(__name__)

# How long after each failure the next attempt comes; after the last one the notice is parked.
RETRY_AFTER = (
    *(timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2)),
    *(timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6)),
)
ATTEMPTS_MAX = len(RETRY_AFTER) + 1
# Longer than a mail server that answers each line at the last moment (EMAIL_TIMEOUT) can take.
CLAIM_SECONDS = 180
# A run ends after so many, and the next one goes on: the worker has to be able to stop.
RUN_MAX = 200

CLAIM = """
UPDATE notices_notice SET attempts = attempts + 1, next_attempt_at = clock_timestamp() + make_interval(secs => %s)
WHERE id = (
    SELECT id FROM notices_notice WHERE next_attempt_at <= clock_timestamp()
    ORDER BY next_attempt_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING *"""


class ServerAway(Exception):
    """The mail server cannot be reached: what waits may go on waiting."""


def send_waiting() -> int:
    """Mail what is due; how many mails were sent.

    While the mail server is away, one notice of each run has its attempt counted, and the others wait.
    """
    sent = 0
    server = get_connection()
    try:
        for _ in range(RUN_MAX):
            notice = _claim()
            if notice is None:
                break
            sent += _send(notice, server)
    except ServerAway:
        pass
    finally:
        _close(server)
    clear_parked_alarm()
    return sent


def _claim() -> Notice | None:
    rows = list(Notice.objects.raw(CLAIM, [CLAIM_SECONDS]))
    return rows[0] if rows else None


def _send(notice: Notice, server: BaseEmailBackend) -> bool:
    """Mail one notice and say how it went; whether it is on its way."""
    if notice.expires_at and notice.expires_at <= timezone.now():
        _keep(notice, missed_at=timezone.now(), text=b"")
        return False
    if notice.attempts > ATTEMPTS_MAX:
        # Whoever had it died each time: it may be the notice that kills.
        _park(notice, "the worker died")
        return False
    try:
        message = _message(notice)
    except (LedgerUnavailable, ValueError) as unusable:
        _park(notice, type(unusable).__name__)
        return False
    _open(notice, server)
    try:
        server.send_messages([message])
    except (SMTPException, OSError, ValueError) as failure:
        # What is left of the conversation belongs to the mail that failed.
        _close(server)
        _fail(notice, failure)
        return False
    _keep(notice, sent_at=timezone.now(), text=b"", last_error="")
    return True


def _open(notice: Notice, server: BaseEmailBackend) -> None:
    try:
        server.open()
    except (SMTPException, OSError) as failure:
        _fail(notice, failure)
        raise ServerAway from failure


def _close(server: BaseEmailBackend) -> None:
    """A server that is gone needs no goodbye."""
    with contextlib.suppress(SMTPException, OSError):
        server.close()


def _message(notice: Notice) -> EmailMessage:
    """The mail itself.

    Raises:
        LedgerUnavailable: its text does not open.
        ValueError: its address or subject cannot stand in a header.
    """
    if not is_address(notice.address):
        raise ValueError("no address")
    text = unseal(bytes(notice.text), notice.sealed_for).decode()
    # Its own id, for who gets it twice; and nobody's holiday shall answer it.
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    message_id = f"<notice.{notice.pk}.{notice.created_at.timestamp():.6f}@{domain}>"
    headers = {"Message-ID": message_id, "Auto-Submitted": "auto-generated"}
    message = EmailMessage(notice.subject, text, settings.DEFAULT_FROM_EMAIL, [notice.address], headers=headers)
    message.message()
    return message


def _fail(notice: Notice, failure: Exception) -> None:
    reason = _reason(failure)
    logger.warning("notice %d could not be mailed (attempt %d): %s", notice.pk, notice.attempts, reason)
    if notice.attempts >= ATTEMPTS_MAX:
        _park(notice, reason)
    else:
        _keep(notice, next_attempt_at=timezone.now() + RETRY_AFTER[notice.attempts - 1], last_error=reason)


def _park(notice: Notice, reason: str) -> None:
    if _keep(notice, parked_at=timezone.now(), last_error=reason):
        raise_alarm(PARKED_ALARM, "", f"A mail could not be sent and is parked, last of all notice {notice.pk}: {reason}")


def _keep(notice: Notice, **columns: object) -> bool:
    """Say how it went, unless the claim is over and somebody else has taken the row."""
    state = {"next_attempt_at": None, **columns}
    ours = Notice.objects.waiting().filter(pk=notice.pk, attempts=notice.attempts)
    return bool(ours.update(**state))


def _reason(failure: Exception) -> str:
    """What went wrong, without a word of the server's: it repeats addresses, and what was sent to it."""
    if isinstance(failure, SMTPRecipientsRefused):
        code = next((code for code, _ in failure.recipients.values()), None)
    else:
        code = failure.smtp_code if isinstance(failure, SMTPResponseException) else getattr(failure, "errno", None)
    return f"{type(failure).__name__} {code}" if code is not None else type(failure).__name__
