"""What a loan costs on top, by the terms that it was made on: the ledger asks when one has come to bear interest."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from bnpl.models import Loan
from ledger.interest import Amounts
from ledger.kinds import Kind
from ledger.models import Debt
from ledger.money import Money, currency
from site_settings.fees import fee_on

_FIELDS = [field.attname for field in Loan._meta.concrete_fields]
# A loan, what the chain has of the entry at its place, and its account's currency. Further columns come behind those.
LOAN_AND_ENTRY = f"""{", ".join(f'loan."{field.column}"' for field in Loan._meta.concrete_fields)},
    entry.id, entry.kind, entry.at, entry.amount, entry.ends, entry.key, entry.asked, account.currency"""

LOANS_OF_DEBTS = f"""
SELECT {LOAN_AND_ENTRY} FROM unnest(%s::bigint[], %s::bigint[]) AS debt (account_id, sequence)
JOIN bnpl_loan loan ON loan.account_id = debt.account_id AND loan.sequence = debt.sequence
JOIN ledger_entry entry ON entry.account_id = debt.account_id AND entry.sequence = debt.sequence
JOIN ledger_account account ON account.id = debt.account_id"""  # noqa: S608


class Made(NamedTuple):
    """What the chain has of the entry that made a loan."""

    id: int | None
    kind: str
    at: datetime
    amount: int
    ends: datetime | None
    key: str
    asked: bytes


def taken_apart(row: Sequence[Any]) -> tuple[Loan, Made, str, Sequence[Any]]:
    """A row that begins with LOAN_AND_ENTRY: the loan, its entry, the currency's code, and what comes behind."""
    behind = len(_FIELDS) + len(Made._fields)
    loan = Loan.from_db("default", _FIELDS, row[: len(_FIELDS)])
    return loan, Made(*row[len(_FIELDS) : behind]), row[behind], row[behind + 1 :]


def interest_on(loan: Loan, principal: Money) -> Money:
    """What `loan` costs on `principal`, at least one minor unit where it costs anything: rounded half up.

    Raises:
        AmountOutOfRange: it is more than one movement may carry.
    """
    fee = fee_on(principal, loan.interest_type, loan.interest_amount)
    return Money(max(1, fee.minor), fee.currency) if loan.bears_at else fee


def interest_of(debts: Sequence[Debt]) -> Amounts:
    """The interest of those of `debts` that are loans with the terms of their making: one statement."""
    by_number = {(debt.account_id, debt.sequence): debt for debt in debts}
    with connection.cursor() as cursor:
        cursor.execute(LOANS_OF_DEBTS, [list(column) for column in zip(*by_number, strict=True)])
        rows = [taken_apart(row) for row in cursor.fetchall()]
    amounts = {}
    for loan, made, code, _ in rows:
        number = loan.account_id, loan.sequence
        if is_as_made(loan, made) and loan.bears_at == by_number[number].ends:
            amounts[number] = interest_on(loan, Money(by_number[number].principal, currency(code))).minor
    return amounts


def is_as_made(loan: Loan, made: Made) -> bool:
    """Whether a loan says what the chain has of its making: its terms are in the digest of the entry's event."""
    event = loan.event
    expected = Made(loan.pk, Kind.DEBT, loan.made_at, loan.principal_minor, loan.bears_at, event.key, event.asked)
    return made._replace(asked=bytes(made.asked or b"")) == expected
