"""Mailing what was noted of movements: one mail for each wallet and direction, and then none for a while (`movements.PAUSE`)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from psycopg.types.numeric import Int8

from ledger.models import Entry
from notices.kinds import KINDS
from notices.models import Notice
from notices.preferences import declined
from notices.services import is_off, notices_of, write_notices
from wallet_service.models import UntoldMovements
from wallet_service.movements import PAUSE, TOLD_AS, follow_events, holders
from wallets.models import Wallet

BATCH = 100
BATCHES_A_RUN = 100
LISTED_MAX = 20

# The newest movements of each, as many as a mail lists.
LISTED = f"""
SELECT listed.*, asked.number FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[])
    AS asked (number, account_id, kind, first, last)
CROSS JOIN LATERAL (
    SELECT e.* FROM ledger_entry e
    WHERE e.account_id = asked.account_id AND e.sequence BETWEEN asked.first AND asked.last AND {TOLD_AS} = asked.kind
    ORDER BY e.sequence DESC LIMIT %s
) AS listed ORDER BY asked.number, listed.sequence DESC"""  # noqa: S608  constants of ours


def mail_movements() -> int:
    """Write the mails of what has moved; how many."""
    written = follow_events()
    for _ in range(BATCHES_A_RUN):
        found, count = _tell_batch()
        written += count
        if found < BATCH:
            break
    UntoldMovements.objects.filter(due_at=None, told_at__lt=timezone.now() - PAUSE).delete()
    return written


@transaction.atomic
def _tell_batch() -> tuple[int, int]:
    """Those that are due, at most BATCH, and their mails: both or neither. How many there were, and how many mails."""
    due = UntoldMovements.objects.filter(due_at__lte=timezone.now()).order_by("due_at", "pk")
    untold = list(due.select_for_update(skip_locked=True, no_key=True)[:BATCH])
    if not untold:
        return 0, 0
    written = write_notices(_notices(untold))
    told = UntoldMovements.objects.filter(pk__in=[row.pk for row in untold])
    told.update(due_at=None, told_at=timezone.now(), count=0, sum_minor=0)
    return len(untold), written


def _notices(untold: Sequence[UntoldMovements]) -> list[Notice]:
    wallets = holders([row.account_id for row in untold])
    keys = {KINDS[row.kind].mail_preference for row in untold} - {""}
    no_more = declined([wallet.user_id for wallet in wallets.values()], keys)
    listed = _listed(untold)
    return [
        notice
        for row in untold
        if (wallet := wallets.get(row.account_id)) and (entries := listed.get(row.pk)) and not is_off(row.kind)
        for notice in notices_of(
            to=wallet.user,
            kind=row.kind,
            facts=_facts(row, wallet, entries),
            is_declined=(wallet.user_id, KINDS[row.kind].mail_preference) in no_more,
        )
    ]


def _listed(untold: Sequence[UntoldMovements]) -> Mapping[int, list[Entry]]:
    columns = [
        [Int8(row.pk) for row in untold],
        [Int8(row.account_id) for row in untold],
        [row.kind for row in untold],
        [Int8(row.first) for row in untold],
        [Int8(row.last) for row in untold],
    ]
    listed: dict[int, list[Entry]] = {}
    for entry in Entry.objects.raw(LISTED, [*columns, LISTED_MAX]):
        listed.setdefault(entry.number, []).append(entry)  # type: ignore[attr-defined]
    return listed


def _facts(row: UntoldMovements, wallet: Wallet, entries: Sequence[Entry]) -> dict[str, Any]:
    return {
        "count": row.count,
        "amount": wallet.money(int(row.sum_minor)),
        "balance": wallet.money(entries[0].balance),
        "movements": [_movement(wallet, entry) for entry in entries],
        "more": row.count - len(entries),
    }


def _movement(wallet: Wallet, entry: Entry) -> dict[str, Any]:
    """As in his list of transactions: the reason is his to read, the note is the shop's own."""
    return {"amount": wallet.money(abs(entry.amount)), "what": entry.kind, "at": entry.at, "reason": entry.reason or ""}
