"""Debts, rebuilt from an account's entries."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from ledger.kinds import Kind
from ledger.verifying.rows import Details, Numbers

# What moves this much changes what is owed by as much; interest does once it is paid.
_KINDS = {Kind.DEBT, Kind.REPAYMENT, Kind.INTEREST}


class Owed(NamedTuple):
    """What is owed of a debt, and from when it bears interest, in microseconds since 1970."""

    ends: int | None
    principal: int
    interest: int


# By sequence.
OwedRows = Mapping[int, Owed]


class Debts:
    """Adds up what entries do to debts. `find` is told what does not fit: a problem, and a sequence."""

    def __init__(self, find: Callable[[str, int | None], None]) -> None:
        self._find = find
        self._open: dict[int, Owed] = {}

    @property
    def ends(self) -> list[int | None]:
        """When those that have no interest yet come to bear it."""
        return [owed.ends for owed in self._open.values() if not owed.interest]

    def take(self, entry: Numbers, found: Details, *, is_whole: bool) -> None:
        """An entry. Unless all before it were taken (`is_whole`), debts may be repaid that were not seen to begin."""
        if found.kind in _KINDS:
            self._check_amount(entry, found)
            self._change(entry, found, is_whole=is_whole)
        elif entry.owed_change:
            self._find(f"entry {entry.sequence} changes what is owed, and is a {found.kind}", entry.sequence)

    def close(self, stored: OwedRows) -> None:
        """The end of the chain: the rows must say what its entries leave."""
        for sequence in sorted(stored.keys() | self._open.keys()):
            said, derived = stored.get(sequence), self._open.get(sequence)
            if said is None:
                self._find(f"the debt of entry {sequence} is missing", sequence)
            elif derived is None:
                self._find(f"its debt {sequence} is owed by no entry", sequence)
            elif said != derived:
                self._find(f"the debt of entry {sequence} is not what its entries leave of it", sequence)

    def _check_amount(self, entry: Numbers, found: Details) -> None:
        if entry.amount != entry.owed_change and not _is_accrual(entry, found):
            self._find(f"entry {entry.sequence} is a {found.kind} of another amount than it changes what is owed", entry.sequence)

    def _change(self, entry: Numbers, found: Details, *, is_whole: bool) -> None:
        number = entry.sequence if found.kind == Kind.DEBT else found.of or 0
        before = Owed(found.ends, 0, 0) if found.kind == Kind.DEBT else self._open.pop(number, None)
        if before is None and not is_whole:
            return
        before = before or Owed(None, 0, 0)
        self._check_interest(entry, found, before, number)
        ends, principal, interest = before
        if found.kind == Kind.INTEREST:
            interest += entry.owed_change
        else:
            principal += entry.owed_change
        if principal < 0 or interest < 0:
            self._find(f"entry {entry.sequence} repays more than is owed of debt {number}", entry.sequence)
        elif principal or interest:
            self._open[number] = Owed(ends, principal, interest)

    def _check_interest(self, entry: Numbers, found: Details, before: Owed, number: int) -> None:
        """It is added once, when its time has come; and paid behind the principal."""
        if found.kind != Kind.INTEREST:
            return
        if not _is_accrual(entry, found):
            if before.principal:
                self._find(f"entry {entry.sequence} pays interest before the principal of debt {number}", entry.sequence)
        elif entry.owed_change <= 0 or before.interest or before.ends is None or entry.moment < before.ends:
            self._find(f"entry {entry.sequence} adds interest that debt {number} does not bear then", entry.sequence)


def _is_accrual(entry: Numbers, found: Details) -> bool:
    return found.kind == Kind.INTEREST and entry.amount == 0
