"""Keeping a request and its answer, where the operator wants that. The caller has taken the secrets out."""

from datetime import datetime

from django.db import connection

from audit.encoding import sign
from audit.models import RequestLog

BATCH = 1000
DELETE_OLDEST = "DELETE FROM audit_requestlog WHERE id IN (SELECT id FROM audit_requestlog WHERE at < %s ORDER BY at LIMIT %s)"


def keep_request(row: RequestLog) -> None:
    """Write one row, in one statement. Call it once the answer is made, outside the money's transaction.

    What the columns are too short for is cut, and what PostgreSQL takes in no text is replaced.
    """
    for field in RequestLog._meta.concrete_fields:
        value = getattr(row, field.attname)
        if isinstance(value, str):
            setattr(row, field.attname, _storable(value)[: field.max_length])
    sign(row)
    row.save(force_insert=True)


def delete_requests_before(moment: datetime) -> int:
    """Forget what is older, a batch at a time; how many there were."""
    deleted, last = 0, BATCH
    while last == BATCH:
        with connection.cursor() as cursor:
            cursor.execute(DELETE_OLDEST, [moment, BATCH])
            last = cursor.rowcount
        deleted += last
    return deleted


def _storable(text: str) -> str:
    """Without NUL and without halves of surrogate pairs, which no UTF-8 text has."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
