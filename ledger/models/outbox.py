"""The outbox: events on their way from the transaction that they tell of to whoever delivers them."""

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Now


class Outbox(models.Model):
    """One event: of the entry `sequence` of its account, or none, and then `facts` says what there is to say.

    Written by `ledger.entries` and `ledger.outbox`. A row is here until its event has a place in the order of all.
    Within an account ids ascend with the entries' sequences: they are drawn under the account's lock.
    """

    id = models.BigAutoField(primary_key=True)
    uid = models.UUIDField(db_default=RandomUUID())
    type = models.CharField(max_length=60)
    account_id = models.BigIntegerField(default=0, db_default=0, help_text="0: of no account.")
    sequence = models.BigIntegerField(null=True, help_text="The entry that it is.")
    facts = models.TextField(default="{}", db_default="{}", help_text="JSON: what an event that is no entry tells.")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "event in the outbox"
        verbose_name_plural = "outbox"

    def __str__(self) -> str:
        return f"{self.type} of account {self.account_id}"
