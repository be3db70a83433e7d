"""Money on its way into a wallet."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from ledger.models import Entry
from ledger.money import AMOUNT_MAX, Money, currency
from payments.models.methods import PaymentMethod
from wallets.models import Wallet


class Topup(models.Model):
    """Money on its way into a wallet. Its id is the key under which the provider and the ledger know it, for ever.

    `amount_minor` is what was asked for and, once it is completed, what was credited. It is what is paid as well, unless an
    `item` is bought at a price of its own (payments.offers): then that is `price_minor`, and `fee_minor` is kept of what is
    credited.
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
    item = models.CharField(max_length=40, blank=True, help_text="What is bought, as its seller calls it; empty: credit itself.")
    price_minor = models.BigIntegerField(null=True, help_text="What is paid for an item.")
    price_currency = models.CharField(max_length=12, blank=True)
    fee_minor = models.BigIntegerField(default=0, help_text="What is kept of what is credited.")
    # Nobody but this row knows what was promised for the price, so it bears a seal (payments.offers).
    offer_seal = models.BinaryField(default=b"", editable=False)
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
    paid_minor = models.BigIntegerField(null=True, help_text="Where it could not be booked: what was paid.")
    paid_currency = models.CharField(max_length=12, blank=True)
    confirming_minor = models.BigIntegerField(null=True, help_text="What one manager says was paid, until a second one says so.")
    confirming_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    charged_at = models.DateTimeField(null=True, help_text="When a saved method was last tried.")
    finished_at = models.DateTimeField(null=True, help_text="When it was completed or failed.")
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False)

    class Meta:
        verbose_name = "top-up"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, amount_minor__lte=AMOUNT_MAX, bonus_minor__gte=0, bonus_minor__lte=AMOUNT_MAX),
                name="payments_topup_amounts",
            ),
            models.CheckConstraint(
                condition=Q(item="", price_minor=None, price_currency="", fee_minor=0)
                | Q(
                    ~Q(item=""),
                    ~Q(price_currency=""),
                    price_minor__isnull=False,
                    price_minor__gt=0,
                    price_minor__lte=AMOUNT_MAX,
                    bonus_minor=0,
                ),
                name="payments_topup_price",
            ),
            models.CheckConstraint(condition=Q(fee_minor__gte=0, fee_minor__lte=F("amount_minor")), name="payments_topup_fee"),
            models.CheckConstraint(
                condition=Q(status="completed", entry__isnull=False, finished_at__isnull=False)
                | Q(~Q(status="completed"), entry=None),
                name="payments_topup_entry",
            ),
            models.CheckConstraint(condition=~Q(status="review") | Q(paid_minor__isnull=False), name="payments_topup_review"),
            models.CheckConstraint(
                condition=Q(confirming_minor=None, confirming_by=None)
                | Q(confirming_minor__gt=0, confirming_minor__lte=AMOUNT_MAX, confirming_by__isnull=False)
                & ~Q(status__in=["completed", "failed"]),
                name="payments_topup_confirming",
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

    @property
    def fee(self) -> Money:
        return self.wallet.money(self.fee_minor)

    @property
    def is_sale(self) -> bool:
        """Whether an item is bought, at a price of its own."""
        return bool(self.item)

    @property
    def price(self) -> Money:
        """What is paid."""
        return self.payment(self.amount_minor if self.price_minor is None else self.price_minor)

    def payment(self, minor: int) -> Money:
        """So many minor units of the currency that it is paid in."""
        return Money(minor, currency(self.price_currency)) if self.is_sale else self.wallet.money(minor)
