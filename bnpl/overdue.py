"""Telling who owes that his time is over: at most once a week for each loan, until it is repaid."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from bnpl.models import Loan
from bnpl.reading import DebtRow, rows_of
from ledger.models import Debt, Entry
from notices.services import send_notice

KIND = "debt.overdue"
TOLD_EVERY = timedelta(days=7)
# A run ends after so many, and the next one goes on.
RUN_MAX = 500


def tell_overdue() -> int:
    """Mail everybody of whose overdue loans he was not told within a week; how many mails there are."""
    return sum(_tell(loan_id) for loan_id in list(_untold(timezone.now()).order_by("pk").values_list("pk", flat=True)[:RUN_MAX]))


def _untold(now: datetime) -> QuerySet[Loan]:
    is_owed = Exists(Debt.objects.filter(account_id=OuterRef("account_id"), sequence=OuterRef("sequence")))
    is_untold = Q(told_at=None) | Q(told_at__lte=now - TOLD_EVERY)
    return Loan.objects.filter(is_owed, is_untold, due_at__lte=now)


@transaction.atomic
def _tell(loan_id: int) -> bool:
    """Its row's lock lets one of two workers tell of it; the other finds it told."""
    now = timezone.now()
    loan = _untold(now).select_for_update(skip_locked=True, no_key=True, of=("self",)).filter(pk=loan_id).first()
    if loan is None:
        return False
    [row] = rows_of([Entry.objects.select_related("account").get(account_id=loan.account_id, sequence=loan.sequence)], now)
    if row.outstanding:
        _mail(loan, row)
    loan.told_at = now
    loan.save(update_fields=["told_at"])
    return bool(row.outstanding)


def _mail(loan: Loan, row: DebtRow) -> None:
    money = row.entry.account.money
    send_notice(
        to=loan.user,
        kind=KIND,
        facts={
            "amount": money(row.outstanding),
            "order": loan.order_id,
            "lent": loan.principal,
            "made": f"{loan.made_at:%Y-%m-%d}",
            "due": f"{loan.due_at:%Y-%m-%d}",
            "interest": money(row.interest) if row.interest else None,
            "interest_from": f"{loan.bears_at:%Y-%m-%d}" if loan.bears_at and not row.interest else None,
            "number": loan.pk,
        },
    )
