"""A shop that lends: orders of $10 and more, up to $100, for thirty days and a week; then 10 % on top."""

from collections.abc import Callable

import pytest

from bnpl.models import Loan
from bnpl.services import allow
from ledger.models import Entry
from ledger.movements import Circumstances, Event
from tests.api.walletpro.clock import Clock
from wallets.models import Wallet
from wallets.services import debit

Buy = Callable[..., Entry]
BOUNDS = {"bnpl_max_debt": 10_000, "bnpl_min_order": 1000}
TERMS = {"bnpl_repayment_days": 30, "bnpl_grace_days": 7, "bnpl_interest_type": "percent", "bnpl_interest_amount": 10}


@pytest.fixture
def lends(site: Callable[..., None], wallet: Wallet) -> Callable[..., None]:
    """`lends(bnpl_min_order=0)`: other terms from now on. Alice is on the list."""
    site(bnpl_enabled=True, **BOUNDS, **TERMS)
    allow(user=wallet.user)
    return site


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def buy(wallet: Wallet) -> Buy:
    """`buy(5000)`: an order paid from Alice's wallet, what is missing later."""

    def buy(amount: int, *, event: Event | None = None, order_id: int | None = 7, of: Wallet | None = None) -> Entry:
        why = Circumstances(actor="test", reason="An order", order_id=order_id)
        payer = of or wallet
        return debit(wallet=payer, amount=payer.money(amount), event=event or Event.once("test"), why=why, pays_later=True)

    return buy


def loan_of(entry: Entry) -> Loan:
    """What was lent for this debit, right before it."""
    return Loan.objects.select_related("account", "user").get(account_id=entry.account_id, sequence=entry.sequence - 1)
