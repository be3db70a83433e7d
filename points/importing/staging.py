"""A file's lines copied into the database, as they are: whole, or not at all."""

from collections.abc import Callable
from typing import IO

from django.db import connection, transaction

from audit.acts import ActName
from audit.services import actor_of, record
from people.models import User
from points.importing.reading import Reader
from points.models import Import, ImportLine
from site_settings.reading import points_currency

COPY = "COPY points_importline (import_id, number, email, points, points_minor, problem, turn, status) FROM STDIN"
FILE_NAME_MAX = 255
# How many lines a progress bar moves on by.
TOLD_AFTER = 1000


@transaction.atomic(savepoint=False)
def stage_import(
    *,
    file: IO[bytes],
    mode: str,
    is_partial: bool = False,
    name: str = "",
    by: User | None = None,
    progress: Callable[[int], object] = lambda lines: None,
) -> Import:
    """Read `file` as a stream and keep its lines, none of them checked against the wallets yet.

    `by` is None for the operator at the console. `progress` is told of lines read.

    Raises:
        FileUnreadable: no line of it can be meant.
    """
    unit = points_currency()
    reader = Reader(file, mode=mode, unit=unit)
    staged = Import(mode=mode, is_partial=is_partial, currency_code=unit.code, file_name=name[-FILE_NAME_MAX:], file_sha256=b"")
    staged.uploaded_by = by
    staged.save()
    staged.lines = _copy(staged, reader, progress)
    staged.file_sha256 = reader.sha256
    staged.save(update_fields=["lines", "file_sha256"])
    record(ActName.IMPORT_UPLOADED, actor=actor_of(by), subject=subject_of(staged.pk), facts=facts_of(staged))
    return staged


def subject_of(number: int) -> str:
    return f"import:{number}"


def facts_of(staged: Import) -> dict[str, object]:
    """What was asked for, as its audit row says it."""
    return {
        "mode": staged.mode,
        "is_partial": staged.is_partial,
        "currency": staged.currency_code,
        "lines": staged.lines,
        "sha256": bytes(staged.file_sha256).hex(),
    }


def _copy(staged: Import, reader: Reader, progress: Callable[[int], object]) -> int:
    count = 0
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for count, line in enumerate(reader, start=1):
            said = (line.number, line.email, line.points, line.points_minor, line.problem)
            copy.write_row((staged.pk, *said, 1, ImportLine.Status.NEW.value))
            if count % TOLD_AFTER == 0:
                progress(TOLD_AFTER)
    return count
