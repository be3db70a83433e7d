"""A CSV file that is imported: the file as a whole, and each of its lines with what became of it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from ledger.models.times import readable
from ledger.money import Currency, currency
from wallets.models import Wallet

# As much of a cell is kept as any right one is long; of a longer one the beginning, to find it by.
EMAIL_MAX = 254
POINTS_MAX = 60
PROBLEM_MAX = 200


class Import(models.Model):
    """One file. The counts are of lines; what is `applied` is the good lines that were booked, or needed nothing."""

    class Mode(models.TextChoices):
        GRANT = "grant", "grant: add the points, or take them where they are negative"
        SET = "set", "set: make the balance so many points"

    class Status(models.TextChoices):
        UPLOADED = "uploaded", "being checked"
        READY = "ready", "checked, waiting to be started"
        REFUSED = "refused", "has bad lines, nothing was imported"
        CANCELLED = "cancelled", "cancelled, nothing was imported"
        APPLYING = "applying", "being imported"
        UNDOING = "undoing", "being undone"
        STUCK = "stuck", "not wholly undone"
        DONE = "done", "imported"
        UNDONE = "undone", "undone, nothing was imported"

    RUNNING: ClassVar = (Status.APPLYING, Status.UNDOING)

    mode = models.CharField(max_length=5, choices=Mode)
    is_partial = models.BooleanField("good lines although others are bad", default=False)
    currency_code = models.CharField("currency", max_length=12, db_column="currency")
    status = models.CharField(max_length=9, choices=Status, default=Status.UPLOADED)
    file_name = models.CharField("file", max_length=255, blank=True)
    file_sha256 = models.BinaryField(help_text="Of the file as it was read.")
    lines = models.IntegerField(default=0, help_text="Of the file, without its header and empty ones.")
    good = models.IntegerField(default=0, help_text="Lines that could be imported when they were checked.")
    applied = models.IntegerField("success", default=0)
    failed = models.IntegerField(default=0, help_text="Bad lines, and those that were refused when they were booked.")
    undone = models.IntegerField(default=0)
    moves_minor = models.DecimalField(
        max_digits=30, decimal_places=0, default=0, help_text="All of its changes, unsigned, when they were counted last."
    )
    moved_minor = models.DecimalField(
        max_digits=30, decimal_places=0, default=0, help_text="All that was booked, unsigned; given back or not."
    )
    limit_minor = models.BigIntegerField(
        null=True, blank=True, help_text="What may be booked, where one manager alone answers for it; else there is no limit."
    )
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)
    actor = models.CharField(max_length=100, blank=True, help_text="Who moves the points, as the entries say.")
    finished_at = models.DateTimeField(null=True, blank=True)
    forgotten_at = models.DateTimeField(null=True, blank=True, help_text="When the e-mails of its lines were forgotten.")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(mode__in=["grant", "set"]), name="points_import_mode"),
            models.CheckConstraint(
                condition=Q(status__in=["uploaded", "ready"], started_at=None, finished_at=None)
                | Q(status__in=["refused", "cancelled"], started_at=None, finished_at__isnull=False)
                | Q(status__in=["applying", "undoing"], started_at__isnull=False, finished_at=None)
                | Q(status__in=["stuck", "done", "undone"], started_at__isnull=False, finished_at__isnull=False),
                name="points_import_whole_state",
            ),
            models.CheckConstraint(
                condition=Q(lines__gte=0, good__gte=0, applied__gte=0, failed__gte=0, undone__gte=0)
                & Q(applied__lte=F("lines") - F("failed")),
                name="points_import_counts",
            ),
            models.CheckConstraint(
                condition=Q(moved_minor__gte=0) & (Q(limit_minor=None) | Q(moved_minor__lte=F("limit_minor"))),
                name="points_import_within_limit",
            ),
            models.CheckConstraint(
                condition=readable(uploaded_at=False, started_at=True, finished_at=True, forgotten_at=True),
                name="points_import_times",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"], condition=Q(status__in=["uploaded", "applying", "undoing"]), name="points_import_unfinished"
            ),
        ]

    def __str__(self) -> str:
        return f"Import {self.pk}"

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None

    @property
    def currency(self) -> Currency:
        return currency(self.currency_code)


class ImportLine(models.Model):
    """One line of the file. `points_minor` is what it says, `change_minor` what was booked for it."""

    class Status(models.TextChoices):
        NEW = "new", "not checked"
        BAD = "bad", "bad"
        GOOD = "good", "waiting"
        APPLIED = "applied", "imported"
        UNCHANGED = "unchanged", "nothing to change"
        FAILED = "failed", "refused"
        UNDONE = "undone", "undone"

    id = models.BigAutoField(primary_key=True)
    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows", db_column="import_id")
    number = models.IntegerField("line", help_text="In the file, from 1.")
    email = models.CharField(max_length=EMAIL_MAX, help_text="As the file says; empty once it is forgotten.")
    points = models.CharField(max_length=POINTS_MAX, help_text="As the file says; empty once it is forgotten.")
    points_minor = models.BigIntegerField(null=True)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False)
    # Wallets that something is taken from come first: what can be refused is refused before much was given.
    turn = models.SmallIntegerField(default=1)
    status = models.CharField(max_length=9, choices=Status, default=Status.NEW)
    problem = models.CharField(max_length=PROBLEM_MAX, blank=True)
    change_minor = models.BigIntegerField(null=True)
    sequence = models.BigIntegerField(null=True, help_text="Of the entry, in its wallet.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["of", "number"], name="points_importline_number_once"),
            models.CheckConstraint(
                condition=Q(status__in=["new", "bad", "good", "failed"], sequence=None, change_minor=None)
                | Q(status="unchanged", sequence=None, change_minor=0)
                | Q(status__in=["applied", "undone"], sequence__isnull=False, change_minor__isnull=False) & ~Q(change_minor=0),
                name="points_importline_whole_state",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["new", "bad"]) | Q(wallet__isnull=False, points_minor__isnull=False),
                name="points_importline_checked",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["of", "turn", "wallet", "number"], condition=Q(status="good"), name="points_importline_waiting"),
            models.Index(fields=["of", "number"], condition=Q(status__in=["bad", "failed"]), name="points_importline_failed"),
            models.Index(fields=["wallet"], name="points_importline_wallet"),
        ]

    def __str__(self) -> str:
        return f"Line {self.number} of import {self.of_id}"
