"""Top-ups and what belongs to them: methods that may be charged, auto-reloads, money taken back, notices received."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from ledger.models import Entry
from ledger.money import AMOUNT_MAX, Money
from wallets.models import Wallet


class PaymentMethod(models.Model):
    """What a customer has saved to be charged while he is away; the newest that was not removed is charged.

    `reference` is the provider's name for it, and of no use without the provider's own secret.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="payment_methods")
    provider = models.CharField(max_length=20)
    reference = models.CharField(max_length=255)
    customer_reference = models.CharField(max_length=255, blank=True)
    label = models.CharField(max_length=100, help_text="As its holder knows it: Visa •••• 4242.")
    created_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "provider", "reference"], name="payments_method_once"),
        ]

    def __str__(self) -> str:
        return self.label


class Topup(models.Model):
    """Money on its way into a wallet. Its id is the key under which the provider and the ledger know it, for ever.

    `created`: the provider may or may not have heard of it. `pending`: the customer can pay. `charging`: a saved method
    is being charged; `unknown`: the answer was lost, and is asked for. `review`: it was paid, and could not be booked
    as it was asked for: a person decides.
    """

    class Status(models.TextChoices):
        CREATED = "created", "created"
        PENDING = "pending", "waiting for payment"
        CHARGING = "charging", "being charged"
        UNKNOWN = "unknown", "outcome not known"
        COMPLETED = "completed", "completed"
        FAILED = "failed", "failed"
        REVIEW = "review", "to be looked at"

    class Origin(models.TextChoices):
        CUSTOMER = "customer", "customer"
        MANAGER = "manager", "manager"
        AUTO_RELOAD = "auto_reload", "auto-reload"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="topups")
    origin = models.CharField(max_length=12, choices=Origin, default=Origin.CUSTOMER)
    provider = models.CharField(max_length=20)
    amount_minor = models.BigIntegerField()
    bonus_minor = models.BigIntegerField(default=0, help_text="Promised when it was asked for; credited with it.")
    currency_code = models.CharField("currency", max_length=12, db_column="currency")
    status = models.CharField(max_length=10, choices=Status, default=Status.CREATED)
    actor = models.CharField(max_length=120, help_text="Who asked for it.")
    # Of a call with an idempotency key: caller and key, so that its repetition finds the payment that it started.
    claim = models.CharField(max_length=200, null=True, unique=True, editable=False)  # noqa: DJ001  NULL is outside the unique key
    reference = models.CharField(max_length=255, blank=True, help_text="The payment, as the provider calls it.")
    payment_url = models.TextField(blank=True)
    return_url = models.TextField(blank=True)
    saves_method = models.BooleanField(default=False)
    method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, null=True, related_name="+")
    failure = models.CharField(max_length=100, blank=True, help_text="A short code: why it failed, or has to be looked at.")
    created_at = models.DateTimeField(default=timezone.now)
    charged_at = models.DateTimeField(null=True, help_text="When a saved method was last tried.")
    finished_at = models.DateTimeField(null=True, help_text="When it was completed or failed.")
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, amount_minor__lte=AMOUNT_MAX, bonus_minor__gte=0, bonus_minor__lte=AMOUNT_MAX),
                name="payments_topup_amounts",
            ),
            models.CheckConstraint(
                condition=Q(status="completed", entry__isnull=False, finished_at__isnull=False)
                | Q(~Q(status="completed"), entry=None),
                name="payments_topup_entry",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["wallet", "-created_at"], name="payments_topup_of_wallet"),
            models.Index(fields=["provider", "reference"], condition=~Q(reference=""), name="payments_topup_reference"),
            models.Index(
                fields=["status", "created_at"],
                condition=Q(status__in=["created", "pending", "charging", "unknown", "review"]),
                name="payments_topup_open",
            ),
        ]

    def __str__(self) -> str:
        return f"Top-up {self.pk}"

    @property
    def amount(self) -> Money:
        return self.wallet.money(self.amount_minor)

    @property
    def bonus(self) -> Money:
        return self.wallet.money(self.bonus_minor)


class Reload(models.Model):
    """One fall of a balance to its auto-reload threshold, and what was done about it: one at a time for each wallet.

    Each attempt is a top-up of its own; the next one begins when this one is known not to have charged.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "waiting"
        CHARGING = "charging", "being charged"
        COMPLETED = "completed", "completed"
        FAILED = "failed", "failed"
        NOT_NEEDED = "not_needed", "not needed any more"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="reloads")
    sequence = models.BigIntegerField(help_text="The entry that brought the balance down.")
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    topup = models.ForeignKey(Topup, on_delete=models.PROTECT, null=True, related_name="+", help_text="The last attempt's.")
    next_attempt_at = models.DateTimeField(null=True, default=timezone.now)
    failure = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["wallet", "sequence"], name="payments_reload_of_fall"),
            models.UniqueConstraint(
                fields=["wallet"], condition=Q(status__in=["waiting", "charging"]), name="payments_reload_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "charging"], finished_at=None)
                | Q(status__in=["completed", "failed", "not_needed"], finished_at__isnull=False, next_attempt_at=None),
                name="payments_reload_whole_state",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="payments_reload_due"),
        ]

    def __str__(self) -> str:
        return f"Reload of wallet {self.wallet_id} after entry {self.sequence}"


class TakeBack(models.Model):
    """Money of a top-up that went back: the provider took it (a dispute), or the shop refunds it.

    Of a refund: `requested` sets money aside before the provider is asked, `unknown` is asked again under the same id.
    """

    class Kind(models.TextChoices):
        DISPUTE = "dispute", "taken back by the provider"
        REFUND = "refund", "refunded by the shop"

    class Status(models.TextChoices):
        REQUESTED = "requested", "being refunded"
        UNKNOWN = "unknown", "outcome not known"
        DONE = "done", "done"
        FAILED = "failed", "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    topup = models.ForeignKey(Topup, on_delete=models.PROTECT, related_name="take_backs")
    kind = models.CharField(max_length=8, choices=Kind)
    status = models.CharField(max_length=10, choices=Status, default=Status.REQUESTED)
    amount_minor = models.BigIntegerField(help_text="What went back of the payment.")
    taken_minor = models.BigIntegerField(default=0, help_text="What the wallet gave of it, its bonus with it.")
    debt_minor = models.BigIntegerField(default=0, help_text="What was missing, and is owed now.")
    case = models.CharField(max_length=255, blank=True, help_text="The dispute or refund, as the provider calls it.")
    reason = models.CharField(max_length=100, blank=True)
    hold_sequence = models.BigIntegerField(null=True, help_text="Of a refund: the entry that set the money aside.")
    actor = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    seen_at = models.DateTimeField(null=True, help_text="When somebody has looked at what is owed.")

    class Meta:
        verbose_name = "payment taken back"
        verbose_name_plural = "payments taken back"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["topup", "case"], condition=~Q(case=""), name="payments_takeback_of_case"),
            models.UniqueConstraint(
                fields=["topup"], condition=Q(status__in=["requested", "unknown"]), name="payments_takeback_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, taken_minor__gte=0, debt_minor__gte=0), name="payments_takeback_amounts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} of {self.topup}"


class ReceivedNotice(models.Model):
    """A notice that a provider signed, once, however often it sent it. Its words are not kept: they hold personal data."""

    provider = models.CharField(max_length=20)
    notice_id = models.CharField(max_length=255)
    kind = models.CharField(max_length=20)
    topup = models.ForeignKey(Topup, on_delete=models.PROTECT, null=True, related_name="notices")
    outcome = models.CharField(max_length=100, blank=True, help_text="What became of it here.")
    times = models.PositiveIntegerField(default=1)
    received_at = models.DateTimeField(default=timezone.now)
    last_received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "payment notice"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "notice_id"], name="payments_notice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.notice_id}"
