"""Histories of two wallets, kept by the service and by the model (tests/ledger/model.py) side by side.

Same verdicts, rows, balances, lots, holds and debts; and what a rehearsal says is what the
act does. What is due is settled by whoever comes first: a verb behind its lock, a
reader, the job. The model knows one rule for the three, and they are held to it at
every step.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar
from uuid import uuid4

from django.db import IntegrityError, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from audit.services import erase_texts
from bnpl.services import allow, disallow, repay
from codes.services import find_code, redeem_code, void_code
from ledger.book import lock_accounts
from ledger.conditions import Condition
from ledger.debts import loan
from ledger.due import settle_due, show_settled
from ledger.errors import Refusal
from ledger.kinds import Kind
from ledger.lots import shares_of
from ledger.models import Account, Debt, Entry, Hold, Lot
from ledger.movements import Event
from ledger.rehearsal import rehearse
from ledger.reversals import reverse, taken_back
from ledger.verifying import verify
from people.models import User
from refunds.services import refund_order
from site_settings.services import change_settings
from tests.codes.making import new_code
from tests.conftest import WHY
from tests.ledger.clock import Clock
from tests.ledger.coins import NEVER
from tests.ledger.model import REVERSIBLE, Code, Ledger, Wish
from tests.ledger.transfers import switch_on, transfer
from tests.ledger.withdrawals import COMES_BACK, give_back, withdraw
from wallets.holds import capture_hold, place_hold, void_hold
from wallets.models import Wallet
from wallets.services import change_wallet, credit, debit, open_wallet

START = datetime(2030, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)

WHO = st.integers(0, 1)
GIFTS = st.integers(1, 90)
AMOUNTS = st.integers(1, 40)
PARTS = st.one_of(st.none(), AMOUNTS)
NUMBERS = st.integers(0, 200)
# What a debit is for: few orders, so that some are paid in parts.
ORDERS = st.sampled_from([None, 1, 2])
KINDS = st.sampled_from([Kind.CREDIT, Kind.CREDIT, Kind.TOPUP, Kind.CASHBACK, Kind.MILESTONE])
# Few moments, so that ends meet one another and the clock.
ENDS = st.one_of(st.none(), st.integers(1, 8).map(lambda hours: START + hours * HOUR))
# Who alone may redeem a code.
ONLY = st.sampled_from([None, None, 0, 1])
# A hold without an end is the service's own: nobody else captures or voids it.
LASTS = st.integers(1, 3).map(lambda hours: hours * HOUR)
# Now and then a clock is set back: the last entry's time counts then.
STEPS = st.sampled_from([HOUR, HOUR, HOUR / 2, 3 * HOUR, -HOUR / 4])
# Mostly none; else a balance, or the sequence as it is and one off.
WISHES = st.one_of(
    *[st.none()] * 6, st.builds(Wish, balance_gte=st.integers(0, 120)), st.builds(Wish, sequence=st.sampled_from([0, 0, -1, 1]))
)

Verb = Callable[[], Any]


class History(RuleBasedStateMachine):
    clock: ClassVar[Clock]
    kept_by: ClassVar[type[Ledger]] = Ledger

    def __init__(self) -> None:
        super().__init__()
        # What an example has written is gone with it: the job looks at all accounts there are.
        self._example = transaction.atomic()
        self._example.__enter__()
        self.wallets = [self._new_wallet(), self._new_wallet()]
        self.model = self.kept_by(START)
        self.clock.set(START)
        switch_on()
        self._set_lender()
        self.codes: list[str] = []
        self.verified = [0, 0]
        self.done: list[tuple[Verb, list[int], tuple[int, ...]]] = []

    def teardown(self) -> None:
        try:
            assert verify().findings == []
        finally:
            transaction.set_rollback(True)
            self._example.__exit__(None, None, None)

    @initialize()
    def begins_with_money(self) -> None:
        for who in (0, 1):
            self.credits(who, 60, Kind.CREDIT, None, None)
            self.credits(who, 40, Kind.CREDIT, START + 2 * HOUR, None)

    @rule(who=WHO, amount=GIFTS, kind=KINDS, end=ENDS, wish=WISHES)
    def credits(self, who: int, amount: int, kind: Kind, end: datetime | None, wish: Wish | None) -> None:
        wish = self._meant(who, wish)
        verb = partial(credit, **self._asked(who, amount, wish), kind=kind, expires_at=end)
        self._agree(verb, lambda model: model.credit(who, amount, kind, end, wish), who)

    @rule(
        amount=GIFTS,
        most=st.integers(1, 3),
        each=st.sampled_from([None, 1, 2]),
        end=ENDS,
        only=st.sampled_from([None, None, 0, 1]),
    )
    def a_code_is_made(self, amount: int, most: int, each: int | None, end: datetime | None, only: int | None) -> None:
        restricted = None if only is None else self.wallets[only].user
        terms = {"max_redemptions": most, "max_per_user": each, "expires_at": end, "restrict_to_user": restricted}
        self.codes.append(new_code(amount, **terms))
        self.model.codes.append(Code(amount, most, each, end, only))

    @precondition(lambda self: self.codes)
    @rule(who=WHO, number=NUMBERS)
    def redeems(self, who: int, number: int) -> None:
        number %= len(self.codes)
        asked: dict[str, Any] = {
            "code": self.codes[number],
            "user": self.wallets[who].user,
            "event": Event.named(str(uuid4())),
            "actor": "test",
        }
        self._agree(lambda: redeem_code(**asked).entry, lambda model: model.redeem(who, number), who)

    @precondition(lambda self: self.codes)
    @rule(number=NUMBERS)
    def a_code_is_voided(self, number: int) -> None:
        number %= len(self.codes)
        self._agree(partial(self._void_code, self.codes[number]), lambda model: model.void_code(number))

    @rule(who=WHO, amount=AMOUNTS, is_partial=st.booleans(), wish=WISHES, order=ORDERS)
    def debits(self, who: int, amount: int, is_partial: bool, wish: Wish | None, order: int | None) -> None:
        wish = self._meant(who, wish)
        asked = {**self._asked(who, amount, wish), "why": replace(WHY, order_id=order)}
        verb = partial(debit, **asked, allow_partial=is_partial)
        self._agree(verb, lambda model: model.debit(who, amount, is_partial, wish, order), who)

    @rule(who=WHO, amount=GIFTS, wish=WISHES)
    def pays_later(self, who: int, amount: int, wish: Wish | None) -> None:
        wish = self._meant(who, wish)
        verb = partial(debit, **self._asked(who, amount, wish), pays_later=True)
        self._agree(verb, lambda model: model.debit(who, amount, False, wish, None, later=True), who)

    @rule(kind=st.sampled_from(["none", "fixed", "percent"]), figure=st.sampled_from(["0.5", "3", "7.5", "50"]))
    def what_is_lent_costs(self, kind: str, figure: str) -> None:
        cost = Decimal(figure)
        self.model.lender.fixed = max(1, int(cost + Decimal("0.5"))) if kind == "fixed" else 0
        self.model.lender.percent = cost if kind == "percent" else Decimal(0)
        change_settings({"bnpl_interest_type": kind, "bnpl_interest_amount": cost}, actor="test")

    @rule(who=WHO)
    def may_pay_later_or_not(self, who: int) -> None:
        user, eligible = self.wallets[who].user, self.model.lender.eligible
        assert (disallow if who in eligible else allow)(user=user)
        eligible ^= {who}

    @rule(who=WHO, number=NUMBERS, amount=PARTS)
    def repays(self, who: int, number: int, amount: int | None) -> None:
        """Mostly whatever is owed; else a debt, which may be repaid."""
        made = Entry.objects.filter(account_id=self.wallets[who].pk, kind=Kind.DEBT).order_by("sequence")
        debt = made[number % len(made)] if made and number % 3 == 0 else None
        debt_id, sequence = (debt.pk, debt.sequence) if debt else (None, None)
        verb = partial(self._repay, self.wallets[who], debt_id, self._money(who, amount), Event.named(str(uuid4())))
        self._agree(verb, lambda model: model.repay(who, sequence, amount), who)

    @rule(who=WHO, amount=AMOUNTS, lasts=LASTS, wish=WISHES)
    def holds(self, who: int, amount: int, lasts: timedelta | None, wish: Wish | None) -> None:
        wish = self._meant(who, wish)
        verb = partial(place_hold, **self._asked(who, amount, wish), expires_in=lasts)
        self._agree(verb, lambda model: model.hold(who, amount, lasts, wish), who)

    @rule(who=WHO, number=NUMBERS, amount=PARTS, order=ORDERS)
    def captures(self, who: int, number: int, amount: int | None, order: int | None) -> None:
        if hold := self._hold(who, number):
            why, money = replace(WHY, order_id=order), self._money(who, amount)
            verb = partial(capture_hold, hold=hold, amount=money, event=Event.named(str(uuid4())), why=why)
            self._agree(verb, lambda model: model.capture(who, hold.sequence, amount, order), who)

    @rule(who=WHO, number=NUMBERS)
    def voids(self, who: int, number: int) -> None:
        if hold := self._hold(who, number):
            verb = partial(void_hold, hold=hold, event=Event.named(str(uuid4())), why=WHY)
            self._agree(verb, lambda model: model.void(who, hold.sequence), who)

    @rule(sender=WHO, amount=AMOUNTS, wish=WISHES)
    def transfers(self, sender: int, amount: int, wish: Wish | None) -> None:
        wish = self._meant(sender, wish)
        condition = Condition(balance_gte=wish.balance_gte, sequence=wish.sequence)
        sides = (self.wallets[sender], self.wallets[1 - sender])
        verb = partial(transfer, *sides, amount, Event.named(str(uuid4())), condition=condition)
        self._agree(verb, lambda model: model.transfer(sender, 1 - sender, amount, wish), 0, 1)

    @rule(who=WHO, amount=AMOUNTS)
    def withdraws(self, who: int, amount: int) -> None:
        verb = partial(withdraw, self.wallets[who], amount, Event.named(str(uuid4())))
        self._agree(verb, lambda model: model.withdraw(who, amount), who)

    @rule(number=NUMBERS, how=st.sampled_from(COMES_BACK))
    def a_withdrawal_comes_back(self, number: int, how: str) -> None:
        """Mostly one that has not yet, else any there was. Who decides twice is refused: it is no event that comes again."""
        if payouts := self.model.payouts:
            fit = [n for n, payout in enumerate(payouts) if not payout.back]
            number = fit[number % len(fit)] if fit and number % 4 else number % len(payouts)
            verb, who = partial(give_back, number, how), payouts[number].who
            self._agree(verb, lambda model: model.give_withdrawal_back(number), who, is_repeatable=False)

    @rule(fee=st.integers(0, 3))
    def the_fee_changes(self, fee: int) -> None:
        switch_on(fee)
        self.model.fee = fee

    @rule(who=WHO, number=NUMBERS, amount=PARTS)
    def reverses(self, who: int, number: int, amount: int | None) -> None:
        """Mostly one that may be given back, else any there is."""
        account = self.model.accounts[who]
        if rows := account.rows:
            fit = [n for n, row in enumerate(rows, 1) if row.kind in REVERSIBLE and not account.given_back(n)]
            number = fit[number % len(fit)] if fit and number % 4 else 1 + number % len(rows)
            entry = Entry.objects.get(account_id=self.wallets[who].pk, sequence=number)
            verb = partial(reverse, entry=entry, amount=self._money(who, amount), event=Event.named(str(uuid4())), why=WHY)
            self._agree(verb, lambda model: model.reverse(who, number, amount), *((0, 1) if entry.counter_account_id else (who,)))

    @rule(who=WHO, order=st.integers(1, 2), amount=PARTS)
    def refunds(self, who: int, order: int, amount: int | None) -> None:
        asked: dict[str, Any] = {"wallet": self.wallets[who], "order_id": order, "amount": self._money(who, amount)}
        verb = partial(refund_order, **asked, event=Event.named(str(uuid4())), by=None, actor="test")
        self._agree(verb, lambda model: model.refund(who, order, amount), who)

    @rule(who=WHO, amount=AMOUNTS, is_bound=st.booleans())
    def owes(self, who: int, amount: int, is_bound: bool) -> None:
        verb = partial(self._borrow, self.wallets[who], amount, Event.named(str(uuid4())), is_bound=is_bound)
        self._agree(verb, lambda model: model.borrow(who, amount, is_bound), who)

    @rule(who=WHO, numbers=st.tuples(NUMBERS, NUMBERS), amount=PARTS)
    def takes_back(self, who: int, numbers: tuple[int, int], amount: int | None) -> None:
        """Mostly credits, one or two of them; else any row there is."""
        rows = self.model.accounts[who].rows
        credits = [n for n, row in enumerate(rows, 1) if row.amount > 0 and row.kind != Kind.REVERSAL]
        if found := credits if credits and numbers[0] % 5 else [*range(1, len(rows) + 1)]:
            wanted = [(number, amount) for number in {found[number % len(found)] for number in numbers}]
            verb = partial(self._take_back, self.wallets[who], wanted, Event.named(str(uuid4())))
            self._agree(verb, lambda model: model.take_back(who, wanted), who)

    @precondition(lambda self: self.done)
    @rule(number=NUMBERS)
    def repeats_an_event(self, number: int) -> None:
        """It settles what is due, as every lock does, and returns what it did then."""
        verb, written, accounts = self.done[number % len(self.done)]
        assert [entry.pk for entry in as_list(verb())] == written
        self.model.lock(*accounts)

    @rule(step=STEPS)
    def time_passes(self, step: timedelta) -> None:
        self.model.clock += step
        self.clock.set(self.model.clock)

    @rule()
    def a_debt_comes_to_bear_interest(self) -> None:
        """The first of those that will, whenever that is."""
        debts = [debt for account in self.model.accounts for debt in account.debts.values()]
        if ahead := [debt.bears_at for debt in debts if debt.bears_at and debt.bears_at > self.model.clock]:
            self.time_passes(min(ahead) - self.model.clock)

    @rule()
    def the_job_runs(self) -> None:
        shown = [figures(account) for account in self._shown()]
        settle_due()
        self.model.run_job()
        if self.model.clock >= max(account.last_at for account in self.model.accounts):
            assert [figures(account) for account in self._read()] == shown

    @rule(who=WHO, line=st.integers(0, 40))
    def gets_a_credit_line(self, who: int, line: int) -> None:
        self._agree(partial(self._set_line, self.wallets[who].pk, line), lambda model: model.set_line(who, line))

    @rule(who=WHO, limit=st.one_of(st.none(), st.none(), st.integers(10, 40)))
    def limits(self, who: int, limit: int | None) -> None:
        change_wallet(wallet=self.wallets[who], spending_limit=limit)
        self.model.set_limit(who, limit)

    @rule(who=WHO, frozen=st.sampled_from([True, False, False]))
    def freezes(self, who: int, frozen: bool) -> None:
        change_wallet(wallet=self.wallets[who], status="frozen" if frozen else "active")
        self.model.freeze(who, frozen)

    @rule(who=WHO)
    def forgets_words(self, who: int) -> None:
        erase_texts(Entry.objects.filter(account_id=self.wallets[who].pk), actor="test")

    @invariant()
    def readers_see_what_the_model_says(self) -> None:
        assert [figures(account) for account in self._shown()] == [figures(self.model.seen(who)) for who in (0, 1)]

    @invariant()
    def every_row_is_what_the_model_says(self) -> None:
        for account, expected in zip(self._read(), self.model.accounts, strict=True):
            assert figures(account) == figures(expected)
            assert (account.sequence, account.due_at) == (len(expected.rows), expected.due_at)
            assert written(account) == [(row.kind, row.amount, row.of, row.owed) for row in expected.rows]
            debts = sorted(expected.debts.items())
            assert debts_of(account) == [(number, debt.principal, debt.interest, debt.bears_at) for number, debt in debts]
            assert lots_of(account) == sorted((*coin, expected.coins.count(coin)) for coin in set(expected.coins))
            live = (
                Hold.objects.filter(account=account, closed_by=None)
                .order_by("sequence")
                .values_list("sequence", "amount", "ends")
            )
            assert list(live) == [(number, *hold) for number, hold in sorted(expected.holds.items())]

    @invariant()
    def the_verifier_finds_nothing(self) -> None:
        for who, account in enumerate(self.model.accounts):
            if self.verified[who] != len(account.rows):
                assert verify(self.wallets[who].pk).findings == []
                self.verified[who] = len(account.rows)

    def _agree(self, verb: Verb, expected: Callable[[Any], None], *accounts: int, is_repeatable: bool = True) -> None:
        """The rehearsal, the act and the model say the same."""
        rehearsed, done = tried(lambda: rehearse(verb)), tried(verb)
        verdict = self.model.attempt(expected)
        if isinstance(done, list):
            assert verdict is None
            assert isinstance(rehearsed, list)
            assert [told(entry) for entry in rehearsed] == [told(entry) for entry in done]
            self.done += [(verb, [entry.pk for entry in done], accounts)] if done and is_repeatable else []
        else:
            assert done is rehearsed is verdict

    def _asked(self, who: int, amount: int, wish: Wish) -> dict[str, Any]:
        condition = Condition(balance_gte=wish.balance_gte, sequence=wish.sequence)
        event = Event.named(str(uuid4()))
        return {
            "wallet": self.wallets[who],
            "amount": self._money(who, amount),
            "condition": condition,
            "event": event,
            "why": WHY,
        }

    def _meant(self, who: int, wish: Wish | None) -> Wish:
        """A sequence is drawn as a distance from the one that there is."""
        if wish is None or wish.sequence is None:
            return wish or Wish()
        return Wish(sequence=max(0, len(self.model.accounts[who].rows) + wish.sequence))

    def _money(self, who: int, amount: int | None) -> Any:
        return None if amount is None else self.wallets[who].money(amount)

    def _hold(self, who: int, number: int) -> Hold | None:
        """Mostly a live one, else any there was."""
        holds = list(Hold.objects.filter(account_id=self.wallets[who].pk).order_by("sequence"))
        live = [hold for hold in holds if hold.is_live]
        holds = live if live and number % 4 else holds
        return holds[number % len(holds)] if holds else None

    def _set_lender(self) -> None:
        lender = self.model.lender
        bounds = {"bnpl_max_debt": lender.most, "bnpl_min_order": lender.least}
        costs = {"bnpl_interest_type": "percent", "bnpl_interest_amount": lender.percent}
        days = {"bnpl_repayment_days": 1, "bnpl_grace_days": 0}
        change_settings({"bnpl_enabled": True, **days, **bounds, **costs}, actor="test")
        for wallet in self.wallets:
            allow(user=wallet.user)

    def _void_code(self, code: str) -> list[Entry]:
        void_code(code=find_code(code), actor="test")
        return []

    @staticmethod
    def _borrow(wallet: Wallet, amount: int, event: Event, *, is_bound: bool) -> list[Entry]:
        book = lock_accounts(wallet.pk)
        return book.post(loan(book[wallet.pk], wallet.money(amount), WHY, is_bound=is_bound), event=event)

    @staticmethod
    def _repay(wallet: Wallet, debt_id: int | None, amount: Any, event: Event) -> list[Entry]:
        repay(account_id=wallet.pk, debt_id=debt_id, amount=amount, event=event, actor="test")
        return list(Entry.objects.filter(account_id=wallet.pk, key=event.key).order_by("pk"))

    @staticmethod
    def _take_back(wallet: Wallet, wanted: list[tuple[int, int | None]], event: Event) -> list[Entry]:
        book = lock_accounts(wallet.pk)
        if earlier := book.entries_of(event):
            return earlier
        found = {entry.sequence: entry for entry in Entry.objects.filter(account_id=wallet.pk)}
        movements = [taken_back(book, found[number], amount, WHY) for number, amount in wanted]
        missing = -sum(movement.amount.minor for movement in movements) - book[wallet.pk].available
        lent = [loan(book[wallet.pk], wallet.money(missing), WHY, is_bound=True)] if missing > 0 else []
        return book.post(*lent, *movements, event=event)

    def _set_line(self, account_id: int, line: int) -> list[Entry]:
        lock_accounts(account_id).set_terms(account_id, credit_line=line)
        return []

    def _read(self) -> list[Account]:
        return [Account.objects.get(pk=wallet.pk) for wallet in self.wallets]

    def _shown(self) -> list[Account]:
        accounts = self._read()
        show_settled(accounts, self.model.clock)
        return accounts

    @staticmethod
    def _new_wallet() -> Wallet:
        name = uuid4().hex
        return open_wallet(user=User.objects.create_user(name, f"{name}@example.test"))


def tried(verb: Verb) -> list[Entry] | type[Exception]:
    try:
        with transaction.atomic():
            return as_list(verb())
    except (Refusal, IntegrityError) as refusal:
        return type(refusal)


def as_list(result: Any) -> list[Entry]:
    return result if isinstance(result, list) else [result]


def told(entry: Entry) -> tuple[Any, ...]:
    return (entry.account_id, entry.sequence, entry.kind, entry.at, entry.amount, entry.balance, entry.held, shares_of(entry))


def figures(account: Any) -> tuple[int, ...]:
    """Of an account or its model: balance, what is held, available, owed and may be paid out, and what is in lots."""
    in_lots = account.in_lots if isinstance(account, Account) else len(account.coins)
    return account.balance, account.held, account.available, account.owed, account.withdrawable, in_lots


def written(account: Account) -> list[tuple[Any, ...]]:
    return list(Entry.objects.filter(account=account).order_by("sequence").values_list("kind", "amount", "of", "owed_change"))


def debts_of(account: Account) -> list[tuple[Any, ...]]:
    found = Debt.objects.filter(account=account).order_by("sequence")
    return list(found.values_list("sequence", "principal", "interest", "ends"))


def lots_of(account: Account) -> list[tuple[datetime, int, int]]:
    rests = Lot.objects.filter(account=account).values_list("ends", "sequence", "rest")
    return sorted((ends or NEVER, sequence, rest) for ends, sequence, rest in rests)
