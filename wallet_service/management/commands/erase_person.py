"""`erase_person`: forget who somebody is. The chain goes on verifying."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.errors import Refusal
from ledger.retry import in_transaction
from people.models import User
from wallet_service.privacy.errors import PersonNotErasable
from wallet_service.privacy.services import Erased, erase_person


class Command(BaseCommand):
    help = "Erase one person's name, address and words, for ever (docs/privacy.md). No money moves, and the chain verifies."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", help="user name, e-mail or id")
        parser.add_argument("--yes", action="store_true", help="it cannot be taken back: without this nothing is done")
        parser.add_argument(
            "--keep-balance", action="store_true", help="his wallets go on holding what is in them, as nobody's; else refused"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, person: str, **options: Any) -> None:
        if not options["yes"]:
            raise CommandError("nothing was erased: it cannot be taken back, so say --yes")
        try:
            user = User.objects.by_reference(person.replace("\0", ""))
            erased = in_transaction(lambda: erase_person(user=user, keep_balance=options["keep_balance"]))
        except User.DoesNotExist as unknown:
            raise CommandError(str(unknown)) from unknown
        except PersonNotErasable as refused:
            raise CommandError(f"nothing was erased. {refused}") from refused
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(_as_json(user, erased) if options["json"] else _as_text(user, erased))


def _as_json(user: User, erased: Erased) -> str:
    told = {"user_id": user.pk, "username": erased.username, "is_new": erased.is_new, "rows": erased.changed, "kept": erased.kept}
    return json.dumps(told)


def _as_text(user: User, erased: Erased) -> str:
    if not erased.is_new:
        return f"user:{user.pk} was erased before, and nothing was left to erase."
    rows = (f"  {name.replace('_', ' ')}: {count}" for name, count in erased.changed.items())
    kept = (f"  kept: {said}" for said in erased.kept)
    return "\n".join([f"user:{user.pk} is erased, and called {erased.username} now.", *rows, *kept])
