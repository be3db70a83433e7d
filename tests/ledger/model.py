"""The ledger's rules once more, as naive as can be: two accounts (tests/ledger/coins.py), what is done to them, and a clock.

It shares no code with the ledger, only the names of kinds and refusals.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Self

from django.db import IntegrityError

from bnpl.errors import NothingOwed, RepaymentExceedsDebt
from codes.errors import CodeAlreadyRedeemed, CodeExpired, CodeInvalid
from ledger.errors import (
    AccountFrozen,
    AlreadyReversed,
    CaptureExceedsHold,
    HoldExpired,
    HoldNotActive,
    InsufficientFunds,
    NotReversible,
    OrderNotPaid,
    OrderRefunded,
    PreconditionFailed,
    RefundExceedsOrder,
    ReversalExceedsOriginal,
)
from ledger.kinds import Kind
from tests.ledger.coins import NEVER, Account, No, Row, insist
from transfers.errors import RecipientNotFound
from wallets.errors import ExpiryPassed, SpendingLimitExceeded
from withdrawals.errors import FeeTakesAll, WithdrawableExceeded, WithdrawalNotPending

REVERSIBLE = {Kind.CREDIT, Kind.CASHBACK, Kind.MILESTONE, Kind.REDEMPTION, Kind.DEBIT, Kind.CAPTURE, Kind.TRANSFER}


@dataclass(frozen=True)
class Wish:
    """What a conditional write asks of the account."""

    balance_gte: int | None = None
    sequence: int | None = None


@dataclass
class Code:
    """`by` are those who redeemed it; `each` is how often one of them may, `only` who alone."""

    amount: int
    most: int
    each: int | None
    end: datetime | None
    only: int | None
    by: list[int] = field(default_factory=list)
    void: bool = False


@dataclass
class Lender:
    """Who may pay later, how much at most and at least, when it costs something, and what."""

    eligible: set[int] = field(default_factory=lambda: {0, 1})
    most: int = 70
    least: int = 10
    lasts: timedelta = timedelta(days=1)
    fixed: int = 0
    percent: Decimal = Decimal("7.5")


@dataclass
class Payout:
    """Whose it is, the rows that took it, and whether it was given back."""

    who: int
    rows: list[int]
    back: bool = False


class Ledger:
    """Two accounts and a clock. A verb raises `No`; `attempt` says what the answer is, and forgets what a refusal did."""

    def __init__(self, now: datetime) -> None:
        self.accounts = [Account(), Account()]
        self.clock = now
        self.fee = 0
        self.codes: list[Code] = []
        self.payouts: list[Payout] = []
        self.lender = Lender()

    def attempt(self, verb: Callable[[Self], None]) -> type[Exception] | None:
        tried = deepcopy(self)
        try:
            verb(tried)
        except No as no:
            return no.refusal
        self.__dict__ = tried.__dict__
        return None

    def seen(self, who: int) -> Account:
        """What a reader is shown: what is due is gone, whether or not somebody has written it."""
        account = deepcopy(self.accounts[who])
        account.settle(self.clock)
        return account

    def lock(self, *numbers: int) -> list[Account]:
        accounts = [self.accounts[number] for number in numbers]
        now = max(self.clock, *(account.last_at for account in accounts))
        for account in accounts:
            account.found = len(account.rows)
            account.settle(now)
        return accounts

    def run_job(self) -> None:
        for number, account in enumerate(self.accounts):
            if account.due_at and account.due_at <= self.clock:
                self.lock(number)

    def credit(self, who: int, amount: int, kind: Kind, end: datetime | None, wish: Wish) -> None:
        (account,) = self.lock(who)
        insist(not account.frozen, AccountFrozen)
        insist(end is None or end > account.now, ExpiryPassed)
        insist_on(account, wish)
        is_lot = end is not None or kind in {Kind.CASHBACK, Kind.MILESTONE}
        account.gain(Row(kind, amount, [(end or NEVER, len(account.rows) + 1) if is_lot else None] * amount))

    def redeem(self, who: int, number: int) -> None:
        code = self.codes[number]
        (account,) = self.lock(who)
        insist(not account.frozen, AccountFrozen)
        insist(code.only in {None, who} and not code.void, CodeInvalid)
        insist(len(code.by) < code.most and (code.each is None or code.by.count(who) < code.each), CodeAlreadyRedeemed)
        insist(code.end is None or code.end > account.now, CodeExpired)
        code.by.append(who)
        account.gain(Row(Kind.REDEMPTION, code.amount, [(NEVER, len(account.rows) + 1)] * code.amount))

    def void_code(self, number: int) -> None:
        code = self.codes[number]
        insist(code.void or len(code.by) < code.most, CodeAlreadyRedeemed)
        code.void = True

    def debit(self, who: int, amount: int, partial: bool, wish: Wish, order: int | None, later: bool = False) -> None:
        (account,) = self.lock(who)
        insist(not account.frozen, AccountFrozen)
        if partial:
            amount = min(amount, account.available)
        insist(account.limit is None or amount <= account.limit, SpendingLimitExceeded)
        insist_on(account, wish)
        missing = amount - account.available
        if later and missing > 0 and self._lends(who, amount, missing):
            costs = {"fixed": self.lender.fixed, "percent": self.lender.percent}
            bears_at = account.now + self.lender.lasts if any(costs.values()) else None
            account.borrow(missing, bears_at=bears_at, **costs)
        insist(0 < amount <= account.available, InsufficientFunds)
        account.write(Row(Kind.DEBIT, -amount, account.take(amount, account.held), order=order))

    def _lends(self, who: int, order: int, missing: int) -> bool:
        lender = self.lender
        return who in lender.eligible and order >= lender.least and self.accounts[who].owed + missing <= lender.most

    def repay(self, who: int, number: int | None, amount: int | None) -> None:
        (account,) = self.lock(who)
        numbers = [debt for debt in sorted(account.debts) if number in {None, debt}]
        owed = sum(account.debts[debt].rest for debt in numbers)
        own = max(0, account.balance - account.held)
        insist(owed > 0, NothingOwed)
        insist(amount is None or amount <= owed, RepaymentExceedsDebt)
        insist(own >= (amount or 1), InsufficientFunds)
        account.repay(amount or min(own, owed), numbers)

    def hold(self, who: int, amount: int, lasts: timedelta | None, wish: Wish) -> None:
        (account,) = self.lock(who)
        insist(not account.frozen, AccountFrozen)
        insist(account.limit is None or amount <= account.limit, SpendingLimitExceeded)
        insist_on(account, wish)
        insist(amount <= account.available, InsufficientFunds)
        number = account.write(Row(Kind.HOLD, 0))
        account.holds[number] = (amount, None if lasts is None else account.now + lasts)

    def capture(self, who: int, hold: int, amount: int | None, order: int | None) -> None:
        (account,) = self.lock(who)
        held = self._live(account, hold)
        amount = held if amount is None else amount
        insist(amount <= held, CaptureExceedsHold)
        taken = account.take(amount, 0)
        del account.holds[hold]
        account.write(Row(Kind.CAPTURE, -amount, taken, of=hold, order=order))
        account.expire()

    def void(self, who: int, hold: int) -> None:
        (account,) = self.lock(who)
        self._live(account, hold)
        del account.holds[hold]
        account.write(Row(Kind.RELEASE, 0, of=hold))
        account.expire()

    def _live(self, account: Account, hold: int) -> int:
        insist(hold not in account.lapsed, HoldExpired)
        insist(hold in account.holds, HoldNotActive)
        return account.holds[hold][0]

    def transfer(self, sender: int, recipient: int, amount: int, wish: Wish) -> None:
        giving, getting = self.lock(sender, recipient)
        fee = self.fee
        insist(not getting.frozen, RecipientNotFound)
        insist(not giving.frozen, AccountFrozen)
        insist(giving.limit is None or amount + fee <= giving.limit, SpendingLimitExceeded)
        insist_on(giving, wish)
        insist(amount + fee <= giving.balance - giving.held, InsufficientFunds)
        taken = giving.take(amount, giving.held)
        arriving = [coin and (coin[0], len(getting.rows) + 1) for coin in taken]
        group = {
            "sent": (sender, giving.write(Row(Kind.TRANSFER, -amount, taken))),
            "received": (recipient, len(getting.rows) + 1),
        }
        getting.gain(Row(Kind.TRANSFER, amount, arriving))
        if fee:
            group["fee"] = (sender, giving.write(Row(Kind.FEE, -fee, giving.take(fee, giving.held))))
        for who, number in group.values():
            self.accounts[who].row(number).group = group

    def withdraw(self, who: int, amount: int) -> None:
        """Net and fee, of coins outside lots alone."""
        (account,) = self.lock(who)
        insist(not account.frozen, AccountFrozen)
        insist(self.fee < amount, FeeTakesAll)
        insist(amount <= account.withdrawable, WithdrawableExceeded)
        account.loose -= amount
        legs = [(Kind.WITHDRAWAL, amount - self.fee), (Kind.FEE, self.fee)]
        self.payouts.append(Payout(who, [account.write(Row(kind, -leg, [None] * leg)) for kind, leg in legs if leg]))

    def give_withdrawal_back(self, number: int) -> None:
        """Each row once, frozen or not."""
        payout = self.payouts[number]
        insist(not payout.back, WithdrawalNotPending)
        payout.back = True
        (account,) = self.lock(payout.who)
        for row in payout.rows:
            account.give_debit_back(row, None, Kind.WITHDRAWAL_RETURN)

    def reverse(self, who: int, number: int, amount: int | None) -> None:
        row = self.accounts[who].row(number)
        self.lock(*((0, 1) if row.kind == Kind.TRANSFER else (who,)))
        account = self.accounts[who]
        insist(row.kind in REVERSIBLE, NotReversible)
        insist(not account.given_back(number), AlreadyReversed)
        if row.kind == Kind.TRANSFER:
            self._transfer_back(row, amount)
        elif row.amount < 0:
            account.give_debit_back(number, amount)
        else:
            account.give_credit_back(number, amount)

    def refund(self, who: int, order: int, amount: int | None) -> None:
        """The order's debits and captures come back, the newest first, the last of them perhaps in part; frozen or not."""
        (account,) = self.lock(who)
        taken = [number for number, row in enumerate(account.rows, 1) if row.order == order]
        insist(bool(taken), OrderNotPaid)
        left = [number for number in taken if not account.given_back(number)]
        insist(bool(left), OrderRefunded)
        most = -sum(account.row(number).amount for number in left)
        amount = most if amount is None else amount
        insist(amount <= most, RefundExceedsOrder)
        while amount:
            number = left.pop()
            part = min(amount, -account.row(number).amount)
            account.give_debit_back(number, part, Kind.REFUND)
            amount -= part

    def _transfer_back(self, row: Row, amount: int | None) -> None:
        (sender, sent), (recipient, received) = row.group["sent"], row.group["received"]
        giving, getting = self.accounts[recipient], self.accounts[sender]
        insist(amount in {None, abs(row.amount)}, ReversalExceedsOriginal)
        given = giving.give_credit_back(received, abs(row.amount))
        getting.gain(Row(Kind.REVERSAL, abs(row.amount), [coin and (coin[0], len(getting.rows) + 1) for coin in given], sent))
        if "fee" in row.group:
            getting.give_debit_back(row.group["fee"][1], None)

    def borrow(self, who: int, amount: int, is_bound: bool) -> None:
        (account,) = self.lock(who)
        insist(is_bound or not account.frozen, AccountFrozen)
        account.borrow(amount)

    def take_back(self, who: int, wanted: list[tuple[int, int | None]]) -> None:
        """Credits that whoever paid for them takes back, frozen or not: what is missing is owed."""
        (account,) = self.lock(who)
        asked = []
        for number, amount in wanted:
            row = account.row(number)
            is_credit = row.amount > 0 and row.kind in {*REVERSIBLE, Kind.TOPUP} - {Kind.TRANSFER}
            insist(is_credit, NotReversible)
            insist(not account.given_back(number), AlreadyReversed)
            asked.append(account.asked_back(number, amount))
        missing = sum(asked) - account.available
        if missing > 0:
            account.borrow(missing)
        for (number, _), amount in zip(wanted, asked, strict=True):
            account.give_credit_back(number, amount)

    def set_line(self, who: int, line: int) -> None:
        (account,) = self.lock(who)
        insist(account.loose + line >= 0 and account.balance + line >= account.held, IntegrityError)
        account.line = line

    def set_limit(self, who: int, limit: int | None) -> None:
        self.lock(who)[0].limit = limit

    def freeze(self, who: int, frozen: bool) -> None:
        self.lock(who)[0].frozen = frozen


def insist_on(account: Account, wish: Wish) -> None:
    """The sequence is the one that a reader could see, before the lock settled what was due."""
    insist(wish.balance_gte is None or account.balance >= wish.balance_gte, PreconditionFailed)
    insist(wish.sequence is None or account.found == wish.sequence, PreconditionFailed)
