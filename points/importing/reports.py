"""What is wrong with the lines of an import, line by line."""

from collections.abc import Iterator

from django.db.models import Q, QuerySet

from ledger.streaming import stream
from people.spreadsheets import exact_line, marked_cell
from points.models import Import, ImportLine

HEADER = ("line", "email", "points", "problem")


def failed_lines(of: Import) -> QuerySet[ImportLine]:
    """Those that were not imported though the file asks for it, and those that could not be given back, in the file's order."""
    Status = ImportLine.Status
    not_imported = Q(status__in=[Status.BAD, Status.FAILED])
    return of.rows.filter(not_imported | Q(status=Status.APPLIED) & ~Q(problem="")).order_by("number")


def report_lines(of: Import) -> Iterator[str]:
    """As a CSV file, that a spreadsheet does not reckon with and `import_points` could read again but for its columns."""
    yield exact_line(HEADER)
    with stream(failed_lines(of)) as rows:
        for row in rows:
            yield exact_line((row.number, marked_cell(row.email), marked_cell(row.points), row.problem))
