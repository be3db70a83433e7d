"""Re-deriving everything that can be re-derived: what `verify_ledger` runs.

Accounts, entries and lots are streamed side by side in one snapshot, so that
writers neither wait nor disturb it. Apps above add passes of their own with
`register_pass`, in their `AppConfig.ready`.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Generic, TypeVar

from django.db import connection, transaction

from ledger.account_check import AccountCheck, Finding
from ledger.keys import keyring
from ledger.lots import LotShare
from ledger.models import Account, Entry, Lot
from ledger.streaming import stream

Row = TypeVar("Row", Entry, Lot)

# Wallets' balances are the sums of their rows, and minus what the house accounts and the mirrors come to.
TRIAL_BALANCE = """
SELECT a.currency, coalesce(sum(a.balance), 0), coalesce(sum(e.total), 0), coalesce(sum(e.mirrored), 0)
FROM ledger_account a
LEFT JOIN (SELECT account_id, sum(amount) AS total, sum(amount) FILTER (WHERE counter_account_id IS NOT NULL) AS mirrored
           FROM ledger_entry GROUP BY account_id) e ON e.account_id = a.id
GROUP BY a.currency"""

Pass = Callable[[int | None], Iterable[Finding]]
_passes: dict[str, Pass] = {}


@dataclass(slots=True)
class Report:
    """What was looked at, and what was found."""

    accounts: int = 0
    entries: int = 0
    erased_texts: int = 0
    findings: list[Finding] = field(default_factory=list)
    # Rows of which nothing can be said, because their key is not in the ring.
    unreadable: list[Finding] = field(default_factory=list)


def register_pass(name: str, run: Pass) -> None:
    """Add a pass. It is handed an account's id, or None for all, and yields findings."""
    _passes[name] = run


def verify(account_id: int | None = None, *, progress: Callable[[int], object] = lambda count: None) -> Report:
    """Verify one account or all of them. `progress` is told how many entries were read since it was last told.

    Raises:
        KeyMissing: a pass of an app above needs a key that is not in its ring.
        Account.DoesNotExist: there is no account of that id.
    """
    report = Report()
    with _snapshot():
        _verify_accounts(account_id, report, progress)
        if account_id is None:
            report.findings += trial_balance()
        for run in _passes.values():
            report.findings += run(account_id)
    return report


@contextmanager
def _snapshot() -> Iterator[None]:
    """One view of the whole database, for as long as it takes."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _verify_accounts(account_id: int | None, report: Report, progress: Callable[[int], object]) -> None:
    accounts, entries, lots = Account.objects.order_by("id"), Entry.objects.all(), Lot.objects.all()
    if account_id is not None:
        accounts = accounts.filter(pk=account_id)
        entries, lots = entries.filter(account_id=account_id), lots.filter(account_id=account_id)
    with (
        stream(accounts) as account_rows,
        stream(entries.order_by("account_id", "sequence")) as entry_rows,
        stream(lots.order_by("account_id")) as lot_rows,
    ):
        _walk(account_rows, Alongside(entry_rows), Alongside(lot_rows), report, progress)
    if account_id is not None and not report.accounts:
        raise Account.DoesNotExist(f"there is no account {account_id}")


def _walk(
    accounts: Iterable[Account],
    entries_of: "Alongside[Entry]",
    lots_of: "Alongside[Lot]",
    report: Report,
    progress: Callable[[int], object],
) -> None:
    ring = keyring()
    for account in accounts:
        report.findings += _orphans(entries_of.before(account.pk))
        check = AccountCheck(account, ring)
        for entry in entries_of.rows(account.pk):
            check.take(entry)
            progress(1)
        check.close([LotShare(lot.sequence, lot.ends, lot.rest) for lot in lots_of.rows(account.pk)])
        report.accounts += 1
        report.entries += check.entries
        report.erased_texts += check.erased_texts
        report.findings += check.findings
        report.unreadable += check.unreadable
    report.findings += _orphans(entries_of.before(None))


def _orphans(account_ids: Iterable[int]) -> list[Finding]:
    return [Finding("has entries but no row", account_id) for account_id in account_ids]


class Alongside(Generic[Row]):
    """Rows in the order of their accounts, read once, in step with somebody who walks the accounts."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._groups: Iterator[tuple[int, Iterator[Row]]] = groupby(rows, key=lambda row: row.account_id)
        self._next: tuple[int, Iterator[Row]] | None = next(self._groups, None)

    def before(self, account_id: int | None) -> Iterator[int]:
        """Skip, and name, the accounts before this one; None is behind them all."""
        while self._next and (account_id is None or self._next[0] < account_id):
            yield self._next[0]
            self._next = next(self._groups, None)

    def rows(self, account_id: int) -> Iterator[Row]:
        """The rows of this account."""
        for _ in self.before(account_id):
            pass
        if self._next and self._next[0] == account_id:
            yield from self._next[1]
            self._next = next(self._groups, None)


def trial_balance() -> list[Finding]:
    """What differs between the wallets' balances and their rows, and between the two sides of mirrored rows."""
    findings = []
    with connection.cursor() as cursor:
        cursor.execute(TRIAL_BALANCE)
        for currency, balances, total, mirrored in cursor.fetchall():
            if balances != total:
                findings.append(Finding(f"{currency}: balances come to {balances}, entries to {total}"))
            if mirrored:
                findings.append(Finding(f"{currency}: entries between wallets leave {mirrored} over"))
    return findings
