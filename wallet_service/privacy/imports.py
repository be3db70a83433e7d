"""Lines of imported files that name him."""

from collections.abc import Iterator

from django.db.models import Q, QuerySet

from ledger.streaming import stream
from people.any_case import is_email
from points.models import Import, ImportLine
from wallet_service.privacy.person import Part, Person, Row, columns

OPEN = (Import.Status.UPLOADED, Import.Status.READY, *Import.RUNNING)


class ImportsPart(Part):
    """Those that he uploaded or started as a manager are others', and name him by number."""

    name = "imports"
    covers = frozenset({"points.ImportLine.email", "points.Import.uploaded_by", "points.Import.started_by"})
    goes = "His e-mail in the lines of imported files, with the points beside it."
    stays = "Which of his wallets an import moved, and how much: the entries say the same."

    def rows(self, person: Person) -> Iterator[Row]:
        with stream(self._of(person).select_related("of").order_by("pk")) as lines:
            for line in lines:
                told = columns(line, "number", "email", "points", "status", "problem", "sequence")
                yield {"import": line.of_id, "uploaded_at": line.of.uploaded_at, **told}

    def obstacles(self, person: Person) -> Iterator[str]:
        waiting = self._of(person).filter(of__status__in=OPEN, status__in=["new", "good"])
        for number in waiting.order_by("of").values_list("of", flat=True).distinct():
            yield f"Import {number} names him and is not over: let it end, or cancel it."

    def erase(self, person: Person, *, actor: str) -> int:
        return self._of(person).exclude(email="", points="").update(email="", points="")

    def _of(self, person: Person) -> QuerySet[ImportLine]:
        named = is_email(person.email) if person.email else Q()
        return ImportLine.objects.filter(named | Q(wallet__in=person.wallet_ids))
