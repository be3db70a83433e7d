"""Going back in time, wrong codes, and many who try at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

from django.db import connection, connections

TIMES = {
    "passcodes_passcode": ("created_at", "expires_at"),
    "passcodes_guesses": ("locked_until", "updated_at"),
    "passcodes_totpdevice": ("created_at", "confirmed_at"),
}


def let_pass(passed: timedelta) -> None:
    """So much time passes for all that was issued, tried and begun."""
    seconds = passed.total_seconds()
    with connection.cursor() as cursor:
        for table, columns in TIMES.items():
            moved = ", ".join(f"{column} = {column} - make_interval(secs => {seconds})" for column in columns)
            cursor.execute(f"UPDATE {table} SET {moved}")
        for column in ("tries", "issued"):
            earlier = (
                f"SELECT coalesce(array_agg(t - make_interval(secs => {seconds}) ORDER BY t), '{{}}') FROM unnest({column}) t"
            )
            cursor.execute(f"UPDATE passcodes_guesses SET {column} = ({earlier})")


def other_than(code: str) -> str:
    """A wrong code."""
    return f"{(int(code) + 1) % 10**6:06d}"


def all_at_once(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each returned, or the exception that it raised."""
    start = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            start.wait()
            return work()
        except AssertionError:
            raise
        except Exception as failure:
            return failure
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))
