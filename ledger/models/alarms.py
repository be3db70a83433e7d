"""Alarms: what a person has to look at, until somebody clears it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q, QuerySet


class AlarmQuerySet(QuerySet["Alarm"]):
    def open(self) -> "AlarmQuerySet":
        """Those that nobody and nothing has cleared."""
        return self.filter(cleared_at=None)

    def open_first(self) -> "AlarmQuerySet":
        """The open ones, then the others; each the newest first."""
        return self.order_by(F("cleared_at").desc(nulls_first=True), "-last_seen_at", "-pk")


class Alarm(models.Model):
    """One thing that is wrong with one subject. Raised again while open, it counts; raised after it was cleared, it is new.

    Written by `ledger.alarms` only.
    """

    name = models.CharField(max_length=100, help_text="What is wrong, in a word: seal_late.")
    subject = models.CharField(max_length=200, blank=True, help_text="With what: account 17. Empty where there is but one.")
    message = models.TextField(help_text="As it was said last.")
    raised_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    cleared_at = models.DateTimeField(null=True, help_text="Empty while it is open.")

    objects = AlarmQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name", "subject"], condition=Q(cleared_at=None), name="ledger_alarm_open_once"),
        ]
        indexes: ClassVar = [
            models.Index(F("cleared_at").desc(nulls_first=True), F("last_seen_at").desc(), name="ledger_alarm_open_first"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.subject})" if self.subject else self.name

    @property
    def is_open(self) -> bool:
        return self.cleared_at is None
