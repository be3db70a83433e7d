"""Whose identity was checked, and what came of it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Verification(models.Model):
    """The state of one customer's identity check. Who has none has not submitted anything."""

    class Status(models.TextChoices):
        PENDING = "pending", "waiting"
        APPROVED = "approved", "approved"
        REJECTED = "rejected", "rejected"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="verification")
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    note = models.CharField(max_length=2000, blank=True, help_text="Why; a rejection needs it, and the customer reads it.")
    created_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "identity check"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=["pending", "approved", "rejected"]), name="kyc_verification_status"),
            models.CheckConstraint(
                condition=Q(status="pending", decided_at=None, decided_by=None)
                | ~Q(status="pending") & Q(decided_at__isnull=False),
                name="kyc_verification_decided",
            ),
            models.CheckConstraint(condition=~Q(status="rejected", note=""), name="kyc_verification_rejection_says_why"),
        ]

    def __str__(self) -> str:
        return f"Identity check of user {self.user_id}"
