"""Events in their order, the endpoints they go to, and how each of them fared.

`Event` is the log: every event has a place in it for ever, or until it is forgotten.
`Queue` is one endpoint's way through one wallet's events: it is what keeps their order.
`Delivery` is one event to one endpoint outside that order: parked, asked for by hand, a test.
`Attempt` is one call, and what came back.
"""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

ANSWER_BYTES_MAX = 1024
ATTEMPTS_KEPT = timedelta(days=30)
# The alarm that is open while an endpoint is failing, about `Endpoint.subject`.
FAILING_ALARM = "webhook_failing"


class Event(models.Model):
    """Something that happened. `position` is its place among all, given when it was known to be committed.

    `data` is the JSON text that goes out, the same at each attempt. Test events have no position.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    position = models.BigIntegerField(null=True, unique=True)
    type = models.CharField(max_length=60)
    account_id = models.BigIntegerField("wallet", default=0, help_text="0: of no wallet.")
    sequence = models.BigIntegerField(null=True, help_text="The transaction that it is, in its wallet's numbering.")
    data = models.TextField()
    created_at = models.DateTimeField(help_text="When it happened.")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["account_id", "position"], name="webhooks_event_of_wallet"),
            models.Index(fields=["created_at"], name="webhooks_event_created"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What a receiver knows it by: `webhook-id`, and `id` in the body."""
        return f"evt_{self.pk.hex}"


class Dispatch(models.Model):
    """The last position given."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    position = models.BigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "last position"
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="webhooks_dispatch_one")]

    def __str__(self) -> str:
        return f"Position {self.position}"


class Endpoint(models.Model):
    """An address that events are sent to, and the secret that signs them.

    While it is off or failing its queues go on filling, and nothing is sent: switched on again, it gets all of it.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", "on"
        OFF = "off", "off"
        FAILING = "failing", "failing: paused"

    url = models.CharField("URL", max_length=2000)
    description = models.CharField(max_length=200, blank=True)
    event_types = ArrayField(models.CharField(max_length=60), default=list, blank=True, help_text="Empty: all of them.")
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    secret = models.BinaryField(help_text="Sealed.")
    old_secret = models.BinaryField(null=True, help_text="Sealed; signs as well until its time is over.")
    old_secret_until = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    failing_since = models.DateTimeField(null=True, help_text="The first failure behind which nothing succeeded.")
    last_success_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True, help_text="It gets nothing any more; what it got is still shown.")
    revision = models.BigIntegerField(default=0, help_text="Raised by each change: who has leased sees that it was made.")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=["active", "off", "failing"]), name="webhooks_endpoint_status"),
            models.CheckConstraint(
                condition=Q(old_secret=None, old_secret_until=None) | Q(old_secret__isnull=False, old_secret_until__isnull=False),
                name="webhooks_endpoint_old_secret",
            ),
        ]

    def __str__(self) -> str:
        return self.description or self.url

    @property
    def sealed_for(self) -> str:
        """The place that its secrets are sealed for."""
        return f"webhooks_endpoint:{self.pk}"

    @property
    def subject(self) -> str:
        """What alarms are about."""
        return f"endpoint {self.pk}"

    def wants(self, event_type: str) -> bool:
        return not self.event_types or event_type in self.event_types


class Queue(models.Model):
    """One endpoint's way through one wallet's events: everything up to `position` is settled, delivered or parked.

    `last_position` is the last event that it is to deliver, `attempts` those of the first one that waits.
    `next_attempt_at` is empty where nothing waits. Whoever works on it has leased it for a time, and committed that
    before he calls: who died is taken over from when the lease is over.
    """

    # Here and below an index of its own would be a second one: another begins with it.
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="queues", db_index=False)
    account_id = models.BigIntegerField("wallet")
    position = models.BigIntegerField()
    last_position = models.BigIntegerField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    lease = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["endpoint", "account_id"], name="webhooks_queue_of_wallet"),
            models.CheckConstraint(
                condition=Q(lease=None, leased_until=None) | Q(lease__isnull=False, leased_until__isnull=False),
                name="webhooks_queue_lease",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["endpoint", "next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="webhooks_queue_due"
            ),
            models.Index(fields=["endpoint", "leased_until"], condition=Q(lease__isnull=False), name="webhooks_queue_leased"),
        ]

    def __str__(self) -> str:
        return f"wallet {self.account_id} to endpoint {self.endpoint_id}"


class Delivery(models.Model):
    """One event to one endpoint outside its queue: it was parked there, asked for by hand, or is a test."""

    class Reason(models.TextChoices):
        PARKED = "parked", "parked after its last attempt"
        BY_HAND = "by_hand", "sent again by hand"
        TEST = "test", "test"

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    reason = models.CharField(max_length=8, choices=Reason)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    lease = models.UUIDField(null=True)
    delivered_at = models.DateTimeField(null=True)
    parked_at = models.DateTimeField(null=True, help_text="When it was given up.")

    class Meta:
        verbose_name_plural = "deliveries"
        constraints: ClassVar = [
            # Exactly one of the three.
            models.CheckConstraint(
                condition=Q(next_attempt_at__isnull=False, delivered_at=None, parked_at=None)
                | Q(next_attempt_at=None, delivered_at__isnull=False, parked_at=None)
                | Q(next_attempt_at=None, delivered_at=None, parked_at__isnull=False),
                name="webhooks_delivery_one_state",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["endpoint", "next_attempt_at", "id"],
                condition=Q(next_attempt_at__isnull=False),
                name="webhooks_delivery_due",
            ),
            # Among many that wait, the one that somebody is looking at, and what is in flight.
            models.Index(
                fields=["endpoint", "next_attempt_at"],
                condition=Q(next_attempt_at__isnull=False, reason="test"),
                name="webhooks_delivery_test_due",
            ),
            models.Index(fields=["endpoint", "leased_until"], condition=Q(lease__isnull=False), name="webhooks_delivery_leased"),
            models.Index(fields=["endpoint", "parked_at"], condition=Q(parked_at__isnull=False), name="webhooks_delivery_parked"),
            models.Index(fields=["endpoint", "-id"], name="webhooks_delivery_of_endpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to endpoint {self.endpoint_id}"

    @property
    def state(self) -> str:
        """`waiting`, `delivered` or `parked`."""
        if self.next_attempt_at:
            return "waiting"
        return "delivered" if self.delivered_at else "parked"


class Attempt(models.Model):
    """One call, and what came back: its status and the first kilobyte, or why there was none."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="attempts", db_index=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=200, blank=True)
    answer = models.TextField(blank=True)
    is_success = models.BooleanField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["endpoint", "-id"], name="webhooks_attempt_of_endpoint"),
            # Failures are few where all goes well, and are looked for then.
            models.Index(fields=["endpoint", "-id"], condition=Q(is_success=False), name="webhooks_attempt_failed"),
            models.Index(fields=["at"], name="webhooks_attempt_at"),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.event_id}"


class Tally(models.Model):
    """What an endpoint was sent in an hour: kept apart from its row, which would be written at each call."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="tallies", db_index=False)
    hour = models.DateTimeField()
    delivered = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    parked = models.BigIntegerField(default=0)
    duration_ms = models.BigIntegerField(default=0, help_text="Of all calls together.")

    class Meta:
        verbose_name_plural = "tallies"
        constraints: ClassVar = [models.UniqueConstraint(fields=["endpoint", "hour"], name="webhooks_tally_of_hour")]

    def __str__(self) -> str:
        return f"endpoint {self.endpoint_id}, {self.hour:%Y-%m-%d %H}:00"


def hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
