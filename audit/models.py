"""The audit rows: who did what, from where, written once, for ever. Beside them the requests, while they are logged."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from audit.acts import act_names
from ledger.models.times import readable


class Act(models.Model):
    """One act; or, where `minute` says so, what failed from one address in one minute, counted.

    A counted row may rise until its minute is over, all others and all else stay
    as they were written. `mac` covers every column (audit.encoding says how).
    """

    id = models.BigAutoField(primary_key=True)
    act = models.CharField(max_length=40, choices=act_names)
    at = models.DateTimeField()
    actor = models.CharField(max_length=120, help_text="Who did it; command: the operator at the console.")
    address = models.CharField(
        max_length=64, blank=True, help_text="From where; of counted rows the network, empty for the addresses beyond the first."
    )
    request_id = models.CharField(max_length=64, blank=True, help_text="As answered in X-Request-Id and told in the logs.")
    subject = models.CharField(max_length=120, blank=True, help_text="To whom or what.")
    facts = models.TextField(default="{}", help_text="JSON; no secret and no words of a person: it cannot be erased.")
    count = models.IntegerField(default=1)
    minute = models.DateTimeField(null=True, help_text="Of a counted row.")
    version = models.SmallIntegerField()
    key_id = models.SmallIntegerField()
    mac = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["minute", "act", "address"], condition=Q(minute__isnull=False), name="audit_act_attempt_once"
            ),
            models.CheckConstraint(condition=Q(count=1) | Q(count__gt=1, minute__isnull=False), name="audit_act_count"),
            models.CheckConstraint(condition=readable(at=False, minute=True), name="audit_act_times"),
        ]
        # The latest acts on something, of somebody, of one kind; by request and address for who follows a trace.
        indexes: ClassVar = [
            models.Index(fields=["subject", "-id"], condition=~Q(subject=""), name="audit_act_subject"),
            models.Index(fields=["actor", "-id"], opclasses=["varchar_pattern_ops", "int8_ops"], name="audit_act_actor"),
            models.Index(fields=["act", "-id"], name="audit_act_act"),
            models.Index(fields=["address", "-id"], name="audit_act_address"),
            models.Index(fields=["request_id"], condition=~Q(request_id=""), name="audit_act_request"),
            BrinIndex(fields=["at"], name="audit_act_at"),
        ]

    def __str__(self) -> str:
        return f"Audit row {self.pk}: {self.act}"


class Unsealed(models.Model):
    """The rows that no checkpoint has sealed yet. A trigger puts each new row here, in its own transaction.

    A row's id is drawn before it commits, so "all behind id N" would pass over one that commits late, for ever.
    This list has it from its commit on, whenever that is, and is as long as there is work to do.
    """

    act = models.OneToOneField(
        Act, on_delete=models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="+", serialize=False
    )

    def __str__(self) -> str:
        return f"Unsealed {self.pk}"


class RequestLog(models.Model):
    """One request of the API and its answer, without their secrets, kept for some days where the operator wants it.

    `mac` covers every column (audit.encoding). Rows are not sealed: that one is gone is not seen, it may be its time.
    The id is drawn by who writes the row, so that writing is one statement.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    at = models.DateTimeField(help_text="When the request came.")
    request_id = models.CharField(max_length=64, help_text="As answered in X-Request-Id.")
    method = models.CharField(max_length=16, help_text="The verb that it meant, an override applied.")
    path = models.CharField(max_length=1000)
    query = models.TextField(blank=True)
    operation = models.CharField(max_length=100, blank=True, help_text="As the OpenAPI document calls it; empty: no route.")
    status = models.SmallIntegerField()
    duration_ms = models.IntegerField()
    caller = models.CharField(max_length=120, help_text="key:3 user:7, or stranger.")
    # Nobody's deletion waits for a log.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="Who it was, or whose key.",
    )
    address = models.CharField(max_length=64)
    request_body = models.TextField(blank=True)
    response_body = models.TextField(blank=True)
    version = models.SmallIntegerField()
    key_id = models.SmallIntegerField()
    mac = models.BinaryField()

    class Meta:
        verbose_name = "logged request"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__gte=100, status__lte=599, duration_ms__gte=0), name="audit_requestlog_figures"
            ),
            models.CheckConstraint(condition=readable(at=False), name="audit_requestlog_times"),
        ]
        # The latest, and those whose time is over; one of which somebody knows the id; one person's.
        indexes: ClassVar = [
            models.Index(fields=["at"], name="audit_requestlog_at"),
            models.Index(fields=["request_id"], name="audit_requestlog_request"),
            models.Index(fields=["user"], condition=Q(user__isnull=False), name="audit_requestlog_user"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
