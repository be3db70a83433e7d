"""Lock, decide, post: in that order, and the types make another order impossible."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg.types.numeric import Int8

from ledger import debts, entries, interest, lots
from ledger.conditions import Condition
from ledger.encoding import EPOCH
from ledger.entries import Written
from ledger.errors import AccountNotIntact, EventReused, PreconditionFailed
from ledger.holds import after, lapsed, read_live, release, store
from ledger.kinds import House, Kind
from ledger.lots import LotShare
from ledger.models import Account, Debt, Entry, Hold
from ledger.movements import Circumstances, Event, Movement
from ledger.possible import require_possible
from ledger.seals import is_intact, seal_account

logger = logging.getLogger(__name__)

# Who writes what is due, and why. The words are the same for everybody, so they need no erasing.
SERVICE = "service"
LAPSED = Circumstances(SERVICE, reason="Hold expired")
EXPIRED = Circumstances(SERVICE, reason="Credit expired")
REPAID = Circumstances(SERVICE, reason="Debt repaid")

# A plain movement and a transfer lock one account or two, without more ado.
PIPELINED_FROM = 3

_FIELDS = [field.attname for field in Account._meta.concrete_fields]
_COLUMNS = ", ".join(f'"{field.column}"' for field in Account._meta.concrete_fields)

# The outer SELECT runs once the row is locked: the clock and the entry's id are read behind the wait, not before.
LOCK_ACCOUNT = f"""
SELECT locked.*, nextval('ledger_entry_id_seq'), clock_timestamp(), pg_current_xact_id()::text::bigint
FROM (SELECT {_COLUMNS} FROM ledger_account WHERE id = %s FOR NO KEY UPDATE) AS locked"""  # noqa: S608

CHANGE_ACCOUNT = "UPDATE ledger_account SET status = %s, credit_line = %s, version = %s, key_id = %s, mac = %s WHERE id = %s"


def lock_accounts(*account_ids: int) -> "Book":
    """Lock accounts in ascending order of their ids, check that nobody changed them behind our back, and settle what is due.

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
        ids = sorted(set(account_ids))
        for account_id, row in zip(ids, _locked_rows(cursor, ids), strict=True):
            if row is None:
                raise Account.DoesNotExist(f"there is no account {account_id}")
            *columns, entry_id, clock, xid = row
            book._enter(Account.from_db("default", _FIELDS, columns), entry_id, clock, xid)
    # Only now is it known what time it is.
    book._settle()
    return book


def _locked_rows(cursor: Any, ids: Sequence[int]) -> Iterator[Any]:
    """The rows, locked in this order. Many of them in one round trip, each by an equality all the same (docs/ledger.md)."""
    if len(ids) < PIPELINED_FROM:
        for account_id in ids:
            cursor.execute(LOCK_ACCOUNT, [Int8(account_id)])
            yield cursor.fetchone()
        return
    # Django's cursor knows no `returning`.
    with connection.wrap_database_errors:
        cursor.cursor.executemany(LOCK_ACCOUNT, [[Int8(account_id)] for account_id in ids], returning=True)
        yield cursor.cursor.fetchone()
        while cursor.cursor.nextset():
            yield cursor.cursor.fetchone()


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
        self._found_at: dict[int, int] = {}
        self._lots: dict[int, list[LotShare]] = {}
        self._holds: dict[int, list[Hold]] = {}
        self._debts: dict[int, list[Debt]] = {}
        self._entry_ids: list[int] = []
        self._xid = 0
        # What was posted and not sent yet, where somebody posts much at once.
        self._waiting: list[Written] | None = None
        self._changed: dict[int, Account] = {}

    def __getitem__(self, account_id: int) -> Account:
        return self._accounts[account_id]

    def entries_of(self, event: Event) -> list[Entry]:
        """The entries that `event` wrote to the locked accounts earlier, as `post` returned them; none if it did not happen yet.

        Raises:
            EventReused: its key asked for something else then.
        """
        if event.is_new:
            return []
        written = list(Entry.objects.filter(account_id__in=self._accounts, key=event.key).order_by("id"))
        if any(bytes(entry.asked or b"") != event.asked for entry in written):
            raise EventReused(event.key)
        return _repayments_last(written)

    def require(self, account_id: int, condition: Condition | None) -> None:
        """Refuse unless the account is as `condition` says: its balance now, or its sequence when it was locked.

        The sequence is the one that a reader was shown: settling what is due, which he was shown as done, raises it.

        Raises:
            PreconditionFailed: it is not.
        """
        if condition is None:
            return
        account, found_at = self._accounts[account_id], self._found_at[account_id]
        if not condition.holds(balance=account.balance, sequence=found_at):
            raise PreconditionFailed(balance=account.money(account.balance), sequence=found_at)

    def burn(self, account_id: int, amount_minor: int) -> list[LotShare]:
        """The lots that a debit of `amount_minor` would take from now, as negative shares."""
        account = self._accounts[account_id]
        return lots.burn(self._lots_of(account), amount_minor, account.held)

    def lots_of(self, account_id: int) -> list[LotShare]:
        """The account's lots, as rests."""
        return list(self._lots_of(self._accounts[account_id]))

    def debts_of(self, account_id: int) -> list[Debt]:
        """What the account owes, the oldest debt first."""
        return list(self._debts_of(self._accounts[account_id]))

    def holds_of(self, account_id: int) -> list[Hold]:
        """The account's live holds: none of them is past its end."""
        return list(self._holds_of(self._accounts[account_id]))

    def is_live(self, hold: Hold) -> bool:
        """Whether `hold` is one of its account's live ones, which come to what the account's row says is held."""
        return any(live.sequence == hold.sequence for live in self._holds_of(self._accounts[hold.account_id]))

    def post(self, *movements: Movement, event: Event) -> list[Entry]:
        """Write all movements or none, once per `event`. An event that was posted before returns its entries.

        Every credit but a loan's own leg repays the oldest debts of its account, right behind it and at most its amount
        less its fee, of each the principal before the interest; a frozen account repays as well. What is returned are the
        movements' entries and their fees' in their order, then the repayments.
        Where a movement lowers what is held, lots that have ended and were covered by it expire behind it.

        Raises:
            EventReused: `event` names earlier, different movements.
            AmountOutOfRange: a movement carries nothing, or more than one may.
            CurrencyMismatch: an account does not hold the currency of its movement.
            AccountFrozen: a movement that is not bound touches a frozen account.
            AccountMirrored: a movement that mirrors nothing touches an account whose points lie at another site.
            BalanceLimitExceeded: an account would hold more than any may.
            InsufficientFunds: an account cannot pay.
        """
        if earlier := self.entries_of(event):
            return earlier
        legs: Counter[int] = Counter()
        written = []
        for movement in self._with_repayments(movements):
            account = self._accounts[movement.account_id]
            require_possible(account, movement)
            written.append(self._write(account, movement, event, legs[account.pk]))
            legs[account.pk] += 1
        for account_id in sorted({movement.account_id for movement in movements if movement.held_change < 0}):
            self._expire(self._accounts[account_id])
        return _repayments_last(written)

    def repay(
        self, account_id: int, up_to_minor: int, *, event: Event, why: Circumstances = REPAID, only: int | None = None
    ) -> list[Entry]:
        """Repay debts out of what is there, once per `event`: `up_to_minor` of it, as far as it is available.

        The oldest first; with `only` the debt of that sequence alone. Where it repays nothing, no event is kept.
        """
        account = self._accounts[account_id]
        free = max(0, min(up_to_minor, account.available))
        chosen = [debt for debt in self._debts_of(account) if only in (None, debt.sequence)]
        movements = list(debts.repayments(account, chosen, free, why))
        return self.post(*movements, event=event) if movements else []

    def set_terms(self, account_id: int, *, status: str | None = None, credit_line: int | None = None) -> None:
        """Freeze, thaw, or change how far the account may go below zero, in minor units."""
        account = self._accounts[account_id]
        account.status = account.status if status is None else status
        account.credit_line = account.credit_line if credit_line is None else credit_line
        seal_account(account)
        if self._waiting is None:
            self._send_terms([account])
        else:
            self._changed[account_id] = account

    @contextmanager
    def sending_together(self) -> Iterator[None]:
        """What is posted or set inside is written when this is left, in a round trip or two: for batches over many accounts.

        Only for events that are new: those inside are not found before. Whoever leaves by an exception rolls back.
        """
        self._waiting, self._changed = [], {}
        yield
        waiting, self._waiting = self._waiting, None
        if waiting:
            entries.send(waiting)
        # Behind the entries: each row then has the MAC of all that it says.
        if self._changed:
            self._send_terms(self._changed.values())

    def _send_terms(self, changed: Iterable[Account]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(
                CHANGE_ACCOUNT,
                [
                    [account.status, account.credit_line, account.version, account.key_id, bytes(account.mac), account.pk]
                    for account in changed
                ],
            )

    def _enter(self, account: Account, entry_id: int, clock: datetime, xid: int) -> None:
        if not is_intact(account):
            logger.critical("account %s was changed outside the service: it refuses to move", account.pk)
            raise AccountNotIntact(account.pk)
        self._accounts[account.pk] = account
        self._found_at[account.pk] = account.sequence
        self._entry_ids.append(entry_id)
        self._xid = xid
        self.now = max(self.now, clock, account.last_at or clock)

    def _settle(self) -> None:
        """Write what is due: releases, expiries, then interest, one entry for each. Lock and state guard them: no key does."""
        for account in self._accounts.values():
            if account.due_at is None or account.due_at > self.now:
                continue
            for hold in lapsed(self._holds_of(account), self.now):
                self._write(account, release(hold, account.money(0), LAPSED))
            self._expire(account)
            self._accrue(account)

    def _expire(self, account: Account) -> None:
        for share in lots.ended(self._lots_of(account), account.held, self.now):
            amount = account.money(share.amount)
            self._write(account, Movement(account.pk, Kind.EXPIRY, amount, House.EXPIRED, EXPIRED, shares=[share]))

    def _accrue(self, account: Account) -> None:
        debts_due = interest.bearing(self._debts_of(account), self.now)
        amounts = interest.interest_on(debts_due)
        for debt in debts_due:
            self._write(account, interest.accrual(account, debt, amounts))

    def _with_repayments(self, movements: Iterable[Movement]) -> Iterator[Movement]:
        """Each movement, and once it is written its fee, and what the rest of it repays."""
        for movement in movements:
            yield movement
            rest = movement.amount.minor
            if movement.fee:
                yield movement.fee
                rest += movement.fee.amount.minor
            account = self._accounts[movement.account_id]
            if debts.repays(movement):
                yield from debts.repayments(account, self._debts_of(account), rest, REPAID)

    def _write(self, account: Account, movement: Movement, event: Event | None = None, leg: int | None = None) -> Entry:
        shares = self._shares(account, movement)
        entry = entries.make(account, movement, shares, entry_id=self._next_entry_id(), at=self.now, xid=self._xid)
        if event:
            entry.key, entry.asked, entry.leg = event.key, event.asked, leg
        rests = lots.merge([*self._lots_of(account), *shares]) if shares else None
        owed = debts.after(self._debts_of(account), entry) if entry.owed_change else None
        live = self._holds_of(account) if rests is not None or entry.held_change else None
        if live is not None and entry.held_change:
            live = after(live, entry)
        due_at = self._due_at(account, entry, rests, live, owed)
        entries.append(account, entry, shares, due_at=due_at, told=movement.told, waiting=self._waiting)
        if rests is not None:
            lots.store(account.pk, rests, shares)
            self._lots[account.pk] = rests
        if live is not None and entry.held_change:
            store(entry)
            self._holds[account.pk] = live
        if owed is not None:
            debts.store(owed, entry)
            self._debts[account.pk] = owed
        return entry

    def _due_at(
        self,
        account: Account,
        entry: Entry,
        rests: list[LotShare] | None,
        live: list[Hold] | None,
        owed: list[Debt] | None,
    ) -> datetime | None:
        """A function of lots, holds and debts as the entry leaves them, None where it leaves them alone: if all, it stays."""
        if live is None and owed is None:
            return account.due_at
        hold_ends = [hold.ends for hold in (self._holds_of(account) if live is None else live)]
        debt_ends = [debt.bears_at for debt in (self._debts_of(account) if owed is None else owed)]
        return lots.due_at(self._lots_of(account) if rests is None else rests, entry.held, [*hold_ends, *debt_ends])

    def _shares(self, account: Account, movement: Movement) -> list[LotShare]:
        """What the movement adds to the account's lots, or takes from them."""
        amount = movement.amount.minor
        if movement.shares is not None:
            return list(movement.shares)
        if movement.choose is not None:
            return list(movement.choose(account, self._lots_of(account)))
        if amount > 0:
            return [LotShare(account.sequence + 1, movement.expires_at, amount)] if movement.is_lot else []
        if amount == 0:
            return []
        # A capture takes from what is held, everybody else from behind it.
        return lots.burn(self._lots_of(account), -amount, 0 if movement.held_change else account.held)

    def _holds_of(self, account: Account) -> list[Hold]:
        """The account's live holds, read once."""
        if account.pk not in self._holds:
            live = read_live(account)
            _require_sum(account, "holds", sum(hold.amount for hold in live), account.held)
            self._holds[account.pk] = live
        return self._holds[account.pk]

    def _lots_of(self, account: Account) -> list[LotShare]:
        """The account's lots, read once. Their account's lock is theirs; an account without any reads nothing."""
        if account.pk not in self._lots:
            rests = lots.read(account.pk) if account.in_lots else []
            _require_sum(account, "lots", sum(lot.amount for lot in rests), account.in_lots)
            self._lots[account.pk] = rests
        return self._lots[account.pk]

    def _debts_of(self, account: Account) -> list[Debt]:
        """The account's debts, read once."""
        if account.pk not in self._debts:
            owed = debts.read(account)
            _require_sum(account, "debts", sum(debt.rest for debt in owed), account.owed)
            self._debts[account.pk] = owed
        return self._debts[account.pk]

    def _next_entry_id(self) -> int:
        return self._entry_ids.pop(0) if self._entry_ids else entries.next_id()


def _repayments_last(written: list[Entry]) -> list[Entry]:
    """Behind what was asked for, whose order stays."""
    return sorted(written, key=lambda entry: entry.kind in debts.REPAYS)


def _require_sum(account: Account, name: str, found: int, stated: int) -> None:
    """Lots, holds and debts have no MAC of their own, but what they come to stands in the account's."""
    if found != stated:
        logger.critical("account %s: its %s come to %s, its row says %s; it refuses to move", account.pk, name, found, stated)
        raise AccountNotIntact(account.pk)
