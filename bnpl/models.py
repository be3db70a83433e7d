"""Loans: what was lent so that an order could be paid later, and on which terms; and who is on the list of those who may."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from ledger.encoding import microseconds
from ledger.models import Account
from ledger.models.times import readable
from ledger.money import AMOUNT_MAX, Money
from ledger.movements import Event
from site_settings.declared import FEE_TYPES


class Status(models.TextChoices):
    """What a debt is now."""

    OPEN = "open"
    OVERDUE = "overdue"
    REPAID = "repaid"


class Loan(models.Model):
    """The terms of one debt, fixed when it was made. It shares the id of the entry that made it.

    Written by `bnpl.services` only. What is still owed of it is the ledger's to say (`Debt`). Its terms are in the digest of the
    entry's event (`event`), which is chained: edited ones are seen when interest is due, and by `verify_ledger`.
    """

    id = models.BigIntegerField(primary_key=True, help_text="Of the entry that made it.")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    sequence = models.BigIntegerField(help_text="Of that entry.")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    order_id = models.BigIntegerField("order", null=True)
    principal_minor = models.BigIntegerField()
    due_at = models.DateTimeField(help_text="From then on it is overdue.")
    bears_at = models.DateTimeField("interest from", null=True, help_text="Empty where it bears none.")
    interest_type = models.CharField(max_length=8, choices=[(name, name) for name in FEE_TYPES])
    interest_amount = models.DecimalField(max_digits=20, decimal_places=4, help_text="Minor units, or per cent.")
    made_at = models.DateTimeField()
    told_at = models.DateTimeField("last mail", null=True, help_text="When its holder was last told that it is overdue.")
    key = models.CharField(max_length=120, help_text="Of the event.")
    asked = models.BinaryField(help_text="Digest of what the event asked for, the terms aside.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "sequence"], name="bnpl_loan_once"),
            models.CheckConstraint(
                condition=Q(principal_minor__gte=1, principal_minor__lte=AMOUNT_MAX), name="bnpl_loan_principal"
            ),
            models.CheckConstraint(
                condition=Q(interest_type="none", interest_amount=0, bears_at=None)
                | Q(interest_type__in=["fixed", "percent"], interest_amount__gt=0, bears_at__gte=F("due_at")),
                name="bnpl_loan_interest",
            ),
            models.CheckConstraint(
                condition=readable(due_at=False, bears_at=True, made_at=False, told_at=True), name="bnpl_loan_times"
            ),
        ]

    def __str__(self) -> str:
        return f"Loan {self.pk}"

    @property
    def principal(self) -> Money:
        return self.account.money(self.principal_minor)

    @property
    def event(self) -> Event:
        """The event that made it: what was asked for, and the terms it was lent on."""
        bears_at = None if self.bears_at is None else microseconds(self.bears_at)
        terms = (microseconds(self.due_at), bears_at, self.interest_type, f"{self.interest_amount:.4f}")
        return Event(self.key, bytes(self.asked)).sealing(self.user_id, self.order_id, self.principal_minor, *terms)


class Eligible(models.Model):
    """A customer on the list of those who may pay later. Written by `bnpl.services` only; each change leaves an audit row."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: the operator at the console.",
    )

    class Meta:
        verbose_name = "customer who may pay later"
        verbose_name_plural = "who may pay later"

    def __str__(self) -> str:
        return f"User {self.user_id} may pay later"
