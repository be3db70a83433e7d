"""Withdrawals: money that leaves a wallet for its holder's bank."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from ledger.models.times import readable
from ledger.money import AMOUNT_MAX, Money
from people.models import User
from wallets.models import Wallet

NOTE_MAX = 500
REFERENCE_MAX = 255


class WithdrawalQuerySet(models.QuerySet["Withdrawal"]):
    def of(self, user: User) -> "WithdrawalQuerySet":
        return self.filter(wallet__user=user)

    def counted(self) -> "WithdrawalQuerySet":
        """Those whose money is gone, or will be: not what was given back."""
        return self.exclude(status__in=(Withdrawal.Status.REJECTED, Withdrawal.Status.FAILED))


class Withdrawal(models.Model):
    """A holder's wish to be paid out, debited when he asks: two entries of one `group`, the net and the fee.

    Amounts are minor units. `amount_minor` is what left the wallet, `fee_minor` what of it stays with the shop. `group` is also
    the key under which a payout provider knows it, for ever. While a payout is under way, or its outcome not known, it is
    `approved` with `payout_began_at`; who works on it has `next_attempt_at` ahead of him.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "waiting"
        APPROVED = "approved", "approved"
        PAID = "paid", "paid"
        REJECTED = "rejected", "rejected"
        FAILED = "failed", "failed"

    class Method(models.TextChoices):
        BANK = "bank", "bank transfer"
        PAYPAL = "paypal", "PayPal"
        STRIPE = "stripe", "Stripe"

    group = models.UUIDField(unique=True, default=uuid.uuid4, editable=False, help_text="As in its entries.")
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="withdrawals")
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0)
    currency_code = models.CharField("currency", max_length=12, db_column="currency")
    method = models.CharField(max_length=8, choices=Method)
    details = models.BinaryField(null=True, help_text="Where to pay, sealed; empty: erased.")
    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    note = models.CharField(max_length=NOTE_MAX, blank=True, help_text="Of whoever decided last; the customer reads it.")
    sequence = models.BigIntegerField(help_text="The entry that took the net; the fee's, where there is one, is the next.")
    created_at = models.DateTimeField(help_text="As in its entries.")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", help_text="Empty: the operator."
    )
    payable_at = models.DateTimeField(null=True, help_text="Of an approved one: from when on it is paid out.")
    provider = models.CharField(max_length=20, blank=True, help_text="Who pays it out, where no person does.")
    payout_began_at = models.DateTimeField(null=True, help_text="When its provider was asked first.")
    next_attempt_at = models.DateTimeField(null=True, help_text="When its provider is asked next; empty: never.")
    payout_reference = models.CharField(max_length=REFERENCE_MAX, blank=True, help_text="The payout, as the bank calls it.")
    return_reference = models.CharField(
        max_length=REFERENCE_MAX, blank=True, help_text="Of a payout that came back: how the bank calls that."
    )
    failure = models.CharField(max_length=100, blank=True, help_text="Why it failed: a short code.")
    paid_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)

    objects = WithdrawalQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_minor__gte=1, amount_minor__lte=AMOUNT_MAX), name="withdrawals_withdrawal_amount"
            ),
            # Something is left to be paid out.
            models.CheckConstraint(
                condition=Q(fee_minor__gte=0, fee_minor__lt=F("amount_minor")), name="withdrawals_withdrawal_fee"
            ),
            models.CheckConstraint(
                condition=Q(status="pending", decided_at=None, decided_by=None, payable_at=None, paid_at=None, failed_at=None)
                | Q(status="rejected", decided_at__isnull=False, payable_at=None, paid_at=None, failed_at=None)
                | Q(status="approved", decided_at__isnull=False, payable_at__isnull=False, paid_at=None, failed_at=None)
                | Q(status="paid", payable_at__isnull=False, paid_at__isnull=False, failed_at=None)
                | Q(status="failed", payable_at__isnull=False, failed_at__isnull=False),
                name="withdrawals_withdrawal_whole_state",
            ),
            models.CheckConstraint(
                condition=Q(status="approved") | Q(next_attempt_at=None), name="withdrawals_withdrawal_attempts"
            ),
            models.CheckConstraint(
                condition=readable(
                    created_at=False, decided_at=True, payable_at=True, paid_at=True, failed_at=True, payout_began_at=True
                ),
                name="withdrawals_withdrawal_times",
            ),
            models.UniqueConstraint(fields=["wallet", "sequence"], name="withdrawals_withdrawal_of_entry"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["status", "-id"], name="withdrawals_withdrawal_status"),
            # The job looks for what is to be paid out.
            models.Index(
                fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="withdrawals_withdrawal_due"
            ),
        ]

    def __str__(self) -> str:
        return f"Withdrawal {self.pk}"

    @property
    def amount(self) -> Money:
        return self.wallet.money(self.amount_minor)

    @property
    def fee(self) -> Money:
        return self.wallet.money(self.fee_minor)

    @property
    def net(self) -> Money:
        """What is paid out."""
        return self.wallet.money(self.amount_minor - self.fee_minor)

    @property
    def sealed_for(self) -> str:
        """The place that its details are sealed for: in another row, or as another method's, they do not open."""
        return f"withdrawals_withdrawal:{self.group}:{self.method}"

    @property
    def is_under_way(self) -> bool:
        """Whether its provider is paying it out, or is asked whether he has."""
        return self.payout_began_at is not None and self.next_attempt_at is not None
