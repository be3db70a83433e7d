"""Transfers from one wallet to another, and what people ask of each other."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from ledger.models.times import readable
from ledger.money import AMOUNT_MAX, Money, currency
from people.any_case import is_email
from people.models import User
from wallets.models import Wallet

NOTE_MAX = 500
EMAIL_MAX = 254


class Transfer(models.Model):
    """What two or three entries of one `group` are: out of one wallet, into another, and the fee. Written once.

    Amounts are minor units. `amount_minor` is what the recipient got, `fee_minor` what the sender paid on top.
    """

    group = models.UUIDField(primary_key=True, help_text="As in its entries.")
    sender = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="transfers_out")
    recipient = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="transfers_in")
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0)
    currency_code = models.CharField("currency", max_length=12, db_column="currency")
    note = models.CharField(max_length=NOTE_MAX, blank=True, help_text="The sender's words, which the recipient reads.")
    created_at = models.DateTimeField(help_text="As in its entries.")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_minor__gte=1, amount_minor__lte=AMOUNT_MAX), name="transfers_transfer_amount"
            ),
            models.CheckConstraint(condition=Q(fee_minor__gte=0, fee_minor__lte=AMOUNT_MAX), name="transfers_transfer_fee"),
            models.CheckConstraint(condition=~Q(sender=F("recipient")), name="transfers_transfer_two_wallets"),
        ]
        # The admin's list, newest first.
        indexes: ClassVar = [models.Index(fields=["-created_at", "-group"], name="transfers_transfer_latest")]

    def __str__(self) -> str:
        return f"Transfer {self.group}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, currency(self.currency_code))

    @property
    def fee(self) -> Money:
        return Money(self.fee_minor, currency(self.currency_code))


class QrCode(models.Model):
    """What a wallet's QR codes are proven with: a secret, sealed for this wallet. A new one makes every older code worthless.

    Written by `transfers.qr` only.
    """

    wallet = models.OneToOneField(Wallet, on_delete=models.PROTECT, primary_key=True, related_name="qr_code")
    number = models.UUIDField(unique=True, help_text="By which a code is found. Another one with each secret.")
    secret = models.BinaryField(help_text="Sealed.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "QR code"
        constraints: ClassVar = [
            models.CheckConstraint(condition=readable(created_at=False), name="transfers_qrcode_times"),
        ]

    def __str__(self) -> str:
        return f"QR code of wallet {self.pk}"

    @property
    def sealed_for(self) -> str:
        # One that was moved to another wallet, or brought back under another number, does not open.
        return f"transfers_qrcode:{self.pk}:{self.number}"


class MoneyRequestQuerySet(models.QuerySet["MoneyRequest"]):
    def asked_by(self, user: User) -> "MoneyRequestQuerySet":
        return self.filter(requester=user)

    def asked_of(self, user: User) -> "MoneyRequestQuerySet":
        """Those that he is to pay: he was known, or nobody was and the address is his now."""
        return self.filter(_asked_of(user))

    def of(self, user: User) -> "MoneyRequestQuerySet":
        """Those that he asked for, and those that he is asked to pay."""
        return self.filter(Q(requester=user) | _asked_of(user))

    def open(self) -> "MoneyRequestQuerySet":
        """Those that wait for an answer. One past its time does not, whether or not somebody has written so."""
        return self.filter(status=MoneyRequest.Status.PENDING, expires_at__gt=timezone.now())

    def in_state(self, status: str) -> "MoneyRequestQuerySet":
        """Those that a reader is shown as `status`."""
        if status == MoneyRequest.Status.PENDING:
            return self.open()
        past = Q(status=MoneyRequest.Status.PENDING, expires_at__lte=timezone.now())
        return self.filter(Q(status=status) | past if status == MoneyRequest.Status.EXPIRED else Q(status=status))


def _asked_of(user: User) -> Q:
    known = Q(payer=user)
    if not user.email:
        return known
    unknown_then = is_email(user.email, "payer_email") & Q(payer=None)
    # Who has taken the address that he once asked himself is not asked by himself now.
    return known | (unknown_then & ~Q(requester=user))


class MoneyRequest(models.Model):
    """One customer asks another for money. Nothing is set aside; only an accepted one moves something.

    `payer_email` is as it was typed. `payer` is whose address that was then, or who has answered; None where nobody
    had it: whoever registers with that address finds the request.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "waiting"
        ACCEPTED = "accepted", "accepted"
        DECLINED = "declined", "declined"
        EXPIRED = "expired", "expired"
        CANCELLED = "cancelled", "cancelled"
        FAILED = "failed", "failed"

    requester = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="money_requests_made")
    payer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="money_requests_received"
    )
    payer_email = models.CharField(max_length=EMAIL_MAX, blank=True, help_text="As it was typed.")
    amount_minor = models.BigIntegerField()
    currency_code = models.CharField("currency", max_length=12, db_column="currency")
    note = models.CharField(max_length=NOTE_MAX, blank=True, help_text="The requester's words, which the payer reads.")
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    transfer = models.OneToOneField(
        Transfer, on_delete=models.PROTECT, null=True, blank=True, related_name="money_request", help_text="That paid it."
    )

    objects = MoneyRequestQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_minor__gte=1, amount_minor__lte=AMOUNT_MAX), name="transfers_request_amount"
            ),
            models.CheckConstraint(
                condition=Q(status="pending", decided_at=None, transfer=None)
                | Q(status="accepted", decided_at__isnull=False, transfer__isnull=False, payer__isnull=False)
                | Q(status__in=["declined", "failed"], decided_at__isnull=False, transfer=None, payer__isnull=False)
                | Q(status__in=["expired", "cancelled"], decided_at__isnull=False, transfer=None),
                name="transfers_request_whole_state",
            ),
            models.CheckConstraint(condition=Q(payer=None) | ~Q(payer=F("requester")), name="transfers_request_two_people"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="transfers_request_times"),
        ]
        indexes: ClassVar = [
            models.Index(Lower("payer_email"), condition=Q(payer=None), name="transfers_request_unknown"),
            # The job looks for what has expired.
            models.Index(fields=["expires_at"], condition=Q(status="pending"), name="transfers_request_pending"),
        ]

    def __str__(self) -> str:
        return f"Money request {self.pk}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, currency(self.currency_code))

    @property
    def state(self) -> "MoneyRequest.Status":
        """Its status as anybody is shown it: past its time it has expired, whether or not somebody has written so."""
        if self.status == self.Status.PENDING and self.expires_at <= timezone.now():
            return self.Status.EXPIRED
        return self.Status(self.status)
