"""Roll-ups: what the entries of each day come to, counted once, and the results that take longer than an answer may.

All of it is made from the entries and can be made from them anew (`manage.py rebuild_analytics`). Amounts are minor
units; days are UTC's. Sums are numerics: a day of a large shop may come to more than a bigint holds.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from ledger.kinds import Kind
from ledger.models.times import readable

# Windows reach back so many days, today among them.
DAYS_MAX = 365


def _sum_field(**options: object) -> models.DecimalField:
    return models.DecimalField(max_digits=38, decimal_places=0, default=0, **options)  # type: ignore[arg-type]


class Progress(models.Model):
    """How far the roll-ups go. One row.

    Entries up to `counted_id` are counted, each once, and no other is. Up to `waiting_id`
    they may be, once every transaction up to `waiting_xid` has ended
    (`analytics.counting` says why).
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    counted_id = models.BigIntegerField(default=0, help_text="The last entry that is counted.")
    waiting_id = models.BigIntegerField(default=0, help_text="The last entry that may be counted next.")
    waiting_xid = models.BigIntegerField(default=0, help_text="The transaction that has to end first, and all before it.")
    ranked_at = models.DateTimeField(null=True, help_text="When spenders were ranked, and wallets with money counted.")
    ranked_id = models.BigIntegerField(default=0, help_text="The last entry that was counted then.")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="analytics_progress_one"),
            models.CheckConstraint(condition=Q(counted_id__gte=0), name="analytics_progress_counted"),
        ]

    def __str__(self) -> str:
        return f"Up to entry {self.counted_id}"


class DayTotal(models.Model):
    """What the counted entries of one kind, currency and day come to. `debited` is not negative."""

    day = models.DateField()
    currency_code = models.CharField("currency", max_length=12, db_column="currency")
    kind = models.CharField(max_length=24, choices=Kind)
    transactions = models.BigIntegerField(default=0, help_text="Entries with an amount.")
    credited = _sum_field()
    debited = _sum_field()
    owed_change = _sum_field()

    class Meta:
        verbose_name = "daily total"
        # The admin shows what they come to.
        verbose_name_plural = "analytics"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["currency_code", "day", "kind"], name="analytics_daytotal_once"),
            models.CheckConstraint(
                condition=Q(transactions__gte=0, credited__gte=0, debited__gte=0), name="analytics_daytotal_parts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.currency_code} {self.kind}"


class HourTotal(models.Model):
    """What the counted entries with an amount of one kind, currency and hour come to. `debited` is not negative."""

    hour = models.DateTimeField()
    currency_code = models.CharField("currency", max_length=12, db_column="currency")
    kind = models.CharField(max_length=24, choices=Kind)
    transactions = models.BigIntegerField(default=0)
    credited = _sum_field()
    debited = _sum_field()

    class Meta:
        verbose_name = "hourly total"
        # The admin shows what they come to.
        verbose_name_plural = "reports"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["currency_code", "hour", "kind"], name="analytics_hourtotal_once"),
            models.CheckConstraint(
                condition=Q(transactions__gte=0, credited__gte=0, debited__gte=0) & readable(hour=False),
                name="analytics_hourtotal_parts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:00} {self.currency_code} {self.kind}"


class DaySpending(models.Model):
    """What one account spent on one day, of the days that a window can reach."""

    pk = models.CompositePrimaryKey("day", "account_id")
    day = models.DateField()
    account_id = models.BigIntegerField()
    spent = _sum_field()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(spent__gt=0), name="analytics_dayspending_spent")]

    def __str__(self) -> str:
        return f"{self.day} account {self.account_id}"


class Ranking(models.Model):
    """Who spent most within the last `days` days, as of `Progress.ranked_at`.

    Where there is none of some length, the next shorter one's holds: nobody spent anything on the days between.
    """

    currency_code = models.CharField("currency", max_length=12, db_column="currency")
    days = models.SmallIntegerField()
    spenders = models.JSONField(help_text="[user, minor units], who spent most first.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["currency_code", "days"], name="analytics_ranking_once"),
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=DAYS_MAX), name="analytics_ranking_days"),
        ]

    def __str__(self) -> str:
        return f"{self.currency_code}, {self.days} days"


class ActiveWallets(models.Model):
    """How many customers have money, or are in debt, in one currency, as of `Progress.ranked_at`."""

    currency_code = models.CharField("currency", max_length=12, db_column="currency", primary_key=True)
    count = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "active wallets"

    def __str__(self) -> str:
        return f"{self.count} in {self.currency_code}"
