"""Audit rows verified: each by its MAC, what is sealed by its leaf; and no words erased without a row that says so.

Logged requests by their MACs alone: they are not sealed, and go when their time is over.
"""

import hmac
from collections.abc import Iterator, Mapping

from django.db import connection

from audit.acts import ActName
from audit.encoding import is_intact
from audit.models import Act, RequestLog, Unsealed
from audit.sealing import AuditRows, key_problem, leaf_data
from ledger.findings import Finding
from ledger.merkle import leaf_hash
from ledger.models import ERASABLE_TEXTS, Leaf
from ledger.streaming import stream
from ledger.verifying.retired import Retirement, retirements

# In the facts of a row that tells of erasing, a text's name stands as in JSON.
_ERASED = " OR ".join(
    f"""entry.{text}_digest IS NOT NULL AND entry.{text} IS NULL AND NOT EXISTS (
        SELECT FROM audit_act act WHERE act.act = %(act)s AND act.subject = 'entry:' || entry.id
        AND position('"{text}"' IN act.facts) > 0)"""
    for text in ERASABLE_TEXTS
)
ERASED_UNSAID = f"SELECT entry.account_id, entry.sequence FROM ledger_entry entry WHERE {_ERASED} ORDER BY 1, 2"  # noqa: S608

WAITING_FOR_NOTHING = """
SELECT waiting.act_id FROM audit_unsealed waiting
WHERE NOT EXISTS (SELECT FROM audit_act act WHERE act.id = waiting.act_id)
AND NOT EXISTS (SELECT FROM ledger_leaf leaf WHERE leaf.source = %s AND leaf.account_id = 0 AND leaf."row" = waiting.act_id)
ORDER BY 1"""


def verify_acts(account_id: int | None) -> Iterator[Finding]:
    """One finding for each row that was changed, is gone though sealed or waiting for it, or would never be sealed.

    Raises:
        KeyMissing: a row was written under a key that is not in the ring.
    """
    if account_id is not None:
        return
    retired = retirements()
    leaves = Leaf.objects.filter(source=AuditRows.number, account_id=0).order_by("row")
    with (
        stream(Act.objects.order_by("id")) as acts,
        stream(leaves) as leaf_rows,
        stream(Unsealed.objects.order_by("act_id")) as waiting_rows,
    ):
        leaf, waiting = next(leaf_rows, None), next(waiting_rows, None)
        for act in acts:
            while leaf is not None and leaf.row < act.pk:
                yield _gone(leaf)
                leaf = next(leaf_rows, None)
            while waiting is not None and waiting.pk < act.pk:
                waiting = next(waiting_rows, None)
            own_leaf = leaf if leaf is not None and leaf.row == act.pk else None
            is_waiting = waiting is not None and waiting.pk == act.pk
            if problem := _problem(act, own_leaf, retired, is_waiting=is_waiting):
                yield Finding(f"audit row {act.pk}: {problem}")
            leaf = next(leaf_rows, None) if own_leaf else leaf
        while leaf is not None:
            yield _gone(leaf)
            leaf = next(leaf_rows, None)
    yield from _waiting_for_nothing()


def verify_erased_texts(account_id: int | None) -> Iterator[Finding]:
    """One finding for each entry whose words are gone without a row that says who erased them."""
    if account_id is not None:
        return
    with connection.chunked_cursor() as cursor:
        cursor.execute(ERASED_UNSAID, {"act": ActName.TEXTS_ERASED.value})
        for account, sequence in cursor:
            yield Finding(f"entry {sequence} has lost its words, and no audit row says who erased them", account, sequence)


def verify_requests(account_id: int | None) -> Iterator[Finding]:
    """One finding for each logged request that was changed, or signed with a key that was retired by then.

    Raises:
        KeyMissing: a row was written under a key that is not in the ring.
    """
    if account_id is not None:
        return
    retired = retirements()
    with stream(RequestLog.objects.order_by("at")) as rows:
        for row in rows:
            if not is_intact(row):
                yield Finding(f"logged request {row.pk}: it does not carry the MAC of what it says")
            elif row.key_id in retired and row.at > retired[row.key_id].at:
                yield Finding(f"logged request {row.pk}: it was written under key {row.key_id} after that was retired")


def _waiting_for_nothing() -> Iterator[Finding]:
    """Place and row come and go together; of a sealed row it was said already that it is gone."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING_FOR_NOTHING, [AuditRows.number])
        for (row,) in cursor.fetchall():
            yield Finding(f"audit row {row}: it waits for its seal, and is gone")


def _problem(act: Act, leaf: Leaf | None, retired: Mapping[int, Retirement], *, is_waiting: bool) -> str:
    if not is_intact(act):
        return "it does not carry the MAC of what it says"
    if leaf is not None and not hmac.compare_digest(leaf_hash(leaf_data(act)), bytes(leaf.hash)):
        return "it is not what was sealed"
    if leaf is None and not is_waiting:
        return "it is neither sealed nor waiting to be"
    return key_problem(act, retired, leaf.checkpoint if leaf else None)


def _gone(leaf: Leaf) -> Finding:
    return Finding(f"audit row {leaf.row}: it was sealed, and is gone")
