"""Giving back what was booked of an import: each entry by its own reversal, one transaction a line.

What a customer has spent meanwhile cannot be taken back: the line stays booked, the import is said to be stuck, and an
alarm tells a person, who may have it tried again.
"""

from collections.abc import Callable

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ledger.alarms import raise_alarm
from ledger.errors import Busy, LedgerUnavailable, Refusal
from ledger.models import Entry
from ledger.movements import Circumstances, Event
from ledger.retry import in_transaction
from ledger.reversals import reverse
from points.importing.applying import COMMENT, patiently, tell_end, word_for
from points.importing.services import locked_import
from points.models import Import, ImportLine

Status = Import.Status
Line = ImportLine.Status
Progress = Callable[[int], object]

STUCK_ALARM = "import_stuck"
CHUNK = 500


def undo_import(number: int, *, progress: Progress = lambda lines: None) -> Import:
    """Give back all that was booked, newest line of a wallet first, and end it. Whoever comes next goes on where this ended.

    Raises:
        Busy: somebody holds a wallet, and goes on doing so: that is no reason to say that a line cannot be given back.
    """
    last: tuple[int, int] | None = None
    while lines := _next_lines(number, last):
        for line in lines:
            _undo(line)
            last = (line.turn, line.pk)
            progress(1)
    return in_transaction(lambda: _finish(number))


def _next_lines(number: int, last: tuple[int, int] | None) -> list[ImportLine]:
    """What was given comes back first, then what was taken: the wallets that had little are met last, as they were first."""
    lines = ImportLine.objects.filter(of_id=number, of__status=Status.UNDOING, status=Line.APPLIED).order_by("-turn", "-id")
    if last:
        lines = lines.filter(Q(turn__lt=last[0]) | Q(turn=last[0], id__lt=last[1]))
    return list(lines.select_related("of")[:CHUNK])


def _undo(line: ImportLine) -> None:
    try:
        patiently(lambda: _reverse(line))
    except Busy:
        raise
    except (Refusal, LedgerUnavailable) as refusal:
        problem = f"not undone: {word_for(refusal)}"
        ImportLine.objects.filter(pk=line.pk, status=Line.APPLIED).update(problem=problem)


@transaction.atomic(savepoint=False)
def _reverse(line: ImportLine) -> None:
    undoing = locked_import(line.of_id)
    still = ImportLine.objects.select_for_update(no_key=True).get(pk=line.pk)
    if undoing.status != Status.UNDOING or still.status != Line.APPLIED:
        return
    assert still.wallet_id is not None, "it was booked"
    assert still.sequence is not None, "it was booked"
    entry = Entry.objects.get(account_id=still.wallet_id, sequence=still.sequence)
    event = Event.named(f"import_undone:{undoing.pk}:{still.number}", still.change_minor)
    reverse(entry=entry, event=event, why=Circumstances(undoing.actor, reason=COMMENT))
    ImportLine.objects.filter(pk=still.pk).update(status=Line.UNDONE, problem="")


def _finish(number: int) -> Import:
    undone = locked_import(number)
    if undone.status != Status.UNDOING:
        return undone
    lines = undone.rows.all()
    left = lines.filter(status=Line.APPLIED).count()
    undone.applied, undone.undone = left, lines.filter(status=Line.UNDONE).count()
    undone.status, undone.finished_at = (Status.STUCK if left else Status.UNDONE), timezone.now()
    undone.save(update_fields=["applied", "undone", "status", "finished_at"])
    if left:
        raise_alarm(STUCK_ALARM, str(undone), f"{left} lines could not be given back; see its report, and settle them")
    tell_end(undone)
    return undone
