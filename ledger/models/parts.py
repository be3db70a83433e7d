"""Lots, holds and debts: what is left of credit, what is set aside, and what is owed. All are sums over the entries."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from ledger.models.accounts import Account
from ledger.models.times import readable


class Lot(models.Model):
    """The unspent rest of credit that expires, or that may be spent but not paid out. A lot without a rest has no row."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="lots")
    sequence = models.BigIntegerField(help_text="Of the entry that brought it.")
    ends = models.DateTimeField(null=True, help_text="Empty where it never expires.")
    rest = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "sequence", "ends"], name="ledger_lot_once", nulls_distinct=False),
            models.CheckConstraint(condition=Q(rest__gt=0), name="ledger_lot_rest"),
            models.CheckConstraint(condition=readable(ends=True), name="ledger_lot_ends"),
        ]

    def __str__(self) -> str:
        return f"Lot {self.sequence} of account {self.account_id}"


class Hold(models.Model):
    """Money set aside by one entry, whose id it shares: live until a capture or a release is `of` that entry."""

    id = models.BigIntegerField(primary_key=True, help_text="Of the entry that placed it.")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="holds")
    sequence = models.BigIntegerField(help_text="Of the entry that placed it.")
    amount = models.BigIntegerField()
    ends = models.DateTimeField(null=True, help_text="Empty for the service itself only, while an effect outside is under way.")
    closed_by = models.BigIntegerField(null=True, help_text="Sequence of the capture or release that ended it.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "sequence"], name="ledger_hold_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="ledger_hold_amount"),
            models.CheckConstraint(condition=Q(closed_by=None) | Q(closed_by__gt=F("sequence")), name="ledger_hold_closed"),
            models.CheckConstraint(condition=readable(ends=True), name="ledger_hold_ends"),
        ]
        # Of the many holds there were, those that are live.
        indexes: ClassVar = [models.Index(fields=["account"], condition=Q(closed_by=None), name="ledger_hold_live")]

    def __str__(self) -> str:
        return f"Hold {self.sequence} of account {self.account_id}"

    @property
    def is_live(self) -> bool:
        return self.closed_by is None


class Debt(models.Model):
    """What is still owed of the debt that one entry made. A debt that is repaid has no row."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="debts")
    sequence = models.BigIntegerField(help_text="Of the entry that made it.")
    ends = models.DateTimeField(null=True, help_text="From when it bears interest; empty where it bears none.")
    principal = models.BigIntegerField(help_text="The part that is not repaid.")
    interest = models.BigIntegerField(default=0, help_text="That came on top, and is not paid.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "sequence"], name="ledger_debt_once"),
            models.CheckConstraint(condition=Q(principal__gte=0, interest__gte=0), name="ledger_debt_parts"),
            models.CheckConstraint(condition=Q(principal__gt=0) | Q(interest__gt=0), name="ledger_debt_rest"),
            models.CheckConstraint(condition=readable(ends=True), name="ledger_debt_ends"),
        ]

    def __str__(self) -> str:
        return f"Debt {self.sequence} of account {self.account_id}"

    @property
    def bears_at(self) -> datetime | None:
        """When its interest is added; None where it bears none, and where it was (ledger.interest)."""
        return None if self.interest else self.ends

    @property
    def rest(self) -> int:
        """Principal and interest, in minor units."""
        return self.principal + self.interest
