"""What was lent to him so that he could pay later, and whether he may."""

from collections.abc import Iterator

from bnpl.models import Eligible, Loan
from bnpl.services import disallow
from wallet_service.privacy.person import Part, Person, Row, columns, money, told


class LoansPart(Part):
    """What is owed of them stands in `debts`, and is in the way of an erasure there."""

    name = "loans"
    covers = frozenset({"bnpl.Loan.user"})
    stays = "His loans with their terms, by number: the entries that made them are held to those."

    def rows(self, person: Person) -> Iterator[Row]:
        for loan in Loan.objects.filter(user=person.user).select_related("account").order_by("pk"):
            names = ("id", "order_id", "made_at", "due_at", "bears_at", "interest_type", "interest_amount", "told_at")
            principal = money(loan.principal_minor, loan.account.currency_code)
            yield {"wallet": loan.account_id, "principal": principal, **columns(loan, *names)}


class EligiblePart(Part):
    name = "may_pay_later"
    covers = frozenset({"bnpl.Eligible.user", "bnpl.Eligible.added_by"})
    goes = "His place on the list of those who may pay later."
    stays = "The audit rows that say so, and whom he put on the list as a manager: by number."

    def rows(self, person: Person) -> Iterator[Row]:
        yield from told(Eligible.objects.filter(user=person.user), "added_at")

    def erase(self, person: Person, *, actor: str) -> int:
        return int(disallow(user=person.user))
