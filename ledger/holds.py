"""Holds: money set aside. A hold has no lots of its own; what is held is the head of the burn order.

Their account's lock is theirs. The rows are a cache of the entries: a hold is
live until a capture or a release is `of` the entry that placed it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import TextChoices
from psycopg.types.numeric import Int8

from ledger.errors import AccountNotIntact
from ledger.kinds import Kind
from ledger.models import Account, Entry, Hold
from ledger.money import Money
from ledger.movements import Circumstances, Movement

# Amount and end are the entry's, which is chained; the hold's row only says that it is live.
READ_LIVE = """
SELECT hold.id, hold.sequence, entry.held_change, entry.ends
FROM ledger_hold hold JOIN ledger_entry entry ON entry.account_id = hold.account_id AND entry.sequence = hold.sequence
WHERE hold.account_id = %s AND hold.closed_by IS NULL ORDER BY hold.sequence"""
PLACE = "INSERT INTO ledger_hold (id, account_id, sequence, amount, ends) VALUES (%s, %s, %s, %s, %s)"
CLOSE = "UPDATE ledger_hold SET closed_by = %s WHERE account_id = %s AND sequence = %s AND closed_by IS NULL"


class State(TextChoices):
    """What became of a hold."""

    ACTIVE = "active"
    CAPTURED = "captured"
    VOIDED = "voided"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class HoldHistory:
    """A hold with the entry that placed it, and the one that ended it once there is one."""

    hold: Hold
    placed: Entry
    closed: Entry | None

    @property
    def is_intact(self) -> bool:
        """Whether the hold's row says what its entries do."""
        hold, placed, closed = self.hold, self.placed, self.closed
        if (placed.pk, placed.kind, placed.held_change, placed.ends) != (hold.pk, Kind.HOLD, hold.amount, hold.ends):
            return False
        return (closed is None) == hold.is_live and (closed is None or closed.of == hold.sequence)

    def state(self, now: datetime) -> State:
        """A hold past its time is expired, whether or not somebody has come by to write it."""
        if self.closed is None:
            return State.EXPIRED if lapsed([self.hold], now) else State.ACTIVE
        if self.closed.kind == Kind.CAPTURE:
            return State.CAPTURED
        return State.EXPIRED if self.closed.key is None else State.VOIDED


def lapsed(holds: Iterable[Hold], now: datetime) -> list[Hold]:
    """Those whose time is up at `now`, by end. A hold lives in [start, end)."""
    over = [(hold.ends, hold.sequence, hold) for hold in holds if hold.ends is not None and hold.ends <= now]
    return [hold for _, _, hold in sorted(over, key=lambda item: item[:2])]


def read_live(account: Account) -> list[Hold]:
    """The account's live holds; nothing is read where nothing is held."""
    if not account.held:
        return []
    with connection.cursor() as cursor:
        cursor.execute(READ_LIVE, [Int8(account.pk)])
        return [
            Hold(id=id, account_id=account.pk, sequence=sequence, amount=amount, ends=ends)
            for id, sequence, amount, ends in cursor.fetchall()
        ]


def after(live: list[Hold], entry: Entry) -> list[Hold]:
    """The holds that are live once `entry` is written."""
    if entry.held_change > 0:
        return [*live, _placed_by(entry)]
    return [hold for hold in live if hold.sequence != entry.of]


def store(entry: Entry) -> None:
    """Write what `entry` did to its account's holds."""
    with connection.cursor() as cursor:
        if entry.held_change > 0:
            hold = _placed_by(entry)
            cursor.execute(PLACE, [Int8(hold.pk), Int8(hold.account_id), Int8(hold.sequence), Int8(hold.amount), hold.ends])
            return
        cursor.execute(CLOSE, [Int8(entry.sequence), Int8(entry.account_id), Int8(entry.of or 0)])
        if cursor.rowcount != 1:
            raise RuntimeError(f"account {entry.account_id} has no live hold {entry.of}")


def release(hold: Hold, nothing: Money, why: Circumstances) -> Movement:
    """What frees a hold; `nothing` is no money of its account's currency."""
    return Movement(hold.account_id, Kind.RELEASE, nothing, None, why, is_bound=True, held_change=-hold.amount, of=hold.sequence)


def history_of(hold_id: int) -> HoldHistory:
    """The hold of this id, with its account and its entries.

    Raises:
        Hold.DoesNotExist: there is none.
        AccountNotIntact: the entry that placed it is not where its row says.
    """
    hold = Hold.objects.select_related("account").get(pk=hold_id)
    written = {
        entry.sequence: entry
        for entry in Entry.objects.filter(account_id=hold.account_id, sequence__in=[hold.sequence, hold.closed_by or 0])
    }
    if hold.sequence not in written:
        raise AccountNotIntact(hold.account_id)
    return HoldHistory(hold, written[hold.sequence], written.get(hold.closed_by or 0))


def _placed_by(entry: Entry) -> Hold:
    return Hold(id=entry.pk, account_id=entry.account_id, sequence=entry.sequence, amount=entry.held_change, ends=entry.ends)
