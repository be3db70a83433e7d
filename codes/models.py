"""Codes, the batches in which they were made, and who redeemed them. Written by `codes.services` only."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from codes.texts import PREFIX_MAX, masked
from ledger.errors import CurrencyUnknown
from ledger.models import Entry
from ledger.models.times import readable
from ledger.money import AMOUNT_MAX, Money, currency
from wallets.models import Wallet

QUANTITY_MAX = 500
REDEMPTIONS_MAX = 10**6


class Status(models.TextChoices):
    """What a code is good for now."""

    ACTIVE = "active"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    VOIDED = "voided"


class Terms(models.Model):
    """What a code is worth, to whom, how often and how long. `amount_minor` is minor units."""

    prefix = models.CharField(max_length=PREFIX_MAX, blank=True)
    amount_minor = models.BigIntegerField()
    currency_code = models.CharField("currency", max_length=12, db_column="currency")
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: never.")
    max_redemptions = models.PositiveIntegerField(default=1, help_text="Whoever makes them.")
    max_per_user = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: as often as the code may be.")
    restrict_to_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who alone may redeem it; empty: anybody.",
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    def shown(self, minor: int) -> str:
        """An amount for people, also where the site knows the currency no longer."""
        try:
            return str(Money(minor, currency(self.currency_code)))
        except CurrencyUnknown:
            return f"{minor} minor units of {self.currency_code}"


def _terms_hold(table: str) -> list[models.BaseConstraint]:
    return [
        models.CheckConstraint(condition=Q(amount_minor__gte=1, amount_minor__lte=AMOUNT_MAX), name=f"codes_{table}_amount"),
        models.CheckConstraint(
            condition=Q(max_redemptions__gte=1, max_redemptions__lte=REDEMPTIONS_MAX)
            & (Q(max_per_user=None) | Q(max_per_user__gte=1)),
            name=f"codes_{table}_redemptions",
        ),
        models.CheckConstraint(condition=readable(created_at=False, expires_at=True), name=f"codes_{table}_times"),
    ]


class Batch(Terms):
    """Codes that were made together, under one event `key`, and are alike."""

    quantity = models.PositiveIntegerField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: the operator at the console.",
    )
    key = models.CharField(max_length=100, unique=True, editable=False)

    class Meta:
        verbose_name_plural = "batches"
        constraints: ClassVar = [
            *_terms_hold("batch"),
            models.CheckConstraint(condition=Q(quantity__gte=1, quantity__lte=QUANTITY_MAX), name="codes_batch_quantity"),
        ]

    def __str__(self) -> str:
        return f"Batch {self.pk}"


class CodeQuerySet(models.QuerySet["Code"]):
    def of_status(self, status: str, now: datetime) -> "CodeQuerySet":
        """The codes that are `status` at `now`; each is one thing only: voided before redeemed, redeemed before expired."""
        if status == Status.VOIDED:
            return self.exclude(voided_at=None)
        rest = self.filter(voided_at=None)
        if status == Status.REDEEMED:
            return rest.filter(redemptions__gte=F("max_redemptions"))
        rest = rest.filter(redemptions__lt=F("max_redemptions"))
        if status == Status.EXPIRED:
            return rest.filter(expires_at__lte=now)
        return rest.filter(Q(expires_at=None) | Q(expires_at__gt=now))


class Code(Terms):
    """A code. Redeeming believes what is `sealed` (codes.terms); the other columns are for lists.

    It is found by `digest`; the code itself stands in the seal and nowhere else.
    """

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="codes")
    digest = models.BinaryField(unique=True, editable=False)
    sealed = models.BinaryField(editable=False)
    last_four = models.CharField(max_length=4)
    redemptions = models.PositiveIntegerField(default=0)
    voided_at = models.DateTimeField(null=True, blank=True)

    objects = CodeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            *_terms_hold("code"),
            models.CheckConstraint(condition=Q(redemptions__lte=F("max_redemptions")), name="codes_code_not_too_often"),
            models.CheckConstraint(condition=readable(voided_at=True), name="codes_code_voided_at"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["prefix"], opclasses=["varchar_pattern_ops"], name="codes_code_prefix"),
        ]

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        """The code for who may not use it."""
        return masked(self.prefix, self.last_four)

    def status_at(self, now: datetime) -> Status:
        """As `CodeQuerySet.of_status` has it."""
        if self.voided_at is not None:
            return Status.VOIDED
        if self.redemptions >= self.max_redemptions:
            return Status.REDEEMED
        return Status.EXPIRED if self.expires_at is not None and self.expires_at <= now else Status.ACTIVE


class Redemption(models.Model):
    """That a code was redeemed, for the `number`th time. Its entry names the code in turn, as its reference."""

    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="+")
    # Nothing refers to an entry by its id alone where entries are spread over servers; the verifier looks instead.
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            # A counter that somebody set back runs into the redemption that has its number.
            models.UniqueConstraint(fields=["code", "number"], name="codes_redemption_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="codes_redemption_from_one"),
            models.CheckConstraint(condition=readable(at=False), name="codes_redemption_at"),
        ]
        indexes: ClassVar = [models.Index(fields=["code", "user"], name="codes_redemption_of_user")]

    def __str__(self) -> str:
        return f"Redemption {self.pk}"
