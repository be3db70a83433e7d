"""Six-digit codes that were sent, devices that show them, and how often each user was wrong."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from ledger.models.times import readable

LIFETIME = timedelta(minutes=10)
TRIES_MAX = 5
# A device that nobody confirmed: whoever saw its secret has walked away.
ENROLMENT_LIFETIME = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(days=1)


class PasscodeQuerySet(models.QuerySet["Passcode"]):
    def over(self) -> "PasscodeQuerySet":
        """Those that ended so long ago that nobody asks for them any more."""
        return self.filter(expires_at__lt=timezone.now() - FORGOTTEN_AFTER)


class Passcode(models.Model):
    """The latest code of a user for one purpose and subject. A new one takes the row over, under a new id.

    Written by `passcodes.services` only.
    """

    # It goes into the digest, so a code that was moved to another row fits nothing.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=40)
    subject_digest = models.BinaryField(help_text="Of what the code is bound to.")
    digest = models.BinaryField(help_text="Of the code, keyed.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0, help_text="Counted before each is compared.")
    used_at = models.DateTimeField(null=True)

    objects = PasscodeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "purpose", "subject_digest"], name="passcodes_passcode_latest"),
            models.CheckConstraint(condition=Q(tries__lte=TRIES_MAX), name="passcodes_passcode_tries"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="passcodes_passcode_ends"),
            models.CheckConstraint(
                condition=readable(created_at=False, expires_at=False, used_at=True), name="passcodes_passcode_times"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="passcodes_passcode_over")]

    def __str__(self) -> str:
        return f"Code for {self.purpose}"


class GuessesQuerySet(models.QuerySet["Guesses"]):
    def over(self) -> "GuessesQuerySet":
        """Those that hold nothing younger than a day."""
        return self.filter(updated_at__lt=timezone.now() - FORGOTTEN_AFTER)


class Guesses(models.Model):
    """When a user was wrong, or is being compared, in the last 24 hours; and when codes were issued to him.

    One row a user, which each try locks. Written by `passcodes.guesses` only.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    tries = ArrayField(models.DateTimeField(), default=list)
    locked_until = models.DateTimeField(null=True, help_text="Until then no code is issued to him or taken from him.")
    issued = ArrayField(models.DateTimeField(), default=list)
    updated_at = models.DateTimeField(db_index=True)

    objects = GuessesQuerySet.as_manager()

    class Meta:
        verbose_name = "wrong codes of a user"
        verbose_name_plural = "wrong codes"

    def __str__(self) -> str:
        return f"Wrong codes of user {self.user_id}"


class TotpDeviceQuerySet(models.QuerySet["TotpDevice"]):
    def confirmed(self) -> "TotpDeviceQuerySet":
        return self.filter(confirmed_at__isnull=False)

    def abandoned(self) -> "TotpDeviceQuerySet":
        """Those that were shown and never confirmed."""
        return self.filter(confirmed_at=None, created_at__lt=timezone.now() - ENROLMENT_LIFETIME)


class TotpDevice(models.Model):
    """An app that shows a new code every 30 seconds (RFC 6238). It counts once a first right code has confirmed it.

    Written by `passcodes.totp` only.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    secret = models.BinaryField(help_text="Sealed.")
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    last_counter = models.BigIntegerField(null=True, help_text="Of the last code that was taken: no code is taken twice.")
    last_used_at = models.DateTimeField(null=True)

    objects = TotpDeviceQuerySet.as_manager()

    class Meta:
        verbose_name = "authenticator app"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(last_counter__isnull=False), name="passcodes_totpdevice_confirmed"
            ),
        ]

    def __str__(self) -> str:
        return f"Authenticator app of user {self.user_id}"

    @property
    def is_abandoned(self) -> bool:
        return self.confirmed_at is None and self.created_at < timezone.now() - ENROLMENT_LIFETIME

    @property
    def sealed_for(self) -> str:
        return f"passcodes_totpdevice:{self.user_id}"
