"""What he was paid out, and where."""

from collections.abc import Iterator

from django.db.models import Q, QuerySet

from ledger.errors import LedgerUnavailable
from ledger.streaming import stream
from wallet_service.privacy.person import Part, Person, Row, columns, money
from withdrawals.details import Details, opened
from withdrawals.errors import DetailsMissing
from withdrawals.models import Withdrawal

OPEN = (Withdrawal.Status.PENDING, Withdrawal.Status.APPROVED)


class WithdrawalsPart(Part):
    """Those that he decided on as a manager are others', and name him by number."""

    name = "withdrawals"
    covers = frozenset({"withdrawals.Withdrawal.decided_by"})
    goes = "Where his withdrawals were paid to: names, bank accounts, addresses; and the notes that he read of them."
    stays = "What he was paid out and when, with the bank's names for the payments: entries and the shop's books name them."

    def rows(self, person: Person) -> Iterator[Row]:
        names = ("id", "wallet_id", "method", "status", "note", "payout_reference", "return_reference", "failure")
        times = ("created_at", "decided_at", "payable_at", "paid_at", "failed_at")
        with stream(self._of(person).order_by("pk")) as withdrawals:
            for withdrawal in withdrawals:
                code = withdrawal.currency_code
                amounts = {"amount": money(withdrawal.amount_minor, code), "fee": money(withdrawal.fee_minor, code)}
                yield {**columns(withdrawal, *names, *times), **amounts, "details": _details(withdrawal)}

    def obstacles(self, person: Person) -> Iterator[str]:
        for withdrawal in self._of(person).filter(status__in=OPEN).order_by("pk"):
            yield f"{withdrawal} is {withdrawal.get_status_display()}: settle it first."

    def erase(self, person: Person, *, actor: str) -> int:
        his = self._of(person).filter(~Q(note="") | Q(details__isnull=False))
        return his.update(note="", details=None)

    def _of(self, person: Person) -> QuerySet[Withdrawal]:
        return Withdrawal.objects.filter(wallet__in=person.wallet_ids)


def _details(withdrawal: Withdrawal) -> Details | None:
    """None where it was erased, or its seal is broken: the verifier names that."""
    try:
        return opened(withdrawal)
    except (DetailsMissing, LedgerUnavailable):
        return None
