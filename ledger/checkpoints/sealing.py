"""What is sealed next: the entries of accounts that went on, each checked before it becomes a leaf.

Sealing is contiguous per account, from the last sealed sequence up to the one that
its row says. Row and entry are committed together, so an entry that drew its id
early and was committed late is still behind the last sealed one of its account.
"""

import hmac
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Any

from django.db import connection

from ledger.checkpoints.log import Sealed, columns
from ledger.checkpoints.statements import Body, Tally, is_retired
from ledger.encoding import ENTRY_COLUMNS, encode_entry, genesis, lot_rows, mac
from ledger.errors import KeyMissing
from ledger.findings import UNREADABLE
from ledger.keys import KeyRing
from ledger.merkle import leaf_hash
from ledger.models import Account, Entry, Leaf, SealedAccount
from ledger.seals import entry_bytes, is_intact
from ledger.verifying.rows import microseconds

# Accounts are read so many at a time, until there are as many entries as may be sealed at once.
ACCOUNTS_AT_ONCE = 500

# What an entry's MAC covers; times are read as it has them.
COVERED = ("version", "key_id", "account_id", "sequence", *ENTRY_COLUMNS)
_READ = ", ".join(microseconds(f"entry.{name}") if name in ("at", "ends") else f'entry."{name}"' for name in COVERED)

# The last sealed entry comes first: what follows is chained to it.
ENTRIES = f"""
SELECT entry.mac, {_READ} FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS run (account_id, first, last)
JOIN ledger_entry entry ON entry.account_id = run.account_id AND entry.sequence BETWEEN run.first AND run.last
ORDER BY entry.account_id, entry.sequence"""  # noqa: S608

MOVE_ON = """
INSERT INTO ledger_sealedaccount (account_id, sequence) SELECT * FROM unnest(%s::bigint[], %s::bigint[])
ON CONFLICT (account_id) DO UPDATE SET sequence = excluded.sequence"""


@dataclass(slots=True)
class Batch:
    """Rows that go into the log together, and the accounts that do not, with the reason."""

    rows: list[Sealed] = field(default_factory=list)
    sealed_up_to: dict[int, int] = field(default_factory=dict)
    left_out: dict[int, str] = field(default_factory=dict)
    # Accounts of which not all fitted in.
    unfinished: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Run:
    """The entries of one account that are looked at: behind `sealed`, up to `last`."""

    account: Account
    sealed: int
    last: int

    @property
    def is_whole(self) -> bool:
        """Whether it ends where the account's row does."""
        return self.last == self.account.sequence


@dataclass(frozen=True, slots=True)
class Written:
    """An entry as the database has it: its MAC, and the columns that this covers."""

    mac: bytes
    columns: dict[str, Any]

    @property
    def sequence(self) -> int:
        return int(self.columns["sequence"])

    def encoded(self) -> bytes:
        """The entry's bytes, as `seals.entry_bytes` makes them of a model."""
        lots = self.columns["lots"]
        return encode_entry(**{**self.columns, "lots": () if lots == "[]" else lot_rows(json.loads(lots))})


class Check:
    """Walks the entries of a run along their chain; `rows` is what becomes leaves, if nothing is wrong."""

    def __init__(self, run: Run, ring: KeyRing, last: Body | None) -> None:
        self.rows: list[Sealed] = []
        self._run, self._ring, self._last = run, ring, last

    def problem(self, entries: Sequence[Written]) -> str:
        """Why the account cannot be sealed; empty where it can. The last sealed entry comes first in `entries`."""
        try:
            return next(self._problems(entries), "")
        except (KeyMissing, *UNREADABLE) as unreadable:
            return str(unreadable)

    def _problems(self, entries: Sequence[Written]) -> Iterator[str]:
        run, before = self._run, None
        if not is_intact(run.account):
            yield "its row does not carry the MAC of what it says"
        if [entry.sequence for entry in entries] != list(range(run.sealed or 1, run.last + 1)):
            yield f"entries between {run.sealed} and {run.last} are missing"
        for entry in entries:
            if entry.sequence > run.sealed:
                yield from self._entry_problems(entry, before)
            before = entry
        if run.is_whole and before is not None and bytes(run.account.head or b"") != before.mac:
            yield "its head is not the MAC of its last entry"

    def _entry_problems(self, entry: Written, before: Written | None) -> Iterator[str]:
        account, sequence, said, encoded = self._run.account, entry.sequence, entry.columns, entry.encoded()
        key_id = said["key_id"]
        key = self._ring.key(key_id)
        chained_to = before.mac if before else genesis(key, account.pk, account.currency_code)
        if not hmac.compare_digest(mac(key, chained_to, encoded), entry.mac):
            yield f"entry {sequence} does not continue the chain"
        balance, held = (before.columns["balance"], before.columns["held"]) if before else (0, 0)
        if said["balance"] != balance + said["amount"] or said["held"] != held + said["held_change"]:
            yield f"entry {sequence} does not add up"
        if is_retired(self._last, key_id):
            yield f"entry {sequence} is written under key {key_id}, which is retired"
        self.rows.append(Sealed(int(Leaf.Source.ENTRY), account.pk, sequence, leaf_hash(encoded + entry.mac)))


def collect(account_ids: Sequence[int], limit: int, ring: KeyRing, last: Body | None, tally: Tally) -> Batch:
    """Check what these accounts have to seal, at most `limit` entries, and add what is sound to a batch and to `tally`.

    `last` is the body of the checkpoint before.
    """
    batch = Batch()
    runs = _runs(account_ids, limit, batch)
    with_entries = _with_entries(runs)
    for run in runs:
        entries = with_entries.get(run.account.pk, [])
        check = Check(run, ring, last)
        problem = check.problem(entries)
        if problem:
            batch.left_out[run.account.pk] = problem
            batch.unfinished = [account_id for account_id in batch.unfinished if account_id != run.account.pk]
        else:
            batch.rows += check.rows
            batch.sealed_up_to[run.account.pk] = run.last
            _count(run, entries, tally)
    return batch


def fully_sealed(account_ids: Sequence[int], ring: KeyRing) -> list[int]:
    """Those of these accounts that have nothing to seal, and whose row and last entry hold."""
    runs = [Run(account, sealed, sealed) for account, sealed in _positions(account_ids) if account.sequence == sealed]
    with_entries = _with_entries(runs)
    return [run.account.pk for run in runs if not Check(run, ring, None).problem(with_entries.get(run.account.pk, []))]


def leaf_data(entry: Entry) -> bytes:
    """What a leaf is the hash of: the entry's encoding, and its MAC. It binds every column."""
    return entry_bytes(entry) + bytes(entry.mac)


def move_on(sealed_up_to: dict[int, int]) -> None:
    """Keep how far accounts are sealed."""
    if sealed_up_to:
        with connection.cursor() as cursor:
            cursor.execute(MOVE_ON, columns(list(sealed_up_to.items())))


def _runs(account_ids: Sequence[int], limit: int, batch: Batch) -> list[Run]:
    """What there is to seal of these accounts; those behind the one that reaches `limit` are left for the next batch."""
    runs: list[Run] = []
    waiting = iter(sorted(account_ids))
    while limit > 0 and (page := list(islice(waiting, ACCOUNTS_AT_ONCE))):
        for account, sealed in _positions(page):
            if account.sequence < sealed:
                gone = f"its row ends at sequence {account.sequence}, and {sealed} entries are sealed"
                batch.left_out[account.pk] = gone
            elif account.sequence > sealed:
                run = Run(account, sealed, min(account.sequence, sealed + limit))
                if not run.is_whole:
                    batch.unfinished.append(account.pk)
                if run.last > sealed:
                    runs.append(run)
                limit -= run.last - sealed
    batch.unfinished += waiting
    return runs


def _positions(account_ids: Sequence[int]) -> list[tuple[Account, int]]:
    """Accounts that are there, and how far each is sealed. They are read before their entries: what they name is then there."""
    accounts = Account.objects.in_bulk(account_ids)
    sealed = dict(SealedAccount.objects.filter(pk__in=account_ids).values_list("account_id", "sequence"))
    return [(accounts[account_id], sealed.get(account_id, 0)) for account_id in sorted(accounts)]


def _with_entries(runs: Sequence[Run]) -> dict[int, list[Written]]:
    spans = [(run.account.pk, run.sealed, run.last) for run in runs]
    if not spans:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES, columns(spans))
        entries: Iterable[Written] = (
            Written(bytes(mac), dict(zip(COVERED, row, strict=True))) for mac, *row in cursor.fetchall()
        )
        return {account_id: list(rows) for account_id, rows in groupby(entries, key=lambda entry: entry.columns["account_id"])}


def _count(run: Run, entries: Sequence[Written], tally: Tally) -> None:
    for entry in entries:
        if entry.sequence > run.sealed:
            house, amount = entry.columns["house"], entry.columns["amount"]
            tally.add_entries(run.account.currency_code, house, amount, first_ones=int(entry.sequence == 1))
