"""Several processes that verify, each on a connection of its own, all of them in one snapshot."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction

from ledger import spawned
from ledger.errors import KeyMissing
from ledger.verifying.mirrors import one_sided
from ledger.verifying.passes import pass_names, run_pass
from ledger.verifying.report import Report
from ledger.verifying.units import Progress, Unit, verify_unit

TOLD_EVERY_SECONDS = 0.2


class CouldNotLook(Exception):
    """The verification did not come to its end: nothing is said of the ledger."""


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_processes(count: int, units: Sequence[Unit], *, since_checkpoint: bool, progress: Progress) -> Report:
    """Verify `units`, and run the passes, in `count` processes, in the snapshot of the transaction that is open.

    Raises:
        CouldNotLook: a process died, or could not look.
    """
    # Spawned, not forked: this process has connections, and threads that keep them.
    context = get_context("spawn")
    counter = context.Value("q", 0)
    start = (counter, _snapshot_id(), connection.settings_dict["NAME"], settings.LEDGER_HMAC_KEYS)
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=spawned.begin, initargs=start)
    try:
        # What cannot be divided goes first, beside the units.
        waiting = {pool.submit(_pass, name, since_checkpoint) for name in pass_names()}
        waiting |= {pool.submit(_one_sided)} if not since_checkpoint else set()
        waiting |= {pool.submit(_verify, unit, since_checkpoint) for unit in units}
        return _gather(waiting, counter, progress)
    finally:
        pool.shutdown(cancel_futures=True)


def _gather(waiting: Any, counter: Any, progress: Progress) -> Report:
    report, told = Report(), 0
    while waiting:
        done, waiting = wait(waiting, TOLD_EVERY_SECONDS, FIRST_COMPLETED)
        for future in done:
            try:
                report.add(future.result())
            except Exception as failure:
                raise CouldNotLook(" ".join(str(failure).split())) from failure
        told, before = counter.value, told
        progress(told - before)
    return report


def _snapshot_id() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_export_snapshot()")
        return str(cursor.fetchone()[0])


@contextmanager
def snapshot(exported: str = "") -> Iterator[None]:
    """One view of the whole database for as long as it takes: this moment's, or the one that another process exported."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if exported:
            # It came from the server itself, and SET takes no parameters.
            cursor.execute(f"SET TRANSACTION SNAPSHOT '{exported}'")
        # A unit is sorted in memory; and there are as many processes as are wanted.
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        yield


_counter: Any = None
_exported = ""


def join(counter: Any, exported: str) -> None:
    """In the new process: what it counts on, and the snapshot that it reads."""
    global _counter, _exported
    _counter, _exported = counter, exported


def _verify(unit: Unit, since_checkpoint: bool) -> Report:
    with _failures_told(), snapshot(_exported):
        return verify_unit(unit, since_checkpoint=since_checkpoint, progress=_count)


def _pass(name: str, since_checkpoint: bool) -> Report:
    report = Report()
    with _failures_told(), snapshot(_exported):
        report.find(run_pass(name, None, since_checkpoint=since_checkpoint))
    return report


def _one_sided() -> Report:
    report = Report()
    with _failures_told(), snapshot(_exported):
        report.find(one_sided(None))
    return report


def _count(entries: int) -> None:
    with _counter.get_lock():
        _counter.value += entries


@contextmanager
def _failures_told() -> Iterator[None]:
    """An exception goes to the other process as its words: not all of them can be sent whole."""
    try:
        yield
    except (DatabaseError, InterfaceError, KeyMissing) as failure:
        raise CouldNotLook(str(failure)) from None
