"""What providers have said."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from payments.models.topups import Topup


class ReceivedNotice(models.Model):
    """A notice that a provider signed, once, however often it sent it. Its words are not kept: they hold personal data."""

    provider = models.CharField(max_length=20)
    notice_id = models.CharField(max_length=255)
    kind = models.CharField(max_length=20)
    topup = models.ForeignKey(Topup, on_delete=models.PROTECT, null=True, related_name="notices")
    outcome = models.CharField(max_length=100, blank=True, help_text="What became of it here.")
    times = models.PositiveIntegerField(default=1)
    received_at = models.DateTimeField(default=timezone.now)
    last_received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "payment notice"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "notice_id"], name="payments_notice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.notice_id}"
