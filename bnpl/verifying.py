"""Loans against the ledger, whose entries have MACs and seals where they have none; and the list against the audit rows.

A loan is the entry that made it, whose digest seals its terms, and the other way round. What was added as interest is what
the terms come to on the principal of that moment. (What a provider took back is a debt, too, and no loan: it pays for nothing.)
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

from audit.acts import ActName
from bnpl.interest import LOAN_AND_ENTRY, Made, interest_on, is_as_made, taken_apart
from bnpl.models import Loan
from ledger.errors import AmountOutOfRange, CurrencyUnknown
from ledger.findings import Finding
from ledger.money import Money, currency

# With the entry that made it, and what was added to it as interest, on how much.
LOANS = f"""
SELECT {LOAN_AND_ENTRY}, added.sequence, added.owed_change, loan.principal_minor + coalesce((
        SELECT sum(r.owed_change) FROM ledger_entry r WHERE r.account_id = loan.account_id AND r.of = loan.sequence
            AND r.kind = 'repayment' AND r.sequence < added.sequence), 0)
FROM bnpl_loan loan
LEFT JOIN ledger_account account ON account.id = loan.account_id
LEFT JOIN ledger_entry entry ON entry.account_id = loan.account_id AND entry.sequence = loan.sequence
LEFT JOIN ledger_entry added ON added.account_id = loan.account_id AND added.of = loan.sequence
    AND added.kind = 'interest' AND added.amount = 0
WHERE %(account)s::bigint IS NULL OR loan.account_id = %(account)s ORDER BY loan.account_id, loan.sequence"""  # noqa: S608

# What is lent in the event of what it pays for, or bears interest.
LENT_WITHOUT_LOAN = """
SELECT e.account_id, e.sequence FROM ledger_entry e
WHERE e.kind = 'debt' AND (%(account)s::bigint IS NULL OR e.account_id = %(account)s)
    AND (e.ends IS NOT NULL OR EXISTS (
        SELECT FROM ledger_entry paid WHERE paid.account_id = e.account_id AND paid.key = e.key AND paid.kind = 'debit'))
    AND NOT EXISTS (SELECT FROM bnpl_loan loan WHERE loan.account_id = e.account_id AND loan.sequence = e.sequence)
ORDER BY 1, 2"""

# The last audit row of each customer who was ever put on the list, against the list.
UNLIKE_ACTS = """
SELECT coalesce(eligible.user_id, substr(said.subject, 6)::bigint), eligible.id IS NULL
FROM bnpl_eligible eligible FULL JOIN (
    SELECT DISTINCT ON (subject) subject, act FROM audit_act WHERE act IN (%s, %s) ORDER BY subject, id DESC
) said ON said.subject = 'user:' || eligible.user_id
WHERE (eligible.id IS NOT NULL) <> coalesce(said.act = %s, false) ORDER BY 1"""


def verify_loans(account_id: int | None) -> Iterator[Finding]:
    """One finding for each loan that its entries do not bear out, each of theirs without one, each wrong place on the list."""
    asked = {"account": account_id}
    with connection.chunked_cursor() as cursor:
        cursor.execute(LOANS, asked)
        for loan, made, code, added in map(taken_apart, cursor):
            if problem := _problem(loan, made, code, added):
                yield Finding(f"loan {loan.pk} {problem}", loan.account_id, loan.sequence)
    with connection.cursor() as cursor:
        cursor.execute(LENT_WITHOUT_LOAN, asked)
        for number, sequence in cursor.fetchall():
            yield Finding(f"entry {sequence} lends, and its loan is missing", number, sequence)
    if account_id is None:
        yield from _unlike_acts()


def _problem(loan: Loan, made: Made, code: str, added: Sequence[Any]) -> str:
    sequence, amount, principal = added
    if made.id is None:
        return "has no entry"
    if not is_as_made(loan, made):
        return "is not what its entry says it was made on"
    if sequence is not None and amount != _interest(loan, int(principal), code):
        return f"was to cost another interest than entry {sequence} says"
    return ""


def _interest(loan: Loan, principal: int, code: str) -> int | None:
    try:
        return interest_on(loan, Money(principal, currency(code))).minor
    except (CurrencyUnknown, AmountOutOfRange):
        return None


def _unlike_acts() -> Iterator[Finding]:
    allowed, disallowed = ActName.PAY_LATER_ALLOWED, ActName.PAY_LATER_DISALLOWED
    with connection.cursor() as cursor:
        cursor.execute(UNLIKE_ACTS, [allowed, disallowed, allowed])
        for user_id, is_gone in cursor.fetchall():
            said = "is gone from the list" if is_gone else "is on the list"
            yield Finding(f"user {user_id} {said} of those who may pay later, and the audit rows say otherwise")
