"""Sending what the outbox holds: claimed in one short statement, sent outside of any transaction, then marked.

A claim is a date: until then nobody else takes the row. Whoever dies between the
mail and the mark leaves a row that is taken again when its claim is over, so a
mail may go out twice (under the same Message-ID) and never not at all.
"""

import logging
from datetime import timedelta

from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.utils import timezone

from ledger.alarms import raise_alarm
from ledger.errors import LedgerUnavailable
from notices.carriers import Carrier, CarrierAway, Failures, MailCarrier, SmsCarrier, reason_of
from notices.models import Channel, Notice
from notices.services import PARKED_ALARM, clear_parked_alarm

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
    SELECT id FROM notices_notice WHERE channel = %s AND next_attempt_at <= clock_timestamp()
    ORDER BY next_attempt_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING *"""


def send_waiting() -> int:
    """Mail what is due; how many mails were sent.

    While the mail server is away, one notice of each run has its attempt counted, and the others wait.
    """
    return _send_channel(Channel.MAIL, MailCarrier())


def send_waiting_sms() -> int:
    """The same for text messages: a provider that is slow or away holds up no mail."""
    return _send_channel(Channel.SMS, SmsCarrier())


def _send_channel(channel: Channel, carrier: Carrier) -> int:
    sent = 0
    try:
        for _ in range(RUN_MAX):
            notice = _claim(channel)
            if notice is None:
                break
            sent += _send(notice, carrier)
    except CarrierAway:
        pass
    finally:
        carrier.close()
    clear_parked_alarm()
    return sent


def _claim(channel: Channel) -> Notice | None:
    rows = list(Notice.objects.raw(CLAIM, [CLAIM_SECONDS, channel.value]))
    return rows[0] if rows else None


def _send(notice: Notice, carrier: Carrier) -> bool:
    """Send one notice and say how it went; whether it is on its way."""
    if notice.expires_at and notice.expires_at <= timezone.now():
        _keep(notice, missed_at=timezone.now(), text=b"")
        return False
    if notice.attempts > ATTEMPTS_MAX:
        # Whoever had it died each time: it may be the notice that kills.
        _park(notice, "the worker died")
        return False
    try:
        message = carrier.message(notice)
    except (LedgerUnavailable, TemplateSyntaxError, TemplateDoesNotExist, ValueError) as unusable:
        _park(notice, type(unusable).__name__)
        return False
    try:
        carrier.send(message)
    except CarrierAway as away:
        _fail(notice, away.__cause__ or away)
        raise
    except Failures as failure:
        carrier.close()
        _fail(notice, failure)
        return False
    _keep(notice, sent_at=timezone.now(), subject=message.subject, text=b"", last_error="")
    return True


def _fail(notice: Notice, failure: BaseException) -> None:
    reason = reason_of(failure)
    logger.warning("notice %d could not be sent (attempt %d): %s", notice.pk, notice.attempts, reason)
    if notice.attempts >= ATTEMPTS_MAX:
        _park(notice, reason)
    else:
        _keep(notice, next_attempt_at=timezone.now() + RETRY_AFTER[notice.attempts - 1], last_error=reason)


def _park(notice: Notice, reason: str) -> None:
    if _keep(notice, parked_at=timezone.now(), last_error=reason):
        raise_alarm(PARKED_ALARM, "", f"A notice could not be sent and is parked, last of all notice {notice.pk}: {reason}")


def _keep(notice: Notice, **columns: object) -> bool:
    """Say how it went, unless the claim is over and somebody else has taken the row."""
    state = {"next_attempt_at": None, **columns}
    ours = Notice.objects.waiting().filter(pk=notice.pk, attempts=notice.attempts)
    return bool(ours.update(**state))
