"""Interest: what comes on top of a debt, once, when the time has come from which it bears any (`Debt.ends`).

The ledger knows when, and never how much: who lends fixes the terms when the loan is made, and hands over how to ask for
them (`register_terms`). Interest is at least one minor unit, and a debt's principal is repaid before it; so a debt whose
interest is not 0 has had it, and as long as the debt is there one can tell.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from ledger.errors import AccountNotIntact
from ledger.kinds import Kind
from ledger.models import Account, Debt
from ledger.movements import Circumstances, Movement

logger = logging.getLogger(__name__)

# By account and sequence, in minor units.
Amounts = Mapping[tuple[int, int], int]
# What each of these debts costs on top, on the principal that it still has; one whose terms do not hold is left out.
Terms = Callable[[Sequence[Debt]], Amounts]

ACCRUED = Circumstances("service", reason="Interest on debt")

_terms: list[Terms] = []


def register_terms(terms: Terms) -> None:
    """Have `terms` say what debts cost. It is asked under the debts' locks, and only where one has come to bear interest."""
    _terms.append(terms)


def bearing(owed: Iterable[Debt], now: datetime) -> list[Debt]:
    """The debts that have come to bear interest by `now` and have none yet, by that time."""
    due = [(debt.bears_at, debt.sequence, debt) for debt in owed if debt.bears_at is not None and debt.bears_at <= now]
    return [debt for _, _, debt in sorted(due, key=lambda item: item[:2])]


def interest_on(debts: Sequence[Debt]) -> Amounts:
    """The interest of each of `debts`; one is missing where nobody has intact terms of it. Nothing is read for none."""
    amounts: dict[tuple[int, int], int] = {}
    for terms in _terms if debts else ():
        amounts |= terms(debts)
    return {number: amount for number, amount in amounts.items() if amount > 0}


def accrual(account: Account, debt: Debt, amounts: Amounts) -> Movement:
    """What adds its interest to `debt`: no money moves, and what is owed rises.

    Raises:
        AccountNotIntact: there are no intact terms that say how much.
    """
    amount = amounts.get((account.pk, debt.sequence))
    if amount is None:
        logger.critical("account %s: the terms of its debt %s do not hold; it refuses to move", account.pk, debt.sequence)
        raise AccountNotIntact(account.pk)
    return Movement(
        *(account.pk, Kind.INTEREST, account.money(0), None, ACCRUED),
        is_bound=True,
        owed_change=amount,
        of=debt.sequence,
    )
