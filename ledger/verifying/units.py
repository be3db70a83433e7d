"""Units of work: ranges of accounts, each verified in one go and in bounded memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db import connection

from ledger.findings import Finding
from ledger.keys import keyring
from ledger.models import Account
from ledger.verifying.chain import Chain, prepared_mac
from ledger.verifying.debts import Owed, OwedRows
from ledger.verifying.parts import Rests
from ledger.verifying.report import Report
from ledger.verifying.retired import retirements
from ledger.verifying.rows import ALL_ENTRIES, ENTRIES_SINCE_CHECKPOINT, account_of, copied, microseconds

# What a unit holds at most, unless a single account has more entries; those are streamed.
ENTRIES_MAX = 50_000
ACCOUNTS_MAX = 2_000

FIRST_ID, LAST_ID = -(2**63), 2**63 - 1
Progress = Callable[[int], object]

ACCOUNTS_BY_SIZE = "SELECT id, sequence FROM ledger_account ORDER BY id"

LOTS = f"""SELECT account_id, sequence, {microseconds("ends")}, rest FROM ledger_lot
WHERE account_id BETWEEN %s AND %s ORDER BY account_id"""  # noqa: S608

DEBTS = f"""SELECT account_id, sequence, {microseconds("ends")}, principal, interest FROM ledger_debt
WHERE account_id BETWEEN %s AND %s ORDER BY account_id"""  # noqa: S608

SEALED = "SELECT account_id, max(row) FROM ledger_leaf WHERE source = 0 AND account_id BETWEEN %s AND %s GROUP BY account_id"
SEALED_OF_ACCOUNTS = """
SELECT id, (SELECT max(row) FROM ledger_leaf WHERE source = 0 AND account_id = ledger_account.id) FROM ledger_account
WHERE id BETWEEN %s AND %s"""

HOLDS_OF_NOTHING = """
SELECT h.account_id, h.sequence FROM ledger_hold h WHERE h.account_id BETWEEN %s AND %s AND NOT EXISTS (
    SELECT FROM ledger_entry e
    WHERE e.id = h.id AND e.account_id = h.account_id AND e.sequence = h.sequence AND e.held_change > 0)
ORDER BY h.account_id, h.sequence"""


@dataclass(frozen=True, slots=True)
class Unit:
    """The accounts from `first` to `last`. `entries` is how many their rows say there are."""

    first: int
    last: int
    entries: int = 0


def cut_units(entries_max: int = ENTRIES_MAX) -> list[Unit]:
    """All accounts there are or could be, the largest unit first: a long one begun last would keep all others waiting."""
    cut, begin, entries, accounts = [], FIRST_ID, 0, 0
    with connection.chunked_cursor() as cursor:
        cursor.execute(ACCOUNTS_BY_SIZE)
        for account_id, sequence in cursor:
            if accounts and (entries + sequence > entries_max or accounts >= ACCOUNTS_MAX):
                cut.append(Unit(begin, account_id - 1, entries))
                begin, entries, accounts = account_id, 0, 0
            entries += sequence
            accounts += 1
    cut.append(Unit(begin, LAST_ID, entries))
    return sorted(cut, key=lambda unit: -unit.entries)


def verify_unit(unit: Unit, *, since_checkpoint: bool = False, progress: Progress = lambda count: None) -> Report:
    """Verify the accounts of `unit`, in the transaction that is open."""
    work = _Work(unit, since_checkpoint)
    work.walk(progress)
    return work.report


class _Work:
    """Accounts, their lots, their debts and how far they are sealed are read ahead; entries are streamed past them."""

    def __init__(self, unit: Unit, since_checkpoint: bool) -> None:
        self.report = Report()
        self._unit = unit
        self._since_checkpoint = since_checkpoint
        self._macs = {key_id: prepared_mac(key) for key_id, key in keyring().keys.items()}
        self._accounts = list(Account.objects.filter(pk__range=(unit.first, unit.last)).order_by("-pk"))
        self._lots = self._read_lots()
        self._owed = self._read_debts()
        self._retired = retirements()
        # By the accounts that are there it is quick; of a single one it is also seen that it is gone.
        by_accounts = since_checkpoint and unit.first != unit.last
        self._sealed = dict(self._read(SEALED_OF_ACCOUNTS if by_accounts else SEALED))

    def walk(self, progress: Progress) -> None:
        statement = ENTRIES_SINCE_CHECKPOINT if self._since_checkpoint else ALL_ENTRIES
        sql = statement.format(first=self._unit.first, last=self._unit.last)
        for account_id, rows in groupby(copied(sql, progress), key=account_of):
            self._close_before(account_id)
            if self._accounts and self._accounts[-1].pk == account_id:
                self._verify(self._accounts.pop(), rows)
            else:
                self.report.find([Finding("has entries but no row", account_id)])
                self._sealed.pop(account_id, None)
        self._close_before(None)
        gone = sorted(account_id for account_id, last in self._sealed.items() if last)
        self.report.find(Finding(f"is gone; {self._sealed[number]} entries of it were sealed", number) for number in gone)
        self.report.find(Finding("has lots but no row", number) for number in sorted(self._lots))
        self.report.find(Finding("has debts but no row", number) for number in sorted(self._owed))
        if not self._since_checkpoint:
            found = self._read(HOLDS_OF_NOTHING)
            self.report.find(Finding(f"its hold {row} has no entry", number, row) for number, row in found)

    def _close_before(self, account_id: int | None) -> None:
        """Accounts before this one have no entries; None is behind them all."""
        while self._accounts and (account_id is None or self._accounts[-1].pk < account_id):
            self._verify(self._accounts.pop(), iter(()))

    def _verify(self, account: Account, rows: Iterator[bytes]) -> None:
        sealed_up_to = self._sealed.pop(account.pk, None) or 0
        chain = Chain(account, self.report, self._macs, sealed_up_to, self._retired)
        if self._since_checkpoint and sealed_up_to:
            chain.go_on_behind(next(rows, None))
        for row in rows:
            chain.take(row)
        if self._since_checkpoint:
            chain.close()
        else:
            chain.close(self._lots.pop(account.pk, {}), self._owed.pop(account.pk, {}))

    def _read_lots(self) -> dict[int, Rests]:
        if self._since_checkpoint:
            return {}
        by_account = groupby(self._read(LOTS), key=lambda row: row[0])
        return {account_id: {(sequence, ends): rest for _, sequence, ends, rest in rows} for account_id, rows in by_account}

    def _read_debts(self) -> dict[int, OwedRows]:
        if self._since_checkpoint:
            return {}
        by_account = groupby(self._read(DEBTS), key=lambda row: row[0])
        return {account_id: {row[1]: Owed(*row[2:]) for row in rows} for account_id, rows in by_account}

    def _read(self, sql: str) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(sql, [self._unit.first, self._unit.last])
            rows: list[Any] = cursor.fetchall()
            return rows
