"""What his calls left behind: stored answers, logged requests, mails, audit rows."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_plus

from django.db.models import Q

from audit.models import Act, RequestLog
from idempotency.models import Claim
from ledger.streaming import stream
from notices.models import Contact, Notice, OptOut
from wallet_service.privacy.person import Part, Person, Row, columns, told


class NoticesPart(Part):
    name = "notices"
    covers = frozenset(
        {
            *("notices.Notice.user", "notices.Notice.address"),
            *("notices.Contact.user", "notices.Contact.phone", "notices.OptOut.user"),
        }
    )
    goes = "Mails and text messages to him, waiting or sent: addresses, subjects, texts; his telephone number and his wishes."
    stays = "What was handed to the mail server; mails to others that name him, sealed until they are sent."

    def rows(self, person: Person) -> Iterator[Row]:
        notices = Notice.objects.filter(user=person.user).order_by("pk")
        yield from told(notices, "kind", "channel", "address", "subject", "created_at", "sent_at", "parked_at", "missed_at")
        yield from told(Contact.objects.filter(user=person.user), "phone", "language")
        yield from told(OptOut.objects.filter(user=person.user).order_by("key"), "key", "created_at")

    def erase(self, person: Person, *, actor: str) -> int:
        return sum(model.objects.filter(user=person.user).delete()[0] for model in (Notice, Contact, OptOut))


class RepliesPart(Part):
    """The answers themselves are copies of what other parts tell, and go by themselves within a day."""

    name = "stored_replies"
    goes = "Stored answers to his calls. One of his idempotency keys, used again, would be a new call."
    stays = "Copies of his entries in answers to other people's calls, sealed, for at most a day."

    def rows(self, person: Person) -> Iterator[Row]:
        claims = Claim.objects.filter(caller__in=person.identities).order_by("created_at", "pk")
        yield from told(claims, "caller", "key", "created_at", "status")

    def erase(self, person: Person, *, actor: str) -> int:
        return Claim.objects.filter(caller__in=person.identities).delete()[0]


class LoggedRequestsPart(Part):
    name = "logged_requests"
    covers = frozenset({"audit.RequestLog.user", "audit.RequestLog.address"})
    goes = "Logged requests: his own, and all that name him or one of his wallets."

    def rows(self, person: Person) -> Iterator[Row]:
        names = ("at", "method", "path", "query", "status", "caller", "address", "request_body", "response_body")
        yield from told(RequestLog.objects.filter(user=person.user).order_by("at", "pk"), *names)

    def erase(self, person: Person, *, actor: str) -> int:
        return RequestLog.objects.filter(self._about(person)).delete()[0]

    def _about(self, person: Person) -> Q:
        """The table is as long as some days, and looked through once."""
        name = re.escape(person.username)
        words = [f'"{name}"', f"=({name}|{re.escape(quote_plus(person.username))})(&|$)"]
        if person.email:
            words += [re.escape(person.email), re.escape(quote_plus(person.email, safe="@"))]
        paths = [rf"/wkwp-wallet/v1/.*/0*{person.user.pk}(/|$)"]
        for noun, numbers in (("wallet_id", person.wallet_ids), ("user_id", (person.user.pk,))):
            if numbers:
                these = "|".join(map(str, numbers))
                words.append(rf'{noun}(":"?|=)({these})([",}}&\]]|$)')
        if person.wallet_ids:
            paths.append(rf"/wallets/0*({'|'.join(map(str, person.wallet_ids))})(/|$)")
        pattern, places = "|".join(words), "|".join(paths)
        in_text = Q(query__iregex=pattern) | Q(request_body__iregex=pattern) | Q(response_body__iregex=pattern)
        return Q(user=person.user) | in_text | Q(path__regex=places) | Q(path__iregex=words[2] if person.email else places)


class AuditRowsPart(Part):
    name = "audit_rows"
    covers = frozenset({"audit.Act.address"})
    stays = (
        "The audit rows: they are sealed, and prove that nothing was hidden. They hold numbers and no names; the network "
        "addresses that he, his keys and their address lists came from are in them."
    )

    def rows(self, person: Person) -> Iterator[Row]:
        subjects = [*person.identities, *(f"wallet:{number}" for number in person.wallet_ids)]
        about = Q(subject__in=subjects)
        for name in person.identities:
            about |= Q(actor=name) | Q(actor__startswith=f"{name} ")
        with stream(Act.objects.filter(about).order_by("pk")) as acts:
            for act in acts:
                # Where a manager sat is nothing that concerns him.
                from_where = columns(act, "address", "request_id") if _is_his(act, person) else {}
                facts = _facts(act)
                yield {**columns(act, "id", "at", "act", "actor", "subject", "count"), "facts": facts, **from_where}


def _facts(act: Act) -> Any:
    try:
        return json.loads(act.facts)
    except ValueError:
        return act.facts


def _is_his(act: Act, person: Person) -> bool:
    return act.actor.split(" ")[0] in person.identities
