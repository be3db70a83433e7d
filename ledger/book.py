"""Lock, decide, post: in that order, and the types make another order impossible."""

import logging
from datetime import datetime

from django.db import connection
from psycopg.types.numeric import Int8

from ledger import entries, lots
from ledger.encoding import EPOCH
from ledger.errors import (
    AccountFrozen,
    AccountNotIntact,
    AmountOutOfRange,
    BalanceLimitExceeded,
    CurrencyMismatch,
    EventReused,
    InsufficientFunds,
)
from ledger.lots import LotShare
from ledger.models import Account, Entry
from ledger.money import AMOUNT_MAX, BALANCE_MAX
from ledger.movements import Event, Movement
from ledger.seals import is_intact, seal_account

logger = logging.getLogger(__name__)

_FIELDS = [field.attname for field in Account._meta.concrete_fields]
_COLUMNS = ", ".join(f'"{field.column}"' for field in Account._meta.concrete_fields)

# The outer SELECT runs once the row is locked: the clock and the entry's id are read behind the wait, not before.
LOCK_ACCOUNT = f"""
SELECT locked.*, nextval('ledger_entry_id_seq'), clock_timestamp(), pg_current_xact_id()::text::bigint
FROM (SELECT {_COLUMNS} FROM ledger_account WHERE id = %s FOR NO KEY UPDATE) AS locked"""  # noqa: S608

CHANGE_ACCOUNT = "UPDATE ledger_account SET status = %s, credit_line = %s, version = %s, key_id = %s, mac = %s WHERE id = %s"


def lock_accounts(*account_ids: int) -> "Book":
    """Lock accounts in ascending order of their ids and check that nobody changed them behind our back.

    Call it inside a transaction, once, after the idempotency claim and the business
    row are locked and before anything is decided.

    Raises:
        AccountNotIntact: a row does not carry the MAC of what it says.
        KeyMissing: a row's key is not in the ring.
        Account.DoesNotExist: there is no such account.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("accounts are locked inside a transaction")
    book = Book()
    with connection.cursor() as cursor:
        for account_id in sorted(set(account_ids)):
            cursor.execute(LOCK_ACCOUNT, [Int8(account_id)])
            row = cursor.fetchone()
            if row is None:
                raise Account.DoesNotExist(f"there is no account {account_id}")
            *columns, entry_id, clock, xid = row
            book._enter(Account.from_db("default", _FIELDS, columns), entry_id, clock, xid)
    return book


class Book:
    """Locked accounts, open for posting.

    Only `lock_accounts` makes one, so nobody can post what he decided before the
    lock. It is of no use after the transaction that locked it.

    `now` is the one time of this transaction: the clock read behind the lock, or
    the latest entry of the locked accounts where that is later.
    """

    def __init__(self) -> None:
        self.now = EPOCH
        self._accounts: dict[int, Account] = {}
        self._lots: dict[int, list[LotShare]] = {}
        self._entry_ids: list[int] = []
        self._xid = 0

    def __getitem__(self, account_id: int) -> Account:
        return self._accounts[account_id]

    def entries_of(self, event: Event) -> list[Entry]:
        """The entries that `event` wrote to the locked accounts earlier; none if it did not happen yet.

        Raises:
            EventReused: its key asked for something else then.
        """
        if event.is_new:
            return []
        written = list(Entry.objects.filter(account_id__in=self._accounts, key=event.key).order_by("id"))
        if any(bytes(entry.asked or b"") != event.asked for entry in written):
            raise EventReused(event.key)
        return written

    def post(self, *movements: Movement, event: Event) -> list[Entry]:
        """Write all movements or none, once per `event`. An event that was posted before returns its entries.

        Raises:
            EventReused: `event` names earlier, different movements.
            AmountOutOfRange: a movement carries nothing, or more than one may.
            CurrencyMismatch: an account does not hold the currency of its movement.
            AccountFrozen: a movement that is not bound touches a frozen account.
            BalanceLimitExceeded: an account would hold more than any may.
            InsufficientFunds: an account cannot pay.
        """
        if earlier := self.entries_of(event):
            return earlier
        legs: dict[int, int] = {}
        written = []
        for movement in movements:
            account = self._accounts[movement.account_id]
            require_possible(account, movement)
            leg = legs[account.pk] = legs.get(account.pk, -1) + 1
            written.append(self._write(account, movement, event, leg))
        return written

    def set_terms(self, account_id: int, *, status: str | None = None, credit_line: int | None = None) -> None:
        """Freeze, thaw, or change how far the account may go below zero, in minor units."""
        account = self._accounts[account_id]
        account.status = account.status if status is None else status
        account.credit_line = account.credit_line if credit_line is None else credit_line
        seal_account(account)
        with connection.cursor() as cursor:
            cursor.execute(
                CHANGE_ACCOUNT,
                [account.status, account.credit_line, account.version, account.key_id, bytes(account.mac), account.pk],
            )

    def _enter(self, account: Account, entry_id: int, clock: datetime, xid: int) -> None:
        if not is_intact(account):
            logger.critical("account %s was changed outside the service: it refuses to move", account.pk)
            raise AccountNotIntact(account.pk)
        self._accounts[account.pk] = account
        self._entry_ids.append(entry_id)
        self._xid = xid
        self.now = max(self.now, clock, account.last_at or clock)

    def _write(self, account: Account, movement: Movement, event: Event, leg: int) -> Entry:
        shares = self._shares(account, movement)
        entry = entries.make(account, movement, shares, entry_id=self._next_entry_id(), at=self.now, xid=self._xid)
        entry.key, entry.asked, entry.leg = event.key, event.asked, leg
        rests = lots.merge([*self._lots_of(account), *shares]) if shares else None
        entries.append(account, entry, shares, due_at=account.due_at if rests is None else lots.first_end(rests, account.held))
        if rests is not None:
            lots.store(account.pk, rests, shares)
            self._lots[account.pk] = rests
        return entry

    def _shares(self, account: Account, movement: Movement) -> list[LotShare]:
        """What the movement adds to the account's lots, or takes from them."""
        amount = movement.amount.minor
        if amount > 0:
            return [LotShare(account.sequence + 1, movement.expires_at, amount)] if movement.is_lot else []
        return lots.burn(self._lots_of(account), -amount, account.held)

    def _lots_of(self, account: Account) -> list[LotShare]:
        """The account's lots, read once. Their account's lock is theirs; an account without any reads nothing."""
        if account.pk not in self._lots:
            self._lots[account.pk] = lots.read(account.pk) if account.in_lots else []
        return self._lots[account.pk]

    def _next_entry_id(self) -> int:
        return self._entry_ids.pop(0) if self._entry_ids else entries.next_id()


def require_possible(account: Account, movement: Movement) -> None:
    """Refuse what `Book.post` says it refuses, in the order in which it says so."""
    amount = movement.amount
    if not 1 <= abs(amount.minor) <= AMOUNT_MAX:
        raise AmountOutOfRange(amount.minor)
    if amount.currency.code != account.currency_code:
        raise CurrencyMismatch(account_id=account.pk, holds=account.currency_code, asked=amount.currency.code)
    if account.is_frozen and not movement.is_bound:
        raise AccountFrozen(account.pk)
    if account.balance + amount.minor > BALANCE_MAX:
        raise BalanceLimitExceeded(balance=account.money(account.balance), amount=amount)
    if amount.minor < 0 and account.available < -amount.minor:
        raise InsufficientFunds(required=account.money(-amount.minor), available=account.money(account.available))
