"""The log of everything sealed, the signed checkpoints over it, and where they were taken to."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Leaf(models.Model):
    """One sealed row: where it stands in the log, and the hash that binds it there (RFC 6962, section 2.1)."""

    class Source(models.IntegerChoices):
        """Which table a sealed row is of. Added to, never renumbered."""

        ENTRY = 0
        AUDIT = 1

    index = models.BigIntegerField(primary_key=True, help_text="Position in the log, from 0.")
    source = models.SmallIntegerField(choices=Source)
    account_id = models.BigIntegerField(help_text="0 where the row belongs to no account.")
    row = models.BigIntegerField(help_text="An entry's sequence in its account; another row's id.")
    hash = models.BinaryField()
    checkpoint = models.BigIntegerField(help_text="The number of the checkpoint that sealed it.")

    class Meta:
        verbose_name_plural = "leaves"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "account_id", "row"], name="ledger_leaf_once"),
            models.CheckConstraint(condition=Q(index__gte=0, row__gte=1, checkpoint__gte=1), name="ledger_leaf_numbers"),
        ]

    def __str__(self) -> str:
        return f"Leaf {self.index}"


class LogNode(models.Model):
    """The root of 2^level leaves that stand side by side in the log: a cache, so that nobody hashes all of it again.

    Only levels 8, 16, 24 … are kept: what lies between is at most 255 hashes a level away.
    """

    level = models.SmallIntegerField()
    index = models.BigIntegerField(help_text="Its position among the nodes of its level, from 0.")
    hash = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["level", "index"], name="ledger_lognode_once")]

    def __str__(self) -> str:
        return f"Node {self.index} of level {self.level}"


class SealedAccount(models.Model):
    """How far an account is sealed: a cache over the leaves."""

    account_id = models.BigIntegerField(primary_key=True)
    sequence = models.BigIntegerField()

    def __str__(self) -> str:
        return f"Account {self.account_id}, sealed up to {self.sequence}"


class SealingHorizon(models.Model):
    """Below which transaction everything has been looked at, on the server that counted it. One row, a hint and no more."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    system_identifier = models.CharField(max_length=20)
    xid = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="ledger_sealinghorizon_one")]

    def __str__(self) -> str:
        return f"Transaction {self.xid}"


class SigningKey(models.Model):
    """A key that signs checkpoints: its public half, and what the key before it said of it.

    `endorsement` is a statement (ledger.checkpoints.signing) signed by the key before;
    the first key has none. Without a signature the key before was lost, and a
    person said so.
    """

    id = models.SmallIntegerField(primary_key=True)
    public_key = models.BinaryField(unique=True)
    first_checkpoint = models.BigIntegerField(help_text="The first one that it signs.")
    endorsement = models.TextField(blank=True)
    endorsement_signature = models.BinaryField(null=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Signing key {self.pk}"

    @property
    def how_endorsed(self) -> str:
        """Who speaks for it, in words."""
        if not self.endorsement:
            return "the first key"
        return "endorsed by the key before" if self.endorsement_signature else "NOT endorsed: the key before was lost"


class Checkpoint(models.Model):
    """A signed statement over everything sealed so far.

    `body` is what is signed (ledger.checkpoints.statements says what is in it); the
    other columns repeat it for those who look something up. `hash` is
    SHA-256(body ‖ signature), and stands in the next one's body.
    """

    number = models.BigIntegerField(primary_key=True)
    size = models.BigIntegerField(help_text="Leaves in the log.")
    root = models.BinaryField()
    body = models.TextField()
    signature = models.BinaryField()
    signing_key = models.ForeignKey(SigningKey, on_delete=models.PROTECT, related_name="checkpoints")
    previous = models.BinaryField(null=True, help_text="The hash of the checkpoint before.")
    hash = models.BinaryField(unique=True)
    replaces = ArrayField(models.CharField(max_length=64), default=list, help_text="Hashes of anchored ones that were given up.")
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(number__gte=1, size__gte=0), name="ledger_checkpoint_numbers"),
        ]
        # Receipts ask for the first checkpoint that covers a leaf.
        indexes: ClassVar = [models.Index(fields=["size"], name="ledger_checkpoint_size")]

    def __str__(self) -> str:
        return f"Checkpoint {self.number}"


class AnchorReceipt(models.Model):
    """That a checkpoint was taken to an anchor, or how often that was tried in vain."""

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="anchor_receipts")
    anchor = models.CharField(max_length=40)
    receipt = models.TextField(null=True, help_text="What the anchor answered; empty until it has taken it.")  # noqa: DJ001
    at = models.DateTimeField(help_text="Of the last try.")
    failed_tries = models.IntegerField(default=0)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["checkpoint", "anchor"], name="ledger_anchorreceipt_once")]

    def __str__(self) -> str:
        return f"Checkpoint {self.checkpoint_id} at {self.anchor}"
