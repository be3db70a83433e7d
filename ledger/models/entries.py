"""Entries: the chain, and the truth."""

from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from ledger.kinds import House, Kind
from ledger.models.accounts import Account
from ledger.models.times import readable
from ledger.money import AMOUNT_MAX, BALANCE_MAX

# The texts of an entry that a person's words may stand in; `ledger.services.erase_texts` empties them.
ERASABLE_TEXTS = ("reason", "note", "metadata")

# The kinds of entry that act on another one (`of`), each at most once.
ACTS_ONCE = [Kind.CAPTURE, Kind.RELEASE, Kind.REVERSAL, Kind.REFUND, Kind.WITHDRAWAL_RETURN]


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
            # What is given back, captured or released is so once.
            models.UniqueConstraint(fields=["account", "of"], condition=Q(kind__in=ACTS_ONCE), name="ledger_entry_of_once"),
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
            # The sealer finds what was written since it last looked. No block range: a vacuum lets new rows into old blocks,
            # and each such block would be read with all of its range.
            models.Index(fields=["xid"], name="ledger_entry_xid"),
            models.Index(fields=["order_id"], condition=Q(order_id__isnull=False), name="ledger_entry_order"),
            models.Index(fields=["reference"], condition=Q(reference__isnull=False), name="ledger_entry_reference"),
        ]

    def __str__(self) -> str:
        return f"Entry {self.sequence} of account {self.account_id}"

    @property
    def balance_before(self) -> int:
        return self.balance - self.amount
