"""What a worker does for imports: check what was uploaded, book what was started, give back what was stopped."""

from collections.abc import Callable

from ledger.retry import in_transaction
from points.importing.applying import apply_import
from points.importing.checking import check_import
from points.importing.undoing import undo_import
from points.models import Import

Progress = Callable[[int], object]
Status = Import.Status


def run_imports(progress: Progress = lambda lines: None) -> int:
    """Take each import as far as it goes without a person; how many there were to work on.

    `progress` is told of lines, and may raise: the next run goes on.
    """
    waiting = Import.objects.filter(status__in=[Status.UPLOADED, *Import.RUNNING]).order_by("pk")
    numbers = list(waiting.values_list("pk", flat=True))
    for number in numbers:
        progress(0)
        advance(number, progress)
    return len(numbers)


def advance(number: int, progress: Progress = lambda lines: None) -> Import:
    """Check it, book it, undo it: whichever it waits for."""
    found = Import.objects.get(pk=number)
    if found.status == Status.UPLOADED:
        found = in_transaction(lambda: check_import(number=number))
    if found.status == Status.APPLYING:
        found = apply_import(number, progress=progress)
    if found.status == Status.UNDOING:
        found = undo_import(number, progress=progress)
    return found
