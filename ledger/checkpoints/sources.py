"""Rows that are no entries and are sealed all the same: apps above hand them over.

Each app registers its own in `AppConfig.ready`, as with verifying passes.
"""

from collections.abc import Sequence
from typing import Protocol

from django.db.models import Max

from ledger.alarms import clear_alarm, open_numbers
from ledger.checkpoints.statements import SOURCE_NAMES
from ledger.models import Leaf

# A row's id is drawn before it is committed. Between two sweeps, rows this far below the last sealed one are looked for.
LATE_ROWS = 10_000


class SealingSource(Protocol):
    """Where rows come from. `number` is a `Leaf.Source`; `name` is for people."""

    number: int
    name: str

    def unsealed(self, after_row: int, limit: int) -> Sequence[tuple[int, bytes]]:
        """Committed rows with an id above `after_row` that have no leaf yet, ascending: id, and the leaf's data.

        It checks each row's own MAC, leaves out the rows that fail and raises an alarm for them, by the name that
        `clear_sealed` knows: `audit_row_not_sealed` for "audit row 17", where the source is `Leaf.Source.AUDIT`. `Leaf`
        with its `number`, account 0 and the row's id says what is sealed: leave those out in the query.
        """


_sources: dict[int, SealingSource] = {}


def register_source(source: SealingSource) -> None:
    """Let the rows of `source` be sealed too."""
    _sources[source.number] = source


def registered() -> list[SealingSource]:
    """The sources, in the order of their numbers."""
    return [source for _, source in sorted(_sources.items())]


def start_of(source: SealingSource, *, sweep: bool) -> int:
    """Behind which row to look: a sweep looks at all of them, so that none that was committed late is missed for ever."""
    if sweep:
        return 0
    last = Leaf.objects.filter(source=source.number, account_id=0).aggregate(last=Max("row"))["last"]
    return max(0, (last or 0) - LATE_ROWS)


def without_sealed(source: SealingSource, rows: Sequence[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """The rows that have no leaf: one that has would break the sealing of everything."""
    ids = [row for row, _ in rows]
    sealed = set(Leaf.objects.filter(source=source.number, account_id=0, row__in=ids).values_list("row", flat=True))
    return [(row, data) for row, data in rows if row not in sealed]


def clear_sealed(source: SealingSource) -> None:
    """Clear the alarms of rows that have a leaf by now: each was found sound before. One that is gone stays alarmed."""
    noun = SOURCE_NAMES[source.number]
    alarmed = open_numbers(f"{noun}_row_not_sealed", f"{noun} row")
    sealed = Leaf.objects.filter(source=source.number, account_id=0, row__in=alarmed).values_list("row", flat=True)
    for row in sealed:
        clear_alarm(f"{noun}_row_not_sealed", f"{noun} row {row}")
