"""`export_person`: all that is held of one person, as one JSON document."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.retry import in_transaction
from people.models import User
from wallet_service.privacy.services import exported, record_export

STANDARD_OUTPUT = "-"
OWNER_ONLY = 0o600


class Command(BaseCommand):
    help = "Write all that is held of one person as one JSON document (docs/privacy.md). That it was written is audited."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", help="user name, e-mail or id")
        parser.add_argument("--output", default=STANDARD_OUTPUT, metavar="FILE", help="a new file, for you alone; -: here")

    def handle(self, *args: Any, person: str, output: str, **options: Any) -> None:
        try:
            user = User.objects.by_reference(person.replace("\0", ""))
        except User.DoesNotExist as unknown:
            raise CommandError(str(unknown)) from unknown
        if output == STANDARD_OUTPUT:
            in_transaction(lambda: record_export(user=user, by=None))
            for text in exported(user):
                self.stdout.write(text, ending="")
            return
        try:
            path = Path(output)
            # Nobody's file is written over, and nobody else reads this one.
            path.touch(OWNER_ONLY, exist_ok=False)
            in_transaction(lambda: record_export(user=user, by=None))
            with path.open("w", encoding="utf-8") as file:
                file.writelines(exported(user))
        except OSError as failure:
            raise CommandError(f"{output}: {failure.strerror or failure}") from failure
