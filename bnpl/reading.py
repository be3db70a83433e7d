"""Debts as their holder sees them: what was lent, on which terms, and what is still owed of it now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from bnpl.models import Loan, Status
from ledger.interest import bearing, interest_on
from ledger.models import Debt, Entry


@dataclass(frozen=True, slots=True)
class DebtRow:
    """One debt, in minor units. `loan` is None where nothing was lent to pay later: a provider took money back."""

    entry: Entry
    loan: Loan | None
    principal: int
    interest: int
    status: Status

    @property
    def outstanding(self) -> int:
        return self.principal + self.interest


def debts_of(account_id: int) -> QuerySet[Entry]:
    """The entries that made the account's debts, the newest first: every loan there was, and what else is open."""
    loans = Loan.objects.filter(account_id=account_id).values("sequence")
    others = Debt.objects.filter(account_id=account_id).values("sequence")
    made = Entry.objects.filter(account_id=account_id, sequence__in=loans.union(others))
    return made.select_related("account").order_by("-sequence")


def rows_of(entries: Sequence[Entry], now: datetime | None = None) -> list[DebtRow]:
    """Each debt as it is `now`, with the interest that is due whether or not somebody has written it: two statements or three."""
    now = now or timezone.now()
    numbers = {(entry.account_id, entry.sequence) for entry in entries}
    loans = {loan.pk: loan for loan in Loan.objects.filter(pk__in=[entry.pk for entry in entries])}
    found = Debt.objects.filter(account_id__in={one for one, _ in numbers}, sequence__in={one for _, one in numbers})
    debts = {(debt.account_id, debt.sequence): debt for debt in found if (debt.account_id, debt.sequence) in numbers}
    added = interest_on(bearing(debts.values(), now))
    return [
        _row(entry, loans.get(entry.pk), debts.get(number), added.get(number, 0), now)
        for entry in entries
        for number in [(entry.account_id, entry.sequence)]
    ]


def _row(entry: Entry, loan: Loan | None, debt: Debt | None, added: int, now: datetime) -> DebtRow:
    if debt is None:
        return DebtRow(entry, loan, 0, 0, Status.REPAID)
    status = Status.OVERDUE if loan and loan.due_at <= now else Status.OPEN
    return DebtRow(entry, loan, debt.principal, debt.interest + added, status)
