"""Reading many rows in bounded memory."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TypeVar, cast

from django.db.models import Model, QuerySet

CHUNK = 2000
Row = TypeVar("Row", bound=Model)


@contextmanager
def stream(rows: "QuerySet[Row]") -> Iterator[Iterator[Row]]:
    """The rows, by a cursor on the server that ends with the block: left to the garbage it would outlive its transaction."""
    iterator = rows.iterator(CHUNK)
    try:
        yield iterator
    finally:
        cast(Generator[Row], iterator).close()
