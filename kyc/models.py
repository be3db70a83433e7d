"""Whose identity was checked, what he handed in for it, and what came of it."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from ledger.models.times import readable

NAME_MAX = 200
NUMBER_MAX = 100
TYPE_MAX = 100
NOTE_MAX = 2000


class Status(models.TextChoices):
    """Of a customer, and of one submission."""

    PENDING = "pending", "waiting"
    APPROVED = "approved", "approved"
    REJECTED = "rejected", "rejected"


IS_ONE = Q(status__in=["pending", "approved", "rejected"])
IS_WHOLE = Q(status="pending", decided_at=None, decided_by=None) | ~Q(status="pending") & Q(decided_at__isnull=False)
SAYS_WHY = ~Q(status="rejected", note="")


class Verification(models.Model):
    """The state of one customer's identity check. Who has none has not submitted anything."""

    Status = Status

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="verification")
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    note = models.CharField(max_length=NOTE_MAX, blank=True, help_text="Why; a rejection needs it, and the customer reads it.")
    created_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "identity check"
        constraints: ClassVar = [
            models.CheckConstraint(condition=IS_ONE, name="kyc_verification_status"),
            models.CheckConstraint(condition=IS_WHOLE, name="kyc_verification_decided"),
            models.CheckConstraint(condition=SAYS_WHY, name="kyc_verification_rejection_says_why"),
        ]

    def __str__(self) -> str:
        return f"Identity check of user {self.user_id}"


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def pending(self) -> "SubmissionQuerySet":
        return self.filter(status=Status.PENDING)


class Submission(models.Model):
    """What a customer handed in once. He hands in again when it was rejected, and then it is another row.

    The document's number is sealed for this row; `number` opens it.
    """

    Status = Status

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="submissions")
    full_name = models.CharField(max_length=NAME_MAX, help_text="As it stands in the document.")
    document_type = models.CharField(max_length=TYPE_MAX, help_text="One of the site setting kyc_document_types, as it was then.")
    document_number = models.BinaryField(help_text="Sealed.")
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    note = models.CharField(max_length=NOTE_MAX, blank=True, help_text="The decision's; the customer reads it.")
    created_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = "submission"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user"], condition=Q(status="pending"), name="kyc_submission_one_waits"),
            models.CheckConstraint(condition=IS_ONE, name="kyc_submission_status"),
            models.CheckConstraint(condition=IS_WHOLE, name="kyc_submission_decided"),
            models.CheckConstraint(condition=SAYS_WHY, name="kyc_submission_rejection_says_why"),
            models.CheckConstraint(condition=readable(created_at=False, decided_at=True), name="kyc_submission_times"),
        ]
        indexes: ClassVar = [models.Index(fields=["status", "-id"], name="kyc_submission_status_latest")]

    def __str__(self) -> str:
        return f"Submission {self.pk}"

    @property
    def sealed_for(self) -> str:
        """The place that the number is sealed for: with another person or time it does not open."""
        return number_context(self.user_id, self.created_at)


def number_context(user_id: int, created_at: datetime) -> str:
    return f"kyc number {created_at.timestamp():.6f} user:{user_id}"


class Document(models.Model):
    """One file of a submission. The file itself lies in the storage `documents`, sealed, under a name that says nothing."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="documents")
    position = models.PositiveSmallIntegerField(help_text="From 0, as they were sent.")
    name = models.CharField(
        max_length=64, unique=True, help_text="In the storage; drawn, and nothing of what its sender called it."
    )
    content_type = models.CharField(max_length=40, help_text="Found out from its content.")
    size_bytes = models.PositiveIntegerField(help_text="Of the file as it was sent.")
    sha256 = models.BinaryField(help_text="Of the file as it was sent.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["submission", "position"], name="kyc_document_position_once"),
        ]
        ordering: ClassVar = ["submission_id", "position"]

    def __str__(self) -> str:
        return f"Document {self.position + 1} of submission {self.submission_id}"
