"""External wallets: the site where the points lie, the wallets that mirror its own, and what is asked of it."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from ledger.models.times import readable
from ledger.money import AMOUNT_MAX, Money
from wallets.models import Wallet

NAME_MAX = 64
NOTE_MAX = 500


class ExternalWalletSite(models.Model):
    """A main site: a service that speaks cmmpexapi/v1, where the points of some wallets lie."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    url = models.CharField("URL", max_length=500, unique=True, help_text="Of the site itself, with http or https.")
    key = models.BinaryField(help_text="Its secure key, sealed.")
    enabled = models.BooleanField(default=True)
    repeats_requests = models.BooleanField(
        default=False,
        help_text="It answers a repeated withdrawal with the first outcome: each of its answers says so.",
    )
    checked_at = models.DateTimeField("connection checked", null=True)
    check_outcome = models.CharField(max_length=NOTE_MAX, blank=True)
    looked_up_user_id = models.BigIntegerField(default=0, help_text="Up to which user its wallets were looked up.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "external wallet site"
        constraints: ClassVar = [
            models.CheckConstraint(condition=readable(created_at=False, checked_at=True), name="federation_site_times"),
            models.UniqueConstraint(Lower("name"), name="federation_site_name_any_case"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def sealed_for(self) -> str:
        """The place that its key is sealed for: in another row it does not open."""
        return f"federation_externalwalletsite:{self.uid}"


class Mirror(models.Model):
    """A wallet whose points lie at a site. `remote_…` is what the site said last, `seen_at` when it was asked."""

    wallet = models.OneToOneField(Wallet, on_delete=models.PROTECT, primary_key=True, related_name="mirror")
    site = models.ForeignKey(ExternalWalletSite, on_delete=models.PROTECT, related_name="mirrors")
    remote_name = models.CharField("name there", max_length=NAME_MAX)
    remote_wallet_id = models.CharField("number there", max_length=NAME_MAX, blank=True)
    remote_user_id = models.CharField("user there", max_length=NAME_MAX, blank=True)
    remote_minor = models.BigIntegerField(help_text="Points there, in minor units.")
    is_active_there = models.BooleanField("active there", default=True)
    seen_at = models.DateTimeField("asked", help_text="When the site was asked for it last.")
    last_refresh_id = models.BigIntegerField(null=True, editable=False)
    difference = models.CharField(
        max_length=NOTE_MAX, blank=True, help_text="In what it is not as at its site; empty: in nothing."
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site", "remote_name"], name="federation_mirror_once"),
            models.CheckConstraint(condition=readable(seen_at=False, created_at=False), name="federation_mirror_times"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["wallet"], condition=~Q(difference=""), name="federation_mirror_differs"),
        ]

    def __str__(self) -> str:
        return f"Mirror {self.pk}"


class Push(models.Model):
    """A withdrawal from a mirrored wallet: asked of the site under an id that never changes, while the points are held here.

    `intent` and `unknown` are unsettled: the points stay held. Who calls the site has `next_attempt_at` ahead of him; one
    that has none is for a person, who says what became of it.
    """

    class Status(models.TextChoices):
        INTENT = "intent", "under way"
        UNKNOWN = "unknown", "not known"
        DONE = "done", "done"
        REFUSED = "refused", "refused"
        NOT_SENT = "not_sent", "not sent"

    id = models.UUIDField("request", primary_key=True, default=uuid.uuid4, editable=False)
    mirror = models.ForeignKey(Mirror, on_delete=models.PROTECT, related_name="pushes")
    points_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0)
    event_key = models.CharField(max_length=120, unique=True)
    asked = models.BinaryField(help_text="Digest of what the event asked for.")
    sequence = models.BigIntegerField(help_text="The entry that set the points aside.")
    status = models.CharField(max_length=8, choices=Status, default=Status.INTENT)
    message = models.CharField(max_length=NOTE_MAX, blank=True, help_text="What the site said, or why it said nothing.")
    is_repeatable = models.BooleanField(default=False, help_text="The site answers the same id with the first outcome.")
    actor = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", help_text="Who said what became of it."
    )

    class Meta:
        verbose_name_plural = "pushes"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(points_minor__gte=1, points_minor__lte=AMOUNT_MAX, fee_minor=0), name="federation_push_amount"
            ),
            models.CheckConstraint(
                condition=Q(status="intent", next_attempt_at__isnull=False, finished_at=None, settled_by=None)
                | Q(status="unknown", finished_at=None, settled_by=None)
                | Q(status__in=["done", "refused", "not_sent"], next_attempt_at=None, finished_at__isnull=False),
                name="federation_push_whole_state",
            ),
            models.UniqueConstraint(fields=["mirror", "sequence"], name="federation_push_of_entry"),
            models.CheckConstraint(
                condition=readable(asked_at=False, next_attempt_at=True, finished_at=True), name="federation_push_times"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="federation_push_due"),
            models.Index(fields=["mirror"], condition=Q(status__in=["intent", "unknown"]), name="federation_push_unsettled"),
        ]

    def __str__(self) -> str:
        return f"Push {self.pk}"

    @property
    def is_unsettled(self) -> bool:
        return self.status in (self.Status.INTENT, self.Status.UNKNOWN)

    @property
    def is_asked_again(self) -> bool:
        """Whether the site was one that repeats, and still is: any other one would take the points a second time."""
        return self.is_repeatable and self.mirror.site.repeats_requests

    @property
    def points(self) -> Money:
        return self.mirror.wallet.money(self.points_minor)


class Refresh(models.Model):
    """A run over all wallets of a site, one at a time. `cursor` is how far it is.

    Who works on it has `alive_until` ahead of him.
    """

    site = models.ForeignKey(ExternalWalletSite, on_delete=models.PROTECT, related_name="refreshes")
    actor = models.CharField(max_length=120)
    started_at = models.DateTimeField(default=timezone.now)
    alive_until = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    cursor = models.CharField(max_length=NAME_MAX, blank=True)
    expected = models.IntegerField(null=True, help_text="How many wallets there are, where the site says so at once.")
    bytes_read = models.BigIntegerField(default=0, help_text="Of a list that is told at once, while it comes.")
    seen = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    opened = models.IntegerField(default=0)
    left_alone = models.IntegerField(default=0, help_text="A withdrawal of theirs is not settled.")
    differing = models.IntegerField(default=0)
    error = models.CharField(max_length=NOTE_MAX, blank=True)

    class Meta:
        verbose_name_plural = "refreshes"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site"], condition=Q(finished_at=None), name="federation_refresh_one_live"),
            models.CheckConstraint(
                condition=readable(started_at=False, alive_until=False, finished_at=True), name="federation_refresh_times"
            ),
        ]

    def __str__(self) -> str:
        return f"Refresh {self.pk}"


class Difference(models.Model):
    """A wallet of the site that no wallet here mirrors, and why. One with points of its own here waits for a person."""

    class Kind(models.TextChoices):
        OWN_POINTS = "own_points", "has points of its own here"
        UNUSABLE = "unusable", "is not told of in a way that can be used"
        TAKEN = "taken", "cannot be mirrored"

    class Outcome(models.TextChoices):
        OPEN = "", "open"
        TAKEN_OVER = "taken_over", "taken over"
        LEFT_APART = "left_apart", "left apart"

    site = models.ForeignKey(ExternalWalletSite, on_delete=models.PROTECT, related_name="differences")
    remote_name = models.CharField("name there", max_length=NAME_MAX)
    kind = models.CharField(max_length=12, choices=Kind)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, null=True, related_name="+")
    remote_minor = models.BigIntegerField(null=True, help_text="Points there, in minor units.")
    note = models.CharField(max_length=NOTE_MAX)
    found_at = models.DateTimeField()
    last_refresh_id = models.BigIntegerField(null=True, editable=False)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.OPEN, blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site", "remote_name"], name="federation_difference_once"),
            models.CheckConstraint(condition=readable(found_at=False, settled_at=True), name="federation_difference_times"),
        ]

    def __str__(self) -> str:
        return f"Difference {self.pk}"
