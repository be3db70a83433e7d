"""The words of the mails that carry a code."""

from django.conf import settings

from notices.services import send_notice
from passcodes.models import LIFETIME
from people.models import User
from stepups.models import Challenge

MINUTES = LIFETIME.seconds // 60

TRANSFER = """\
Somebody who is signed in as {user} wants to send

    {amount} to {recipient}.

If that is you, confirm it with the code

    {code}

on this page, within {minutes} minutes:

    {url}

If it is not you, enter the code nowhere and tell it to nobody, not to us either. Nothing is sent without it.
Tell the shop at once then: somebody else is signed in as you.
"""

ENROLMENT = """\
Somebody who is signed in as {user} wants the codes that confirm payments to come from an authenticator app.

If that is you, confirm it with the code

    {code}

within {minutes} minutes. If it is not you, tell the code to nobody, and tell the shop at once: somebody else is
signed in as you.
"""

ENROLLED = """\
From now on the codes that confirm your payments come from your authenticator app.

If you have not set this up, tell the shop at once.
"""

REMOVED = """\
Your authenticator app was removed. The codes that confirm your payments come by e-mail again.

If you have not done this, tell the shop at once.
"""


def mail_transfer_code(challenge: Challenge, *, code: str, url: str) -> None:
    """What is to be confirmed, with what, and where."""
    text = TRANSFER.format(
        user=challenge.user,
        amount=challenge.amount,
        recipient=masked(challenge.recipient),
        code=code,
        minutes=MINUTES,
        url=url,
    )
    send_notice(to=challenge.user, kind="step_up.code", subject=_subject("Confirm a payment"), text=text, expires_in=LIFETIME)


def mail_enrolment_code(user: User, *, code: str) -> None:
    text = ENROLMENT.format(user=user, code=code, minutes=MINUTES)
    send_notice(to=user, kind="totp.code", subject=_subject("Your code"), text=text, expires_in=LIFETIME)


def mail_enrolled(user: User) -> None:
    send_notice(to=user, kind="totp.enrolled", subject=_subject("Authenticator app added"), text=ENROLLED)


def mail_removed(user: User) -> None:
    send_notice(to=user, kind="totp.removed", subject=_subject("Authenticator app removed"), text=REMOVED)


def masked(user: User) -> str:
    """As much of a person's address, or of his name where he has none, as tells who knows it that it is the right one."""
    name, at, domain = (user.email or user.get_username()).partition("@")
    ends = f"{name[0]}…{name[-1]}" if len(name) > 3 else f"{name[:1]}…"
    return f"{ends}{at}{domain}"


def _subject(text: str) -> str:
    return f"{settings.SITE_NAME}: {text}"
