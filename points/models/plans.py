"""A periodic grant or charge, and its runs: one for each period, gone through wallet by wallet."""

from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from ledger.models.times import readable
from ledger.money import AMOUNT_MAX, Currency, Money, currency

NAME_MAX = 80
LABEL_MAX = 100
INTERVAL_DAYS_MAX = 3660
# A charge takes all there is at most; a grant makes eleven of one.
PERCENT_MIN, PERCENT_MAX = Decimal(-100), Decimal(1000)


class AmountType(models.TextChoices):
    FIXED = "fixed", "fixed"
    PERCENT = "percent", "percent of what is there"


class Terms(models.Model):
    """What a wallet gains, or pays where it is negative: so many minor units, or so much per cent of what is there."""

    amount_type = models.CharField(max_length=7, choices=AmountType)
    amount_minor = models.BigIntegerField(null=True)
    percent = models.DecimalField(max_digits=8, decimal_places=4, null=True)
    currency_code = models.CharField("currency", max_length=12, db_column="currency")

    class Meta:
        abstract = True

    @property
    def currency(self) -> Currency:
        return currency(self.currency_code)

    @property
    def is_charge(self) -> bool:
        return (self.amount_minor or self.percent or 0) < 0

    @property
    def told(self) -> str:
        """The amount, for people: `-$5.00`, `2.5 %`."""
        if self.amount_type == AmountType.PERCENT:
            return f"{(self.percent or Decimal()).normalize():f} %"
        minor = self.amount_minor or 0
        return f"{'-' if minor < 0 else ''}{Money(abs(minor), self.currency)}"


def _one_amount(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(amount_type="fixed", percent=None, amount_minor__gte=-AMOUNT_MAX, amount_minor__lte=AMOUNT_MAX)
        & ~Q(amount_minor=0)
        | Q(amount_type="percent", amount_minor=None, percent__gte=PERCENT_MIN, percent__lte=PERCENT_MAX) & ~Q(percent=0),
        name=name,
    )


class Plan(Terms):
    """Periods are counted from `starts_at`: the first is due one interval later, and has the number `periods_before` + 1."""

    name = models.CharField(max_length=NAME_MAX, unique=True)
    grant_label = models.CharField("label of grants", max_length=LABEL_MAX, help_text="The holder reads it.")
    charge_label = models.CharField("label of charges", max_length=LABEL_MAX, help_text="The holder reads it.")
    interval_days = models.PositiveSmallIntegerField("every so many days", validators=[MinValueValidator(1)])
    group = models.ForeignKey(
        Group, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: everybody."
    )
    is_enabled = models.BooleanField("enabled", default=True)
    starts_at = models.DateTimeField("counted from", default=timezone.now)
    periods_before = models.IntegerField(default=0, help_text="How many periods it had before it was counted anew.")
    created_at = models.DateTimeField(default=timezone.now)
    terms_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="Who set amount, interval and group, or switched it on again.",
    )
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True, help_text="When a second manager approved just these terms.")

    class Meta:
        verbose_name = "periodic plan"
        constraints: ClassVar = [
            # Without a name it is the operator at the console.
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(approved_at__isnull=False) & (Q(terms_by=None) | ~Q(approved_by=F("terms_by"))),
                name="points_plan_second_approves",
            ),
            _one_amount("points_plan_amount"),
            models.CheckConstraint(
                condition=Q(interval_days__gte=1, interval_days__lte=INTERVAL_DAYS_MAX, periods_before__gte=0),
                name="points_plan_interval",
            ),
            models.CheckConstraint(
                condition=readable(starts_at=False, created_at=False, approved_at=True), name="points_plan_times"
            ),
        ]

    def __str__(self) -> str:
        return f"Plan {self.pk}, {self.name}"

    @property
    def is_approved(self) -> bool:
        return self.approved_at is not None

    @property
    def interval(self) -> timedelta:
        return timedelta(days=self.interval_days)

    @property
    def label(self) -> str:
        """What stands on the entries."""
        return self.charge_label if self.is_charge else self.grant_label


class PlanRun(Terms):
    """One period of a plan, on the terms that the plan had when it was begun.

    Each wallet is counted once: as `moved`, `empty` or `skipped`. `cursor` is the last wallet that is through but for those
    `left_behind`, which somebody held; entries, counts and cursor are committed together.
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="runs")
    period = models.IntegerField()
    due_at = models.DateTimeField("due")
    group_number = models.IntegerField("group", null=True, help_text="Its number then; empty: everybody.")
    # It is there for as long as the run goes through its wallets.
    group = models.ForeignKey(Group, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    label = models.CharField(max_length=LABEL_MAX)
    cursor = models.BigIntegerField(default=0)
    left_behind = ArrayField(models.BigIntegerField(), default=list)
    wallets = models.BigIntegerField(default=0, help_text="How many there were when it began.")
    moved = models.BigIntegerField(default=0, help_text="Wallets that gained or paid something.")
    empty = models.BigIntegerField(default=0, help_text="Wallets in which there was nothing to take, or to take a part of.")
    skipped = models.BigIntegerField(default=0, help_text="Wallets that are frozen, mirror another site's, or cannot take it.")
    short = models.BigIntegerField(default=0, help_text="Wallets that had less than a fixed charge takes, empty ones too.")
    moved_minor = models.DecimalField(max_digits=30, decimal_places=0, default=0, help_text="In minor units.")
    limit_minor = models.DecimalField(
        max_digits=30,
        decimal_places=0,
        null=True,
        help_text="What it may move, where no second manager approved it; else there is no limit.",
    )
    actor = models.CharField(max_length=120, help_text="Who moves the points, as the entries say.")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "run of a plan"
        verbose_name_plural = "runs of plans"
        constraints: ClassVar = [
            _one_amount("points_planrun_amount"),
            models.UniqueConstraint(fields=["plan", "period"], name="points_planrun_once"),
            models.CheckConstraint(
                condition=Q(period__gte=1, cursor__gte=0, moved__gte=0, empty__gte=0, skipped__gte=0, short__gte=0)
                & Q(short__lte=F("moved") + F("empty")),
                name="points_planrun_counts",
            ),
            models.CheckConstraint(
                condition=Q(limit_minor=None) | Q(moved_minor__lte=F("limit_minor"), moved_minor__gte=-F("limit_minor")),
                name="points_planrun_within_limit",
            ),
            models.CheckConstraint(
                condition=Q(group_number=None, group=None)
                | Q(finished_at=None, group_id=F("group_number"))
                | Q(finished_at__isnull=False, group=None),
                name="points_planrun_group",
            ),
            models.CheckConstraint(
                condition=readable(due_at=False, started_at=False, finished_at=True), name="points_planrun_times"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(finished_at=None), name="points_planrun_unfinished"),
        ]

    def __str__(self) -> str:
        return f"Period {self.period} of plan {self.plan_id}"

    @property
    def key(self) -> str:
        """What its entries are called."""
        return f"plan:{self.plan_id}:{self.period}"

    @property
    def through(self) -> int:
        """How many wallets are counted."""
        return self.moved + self.empty + self.skipped
