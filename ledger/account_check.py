"""One account, checked: its chain walked from the first entry to the head, then its row and lots against the sums."""

import hmac
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ledger.encoding import genesis, mac, text_digest
from ledger.errors import KeyMissing
from ledger.keys import KeyRing
from ledger.lots import LotShare, first_end, merge, shares_of
from ledger.models import ERASABLE_TEXTS, Account, Entry
from ledger.seals import entry_bytes, is_intact

UNREADABLE = (ValueError, TypeError, OverflowError, struct.error)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold: what, and where."""

    problem: str
    account_id: int | None = None
    sequence: int | None = None

    def __str__(self) -> str:
        where = "" if self.account_id is None else f"account {self.account_id}: "
        return where + self.problem


class AccountCheck:
    """Takes an account's entries in order, and then its lots. `findings` says what does not hold, `unreadable` what no key fits.

    After a break it goes on from what the row itself says, so that one wrong row is one finding.
    """

    def __init__(self, account: Account, ring: KeyRing) -> None:
        self.account = account
        self.findings: list[Finding] = []
        self.unreadable: list[Finding] = []
        self.entries = 0
        self.erased_texts = 0
        self._ring = ring
        self._sequence = 0
        self._head: bytes | None = None
        self._balance = self._held = self._owed = 0
        self._rests: list[LotShare] = []

    def take(self, entry: Entry) -> None:
        """The account's next entry."""
        self.entries += 1
        if entry.sequence == self._sequence + 1:
            self._with_key(lambda: self._check_link(entry), entry.sequence)
        else:
            self._find(_hole(self._sequence, entry.sequence), entry.sequence)
        self._check_texts(entry)
        self._sequence = entry.sequence
        self._head = bytes(entry.mac)
        self._balance, self._held = entry.balance, entry.held
        self._owed += entry.owed_change
        self._rests = merge([*self._rests, *_shares_of(entry)]) if entry.lots else self._rests

    def close(self, rests: Iterable[LotShare]) -> None:
        """The end of the chain: what the account's row and its `rests` of lots must say."""
        account = self.account
        if account.sequence > self._sequence:
            self._find(f"entries after sequence {self._sequence} are missing", self._sequence)
        elif account.sequence < self._sequence:
            self._find(f"its row ends at sequence {account.sequence}, its entries at {self._sequence}", self._sequence)
        else:
            self._check_row()
        if sorted(merge(rests), key=str) != sorted(self._rests, key=str):
            self._find("its lots are not what its entries leave of them")
        self._with_key(self._check_own_mac)

    def _check_own_mac(self) -> None:
        if not is_intact(self.account):
            self._find("its row does not carry the MAC of what it says")

    def _with_key(self, check: Callable[[], None], sequence: int | None = None) -> None:
        """Nothing can be said of a row whose key is not there; of the others it can."""
        try:
            check()
        except KeyMissing as missing:
            where = "its row" if sequence is None else f"entry {sequence}"
            self.unreadable.append(Finding(f"{where}: {missing}", self.account.pk, sequence))

    def _check_link(self, entry: Entry) -> None:
        key = self._ring.key(entry.key_id)
        before = self._head or genesis(key, self.account.pk, self.account.currency_code)
        if not hmac.compare_digest(_mac_of(key, before, entry), bytes(entry.mac)):
            self._find(f"entry {entry.sequence} does not continue the chain", entry.sequence)
        elif entry.balance != self._balance + entry.amount or entry.held != self._held + entry.held_change:
            self._find(f"entry {entry.sequence} does not add up", entry.sequence)

    def _check_texts(self, entry: Entry) -> None:
        for name in ERASABLE_TEXTS:
            text, salt, digest = (getattr(entry, name + part) for part in ("", "_salt", "_digest"))
            if text is None and salt is None:
                self.erased_texts += digest is not None
            elif None in (text, salt, digest) or text_digest(bytes(salt), text) != bytes(digest):
                self._find(f"the {name} of entry {entry.sequence} was changed", entry.sequence)

    def _check_row(self) -> None:
        account = self.account
        derived = {
            "head": self._head,
            "balance": self._balance,
            "held": self._held,
            "owed": self._owed,
            "in_lots": sum(lot.amount for lot in self._rests),
            "due_at": first_end(self._rests, self._held),
        }
        for name, value in derived.items():
            stored = getattr(account, name)
            if (bytes(stored) if isinstance(stored, memoryview) else stored) != value:
                shown = "" if isinstance(value, bytes) else f" is {stored}, its entries say {value}"
                self._find(f"its {name}{shown or ' is not the MAC of its last entry'}")

    def _find(self, problem: str, sequence: int | None = None) -> None:
        self.findings.append(Finding(problem, self.account.pk, sequence))


def _mac_of(key: bytes, before: bytes, entry: Entry) -> bytes:
    try:
        return mac(key, before, entry_bytes(entry))
    except UNREADABLE:
        # A version or a lot that no encoding knows: such a row has no MAC at all.
        return b""


def _shares_of(entry: Entry) -> list[LotShare]:
    try:
        return shares_of(entry)
    except UNREADABLE:
        # The chain has said so already.
        return []


def _hole(last: int, here: int) -> str:
    if here <= last:
        return f"entry {here} is there twice"
    missing = f"entry {last + 1} is" if here == last + 2 else f"entries {last + 1} to {here - 1} are"
    return f"{missing} missing"
