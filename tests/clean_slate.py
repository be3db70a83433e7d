"""After a transactional test the database is as the migrations left it, in hundredths of a second.

Django empties dozens of tables by TRUNCATE, a few files each, which the append-only triggers refuse
besides, and reads back what migrations wrote object by object; 0.3 s for each of hundreds of tests.
Here rows are deleted, and copied back from tables that were set aside when the database was new.
"""

from typing import Any

from django.db.backends.base.creation import BaseDatabaseCreation
from django.db.backends.postgresql.operations import DatabaseOperations

SET_ASIDE = "as_migrated"


def set_aside(self: BaseDatabaseCreation) -> str:
    """Keep what the migrations wrote; the text stands where Django keeps it as JSON."""
    tables = self.connection.introspection.django_table_names(only_existing=True, include_views=False)
    with self.connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {SET_ASIDE}")
        for table in tables:
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {table})")
            if cursor.fetchone()[0]:
                cursor.execute(f"CREATE TABLE {SET_ASIDE}.{table} AS TABLE {table}")
    return SET_ASIDE


def flush(self: DatabaseOperations, style: Any, tables: list[str], **options: Any) -> list[str]:
    """Delete every row and bring back what was set aside; triggers and foreign keys do not look."""
    if not tables:
        return []
    with self.connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [SET_ASIDE])
        kept = [table for (table,) in cursor.fetchall()]
    return [
        "SET LOCAL session_replication_role = replica",
        *(f"DELETE FROM {self.quote_name(table)}" for table in tables),
        *(f"INSERT INTO {table} SELECT * FROM {SET_ASIDE}.{table}" for table in kept),
    ]


def nothing_to_read_back(self: BaseDatabaseCreation, data: str) -> None:
    """The flush behind the test before did it."""


def install() -> None:
    """Not by a fixture: that one would be gone before the last test's own flush."""
    DatabaseOperations.sql_flush = flush  # type: ignore[assignment,method-assign]
    BaseDatabaseCreation.serialize_db_to_string = set_aside  # type: ignore[method-assign]
    BaseDatabaseCreation.deserialize_db_from_string = nothing_to_read_back  # type: ignore[method-assign]
