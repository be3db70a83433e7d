"""The claims: who used which key for what, and what he was answered."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

LIFETIME = timedelta(hours=24)


class ClaimQuerySet(models.QuerySet["Claim"]):
    def expired(self) -> "ClaimQuerySet":
        return self.filter(created_at__lt=timezone.now() - LIFETIME)


class Claim(models.Model):
    """One idempotency key of one caller. Its id names the event that the call was, in the ledger."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    caller = models.CharField(max_length=64)
    key = models.UUIDField()
    fingerprint = models.BinaryField(help_text="Digest of route, path and validated arguments.")
    created_at = models.DateTimeField(db_index=True)
    status = models.SmallIntegerField(null=True, help_text="HTTP status of the original answer.")
    body = models.BinaryField(null=True, help_text="The original answer, sealed.")

    objects = ClaimQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["caller", "key"], name="idempotency_claim_once")]

    def __str__(self) -> str:
        return f"{self.caller} {self.key}"
