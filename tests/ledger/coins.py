"""An account of the model (tests/ledger/model.py): money in single coins, laid in the order in which they are spent.

A coin is the end of its lot and the number of the entry that brought it; a coin
outside lots has none of that and is only counted. Held are the first so many coins,
whoever holds them: every rule about holds and lots is a rule about a position in the row.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ledger.errors import InsufficientFunds, ReversalExceedsOriginal
from ledger.kinds import Kind

NEVER = datetime.max.replace(tzinfo=UTC)
BEGINNING = datetime.min.replace(tzinfo=UTC)

Coin = tuple[datetime, int]


class No(Exception):
    def __init__(self, refusal: type[Exception]) -> None:
        super().__init__(refusal.__name__)
        self.refusal = refusal


def insist(condition: bool, refusal: type[Exception]) -> None:
    if not condition:
        raise No(refusal)


@dataclass
class Row:
    """An entry. `coins` is what it brought or took, in the order of spending; None is a coin outside lots."""

    kind: Kind
    amount: int
    coins: Sequence[Coin | None] = ()
    of: int | None = None
    owed: int = 0
    order: int | None = None
    # Of a transfer: which account and row its sides and its fee are.
    group: dict[str, tuple[int, int]] = field(default_factory=dict)


@dataclass
class Owed:
    """A debt. What it costs from `bears_at` on is minor units, or a share of a hundred."""

    principal: int
    interest: int = 0
    bears_at: datetime | None = None
    fixed: int = 0
    percent: Decimal = Decimal(0)

    @property
    def rest(self) -> int:
        return self.principal + self.interest

    def bear(self) -> int:
        share = (self.principal * self.percent / 100).to_integral_value(ROUND_HALF_UP)
        self.interest = max(1, self.fixed or int(share))
        return self.interest


class Account:
    def __init__(self) -> None:
        self.coins: list[Coin] = []
        self.loose = 0
        self.holds: dict[int, tuple[int, datetime | None]] = {}
        self.lapsed: set[int] = set()
        self.debts: dict[int, Owed] = {}
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
    def owed(self) -> int:
        return sum(debt.rest for debt in self.debts.values())

    @property
    def withdrawable(self) -> int:
        """Coins outside lots that are not among the held ones, but those that are owed."""
        return max(0, self.loose - max(0, self.held - len(self.coins)) - self.owed)

    @property
    def due_at(self) -> datetime | None:
        first_free = [end for end, _ in self.coins[self.held : self.held + 1] if end != NEVER]
        bears = [debt.bears_at for debt in self.debts.values() if debt.bears_at and not debt.interest]
        return min([*first_free, *(end for _, end in self.holds.values() if end), *bears], default=None)

    def row(self, number: int) -> Row:
        return self.rows[number - 1]

    def given_back(self, number: int) -> bool:
        return any(row.of == number for row in self.rows)

    def write(self, row: Row) -> int:
        self.rows.append(row)
        self.last_at = self.now
        return len(self.rows)

    def settle(self, now: datetime) -> None:
        """Releases first, by end; then what has ended and is not among the held coins; then interest, of each debt once."""
        self.now = now
        over = sorted((end, number) for number, (_, end) in self.holds.items() if end and end <= now)
        for _, number in over:
            del self.holds[number]
            self.lapsed.add(number)
            self.write(Row(Kind.RELEASE, 0, of=number))
        self.expire()
        due = [(debt.bears_at, number) for number, debt in self.debts.items() if debt.bears_at and not debt.interest]
        for bears_at, number in sorted(due):
            if bears_at <= now:
                self.write(Row(Kind.INTEREST, 0, of=number, owed=self.debts[number].bear()))

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

    def gain(self, row: Row, fee: int = 0) -> None:
        """Coins come in; a fee is taken out of them; then the oldest debts are paid of what is left, of what is not held."""
        self.put(row.coins)
        self.write(row)
        if fee:
            self.write(Row(Kind.FEE, -fee, self.take(fee, self.held)))
        self.repay(row.amount - fee, sorted(self.debts))

    def repay(self, left: int, numbers: Sequence[int]) -> None:
        """Of each of these debts the principal first, then what came on top."""
        for number in numbers:
            debt = self.debts[number]
            if part := min(left, debt.principal):
                left -= part
                self.write(Row(Kind.REPAYMENT, -part, self.take(part, self.held), number, -part))
                debt.principal -= part
            if part := min(left, debt.interest):
                left -= part
                self.write(Row(Kind.INTEREST, -part, self.take(part, self.held), number, -part))
                debt.interest -= part
            if not debt.rest:
                del self.debts[number]

    def borrow(self, amount: int, **terms: Any) -> None:
        self.put([(NEVER, len(self.rows) + 1)] * amount)
        self.debts[self.write(Row(Kind.DEBT, amount, owed=amount))] = Owed(amount, **terms)

    def give_debit_back(self, number: int, amount: int | None, kind: Kind = Kind.REVERSAL) -> None:
        row = self.row(number)
        amount = -row.amount if amount is None else amount
        insist(amount <= -row.amount, ReversalExceedsOriginal)
        # The last `amount` coins of the row: what is left is what a smaller debit would have taken.
        back = row.coins[len(row.coins) - amount :]
        self.gain(Row(kind, amount, [(NEVER, coin[1]) if coin and coin[0] <= self.now else coin for coin in back], number))

    def asked_back(self, number: int, amount: int | None) -> int:
        """How much of a credit goes back: `amount`, or all that has not expired."""
        most = self.row(number).amount - self.expired[number]
        amount = most if amount is None else amount
        insist(0 < amount <= most, ReversalExceedsOriginal)
        return amount

    def give_credit_back(self, number: int, amount: int | None) -> list[Coin | None]:
        row, amount = self.row(number), self.asked_back(number, amount)
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
