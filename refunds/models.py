"""What customers want back of an order, and what was decided."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from ledger.models.times import readable
from ledger.money import AMOUNT_MAX, Money, currency
from people.models import User
from wallets.models import Wallet

REASON_MAX = 255
NOTE_MAX = 2000


class RefundRequestQuerySet(models.QuerySet["RefundRequest"]):
    def asked_by(self, user: User) -> "RefundRequestQuerySet":
        return self.filter(user=user)

    def open(self) -> "RefundRequestQuerySet":
        """Those that wait for a decision."""
        return self.filter(status=RefundRequest.Status.PENDING)

    def in_state(self, status: str | None) -> "RefundRequestQuerySet":
        """Those of this status; None: all."""
        return self.all() if status is None else self.filter(status=status)


class RefundRequest(models.Model):
    """A customer asks for an order to be refunded to a wallet of his. Only an approved one moves something, once.

    Amounts are minor units. `order_id` is the shop's number; whether there is such an order, the service does not know.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "waiting"
        APPROVED = "approved", "approved"
        REJECTED = "rejected", "rejected"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="refund_requests")
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="refund_requests")
    order_id = models.BigIntegerField("order")
    amount_minor = models.BigIntegerField(help_text="Asked for.")
    approved_minor = models.BigIntegerField(null=True, blank=True, help_text="Given.")
    currency_code = models.CharField("currency", max_length=12, db_column="currency")
    reason = models.CharField(max_length=REASON_MAX, blank=True, help_text="The customer's words; empty once they are erased.")
    note = models.CharField(max_length=NOTE_MAX, blank=True, help_text="More of the customer's words.")
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    created_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.CharField(max_length=NOTE_MAX, blank=True, help_text="The manager's words, which the customer reads.")
    # The events (ledger.movements.Event) that asked and decided: a call whose key says so has done something.
    asked_key = models.CharField(max_length=120, unique=True)
    decided_key = models.CharField(max_length=120, null=True, blank=True, unique=True)

    objects = RefundRequestQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # Once per order: of those that wait and those that were approved there is one.
            models.UniqueConstraint(
                fields=["user", "order_id"], condition=Q(status__in=["pending", "approved"]), name="refunds_request_order_once"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gte=1, amount_minor__lte=AMOUNT_MAX), name="refunds_request_amount"),
            models.CheckConstraint(condition=Q(order_id__gte=1), name="refunds_request_order"),
            models.CheckConstraint(
                condition=Q(approved_minor=None) | Q(approved_minor__gte=1, approved_minor__lte=F("amount_minor")),
                name="refunds_request_only_downward",
            ),
            models.CheckConstraint(
                condition=Q(status="pending", decided_at=None, decided_by=None, approved_minor=None, decided_key=None)
                | Q(status="approved", decided_at__isnull=False, approved_minor__isnull=False, decided_key__isnull=False)
                | Q(status="rejected", decided_at__isnull=False, approved_minor=None, decided_key__isnull=False),
                name="refunds_request_whole_state",
            ),
            models.CheckConstraint(condition=Q(decided_by=None) | ~Q(decided_by=F("user")), name="refunds_request_not_his_own"),
            models.CheckConstraint(condition=readable(created_at=False, decided_at=True), name="refunds_request_times"),
        ]
        indexes: ClassVar = [models.Index(fields=["-id"], condition=Q(status="pending"), name="refunds_request_pending")]

    def __str__(self) -> str:
        return f"Refund request {self.pk}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, currency(self.currency_code))

    @property
    def approved(self) -> Money | None:
        """What was given, once it was approved."""
        return None if self.approved_minor is None else Money(self.approved_minor, currency(self.currency_code))

    @property
    def is_pending(self) -> bool:
        return self.status == self.Status.PENDING
