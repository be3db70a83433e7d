"""Money that went back."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from payments.models.topups import Topup


class TakeBack(models.Model):
    """Money of a top-up that went back: the provider took it (a dispute), or the shop refunds it.

    Of a refund: `requested` sets money aside before the provider is asked, `unknown` is asked again under the same id.
    """

    class Kind(models.TextChoices):
        DISPUTE = "dispute", "taken back by the provider"
        REFUND = "refund", "refunded by the shop"

    class Unbooked(models.TextChoices):
        """Why nothing is booked of it: its `reason` then."""

        OTHER_PAYMENT = "other_payment", "of a second payment, which was not credited"
        NEVER_BOOKED = "never_booked", "of a payment that was not credited"
        OTHER_CURRENCY = "other_currency", "in another currency"
        REFUND_FAILED = "refund_failed", "of a refund of ours that had failed"
        WON = "won", "the dispute was won"
        MIRRORED = "mirrored", "out of a wallet whose points lie at another site"
        # It counts, though: with what goes back next it is worth one.
        TOO_LITTLE = "too_little", "worth less than the smallest unit of what was bought"

    class Status(models.TextChoices):
        REQUESTED = "requested", "being refunded"
        UNKNOWN = "unknown", "outcome not known"
        DONE = "done", "done"
        FAILED = "failed", "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    topup = models.ForeignKey(Topup, on_delete=models.PROTECT, related_name="take_backs")
    kind = models.CharField(max_length=8, choices=Kind)
    status = models.CharField(max_length=10, choices=Status, default=Status.REQUESTED)
    amount_minor = models.BigIntegerField(help_text="What went back of the payment.")
    taken_minor = models.BigIntegerField(default=0, help_text="What the wallet gave of it, its bonus with it.")
    debt_minor = models.BigIntegerField(default=0, help_text="What was missing, and is owed now.")
    case = models.CharField(max_length=255, blank=True, help_text="The dispute or refund, as the provider calls it.")
    reference = models.CharField(max_length=255, blank=True, help_text="The payment that it is of, where the provider says so.")
    reason = models.CharField(max_length=100, blank=True)
    hold_sequence = models.BigIntegerField(null=True, help_text="Of a refund: the entry that set the money aside.")
    next_attempt_at = models.DateTimeField(null=True, help_text="Of a refund: when the provider is asked again; empty: never.")
    actor = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    seen_at = models.DateTimeField(null=True, help_text="When somebody has looked at what is owed.")

    class Meta:
        verbose_name = "payment taken back"
        verbose_name_plural = "payments taken back"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["topup", "case"], condition=~Q(case=""), name="payments_takeback_of_case"),
            models.UniqueConstraint(
                fields=["topup"], condition=Q(status__in=["requested", "unknown"]), name="payments_takeback_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, taken_minor__gte=0, debt_minor__gte=0), name="payments_takeback_amounts"
            ),
        ]

    def __str__(self) -> str:
        return f"Take-back {self.pk}"

    @property
    def booked_minor(self) -> int:
        """What the wallet was charged for it, in minor units: given or owed, the bonus with it; 0 where nothing was booked."""
        return self.taken_minor + self.debt_minor
