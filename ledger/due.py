"""What is due, for those who do not hold the lock: readers subtract it, a scheduled job has it written.

Writers settle it under the lock (`ledger.book`). All of them ask the same three questions,
`holds.lapsed`, `lots.ended` and `interest.bearing`, so it makes no difference who comes first.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import IntegrityError
from django.utils import timezone

from ledger import interest, lots
from ledger.book import lock_accounts
from ledger.errors import Busy, LedgerUnavailable
from ledger.holds import lapsed
from ledger.lots import LotShare
from ledger.models import Account, Debt, Hold, Lot
from ledger.retry import in_transaction

logger = logging.getLogger(__name__)

BATCH = 500
ATTEMPTS = 3


def settled(account: Account, holds: Iterable[Hold], rests: list[LotShare], now: datetime) -> None:
    """Let `account`, which is only shown and never saved, say what it will when what is due at `now` is written."""
    account.held -= sum(hold.amount for hold in lapsed(holds, now))
    gone = sum(share.amount for share in lots.ended(rests, account.held, now))
    account.balance += gone
    account.in_lots += gone


def show_settled(accounts: Iterable[Account], now: datetime | None = None) -> None:
    """For reading: subtract what is due from each of these accounts, and add the interest that is due to what they owe.

    It costs two statements, none where nothing is due; one more where something is owed, and another where interest is due.
    """
    now = now or timezone.now()
    due = {account.pk: account for account in accounts if account.due_at is not None and account.due_at <= now}
    for _ in range(ATTEMPTS):
        if not due:
            return
        holds, rests, owed = *_parts_of(due), _debts_of(due.values())
        moved = {pk: account for pk, account in due.items() if not _is_of(account, holds[pk], rests[pk], owed[pk])}
        as_they_are = due.keys() - moved.keys()
        for pk in as_they_are:
            settled(due[pk], holds[pk], rests[pk], now)
        bearing = [debt for pk in sorted(as_they_are) for debt in interest.bearing(owed[pk], now)]
        for (pk, _), amount in interest.interest_on(bearing).items():
            due[pk].owed += amount
        # Somebody came between row and parts, and has settled what was due.
        for account in moved.values():
            account.refresh_from_db()
        due = {pk: account for pk, account in moved.items() if account.due_at is not None and account.due_at <= now}


def _parts_of(account_ids: Iterable[int]) -> tuple[dict[int, list[Hold]], dict[int, list[LotShare]]]:
    holds: dict[int, list[Hold]] = defaultdict(list)
    for hold in Hold.objects.filter(account_id__in=account_ids, closed_by=None):
        holds[hold.account_id].append(hold)
    rests: dict[int, list[LotShare]] = defaultdict(list)
    for lot in Lot.objects.filter(account_id__in=account_ids):
        rests[lot.account_id].append(LotShare(lot.sequence, lot.ends, lot.rest))
    return holds, rests


def _debts_of(accounts: Iterable[Account]) -> dict[int, list[Debt]]:
    owing = [account.pk for account in accounts if account.owed]
    owed: dict[int, list[Debt]] = defaultdict(list)
    for debt in Debt.objects.filter(account_id__in=owing) if owing else ():
        owed[debt.account_id].append(debt)
    return owed


def _is_of(account: Account, holds: list[Hold], rests: list[LotShare], owed: list[Debt]) -> bool:
    """Whether the parts were read as of the same moment as the account's row."""
    sums = (sum(hold.amount for hold in holds), sum(lot.amount for lot in rests), sum(debt.rest for debt in owed))
    return sums == (account.held, account.in_lots, account.owed)


def settle_due(*, limit: int = BATCH, progress: Callable[[int], object] = lambda count: None) -> int:
    """Lock each account that something is due of, which settles it; how many there were.

    One transaction an account, so that nobody waits for long. An account that cannot
    be had now, or refuses to move, is left to the next round and keeps no other waiting.
    """
    done = after = 0
    while True:
        ids = list(
            Account.objects.filter(due_at__lte=timezone.now(), pk__gt=after).order_by("pk").values_list("pk", flat=True)[:limit]
        )
        for account_id in ids:
            done += _settle(account_id)
            progress(1)
        if len(ids) < limit:
            return done
        after = ids[-1]


def _settle(account_id: int) -> bool:
    try:
        in_transaction(lambda: lock_accounts(account_id))
    except (Busy, LedgerUnavailable):
        return False
    except IntegrityError:
        # The database refused what the rows would come to: they are not what the entries say. The others go on.
        logger.critical("account %s: what is due of it cannot be written", account_id, exc_info=True)
        return False
    return True
