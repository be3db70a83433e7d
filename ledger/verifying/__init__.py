"""Re-deriving everything that can be re-derived: what `verify_ledger` runs.

Everything is read in one snapshot, so that writers neither wait nor disturb it:
the accounts in units (`units`), in several processes (`processes`), each entry
by its bytes (`rows`), along its chain (`chain`), adding up lots, holds and debts
(`parts`). Apps above add passes of their own with `register_pass`.
"""

import time

from django.db import connection

from ledger.findings import Finding, Unreadable
from ledger.models import Account
from ledger.verifying.leaves import stray_leaves
from ledger.verifying.mirrors import one_sided, trial_balance
from ledger.verifying.passes import Pass, register_pass, run_passes
from ledger.verifying.processes import CouldNotLook, cores, in_processes, snapshot
from ledger.verifying.report import Report
from ledger.verifying.units import ENTRIES_MAX, Progress, Unit, cut_units, verify_unit

__all__ = ["CouldNotLook", "Finding", "Pass", "Report", "Unreadable", "register_pass", "verify"]


def verify(
    account_id: int | None = None,
    *,
    since_checkpoint: bool = False,
    processes: int | None = None,
    entries_a_unit: int = ENTRIES_MAX,
    progress: Progress = lambda count: None,
) -> Report:
    """Verify one account or all of them; or, since the last checkpoint, what it did not seal.

    `processes` is how many share the work, unless said as many as there are cores
    where there is work for them; inside a transaction it is this one alone.
    `progress` is told how many entries were read since it was last told.

    Raises:
        CouldNotLook: a process died, or could not read.
        Account.DoesNotExist: there is no account of that id, nor is there anything left of one.
    """
    begun = time.monotonic()
    is_alone = connection.in_atomic_block or account_id is not None
    with snapshot():
        work = cut_units(entries_a_unit) if account_id is None else [Unit(account_id, account_id)]
        count = 1 if is_alone else min(processes or cores(), len(work))
        report = _walk(work, account_id, count, since_checkpoint=since_checkpoint, progress=progress)
        if account_id is not None and not report.accounts and not report.findings:
            raise Account.DoesNotExist(f"there is no account {account_id}")
        if account_id is None and not since_checkpoint:
            report.find(trial_balance(report))
            report.find(stray_leaves())
    report.since_checkpoint, report.processes = since_checkpoint, count
    report.seconds = time.monotonic() - begun
    return report


def _walk(work: list[Unit], account_id: int | None, count: int, *, since_checkpoint: bool, progress: Progress) -> Report:
    if count > 1:
        return in_processes(count, work, since_checkpoint=since_checkpoint, progress=progress)
    report = Report()
    for unit in work:
        report.add(verify_unit(unit, since_checkpoint=since_checkpoint, progress=progress))
    if not since_checkpoint:
        report.find(one_sided(account_id))
    report.find(run_passes(account_id, since_checkpoint=since_checkpoint))
    return report
