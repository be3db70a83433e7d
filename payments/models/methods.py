"""What may be charged while its holder is away."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class PaymentMethod(models.Model):
    """What a customer has saved to be charged while he is away; the newest that was not removed is charged.

    `reference` is the provider's name for it, and of no use without the provider's own secret.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="payment_methods")
    provider = models.CharField(max_length=20)
    reference = models.CharField(max_length=255)
    customer_reference = models.CharField(max_length=255, blank=True)
    label = models.CharField(max_length=100, help_text="As its holder knows it: Visa •••• 4242.")
    created_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "provider", "reference"], name="payments_method_once"),
        ]

    def __str__(self) -> str:
        return self.label
