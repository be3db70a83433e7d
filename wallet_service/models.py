"""The roof's tables: the rate limits' counters, how the scheduled jobs went, and what of the events is still to be mailed."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class RateCounter(models.Model):
    """Hits in one window. UNLOGGED: a crash forgives everybody. Written by `rate_counter.PostgresCounterCache`."""

    key = models.CharField(max_length=250, primary_key=True)
    hits = models.IntegerField()
    expires = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key


class JobRun(models.Model):
    """The last run of one scheduled job, and how it ended. A worker that starts makes a row of each; runs are `job_runs`'."""

    class Outcome(models.TextChoices):
        OK = "ok", "OK"
        FAILED = "failed", "Failed"

    name = models.CharField(max_length=100, primary_key=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=6, choices=Outcome, blank=True, help_text="Empty until it has run.")
    told = models.CharField(max_length=300, blank=True, help_text="What it did, or why it failed.")
    failures = models.PositiveIntegerField(default=0, help_text="One after the other, up to the last run.")
    last_success_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True, help_text="Somebody wants it to run now, and no worker has seen that yet.")

    def __str__(self) -> str:
        return self.name


class FollowedPosition(models.Model):
    """Up to where the events were looked through for what is to be mailed. Written by `movements` only."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    position = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="wallet_service_followed_one")]

    def __str__(self) -> str:
        return f"Position {self.position}"


class UntoldMovements(models.Model):
    """What moved in one wallet, one way, since its holder was last mailed of it; told, it stays for a while as the pause.

    Written by `movements` and `movement_mails` only.
    """

    account_id = models.BigIntegerField("wallet")
    kind = models.CharField(max_length=40, help_text="Of the notice: wallet.credited, …")
    first = models.BigIntegerField(help_text="Of the movements' numbers in their wallet.")
    last = models.BigIntegerField()
    count = models.BigIntegerField()
    sum_minor = models.DecimalField(max_digits=38, decimal_places=0)
    due_at = models.DateTimeField(null=True, help_text="When the mail is written; empty: nothing waits.")
    told_at = models.DateTimeField(null=True, help_text="When the last one was.")

    class Meta:
        verbose_name_plural = "untold movements"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account_id", "kind"], name="wallet_service_untold_once"),
            models.CheckConstraint(
                condition=Q(due_at=None, count=0, sum_minor=0) | Q(due_at__isnull=False, count__gte=1, sum_minor__gte=1),
                name="wallet_service_untold_whole",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at", "id"], condition=Q(due_at__isnull=False), name="wallet_service_untold_due")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of wallet {self.account_id}"
