"""A withdrawal that another site pushed to us: what it asked under which name, and what came of it, for ever."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from ledger.money import AMOUNT_MAX


class PushedWithdrawal(models.Model):
    """Decided once. A repetition gets the first outcome, a refusal as well: who was told no can rely on it."""

    request_id = models.UUIDField(primary_key=True)
    wallet_name = models.CharField("wallet", max_length=64)
    points_minor = models.BigIntegerField("points")
    currency_code = models.CharField("currency", max_length=12, db_column="currency")
    account_id = models.BigIntegerField(null=True, blank=True, help_text="Whose entry it is; empty: it was refused.")
    sequence = models.BigIntegerField(null=True, blank=True)
    refusal = models.CharField(max_length=60, blank=True, help_text="Why it was refused; empty: it was not.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-created_at"], name="points_push_newest")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(points_minor__gte=1, points_minor__lte=AMOUNT_MAX), name="points_pushedwithdrawal_points"
            ),
            models.CheckConstraint(
                condition=Q(account_id__isnull=False, sequence__isnull=False, refusal="")
                | Q(account_id=None, sequence=None) & ~Q(refusal=""),
                name="points_pushedwithdrawal_one_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"Pushed withdrawal {self.request_id}"

    @property
    def is_done(self) -> bool:
        return not self.refusal
