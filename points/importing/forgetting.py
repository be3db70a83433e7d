"""The e-mails of imported files are forgotten: the counts, the numbers of wallets and what was booked stay."""

from datetime import timedelta

from django.utils import timezone

from points.models import Import, ImportLine

# Long enough to look into a report.
KEPT = timedelta(days=30)
BATCH = 5000


def forget_imported_emails() -> int:
    """Empty what the lines of imports that ended a month ago say of people; how many lines there were."""
    forgotten = 0
    over = Import.objects.filter(finished_at__lt=timezone.now() - KEPT, forgotten_at=None)
    for number in over.order_by("pk").values_list("pk", flat=True):
        forgotten += _forget(number)
        Import.objects.filter(pk=number).update(forgotten_at=timezone.now(), file_name="")
    return forgotten


def _forget(number: int) -> int:
    """Batch by batch in the file's order, so that nobody waits behind a long statement."""
    count, after = 0, -1
    while True:
        lines = ImportLine.objects.filter(of_id=number, number__gt=after).order_by("number")
        numbers = list(lines.values_list("number", flat=True)[:BATCH])
        if not numbers:
            return count
        count += ImportLine.objects.filter(of_id=number, number__gt=after, number__lte=numbers[-1]).update(email="", points="")
        after = numbers[-1]
