"""Random histories of one wallet against a model that fits on a page: the same verdicts, balances and lots.

A failing history is printed as steps, and is tried first in the next run.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from ledger.errors import AccountFrozen, InsufficientFunds, Refusal
from ledger.kinds import Kind
from ledger.models import Account, Entry, Lot
from ledger.movements import Circumstances, Event
from ledger.services import erase_texts
from ledger.verifying import verify
from people.models import User
from wallets.errors import SpendingLimitExceeded
from wallets.models import Wallet
from wallets.services import change_wallet, credit, debit, open_wallet

pytestmark = pytest.mark.django_db

WHY = Circumstances(actor="test", reason="test")
NEXT_YEAR = datetime(2030, 1, 1, tzinfo=UTC)
AMOUNTS = st.integers(1, 200)
ENDS = st.one_of(st.none(), st.integers(0, 3).map(lambda days: NEXT_YEAR + timedelta(days=days)))
KINDS = st.sampled_from([Kind.CREDIT, Kind.TOPUP, Kind.CASHBACK, Kind.MILESTONE])


class Model:
    """A wallet as a list of heaps: [end, number, rest], money outside lots behind them all."""

    def __init__(self) -> None:
        self.lots: list[list[Any]] = []
        self.loose = 0
        self.sequence = 0
        self.is_frozen = False
        self.limit: int | None = None

    @property
    def balance(self) -> int:
        rests: list[int] = [lot[2] for lot in self.lots]
        return self.loose + sum(rests)

    def credit(self, amount: int, end: datetime | None, is_lot: bool) -> type[Refusal] | None:
        if self.is_frozen:
            return AccountFrozen
        self.sequence += 1
        if is_lot:
            self.lots.append([end or datetime.max.replace(tzinfo=UTC), self.sequence, amount])
        else:
            self.loose += amount
        return None

    def debit(self, amount: int, partial: bool) -> type[Refusal] | int:
        if self.is_frozen:
            return AccountFrozen
        if partial and self.balance == 0:
            return InsufficientFunds
        amount = min(amount, self.balance) if partial else amount
        if self.limit is not None and amount > self.limit:
            return SpendingLimitExceeded
        if amount > self.balance:
            return InsufficientFunds
        self.sequence += 1
        left = amount
        for lot in sorted(self.lots):
            burnt = min(lot[2], left)
            lot[2] -= burnt
            left -= burnt
        self.loose -= left
        self.lots = [lot for lot in self.lots if lot[2]]
        return amount


class History(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        name = uuid4().hex
        self.wallet: Wallet = open_wallet(user=User.objects.create_user(name, f"{name}@example.test"))
        self.model = Model()
        self.events: list[tuple[Event, int]] = []

    @rule(amount=AMOUNTS, kind=KINDS, end=ENDS)
    def credits(self, amount: int, kind: Kind, end: datetime | None) -> None:
        is_lot = end is not None or kind in {Kind.CASHBACK, Kind.MILESTONE}
        event = Event.named(f"test:{uuid4()}", amount)
        expected = self.model.credit(amount, end, is_lot)
        got = self._try(credit, amount=self.wallet.money(amount), event=event, kind=kind, expires_at=end)
        assert (got if expected else type(got)) is (expected or Entry)
        if expected is None:
            self.events.append((event, amount))

    @rule(amount=AMOUNTS, partial=st.booleans())
    def debits(self, amount: int, partial: bool) -> None:
        expected = self.model.debit(amount, partial)
        got = self._try(debit, amount=self.wallet.money(amount), event=Event.once("test"), allow_partial=partial)
        assert (-got.amount if isinstance(got, Entry) else got) == expected

    @rule(data=st.data())
    def repeats_an_event(self, data: st.DataObject) -> None:
        if self.events:
            event, amount = data.draw(st.sampled_from(self.events))
            got = self._try(credit, amount=self.wallet.money(amount), event=event)
            assert isinstance(got, Entry)
            assert got.key == event.key

    @rule(limit=st.one_of(st.none(), st.integers(0, 150)))
    def limits(self, limit: int | None) -> None:
        change_wallet(wallet=self.wallet, spending_limit=limit)
        self.model.limit = limit

    @rule(frozen=st.booleans())
    def freezes(self, frozen: bool) -> None:
        change_wallet(wallet=self.wallet, status="frozen" if frozen else "active")
        self.model.is_frozen = frozen

    @rule()
    def forgets_words(self) -> None:
        erase_texts(Entry.objects.filter(account_id=self.wallet.pk))

    @invariant()
    def is_what_the_model_says(self) -> None:
        account = Account.objects.get(pk=self.wallet.pk)
        assert (account.balance, account.sequence) == (self.model.balance, self.model.sequence)
        assert account.in_lots == account.balance - self.model.loose
        rests = Lot.objects.filter(account=account).values_list("sequence", "rest")
        assert sorted(rests) == sorted((number, rest) for _, number, rest in self.model.lots)
        assert verify(account.pk).findings == []

    def _try(self, verb: Any, **arguments: Any) -> Entry | type[Refusal]:
        try:
            with transaction.atomic():
                entry: Entry = verb(wallet=self.wallet, why=WHY, **arguments)
                return entry
        except Refusal as refusal:
            return type(refusal)


def test_every_history_agrees_with_the_model():
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
