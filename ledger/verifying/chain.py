"""One account's chain, walked from its first entry to the head, then its row against the sums."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from hashlib import sha256

from ledger.encoding import ENTRY_VERSION, EPOCH, genesis
from ledger.errors import KeyMissing
from ledger.findings import Finding, Unreadable
from ledger.keys import keyring
from ledger.models import Account
from ledger.seals import is_intact
from ledger.verifying.debts import OwedRows
from ledger.verifying.parts import Parts, Rests
from ledger.verifying.report import Report, Sums
from ledger.verifying.retired import Retirement, is_older
from ledger.verifying.rows import (
    ACTS,
    ERASED,
    ERASED_SHIFT,
    LOTS,
    SEALED,
    TEXTS,
    Details,
    Numbers,
    details,
    encoding,
    numbers,
)

_BLOCK_BYTES = 64
_CHANGED = sum(TEXTS.values())

Mac = Callable[[bytes], bytes]


def prepared_mac(key: bytes) -> Mac:
    """`encoding.mac` under one key, whose two blocks are hashed once and not for each entry (RFC 2104, section 4)."""
    block = (key if len(key) <= _BLOCK_BYTES else sha256(key).digest()).ljust(_BLOCK_BYTES, b"\0")
    inner, outer = sha256(bytes(byte ^ 0x36 for byte in block)), sha256(bytes(byte ^ 0x5C for byte in block))

    def prepared(data: bytes) -> bytes:
        within, around = inner.copy(), outer.copy()
        within.update(data)
        around.update(within.digest())
        return around.digest()

    return prepared


class Chain:
    """Takes an account's entries in order, and then what its row and parts say; tells `report` what does not hold.

    After a break it goes on from what the row itself says, so that one wrong row is one finding.
    """

    def __init__(
        self,
        account: Account,
        report: Report,
        macs: Mapping[int, Mac],
        sealed_up_to: int,
        retired: Mapping[int, Retirement],
    ) -> None:
        self.account = account
        self.report = report
        self.parts = Parts(self._find)
        self._macs = macs
        self._retired = retired
        self._sealed_up_to = sealed_up_to
        self._last: Numbers | None = None
        self._owed = 0
        self._sums = report.sums.setdefault(account.currency_code, Sums())
        self._sums.balances += account.balance
        report.accounts += 1

    def take(self, row: bytes) -> None:
        """The account's next entry."""
        entry = numbers(row)
        found = details(row) if entry.flags & (LOTS | ACTS) else None
        self._check(row, entry, found)
        if entry.flags & (_CHANGED | ERASED):
            self._check_texts(entry)
        if found is not None:
            self.parts.take(entry, found)
            self._sums.mirrored += 0 if found.counter_account_id is None else entry.amount
        self._sums.entries += entry.amount
        self.report.entries += 1
        self._owed += entry.owed_change
        self._last = entry

    def go_on_behind(self, row: bytes | None) -> None:
        """Begin with the last sealed entry, which `row` has to be: as the log says it is. What comes before is not looked at."""
        self.parts.is_whole = False
        entry = None if row is None else numbers(row)
        if row is None or entry is None or entry.sequence != self._sealed_up_to:
            self._find(f"entry {self._sealed_up_to} is missing", self._sealed_up_to)
        else:
            found = details(row) if entry.flags & (LOTS | ACTS) else None
            if not self._is_as_sealed(entry, self._encoding(row, entry, found)):
                self._find(f"entry {entry.sequence} is not what was sealed", entry.sequence)
        self._last = entry

    def close(self, lots: Rests | None = None, owed: OwedRows | None = None) -> None:
        """The end of the chain: what the account's row, its `lots` and its debts must say; without those, it alone."""
        account, sequence = self.account, self._last.sequence if self._last else 0
        self._check_own_mac()
        if self._last is None and not self.parts.is_whole:
            return
        if max(account.sequence, self._sealed_up_to) > sequence:
            self._find(f"entries after sequence {sequence} are missing", sequence)
        elif account.sequence < sequence:
            self._find(f"its row ends at sequence {account.sequence}, its entries at {sequence}", sequence)
        else:
            self._check_row()
        if self.parts.is_whole and lots is not None and owed is not None:
            self.parts.close(lots, owed)

    def _check(self, row: bytes, entry: Numbers, found: Details | None) -> None:
        """Its place, its MAC, its sums, its leaf: one finding at most."""
        last, encoded = self._last, self._encoding(row, entry, found)
        is_key_missing = entry.key_id not in self._macs
        if is_key_missing:
            self._could_not_look(f"entry {entry.sequence}: {KeyMissing(entry.key_id)}", entry.sequence)
        # What needs no key is looked at all the same: an unknown key hides nothing that is sealed.
        if entry.sequence != (last.sequence + 1 if last else 1):
            self._find(_hole(last.sequence if last else 0, entry.sequence), entry.sequence)
        elif not is_key_missing and not self._continues(entry, encoded):
            self._find(f"entry {entry.sequence} does not continue the chain", entry.sequence)
        elif not _adds_up(last, entry):
            self._find(f"entry {entry.sequence} does not add up", entry.sequence)
        elif last and entry.at < last.at:
            self._find(f"entry {entry.sequence} is earlier than the one before", entry.sequence)
        elif not self._is_as_sealed(entry, encoded):
            self._find(f"entry {entry.sequence} is not what was sealed", entry.sequence)

    def _continues(self, entry: Numbers, encoded: bytes | None) -> bool:
        return encoded is not None and self._macs[entry.key_id](self._before(entry) + encoded) == entry.mac

    def _encoding(self, row: bytes, entry: Numbers, found: Details | None) -> bytes | None:
        """None where no encoding knows such a row: then it has no MAC at all."""
        if entry.version != ENTRY_VERSION or entry.key_id < 0:
            return None
        return encoding(row, entry, found)

    def _before(self, entry: Numbers) -> bytes:
        if self._last is not None:
            return self._last.mac
        return genesis(keyring().key(entry.key_id), self.account.pk, self.account.currency_code)

    def _is_as_sealed(self, entry: Numbers, encoded: bytes | None) -> bool:
        """Whether its leaf is the one that it must have; an entry behind all that is sealed has none."""
        if entry.flags & SEALED:
            return encoded is not None and sha256(b"\0" + encoded + entry.mac).digest() == entry.leaf
        if entry.sequence <= self._sealed_up_to:
            return False
        self.report.count_unsealed(entry.moment)
        return True

    def _check_texts(self, entry: Numbers) -> None:
        self.report.erased_texts += (entry.flags & ERASED) >> ERASED_SHIFT
        for name, flag in TEXTS.items():
            if entry.flags & flag:
                self._find(f"the {name} of entry {entry.sequence} was changed", entry.sequence)

    def _check_row(self) -> None:
        last = self._last
        derived: dict[str, object] = {
            "head": last.mac if last else None,
            "balance": last.balance if last else 0,
            "held": last.held if last else 0,
            "last_at": EPOCH + timedelta(microseconds=last.moment) if last else None,
        }
        if self.parts.is_whole:
            derived |= {"owed": self._owed, "in_lots": self.parts.in_lots, "due_at": self.parts.due_at(last.held if last else 0)}
        for name, value in derived.items():
            stored = getattr(self.account, name)
            if (bytes(stored) if isinstance(stored, memoryview) else stored) != value:
                shown = "" if isinstance(value, bytes) else f" is {stored}, its entries say {value}"
                self._find(f"its {name}{shown or ' is not the MAC of its last entry'}")

    def _check_own_mac(self) -> None:
        try:
            if not is_intact(self.account):
                self._find("its row does not carry the MAC of what it says")
        except KeyMissing as missing:
            self._could_not_look(f"its row: {missing}")
        own, last = self.account.key_id, self._last
        if last is not None and is_older(own, last.key_id, self._retired):
            self._find(f"its row carries key {own}, which was retired before key {last.key_id} wrote its last entry")

    def _find(self, problem: str, sequence: int | None = None) -> None:
        self.report.find([Finding(problem, self.account.pk, sequence)])

    def _could_not_look(self, problem: str, sequence: int | None = None) -> None:
        self.report.find([Unreadable(problem, self.account.pk, sequence)])


def _adds_up(last: Numbers | None, entry: Numbers) -> bool:
    balance, held = (last.balance, last.held) if last else (0, 0)
    return entry.balance == balance + entry.amount and entry.held == held + entry.held_change


def _hole(last: int, here: int) -> str:
    if here <= last:
        return f"entry {here} is there twice"
    missing = f"entry {last + 1} is" if here == last + 2 else f"entries {last + 1} to {here - 1} are"
    return f"{missing} missing"
