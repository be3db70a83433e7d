"""Authenticator apps: enrolled with a first right code, checked, removed with a right one.

One step of drift each way, and no code twice: the counter of the last one is
kept, compared and set in one statement.
"""

import hmac
import math
from collections.abc import Callable
from datetime import datetime

import pyotp
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from audit.acts import ActName
from audit.context import origin
from audit.services import actor_of, record
from ledger.sealing import seal, unseal
from passcodes.errors import PasscodeWrong, TotpAlreadyEnrolled, TotpNotEnrolled
from passcodes.guesses import count_try, forgive, require_not_locked, tell_wrong
from passcodes.models import ENROLMENT_LIFETIME, TotpDevice
from people.models import User

STEP_SECONDS = 30
DRIFT_STEPS = 1


def nobody() -> None:
    """Is told."""


def has_totp(user: User) -> bool:
    """Whether the user's codes come from an app of his."""
    return TotpDevice.objects.confirmed().filter(user=user).exists()


def is_enrolling(user: User) -> bool:
    """Whether an app was begun with, and can still be confirmed."""
    begun = TotpDevice.objects.filter(user=user, confirmed_at=None)
    return begun.filter(created_at__gte=timezone.now() - ENROLMENT_LIFETIME).exists()


@transaction.atomic(savepoint=False)
def begin_enrolment(*, user: User) -> str:
    """A new secret (base32) for the user's app, in the place of one that he has not confirmed.

    Nobody gets to read it again. It counts once `confirm_enrolment` has seen a code made with it.

    Raises:
        TotpAlreadyEnrolled: the user has an app already.
    """
    secret = pyotp.random_base32()
    device = TotpDevice(user=user, created_at=timezone.now())
    device.secret = seal(secret.encode(), device.sealed_for)
    fresh = {"secret": device.secret, "created_at": device.created_at, "last_counter": None, "last_used_at": None}
    kept, is_new = TotpDevice.objects.select_for_update().get_or_create(user=user, defaults=fresh)
    if not is_new:
        if kept.confirmed_at is not None:
            raise TotpAlreadyEnrolled
        TotpDevice.objects.filter(pk=user.pk).update(**fresh)
    return secret


def enrolment_uri(*, user: User, secret: str, site: str) -> str:
    """What the QR code says (otpauth://)."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.get_username(), issuer_name=site.replace(":", " "))


def confirm_enrolment(*, user: User, code: str, tell: Callable[[], object] = nobody) -> None:
    """From now on the user's codes come from this app. Call it where there is no transaction: a try stays counted.

    `tell` is called in the transaction that confirms it.

    Raises:
        TooManyWrongCodes: the user was wrong too often.
        TotpAlreadyEnrolled: the app was confirmed before.
        TotpNotEnrolled: no enrolment was begun, or more than an hour ago.
        PasscodeWrong: it is not the app's code of now.
    """
    _take(user=user, code=code, is_enrolling=True, then=tell)


def check_totp(*, user: User, code: str) -> None:
    """Take the code that the user's app shows now. Call it where there is no transaction: a try stays counted.

    Raises:
        TooManyWrongCodes: the user was wrong too often; a right code is not taken either.
        TotpNotEnrolled: he has no confirmed app.
        PasscodeWrong: it is not the app's code of now, or was taken before.
    """
    _take(user=user, code=code, is_enrolling=False)


def remove_totp(*, user: User, code: str, tell: Callable[[], object] = nobody) -> None:
    """The user gives his app up, with one of its codes. Refused as `check_totp` is.

    `tell` is called in the transaction that removes it.
    """

    def remove() -> None:
        _remove(user, actor=origin().actor())
        tell()

    _take(user=user, code=code, is_enrolling=False, then=remove)


@transaction.atomic(savepoint=False)
def remove_totp_of(*, user: User, removed_by: User | None) -> None:
    """Take a lost app off its user, without a code. `removed_by` is None for the operator at the console.

    Raises:
        TotpNotEnrolled: he has none.
    """
    _remove(user, actor=actor_of(removed_by))


def _remove(user: User, *, actor: str) -> None:
    deleted, _ = TotpDevice.objects.filter(user=user).delete()
    if not deleted:
        raise TotpNotEnrolled
    record(ActName.TOTP_REMOVED, actor=actor, subject=f"user:{user.pk}")


def _take(*, user: User, code: str, is_enrolling: bool, then: Callable[[], object] = nobody) -> None:
    require_not_locked(user)
    device = _device_of(user, is_enrolling=is_enrolling)
    secret = unseal(bytes(device.secret), device.sealed_for).decode()
    with transaction.atomic(durable=True):
        guess = count_try(user)
    counter = _counter_of(secret, "".join(code.split()), timezone.now())
    with transaction.atomic():
        is_taken = counter is not None and _advance(device, counter)
        if is_taken:
            forgive(guess)
            then()
    if not is_taken:
        tell_wrong(guess)
        raise PasscodeWrong


def _device_of(user: User, *, is_enrolling: bool) -> TotpDevice:
    device = TotpDevice.objects.filter(user=user).first()
    if device is None or device.is_abandoned or (device.confirmed_at is None and not is_enrolling):
        raise TotpNotEnrolled
    if device.confirmed_at is not None and is_enrolling:
        raise TotpAlreadyEnrolled
    return device


def _counter_of(secret: str, code: str, now: datetime) -> int | None:
    """Which step's code it is; None: of none around now. All are compared, however early one fits."""
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    current = math.floor(now.timestamp() / STEP_SECONDS)
    given = code.encode(errors="surrogatepass")
    steps = range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1)
    fitting = [step for step in steps if hmac.compare_digest(totp.generate_otp(step).encode(), given)]
    return fitting[-1] if fitting else None


def _advance(device: TotpDevice, counter: int) -> bool:
    """Set the device to this step, unless a code of it or of a later one was taken, or the device is another by now."""
    now = timezone.now()
    same = TotpDevice.objects.filter(pk=device.pk, secret=device.secret, confirmed_at=device.confirmed_at)
    behind = same.filter(Q(last_counter=None) | Q(last_counter__lt=counter))
    if device.confirmed_at is not None:
        return bool(behind.update(last_counter=counter, last_used_at=now))
    if not behind.update(last_counter=counter, last_used_at=now, confirmed_at=now):
        return False
    record(ActName.TOTP_ENROLLED, actor=origin().actor(), subject=f"user:{device.pk}")
    return True
