"""What a wallet held at an earlier time, read off the chain."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils import timezone

from ledger import lots
from ledger.due import settled
from ledger.errors import AccountNotIntact
from ledger.kinds import Kind
from ledger.lots import LotShare, shares_of
from ledger.models import Account, Entry, Hold, Leaf
from ledger.streaming import stream
from wallets.errors import AtLiesAhead

LAST_MICROSECOND = 999_999

# Entries come in the order of time, so the last one of a time is found by halving: one statement, a few dozen probes.
LAST_SEQUENCE_AT = """
WITH RECURSIVE search (low, high) AS (
    SELECT 0::bigint, %(sequence)s::bigint
    UNION ALL
    SELECT CASE WHEN e.at <= %(at)s THEN middle ELSE low END, CASE WHEN e.at <= %(at)s THEN high ELSE middle - 1 END
    FROM (SELECT low, high, (low + high + 1) / 2 AS middle FROM search WHERE low < high) AS half
    JOIN ledger_entry e ON e.account_id = %(account)s AND e.sequence = middle
)
SELECT low FROM search WHERE low = high"""


@dataclass(frozen=True, slots=True)
class BalanceAt:
    """Minor units. `sequence` is the last entry then, 0 before the first; `checkpoint` the number of the one that sealed it."""

    at: datetime
    balance: int
    held: int
    sequence: int
    mac: bytes | None
    checkpoint: int | None


def balance_at(account: Account, at: datetime) -> BalanceAt:
    """What `account` held at `at`, in whole seconds as times are shown; what was due by then is subtracted, as for any reader.

    Raises:
        AtLiesAhead: `at` has not come yet.
        AccountNotIntact: an entry on the way there is missing.
    """
    if at > timezone.now():
        raise AtLiesAhead
    until = at.replace(microsecond=LAST_MICROSECOND)
    sequence = _last_sequence(account, until)
    entries = {entry.sequence: entry for entry in Entry.objects.filter(account=account, sequence__in=[sequence, sequence + 1])}
    last = entries.get(sequence)
    if last is None:
        return BalanceAt(at, 0, 0, 0, None, None)
    balance, held = last.balance, last.held
    if _may_be_due(account, until, entries.get(sequence + 1)):
        balance, held = _settled(account, last, until)
    sealed = Leaf.objects.filter(source=Leaf.Source.ENTRY, account_id=account.pk, row=sequence).first()
    return BalanceAt(at, balance, held, sequence, bytes(last.mac), sealed.checkpoint if sealed else None)


def _last_sequence(account: Account, until: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(LAST_SEQUENCE_AT, {"account": account.pk, "sequence": account.sequence, "at": until})
        row = cursor.fetchone()
    if row is None:
        raise AccountNotIntact(account.pk)
    return int(row[0])


def _may_be_due(account: Account, until: datetime, following: Entry | None) -> bool:
    """Whether something was due by then and written later, or is not written yet. Whoever came next wrote it first."""
    if following is not None:
        return following.key is None
    return account.due_at is not None and account.due_at <= until


def _settled(account: Account, last: Entry, until: datetime) -> tuple[int, int]:
    """Balance and held once what was due by then is subtracted: lots and holds are rebuilt from the entries up to `last`."""
    rests: list[LotShare] = []
    live: dict[int, Hold] = {}
    rows = Entry.objects.filter(account=account, sequence__lte=last.sequence).exclude(lots=[], held_change=0)
    with stream(rows.order_by("sequence")) as entries:
        for entry in entries:
            rests = lots.merge([*rests, *shares_of(entry)])
            if entry.held_change > 0:
                live[entry.sequence] = Hold(sequence=entry.sequence, amount=entry.held_change, ends=entry.ends)
            elif entry.kind in {Kind.CAPTURE, Kind.RELEASE}:
                live.pop(entry.of or 0, None)
    then = Account(currency_code=account.currency_code, balance=last.balance, held=last.held)
    settled(then, live.values(), rests, until)
    return then.balance, then.held
