"""The roof's tables: the rate limits' counters, where no Redis or Valkey counts, and how the scheduled jobs went."""

from django.db import models


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
