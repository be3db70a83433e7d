"""Fees that were brought from the house account `fees` to the fee wallet."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from ledger.money import AMOUNT_MAX
from wallets.models import Wallet


class FeeSweep(models.Model):
    """One run of the sweep: what the house account had by the last checkpoint. Of each currency they are numbered from 1.

    Its entry, in the fee wallet of that day, bears the key `fees:<currency>:<number>`.
    """

    currency_code = models.CharField("currency", max_length=12, db_column="currency")
    number = models.IntegerField()
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="+")
    sequence = models.BigIntegerField(help_text="Of its entry in the wallet's account.")
    amount_minor = models.BigIntegerField()
    checkpoint = models.BigIntegerField(help_text="The number of the checkpoint whose total was brought.")
    swept_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "fee sweep"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["currency_code", "number"], name="points_feesweep_once"),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=1, amount_minor__lte=AMOUNT_MAX, number__gte=1, checkpoint__gte=1),
                name="points_feesweep_numbers",
            ),
        ]

    def __str__(self) -> str:
        return f"Fee sweep {self.currency_code} {self.number}"

    @property
    def key(self) -> str:
        """What its entry is known by."""
        return f"fees:{self.currency_code}:{self.number}"
