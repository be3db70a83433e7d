"""The verification that nobody has to think of: it tells what it looked at, and raises an alarm for what does not hold."""

from ledger.alarms import clear_alarm, raise_alarm
from ledger.verifying import CouldNotLook, Report, verify
from ledger.verifying.units import Progress

BROKEN = "ledger broken"
WHOLE, NEW = "the whole ledger", "since the last checkpoint"
NAMED_MAX = 3


class LedgerBroken(Exception):
    """Something that was written does not hold. A person has to look: `verify_ledger` says all of it."""


def verify_whole(*, processes: int, progress: Progress) -> str:
    """Verify everything; in words what was looked at. It clears what `verify_new` found as well.

    Raises:
        LedgerBroken: there are findings, and an alarm.
        CouldNotLook: not all could be read; nothing is said of the rest.
    """
    told = _tell(verify(processes=processes, progress=progress), WHOLE)
    clear_alarm(BROKEN)
    return told


def verify_new(*, processes: int, progress: Progress) -> str:
    """Verify what no checkpoint has sealed yet, and each account's row; else as `verify_whole`."""
    told = _tell(verify(since_checkpoint=True, processes=processes, progress=progress), NEW)
    clear_alarm(BROKEN, NEW)
    return told


def _tell(report: Report, subject: str) -> str:
    if report.findings:
        found = _findings(report)
        raise_alarm(BROKEN, subject, found)
        raise LedgerBroken(found)
    if report.unreadable:
        raise CouldNotLook(str(report.unreadable[0]))
    return f"{report.entries:,} entries of {report.accounts:,} accounts, intact"


def _findings(report: Report) -> str:
    count = len(report.findings) + report.left_out
    named = "; ".join(map(str, report.findings[:NAMED_MAX]))
    return f"{count:,} finding{'s' if count > 1 else ''}: {named}{'; …' if count > NAMED_MAX else ''}"
