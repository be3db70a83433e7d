"""Changing where a user's codes come from: proved by the way that holds until then, told to him by mail.

Whoever has got hold of a session only must not be able to bring an app of his own.
"""

from django.db import transaction

from notices.headers import is_address
from passcodes import services as passcodes
from passcodes import totp
from passcodes.errors import TotpAlreadyEnrolled
from people.models import User
from stepups.errors import CodeNeeded, NoWayToProve, PasswordWrong
from stepups.mails import mail_enrolled, mail_enrolment_code, mail_removed

PURPOSE = "totp-enrolment"


@transaction.atomic
def send_enrolment_code(*, user: User) -> None:
    """Mail the user a code with which he may begin.

    Raises:
        TotpAlreadyEnrolled: he has an app.
        NoWayToProve: he has no address: `begin_by_password` is for him.
        PasscodeTooSoon, TooManyWrongCodes: as `passcodes.services.issue`.
    """
    _require_none(user)
    if not is_address(user.email):
        raise NoWayToProve
    mail_enrolment_code(user, code=passcodes.issue(user=user, purpose=PURPOSE, subject=""))


def begin_enrolment(*, user: User, code: str) -> str:
    """A secret for the user's app, for the code that was mailed to him. Call it where there is no transaction.

    Raises:
        TotpAlreadyEnrolled: he has an app.
        TooManyWrongCodes, PasscodeExpired, PasscodeWrong: as `passcodes.services.check`.
    """
    _require_none(user)
    passcodes.check(user=user, purpose=PURPOSE, subject="", code=code)
    return totp.begin_enrolment(user=user)


def begin_by_password(*, user: User, password: str) -> str:
    """A secret for the app of a user to whom nothing can be mailed. Who calls it counts wrong passwords.

    Raises:
        TotpAlreadyEnrolled: he has an app.
        CodeNeeded: he has an address.
        PasswordWrong: it is not his.
    """
    _require_none(user)
    if is_address(user.email):
        raise CodeNeeded
    if not user.check_password(password):
        raise PasswordWrong
    return totp.begin_enrolment(user=user)


def confirm_enrolment(*, user: User, code: str) -> None:
    """As `passcodes.totp.confirm_enrolment`; the user is told by mail."""
    totp.confirm_enrolment(user=user, code=code, tell=lambda: mail_enrolled(user))


def remove_app(*, user: User, code: str) -> None:
    """As `passcodes.totp.remove_totp`; the user is told by mail."""
    totp.remove_totp(user=user, code=code, tell=lambda: mail_removed(user))


@transaction.atomic(savepoint=False)
def remove_lost_app(*, user: User, removed_by: User | None) -> None:
    """As `passcodes.totp.remove_totp_of`; the user is told by mail."""
    totp.remove_totp_of(user=user, removed_by=removed_by)
    mail_removed(user)


def _require_none(user: User) -> None:
    if totp.has_totp(user):
        raise TotpAlreadyEnrolled
