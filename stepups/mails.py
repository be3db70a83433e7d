"""The mails that carry a code, or tell of where codes come from."""

from notices.services import send_notice
from passcodes.models import LIFETIME
from people.models import User
from stepups.models import Challenge

MINUTES = LIFETIME.seconds // 60


def mail_transfer_code(challenge: Challenge, *, code: str, url: str) -> None:
    """What is to be confirmed, with what, and where."""
    facts = {
        "user": challenge.user,
        "amount": challenge.amount,
        "recipient": masked(challenge.recipient),
        "code": code,
        "minutes": MINUTES,
        "url": url,
    }
    send_notice(to=challenge.user, kind="step_up.code", facts=facts, expires_in=LIFETIME)


def mail_enrolment_code(user: User, *, code: str) -> None:
    send_notice(to=user, kind="totp.code", facts={"user": user, "code": code, "minutes": MINUTES}, expires_in=LIFETIME)


def mail_enrolled(user: User) -> None:
    send_notice(to=user, kind="totp.enrolled", facts={})


def mail_removed(user: User) -> None:
    send_notice(to=user, kind="totp.removed", facts={})


def masked(user: User) -> str:
    """As much of a person's address, or of his name where he has none, as tells who knows it that it is the right one."""
    name, at, domain = (user.email or user.get_username()).partition("@")
    ends = f"{name[0]}…{name[-1]}" if len(name) > 3 else f"{name[:1]}…"
    return f"{ends}{at}{domain}"
