"""Falls to an auto-reload threshold."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from payments.models.topups import Topup
from wallets.models import Wallet


class Reload(models.Model):
    """One fall of a balance to its auto-reload threshold, and what was done about it: one at a time for each wallet.

    Each attempt is a top-up of its own; the next one begins when this one is known not to have charged.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "waiting"
        CHARGING = "charging", "being charged"
        COMPLETED = "completed", "completed"
        FAILED = "failed", "failed"
        NOT_NEEDED = "not_needed", "not needed any more"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="reloads")
    sequence = models.BigIntegerField(help_text="The entry that brought the balance down.")
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    topup = models.ForeignKey(Topup, on_delete=models.PROTECT, null=True, related_name="+", help_text="The last attempt's.")
    next_attempt_at = models.DateTimeField(null=True, default=timezone.now)
    failure = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["wallet", "sequence"], name="payments_reload_of_fall"),
            models.UniqueConstraint(
                fields=["wallet"], condition=Q(status__in=["waiting", "charging"]), name="payments_reload_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "charging"], finished_at=None)
                | Q(status__in=["completed", "failed", "not_needed"], finished_at__isnull=False, next_attempt_at=None),
                name="payments_reload_whole_state",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="payments_reload_due"),
        ]

    def __str__(self) -> str:
        return f"Reload of wallet {self.wallet_id} after entry {self.sequence}"
