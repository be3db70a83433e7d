"""The ledger's rules once more, as naive as can be: money in single coins, laid in the order in which they are spent.

It shares no code with the ledger, only the names of kinds and refusals. A coin is
the end of its lot and the number of the entry that brought it; a coin outside lots
has none of that and is only counted. Held are the first so many coins, whoever
holds them: every rule about holds and lots is a rule about a position in the row.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import IntegrityError

from codes.errors import CodeAlreadyRedeemed, CodeExpired, CodeInvalid
from ledger.errors import (
    AccountFrozen,
    AlreadyReversed,
    CaptureExceedsHold,
    HoldExpired,
    HoldNotActive,
    InsufficientFunds,
    NotReversible,
    PreconditionFailed,
    ReversalExceedsOriginal,
)
from ledger.kinds import Kind
from transfers.errors import RecipientNotFound
from wallets.errors import ExpiryPassed, SpendingLimitExceeded

NEVER = datetime.max.replace(tzinfo=UTC)
BEGINNING = datetime.min.replace(tzinfo=UTC)
REVERSIBLE = {Kind.CREDIT, Kind.CASHBACK, Kind.MILESTONE, Kind.REDEMPTION, Kind.DEBIT, Kind.CAPTURE, Kind.TRANSFER}

Coin = tuple[datetime, int]


class No(Exception):
    def __init__(self, refusal: type[Exception]) -> None:
        super().__init__(refusal.__name__)
        self.refusal = refusal


def insist(condition: bool, refusal: type[Exception]) -> None:
    if not condition:
        raise No(refusal)


@dataclass(frozen=True)
class Wish:
    """What a conditional write asks of the account."""

    balance_gte: int | None = None
    sequence: int | None = None


@dataclass
class Row:
    """An entry. `coins` is what it brought or took, in the order of spending; None is a coin outside lots."""

    kind: Kind
    amount: int
    coins: Sequence[Coin | None] = ()
    of: int | None = None
    # Of a transfer: which account and row its sides and its fee are.
    group: dict[str, tuple[int, int]] = field(default_factory=dict)


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


class Account:
    def __init__(self) -> None:
        self.coins: list[Coin] = []
        self.loose = 0
        self.holds: dict[int, tuple[int, datetime | None]] = {}
        self.lapsed: set[int] = set()
        self.rows: list[Row] = []
        self.expired: Counter[int] = Counter()
        self.frozen = False
        self.line = 0
        self.limit: int | None = None
        self.last_at = BEGINNING
        self.now = BEGINNING
        self.found = 0

    @property
    def balance(self) -> int:
        return len(self.coins) + self.loose

    @property
    def held(self) -> int:
        return sum(amount for amount, _ in self.holds.values())

    @property
    def available(self) -> int:
        return self.balance + self.line - self.held

    @property
    def due_at(self) -> datetime | None:
        first_free = [end for end, _ in self.coins[self.held : self.held + 1] if end != NEVER]
        return min([*first_free, *(end for _, end in self.holds.values() if end)], default=None)

    def row(self, number: int) -> Row:
        return self.rows[number - 1]

    def given_back(self, number: int) -> bool:
        return any(row.of == number for row in self.rows)

    def write(self, row: Row) -> int:
        self.rows.append(row)
        self.last_at = self.now
        return len(self.rows)

    def settle(self, now: datetime) -> None:
        """Releases first, by end; then what has ended and is not among the held coins."""
        self.now = now
        over = sorted((end, number) for number, (_, end) in self.holds.items() if end and end <= now)
        for _, number in over:
            del self.holds[number]
            self.lapsed.add(number)
            self.write(Row(Kind.RELEASE, 0, of=number))
        self.expire()

    def expire(self) -> None:
        free = self.coins[self.held :]
        for coin, count in sorted(Counter(coin for coin in free if coin[0] <= self.now).items()):
            self.write(Row(Kind.EXPIRY, -count))
            self.expired[coin[1]] += count
        self.coins = self.coins[: self.held] + [coin for coin in free if coin[0] > self.now]

    def take(self, amount: int, skip: int) -> list[Coin | None]:
        """Spend coins from position `skip` on; what they do not cover is taken outside lots."""
        taken: list[Coin | None] = [*self.coins[skip : skip + amount]]
        del self.coins[skip : skip + amount]
        missing = amount - len(taken)
        self.loose -= missing
        return taken + [None] * missing

    def put(self, coins: Sequence[Coin | None]) -> None:
        self.coins = sorted([*self.coins, *(coin for coin in coins if coin)])
        self.loose += sum(coin is None for coin in coins)

    def give_debit_back(self, number: int, amount: int | None) -> None:
        row = self.row(number)
        amount = -row.amount if amount is None else amount
        insist(amount <= -row.amount, ReversalExceedsOriginal)
        # The last `amount` coins of the row: what is left is what a smaller debit would have taken.
        back = row.coins[len(row.coins) - amount :]
        self.put([(NEVER, coin[1]) if coin and coin[0] <= self.now else coin for coin in back])
        self.write(Row(Kind.REVERSAL, amount, of=number))

    def give_credit_back(self, number: int, amount: int | None) -> list[Coin | None]:
        row = self.row(number)
        most = row.amount - self.expired[number]
        amount = most if amount is None else amount
        insist(0 < amount <= most, ReversalExceedsOriginal)
        insist(amount <= self.available, InsufficientFunds)
        own = [coin for coin in self.coins if coin[1] == number][:amount]
        for coin in own:
            self.coins.remove(coin)
        missing = amount - len(own)
        outside = min(missing, sum(coin is None for coin in row.coins), max(self.loose + self.line, 0))
        self.loose -= outside
        given: list[Coin | None] = [*own, *([None] * outside), *self.take(missing - outside, 0)]
        self.write(Row(Kind.REVERSAL, -amount, of=number))
        return given


class Ledger:
    """Two accounts and a clock. A verb raises `No`; `attempt` says what the answer is, and forgets what a refusal did."""

    def __init__(self, now: datetime) -> None:
        self.accounts = [Account(), Account()]
        self.clock = now
        self.fee = 0
        self.codes: list[Code] = []

    def attempt(self, verb: Callable[["Ledger"], None]) -> type[Exception] | None:
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
        coins: list[Coin | None] = [(end or NEVER, len(account.rows) + 1) if is_lot else None] * amount
        account.put(coins)
        account.write(Row(kind, amount, coins))

    def redeem(self, who: int, number: int) -> None:
        code = self.codes[number]
        (account,) = self.lock(who)
        insist(not account.frozen, AccountFrozen)
        insist(code.only in {None, who} and not code.void, CodeInvalid)
        insist(len(code.by) < code.most and (code.each is None or code.by.count(who) < code.each), CodeAlreadyRedeemed)
        insist(code.end is None or code.end > account.now, CodeExpired)
        code.by.append(who)
        coins: list[Coin | None] = [(NEVER, len(account.rows) + 1)] * code.amount
        account.put(coins)
        account.write(Row(Kind.REDEMPTION, code.amount, coins))

    def void_code(self, number: int) -> None:
        code = self.codes[number]
        insist(code.void or len(code.by) < code.most, CodeAlreadyRedeemed)
        code.void = True

    def debit(self, who: int, amount: int, partial: bool, wish: Wish) -> None:
        (account,) = self.lock(who)
        insist(not account.frozen, AccountFrozen)
        if partial:
            amount = min(amount, account.available)
        insist(account.limit is None or amount <= account.limit, SpendingLimitExceeded)
        insist_on(account, wish)
        insist(0 < amount <= account.available, InsufficientFunds)
        account.write(Row(Kind.DEBIT, -amount, account.take(amount, account.held)))

    def hold(self, who: int, amount: int, lasts: timedelta | None, wish: Wish) -> None:
        (account,) = self.lock(who)
        insist(not account.frozen, AccountFrozen)
        insist(account.limit is None or amount <= account.limit, SpendingLimitExceeded)
        insist_on(account, wish)
        insist(amount <= account.available, InsufficientFunds)
        number = account.write(Row(Kind.HOLD, 0))
        account.holds[number] = (amount, None if lasts is None else account.now + lasts)

    def capture(self, who: int, hold: int, amount: int | None) -> None:
        (account,) = self.lock(who)
        held = self._live(account, hold)
        amount = held if amount is None else amount
        insist(amount <= held, CaptureExceedsHold)
        taken = account.take(amount, 0)
        del account.holds[hold]
        account.write(Row(Kind.CAPTURE, -amount, taken, of=hold))
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
        getting.put(arriving)
        group = {
            "sent": (sender, giving.write(Row(Kind.TRANSFER, -amount, taken))),
            "received": (recipient, getting.write(Row(Kind.TRANSFER, amount, arriving))),
        }
        if fee:
            group["fee"] = (sender, giving.write(Row(Kind.FEE, -fee, giving.take(fee, giving.held))))
        for who, number in group.values():
            self.accounts[who].row(number).group = group

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

    def _transfer_back(self, row: Row, amount: int | None) -> None:
        (sender, sent), (recipient, received) = row.group["sent"], row.group["received"]
        giving, getting = self.accounts[recipient], self.accounts[sender]
        insist(amount in {None, abs(row.amount)}, ReversalExceedsOriginal)
        given = giving.give_credit_back(received, abs(row.amount))
        getting.put([coin and (coin[0], len(getting.rows) + 1) for coin in given])
        getting.write(Row(Kind.REVERSAL, abs(row.amount), of=sent))
        if "fee" in row.group:
            getting.give_debit_back(row.group["fee"][1], None)

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
