"""Debts: what an account owes, entry by entry. Every credit repays the oldest first, its principal before its interest.

Their account's lock is theirs. The rows are a cache of the entries: a debt's principal is
its own entry's `owed_change` and that of its repayments, its interest that of its `interest`
entries: one that adds it (`ledger.interest`), and those that pay it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from ledger.kinds import House, Kind
from ledger.models import Account, Debt, Entry
from ledger.money import Money
from ledger.movements import Circumstances, Movement

# The kinds that money is taken for a debt by.
REPAYS = frozenset({Kind.REPAYMENT, Kind.INTEREST})


def loan(
    account: Account, amount: Money, why: Circumstances, *, is_bound: bool = False, bears_at: datetime | None = None
) -> Movement:
    """What makes `amount` a debt: its money arrives as a lot without an end, and repays nothing.

    `is_bound` is for what is owed whether or not the account is frozen. `bears_at` is from when it bears interest: who
    gives one has registered its terms (`ledger.interest`).
    """
    return Movement(
        *(account.pk, Kind.DEBT, amount, House.DEBT, why),
        is_lot=True,
        is_bound=is_bound,
        owed_change=amount.minor,
        ends=bears_at,
    )


def repays(movement: Movement) -> bool:
    """Whether debts are repaid out of it: every credit does, but a loan's own leg."""
    return movement.amount.minor > 0 and movement.kind != Kind.DEBT


def repayments(account: Account, owed: Iterable[Debt], credited: int, why: Circumstances) -> Iterator[Movement]:
    """What a credit of `credited` minor units repays: the oldest debt first. An account can pay what it was just credited."""
    for debt in owed:
        parts = ((Kind.REPAYMENT, House.DEBT, debt.principal), (Kind.INTEREST, House.INTEREST, debt.interest))
        for kind, house, rest in parts:
            if part := min(credited, rest):
                credited -= part
                amount = account.money(-part)
                yield Movement(account.pk, kind, amount, house, why, is_bound=True, owed_change=-part, of=debt.sequence)


def read(account: Account) -> list[Debt]:
    """The account's debts, the oldest first; nothing is read where nothing is owed."""
    return list(Debt.objects.filter(account_id=account.pk).order_by("sequence")) if account.owed else []


def after(owed: Sequence[Debt], entry: Entry) -> list[Debt]:
    """The debts that there are once `entry` is written."""
    if entry.kind == Kind.DEBT:
        return [*owed, Debt(account_id=entry.account_id, sequence=entry.sequence, ends=entry.ends, principal=entry.owed_change)]
    return [debt for debt in (_changed(debt, entry) for debt in owed) if debt.principal or debt.interest]


def store(owed: Iterable[Debt], entry: Entry) -> None:
    """Write what `entry` did to its account's debts: `owed` is what it leaves of them. One that is repaid has no row."""
    number = entry.sequence if entry.kind == Kind.DEBT else entry.of or 0
    debt = next((debt for debt in owed if debt.sequence == number), None)
    if debt is None:
        count, _ = Debt.objects.filter(account_id=entry.account_id, sequence=number).delete()
    elif entry.kind == Kind.DEBT:
        debt.save(force_insert=True)
        count = 1
    else:
        rows = Debt.objects.filter(account_id=entry.account_id, sequence=number)
        count = rows.update(principal=debt.principal, interest=debt.interest)
    if count != 1:
        raise RuntimeError(f"account {entry.account_id} owes no debt {number}")


def _changed(debt: Debt, entry: Entry) -> Debt:
    if debt.sequence != entry.of:
        return debt
    in_interest = entry.owed_change if entry.kind == Kind.INTEREST else 0
    return Debt(
        id=debt.pk,
        account_id=debt.account_id,
        sequence=debt.sequence,
        ends=debt.ends,
        principal=debt.principal + entry.owed_change - in_interest,
        interest=debt.interest + in_interest,
    )
