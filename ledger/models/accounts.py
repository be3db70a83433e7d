"""Accounts: one holder's money in one currency."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from ledger.models.times import readable
from ledger.money import BALANCE_MAX, Currency, Money, currency


class Account(models.Model):
    """One holder's money in one currency, in minor units.

    Every column but the last three is covered by `mac` (ledger.encoding): a row
    edited behind the service's back refuses to move.
    """

    class Status(models.TextChoices):
        """Of a mirrored account the points lie at another site (the app `federation`)."""

        ACTIVE = "active"
        FROZEN = "frozen"
        MIRRORED = "mirrored"
        MIRRORED_FROZEN = "mirrored_frozen", "Mirrored, frozen"

    id = models.BigAutoField(primary_key=True)
    currency_code = models.CharField("currency", max_length=12, db_column="currency")
    balance = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0, help_text="Set aside by live holds.")
    in_lots = models.BigIntegerField(default=0, help_text="The part that expires or may not be paid out.")
    owed = models.BigIntegerField(default=0, help_text="Principal and interest of open debts.")
    sequence = models.BigIntegerField(default=0, help_text="The number of the last entry.")
    head = models.BinaryField(null=True, help_text="The last entry's MAC; empty before the first.")
    last_at = models.DateTimeField("last entry", null=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.ACTIVE)
    credit_line = models.BigIntegerField(default=0, help_text="How far money outside lots may go below zero.")
    due_at = models.DateTimeField(null=True, help_text="When the next hold, lot or debt falls due.")
    created_at = models.DateTimeField(default=timezone.now)
    version = models.SmallIntegerField(help_text="Of the encoding under the MAC.")
    key_id = models.SmallIntegerField()
    mac = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=["active", "frozen", "mirrored", "mirrored_frozen"]), name="ledger_account_status"
            ),
            models.CheckConstraint(condition=Q(held__gte=0, in_lots__gte=0, owed__gte=0), name="ledger_account_parts"),
            models.CheckConstraint(condition=Q(credit_line__gte=0, sequence__gte=0), name="ledger_account_line"),
            models.CheckConstraint(condition=Q(balance__gte=F("in_lots") - F("credit_line")), name="ledger_account_lots_covered"),
            models.CheckConstraint(condition=Q(balance__gte=F("held") - F("credit_line")), name="ledger_account_holds_covered"),
            models.CheckConstraint(condition=Q(balance__lte=BALANCE_MAX), name="ledger_account_balance_limit"),
            models.CheckConstraint(
                condition=Q(sequence=0, head=None, last_at=None) | Q(sequence__gt=0, head__isnull=False, last_at__isnull=False),
                name="ledger_account_head",
            ),
            models.CheckConstraint(condition=readable(created_at=False, last_at=True, due_at=True), name="ledger_account_times"),
        ]
        # Of all accounts, those that anything will ever fall due of.
        indexes: ClassVar = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="ledger_account_due")]

    def __str__(self) -> str:
        return f"Account {self.pk}"

    @property
    def currency(self) -> Currency:
        return currency(self.currency_code)

    @property
    def available(self) -> int:
        """What may be spent now, in minor units."""
        return self.balance + self.credit_line - self.held

    @property
    def withdrawable(self) -> int:
        """What may be paid out, in minor units: own money outside lots, nothing that is held or owed, no credit line."""
        return max(0, self.balance - max(self.in_lots, self.held) - self.owed)

    @property
    def is_frozen(self) -> bool:
        return self.status in FROZEN_STATUSES

    @property
    def is_mirror(self) -> bool:
        """Whether its points lie elsewhere: nothing moves it but what mirrors them."""
        return self.status in MIRRORED_STATUSES

    def money(self, minor: int) -> Money:
        """`minor` minor units of this account's currency."""
        return Money(minor, self.currency)


FROZEN_STATUSES = frozenset({Account.Status.FROZEN, Account.Status.MIRRORED_FROZEN})
MIRRORED_STATUSES = frozenset({Account.Status.MIRRORED, Account.Status.MIRRORED_FROZEN})
