"""Audit rows for the checkpoints: those that wait for their seal, each checked before it becomes a leaf."""

from collections.abc import Mapping, Sequence

from django.db import connection

from audit.encoding import act_bytes, is_intact
from audit.models import Act
from ledger.alarms import raise_alarm
from ledger.errors import KeyMissing
from ledger.models import Leaf
from ledger.verifying.retired import Retirement, retirements

# What has a leaf by now waits no longer.
FORGET_SEALED = """
DELETE FROM audit_unsealed waiting USING ledger_leaf leaf
WHERE leaf.source = %s AND leaf.account_id = 0 AND leaf."row" = waiting.act_id"""

# A counted row is taken once it cannot rise any more (migrations/append_only.sql). One that is rising this moment, begun
# in time and not committed, is locked: it is passed over, and waits for the next round.
READY = """
SELECT act.* FROM audit_unsealed waiting JOIN audit_act act ON act.id = waiting.act_id
WHERE waiting.act_id > %s AND (act.minute IS NULL OR act.minute + interval '2 minutes' <= clock_timestamp())
ORDER BY waiting.act_id LIMIT %s
FOR SHARE OF act SKIP LOCKED"""


class AuditRows:
    """A sealing source (ledger.checkpoints.sources). It looks at what waits, however long the table is.

    The list of what waits (audit.models.Unsealed) also has the row that was committed late, below others that are sealed.
    """

    number = int(Leaf.Source.AUDIT)
    name = "audit rows"

    def unsealed(self, after_row: int, limit: int) -> Sequence[tuple[int, bytes]]:
        """At most `limit` rows above `after_row` and their leaves' data. One that was changed, or written
        under a key after that was retired, is left out, with an alarm."""
        with connection.cursor() as cursor:
            cursor.execute(FORGET_SEALED, [self.number])
        found: list[tuple[int, bytes]] = []
        retired = retirements()
        while len(found) < limit:
            page = list(Act.objects.raw(READY, [after_row, limit - len(found)]))
            found += [(act.pk, leaf_data(act)) for act in page if _is_sound(act, retired)]
            if not page:
                break
            after_row = page[-1].pk
        return found


def leaf_data(act: Act) -> bytes:
    """What a leaf is the hash of: the row's encoding, and its MAC."""
    return act_bytes(act) + bytes(act.mac)


def key_problem(act: Act, retired: Mapping[int, Retirement], sealed_by: int | None = None) -> str:
    """What is wrong with the row's key; empty where nothing is. `sealed_by` is the checkpoint that sealed the row, if one has."""
    retirement = retired.get(act.key_id)
    if retirement is None or retirement.covers(act.at, sealed_by):
        return ""
    return f"it was written under key {act.key_id} after that was retired"


def _is_sound(act: Act, retired: Mapping[int, Retirement]) -> bool:
    try:
        problem = key_problem(act, retired) if is_intact(act) else "it does not carry the MAC of what it says"
    except KeyMissing as missing:
        problem = str(missing)
    if problem:
        raise_alarm("audit_row_not_sealed", f"audit row {act.pk}", problem)
    return not problem
