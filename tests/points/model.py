"""The rules of points once more, on top of the ledger's (tests/ledger/model.py): fees, orders, discounts, pushes, the sweep.

It shares no code with the service, only the names of kinds and refusals.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from ledger.errors import AccountFrozen, EventReused, InsufficientFunds
from ledger.kinds import Kind
from points.errors import NoPoints
from tests.ledger.coins import Account, Row, insist
from tests.ledger.model import Ledger
from wallets.errors import SpendingLimitExceeded


@dataclass
class Fee:
    """Nothing, so many coins, or a share of a hundred."""

    kind: str = "none"
    figure: Decimal = Decimal(0)

    def on(self, amount: int) -> int:
        exact = {"none": Decimal(0), "fixed": self.figure, "percent": amount * self.figure / 100}[self.kind]
        return int(exact.to_integral_value(ROUND_HALF_UP))


@dataclass
class Shop:
    """What the operator has set. A coin of money is a coin of points where a ratio is 1."""

    add_fee: Fee = field(default_factory=Fee)
    subtract_fee: Fee = field(default_factory=Fee)
    per_purchase: Decimal = Decimal(0)
    per_money: Decimal = Decimal(1)
    frozen_take_points: bool = False
    fee_wallet: int | None = None


class Points(Ledger):
    """`sealed` is what the house had of fees when it was last written down, None until then or while a sweep is not in it."""

    def __init__(self, now: datetime) -> None:
        super().__init__(now)
        self.shop = Shop()
        self.orders: dict[tuple[int, int], int] = {}
        self.pushes: dict[int, tuple[tuple[int, int], type[Exception] | None]] = {}
        self.swept: set[tuple[int, int]] = set()
        self.sealed: int | None = None

    @property
    def fees(self) -> int:
        """What the house has of fees: all that were paid, less what was given back of them, and what was brought away."""
        rows = [(who, number) for who in (0, 1) for number in range(1, len(self.accounts[who].rows) + 1)]
        return -sum(self.accounts[who].row(number).amount for who, number in rows if self._is_of_fees(who, number))

    def _is_of_fees(self, who: int, number: int) -> bool:
        row = self.accounts[who].row(number)
        return row.kind == Kind.FEE or (who, number) in self.swept or (row.of is not None and self._is_of_fees(who, row.of))

    def is_enough(self, who: int, amount: int) -> bool:
        return amount + self.shop.subtract_fee.on(amount) <= self.seen(who).available

    def charge(self, who: int, amount: int) -> None:
        if amount < 0:
            return self.withdraw_points(who, -amount)
        (account,) = self.lock(who)
        self._add(account, Row(Kind.CREDIT, amount, [None] * amount))

    def withdraw_points(self, who: int, amount: int, order: int | None = None) -> None:
        (account,) = self.lock(who)
        self._take(account, amount, order)

    def buy(self, who: int, order: int, cents: int) -> None:
        """Once for each order and wallet, whatever the ratio is by then."""
        (account,) = self.lock(who)
        insist(self.orders.get((who, order), cents) == cents, EventReused)
        if (who, order) not in self.orders:
            amount = int((cents * self.shop.per_purchase).to_integral_value(ROUND_FLOOR))
            insist(amount > 0, NoPoints)
            self.orders[who, order] = cents
            self._add(account, Row(Kind.GRANT, amount, [None] * amount))

    def spend(self, who: int, order: int, cents: int) -> None:
        (account,) = self.lock(who)
        amount = int((cents * self.shop.per_money).to_integral_value(ROUND_CEILING))
        insist(amount > 0, NoPoints)
        self._take(account, amount, order)

    def push(self, who: int, number: int, amount: int) -> None:
        """Decided once, a refusal as well."""
        asked, _ = self.pushes.get(number, ((who, amount), None))
        insist(asked == (who, amount), EventReused)
        if number not in self.pushes:
            refusal = self.attempt(lambda model: model.withdraw_points(who, amount))
            self.pushes[number] = (who, amount), refusal

    def seal(self) -> None:
        self.sealed = self.fees

    def sweep(self) -> int:
        who, amount = self.shop.fee_wallet, self.sealed or 0
        if who is None or amount <= 0:
            return 0
        (account,) = self.lock(who)
        insist(not account.frozen, AccountFrozen)
        self.sealed = None
        self.swept.add((who, len(account.rows) + 1))
        account.gain(Row(Kind.CREDIT, amount, [None] * amount))
        return amount

    def _add(self, account: Account, row: Row) -> None:
        insist(self.shop.frozen_take_points or not account.frozen, AccountFrozen)
        account.gain(row, fee=min(row.amount, self.shop.add_fee.on(row.amount)))

    def _take(self, account: Account, amount: int, order: int | None) -> None:
        fee = self.shop.subtract_fee.on(amount)
        insist(not account.frozen, AccountFrozen)
        insist(account.limit is None or amount + fee <= account.limit, SpendingLimitExceeded)
        insist(amount + fee <= account.available, InsufficientFunds)
        account.write(Row(Kind.DEBIT, -amount, account.take(amount, account.held), order=order))
        if fee:
            account.write(Row(Kind.FEE, -fee, account.take(fee, account.held)))
