"""Lots, holds and debts, rebuilt from an account's entries."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger import lots
from ledger.encoding import EPOCH
from ledger.kinds import Kind
from ledger.lots import LotShare
from ledger.reversals import NOT_REVERSIBLE, TAKEN_BACK
from ledger.verifying.debts import Debts, OwedRows
from ledger.verifying.rows import Details, Numbers

# What the entry that `of` names must be.
_ACTS_ON: dict[str, Set[str]] = {
    Kind.CAPTURE: {Kind.HOLD},
    Kind.RELEASE: {Kind.HOLD},
    Kind.REPAYMENT: {Kind.DEBT},
    Kind.INTEREST: {Kind.DEBT},
    Kind.WITHDRAWAL_RETURN: {Kind.WITHDRAWAL, Kind.FEE},
    Kind.REFUND: set(Kind) - {Kind.HOLD, Kind.RELEASE, Kind.REFUND},
    # A fee comes back with its transfer.
    Kind.REVERSAL: set(Kind) - NOT_REVERSIBLE | TAKEN_BACK | {Kind.FEE},
}
_ALWAYS_ON_SOMETHING = {Kind.CAPTURE, Kind.RELEASE, Kind.REVERSAL, Kind.REPAYMENT, Kind.INTEREST}

# By sequence and end, in microseconds since 1970.
Rests = Mapping[tuple[int, int | None], int]


@dataclass(slots=True)
class _LiveHold:
    amount: int
    ends: int | None
    # What the hold's own row says of who closed it; nothing where it is missing, which was said already.
    closed_by: int | None
    has_row: bool


class Parts:
    """Adds up what entries do to lots, holds and debts. `find` is told what does not fit: a problem, and a sequence."""

    def __init__(self, find: Callable[[str, int | None], None]) -> None:
        self._find = find
        # Whether they were taken from the first entry on: otherwise holds may end that were not seen to begin.
        self.is_whole = True
        self._rests: dict[tuple[int, int | None], int] = {}
        self._holds: dict[int, _LiveHold] = {}
        self._debts = Debts(find)

    @property
    def in_lots(self) -> int:
        return sum(self._rests.values())

    def due_at(self, held: int) -> datetime | None:
        """When the next hold, lot or debt falls due."""
        rests = [LotShare(sequence, _time(ends), rest) for (sequence, ends), rest in self._rests.items()]
        ends = [*(hold.ends for hold in self._holds.values()), *self._debts.ends]
        return lots.due_at(rests, held, map(_time, ends))

    def take(self, entry: Numbers, found: Details) -> None:
        """An entry that touches lots, holds or debts, or acts on another entry."""
        for sequence, ends, amount in found.lots:
            rest = self._rests.pop((sequence, ends), 0) + amount
            if rest:
                self._rests[sequence, ends] = rest
        if found.acts is not None:
            kind_of_other, is_repeated, hold = found.acts
            self._check_of(entry, found, kind_of_other, is_repeated=is_repeated)
            self._take_hold(entry, found, hold)
            self._debts.take(entry, found, is_whole=self.is_whole)

    def close(self, stored: Rests, owed: OwedRows) -> None:
        """The end of the chain: the rows of its lots and debts, and no live hold that its row says is closed."""
        if dict(stored) != self._rests:
            self._find("its lots are not what its entries leave of them", None)
        self._debts.close(owed)
        for sequence, hold in self._holds.items():
            if hold.closed_by is not None:
                self._find(
                    f"the hold of entry {sequence} says that entry {hold.closed_by} closed it, its entries do not", sequence
                )

    def _check_of(self, entry: Numbers, found: Details, kind_of_other: str | None, *, is_repeated: bool) -> None:
        if found.of is None:
            if found.kind in _ALWAYS_ON_SOMETHING:
                self._find(f"entry {entry.sequence} is a {found.kind} of nothing", entry.sequence)
            return
        if kind_of_other is None or found.of >= entry.sequence:
            self._find(f"entry {entry.sequence} acts on entry {found.of}, which is not before it", entry.sequence)
        elif kind_of_other not in _ACTS_ON.get(found.kind, set()):
            self._find(f"entry {entry.sequence} is a {found.kind} of a {kind_of_other}", entry.sequence)
        if is_repeated:
            self._find(f"entry {entry.sequence} acts on entry {found.of}, which was acted on before", entry.sequence)

    def _take_hold(self, entry: Numbers, found: Details, row: list[int | None] | None) -> None:
        if entry.held_change > 0:
            self._place(entry, found, row)
        elif entry.held_change < 0 or found.kind in (Kind.CAPTURE, Kind.RELEASE):
            self._end(entry, found)

    def _place(self, entry: Numbers, found: Details, row: list[int | None] | None) -> None:
        self._holds[entry.sequence] = _LiveHold(entry.held_change, found.ends, row[2] if row else None, row is not None)
        if found.kind != Kind.HOLD:
            self._find(f"entry {entry.sequence} holds, and is no hold", entry.sequence)
        if row is None:
            self._find(f"the hold of entry {entry.sequence} is missing", entry.sequence)
        elif row[:2] != [entry.held_change, found.ends]:
            self._find(f"the hold of entry {entry.sequence} is not what the entry says", entry.sequence)

    def _end(self, entry: Numbers, found: Details) -> None:
        hold = self._holds.pop(found.of or 0, None)
        if hold is None and not self.is_whole:
            return
        if hold is None or hold.amount != -entry.held_change:
            self._find(f"entry {entry.sequence} does not free what its hold holds", entry.sequence)
        elif hold.has_row and hold.closed_by != entry.sequence:
            said = "is live" if hold.closed_by is None else f"was closed by entry {hold.closed_by}"
            self._find(f"the hold of entry {found.of} says that it {said}: entry {entry.sequence} closed it", found.of)


def _time(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else EPOCH + timedelta(microseconds=microseconds)
