"""Who takes a notice out of the house: the mail server, or whoever sends text messages."""

import contextlib
import json
from email.utils import parseaddr
from pathlib import Path
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any, Protocol

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from ledger.sealing import unseal
from notices.headers import is_address
from notices.models import Contact, Notice
from notices.rendering import Words, mail_of, mail_of_text, sms_of
from notices.sms import current_sender
from notices.sms.port import SmsAway, SmsFailed

# What a carrier may fail with; everything else is a bug.
Failures = (SMTPException, SmsFailed, OSError, ValueError)


class CarrierAway(Exception):
    """The mail server, or the provider, cannot be reached: what waits may go on waiting."""


class Carrier(Protocol):
    def message(self, notice: Notice) -> Any:
        """What is to be sent, with a `subject`.

        Raises:
            LedgerUnavailable: what it says does not open.
            TemplateSyntaxError, TemplateDoesNotExist: there are no words for it.
            ValueError: its address or subject cannot stand in a header.
        """

    def send(self, message: Any) -> None:
        """Hand it over.

        Raises:
            CarrierAway: nothing can be sent now.
            Failures: this one could not.
        """

    def close(self) -> None:
        """What is left of a conversation belongs to the message that failed."""


class MailCarrier:
    def __init__(self) -> None:
        if folder := getattr(settings, "EMAIL_FILE_PATH", None):
            # Mails that are files hold codes: they are nobody else's to read.
            Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        self._server = get_connection()

    def message(self, notice: Notice) -> EmailMultiAlternatives:
        if not is_address(notice.address):
            raise ValueError("no address")
        words = _mail_of(notice)
        # Its own id, for who gets it twice; and nobody's holiday shall answer it.
        domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
        message_id = f"<notice.{notice.pk}.{notice.created_at.timestamp():.6f}@{domain}>"
        headers = {"Message-ID": message_id, "Auto-Submitted": "auto-generated"}
        message = EmailMultiAlternatives(
            words.subject, words.text, settings.DEFAULT_FROM_EMAIL, [notice.address], headers=headers
        )
        message.attach_alternative(words.html, "text/html")
        message.message()
        return message

    def send(self, message: EmailMultiAlternatives) -> None:
        try:
            self._server.open()
        except (SMTPException, OSError) as failure:
            raise CarrierAway from failure
        self._server.send_messages([message])

    def close(self) -> None:
        """A server that is gone needs no goodbye."""
        with contextlib.suppress(SMTPException, OSError):
            self._server.close()


class TextMessage:
    """A text message has no subject that anybody may read before it is sent."""

    subject = ""

    def __init__(self, to: str, text: str) -> None:
        self.to = to
        self.text = text


class SmsCarrier:
    def message(self, notice: Notice) -> TextMessage:
        return TextMessage(notice.address, sms_of(notice.kind, json.loads(_opened(notice)), language=_language_of(notice)))

    def send(self, message: TextMessage) -> None:
        try:
            current_sender().send(message.to, message.text)
        except SmsAway as failure:
            raise CarrierAway from failure

    def close(self) -> None:
        """There is no conversation."""


def reason_of(failure: BaseException) -> str:
    """What went wrong, without a word of the server's: it repeats addresses, and what was sent to it."""
    if isinstance(failure, SmsFailed):
        return f"{type(failure).__name__} {failure.reason}"[:100]
    if isinstance(failure, SMTPRecipientsRefused):
        code = next((code for code, _ in failure.recipients.values()), None)
    else:
        code = failure.smtp_code if isinstance(failure, SMTPResponseException) else getattr(failure, "errno", None)
    return f"{type(failure).__name__} {code}" if code is not None else type(failure).__name__


def _mail_of(notice: Notice) -> Words:
    if notice.subject:
        return mail_of_text(notice.subject, _opened(notice))
    return mail_of(notice.kind, json.loads(_opened(notice)), language=_language_of(notice))


def _opened(notice: Notice) -> str:
    return unseal(bytes(notice.text), notice.sealed_for).decode()


def _language_of(notice: Notice) -> str:
    """The recipient's own; "" for the site's."""
    if notice.user_id is None:
        return ""
    return Contact.objects.filter(user_id=notice.user_id).values_list("language", flat=True).first() or ""
