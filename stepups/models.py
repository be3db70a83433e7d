"""Challenges: what a user was asked to prove, for which transfer, and whether he did."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from ledger.models.times import readable
from ledger.money import AMOUNT_MAX, Money, currency

# Mail takes its time; once passed, a challenge pays within ten minutes or not at all.
OPEN_FOR = timedelta(minutes=30)
PASSED_FOR = timedelta(minutes=10)
FORGOTTEN_AFTER = timedelta(days=1)
SPENT_KEPT = timedelta(days=90)


class ChallengeQuerySet(models.QuerySet["Challenge"]):
    def live(self) -> "ChallengeQuerySet":
        """Those that can still be passed, or pay."""
        return self.filter(spent_at=None, expires_at__gt=timezone.now())

    def over(self) -> "ChallengeQuerySet":
        """Those that need not be kept any longer."""
        now = timezone.now()
        return self.filter(Q(spent_at=None, expires_at__lt=now - FORGOTTEN_AFTER) | Q(spent_at__lt=now - SPENT_KEPT))


class Challenge(models.Model):
    """It belongs to one credential, recipient and amount, and pays for one transfer of theirs once it is passed.

    Its id is in the page's address, and of use to its user only. Written by `stepups.services` only.
    """

    class How(models.TextChoices):
        APP = "app", "Authenticator app"
        MAIL = "mail", "Code by e-mail"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    credential = models.CharField(max_length=120, help_text="What asked for the transfer: the ledger's actor, and which session.")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    amount_minor = models.BigIntegerField()
    currency_code = models.CharField("currency", max_length=12, db_column="currency")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    passed_at = models.DateTimeField(null=True)
    how = models.CharField(max_length=4, choices=How, blank=True)
    spent_at = models.DateTimeField(null=True)

    objects = ChallengeQuerySet.as_manager()

    class Meta:
        verbose_name = "step-up"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "credential", "recipient", "amount_minor", "currency_code"],
                condition=Q(spent_at=None),
                name="stepups_challenge_unspent_once",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, amount_minor__lte=AMOUNT_MAX), name="stepups_challenge_amount"
            ),
            models.CheckConstraint(
                condition=Q(passed_at=None, how="", spent_at=None)
                | (Q(passed_at__isnull=False, how__in=["app", "mail"]) & (Q(spent_at=None) | Q(spent_at__gte=F("passed_at")))),
                name="stepups_challenge_passed_before_spent",
            ),
            models.CheckConstraint(
                condition=readable(created_at=False, expires_at=False, passed_at=True, spent_at=True),
                name="stepups_challenge_times",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-created_at"], name="stepups_challenge_latest"),
            models.Index(fields=["expires_at"], condition=Q(spent_at=None), name="stepups_challenge_over"),
        ]

    def __str__(self) -> str:
        return f"Step-up {self.pk}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, currency(self.currency_code))

    @property
    def is_live(self) -> bool:
        return self.spent_at is None and self.expires_at > timezone.now()
