"""The three tables of the ledger: accounts, their entries, and the lots that some credit is.

Entries are the truth. Accounts and lots are sums over them, kept so that nobody
has to add up, and rebuilt by `verify_ledger`. Nothing here is written but by
`ledger.book` and `ledger.services`.
"""

from datetime import UTC, datetime
from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from ledger.kinds import House, Kind
from ledger.money import AMOUNT_MAX, BALANCE_MAX, Currency, Money, currency

# What Python can read. Infinity and the years before Christ would stop the verifier instead of being found by it.
FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


def readable(**columns: bool) -> Q:
    """Each of these times, NULL aside where it says so, is one that Python can read."""
    found = Q()
    for name, may_be_null in columns.items():
        within = Q(**{f"{name}__gte": FIRST, f"{name}__lt": LAST})
        found &= (within | Q(**{name: None})) if may_be_null else within
    return found


class Account(models.Model):
    """One holder's money in one currency, in minor units.

    Every column but the last three is covered by `mac` (ledger.encoding): a row
    edited behind the service's back refuses to move.
    """

    class Status(models.TextChoices):
        ACTIVE = "active"
        FROZEN = "frozen"

    id = models.BigAutoField(primary_key=True)
    currency_code = models.CharField("currency", max_length=12, db_column="currency")
    balance = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0, help_text="Set aside by live holds.")
    in_lots = models.BigIntegerField(default=0, help_text="The part that expires or may not be paid out.")
    owed = models.BigIntegerField(default=0, help_text="Principal and interest of open debts.")
    sequence = models.BigIntegerField(default=0, help_text="The number of the last entry.")
    head = models.BinaryField(null=True, help_text="The last entry's MAC; empty before the first.")
    last_at = models.DateTimeField("last entry", null=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    credit_line = models.BigIntegerField(default=0, help_text="How far money outside lots may go below zero.")
    due_at = models.DateTimeField(null=True, help_text="When the next hold, lot or debt falls due.")
    created_at = models.DateTimeField(default=timezone.now)
    version = models.SmallIntegerField(help_text="Of the encoding under the MAC.")
    key_id = models.SmallIntegerField()
    mac = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=["active", "frozen"]), name="ledger_account_status"),
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
    def is_frozen(self) -> bool:
        return self.status == self.Status.FROZEN

    def money(self, minor: int) -> Money:
        """`minor` minor units of this account's currency."""
        return Money(minor, self.currency)


# The texts of an entry that a person's words may stand in; `ledger.services.erase_texts` empties them.
ERASABLE_TEXTS = ("reason", "note", "metadata")


class Entry(models.Model):
    """One movement of one account, written once. Amounts are signed minor units.

    Its other side is `house` or `counter_account_id`, neither where `amount` is 0.
    `mac` chains it to the account's entry before (ledger.encoding says how).
    """

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries")
    sequence = models.BigIntegerField()
    kind = models.CharField(max_length=24, choices=Kind)
    at = models.DateTimeField()
    amount = models.BigIntegerField()
    held_change = models.BigIntegerField(default=0)
    owed_change = models.BigIntegerField(default=0)
    balance = models.BigIntegerField(help_text="After this entry.")
    held = models.BigIntegerField(default=0, help_text="After this entry.")
    house = models.CharField(max_length=24, choices=House, null=True)  # noqa: DJ001  NULL: there is no house side
    counter_account_id = models.BigIntegerField(null=True)
    group = models.UUIDField(null=True, help_text="Entries that belong together.")
    key = models.CharField(max_length=120, null=True, help_text="The event.")  # noqa: DJ001  NULL is outside the unique key
    asked = models.BinaryField(null=True, help_text="Digest of what the event asked for.")
    leg = models.SmallIntegerField(null=True)
    of = models.BigIntegerField(null=True, help_text="Sequence of the entry this one acts on.")
    ends = models.DateTimeField(null=True)
    lots = models.JSONField(default=list, help_text="[sequence, end or null, amount] for each lot touched.")
    actor = models.CharField(max_length=120)
    order_id = models.BigIntegerField(null=True)
    reference = models.CharField(max_length=255, null=True)  # noqa: DJ001  not given is not empty
    reason = models.TextField(null=True)  # noqa: DJ001  NULL: erased, or never given
    reason_salt = models.BinaryField(null=True)
    reason_digest = models.BinaryField(null=True)
    note = models.TextField(null=True)  # noqa: DJ001
    note_salt = models.BinaryField(null=True)
    note_digest = models.BinaryField(null=True)
    metadata = models.TextField(null=True)  # noqa: DJ001
    metadata_salt = models.BinaryField(null=True)
    metadata_digest = models.BinaryField(null=True)
    xid = models.BigIntegerField(help_text="The database transaction that wrote it.")
    version = models.SmallIntegerField()
    key_id = models.SmallIntegerField()
    mac = models.BinaryField()

    class Meta:
        verbose_name_plural = "entries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "sequence"], name="ledger_entry_sequence"),
            models.UniqueConstraint(fields=["account", "key", "leg"], name="ledger_entry_event"),
            models.CheckConstraint(
                condition=Q(amount__gte=-AMOUNT_MAX, amount__lte=AMOUNT_MAX, balance__lte=BALANCE_MAX), name="ledger_entry_limits"
            ),
            models.CheckConstraint(condition=Q(sequence__gte=1, held__gte=0), name="ledger_entry_parts"),
            models.CheckConstraint(
                condition=Q(amount=0, house=None, counter_account_id=None)
                | (~Q(amount=0) & Q(house=None, counter_account_id__isnull=False))
                | (~Q(amount=0) & Q(house__isnull=False, counter_account_id=None)),
                name="ledger_entry_other_side",
            ),
            models.CheckConstraint(
                condition=Q(key=None, asked=None, leg=None) | Q(key__isnull=False, asked__isnull=False, leg__isnull=False),
                name="ledger_entry_event_whole",
            ),
            models.CheckConstraint(condition=readable(at=False, ends=True), name="ledger_entry_times"),
        ]
        # Entries come in the order of time, so a block range says where to look for a bare date filter.
        # Most entries have no order and no reference: those with one are found at no cost to the others.
        indexes: ClassVar = [
            BrinIndex(fields=["at"], name="ledger_entry_at"),
            models.Index(fields=["order_id"], condition=Q(order_id__isnull=False), name="ledger_entry_order"),
            models.Index(fields=["reference"], condition=Q(reference__isnull=False), name="ledger_entry_reference"),
        ]

    def __str__(self) -> str:
        return f"Entry {self.sequence} of account {self.account_id}"

    @property
    def balance_before(self) -> int:
        return self.balance - self.amount


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
