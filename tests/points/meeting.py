"""Threads that meet at the worst moment."""

import contextlib
from collections.abc import Callable
from threading import Barrier, BrokenBarrierError
from typing import Any


def meeting(at: Callable[..., Any], many: int = 2) -> Callable[..., Any]:
    """`at`, behind which they wait for each other: who is kept out by a lock does not come."""
    all_there = Barrier(many)

    def met(*asked: Any, **said: Any) -> Any:
        result = at(*asked, **said)
        with contextlib.suppress(BrokenBarrierError):
            all_there.wait(timeout=0.2)
        return result

    return met
