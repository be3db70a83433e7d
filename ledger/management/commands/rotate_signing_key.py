"""`rotate_signing_key`: let the first of LEDGER_SIGNING_KEYS sign from now on, by a checkpoint that says so."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from ledger.checkpoints.services import seal_ledger
from ledger.checkpoints.signing import ring
from ledger.errors import LedgerUnavailable
from ledger.models import SigningKey


class Command(BaseCommand):
    help = "Record that the first of LEDGER_SIGNING_KEYS signs from now on. The key before has to stand behind it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--without-endorsement",
            metavar="REASON",
            default="",
            help="the key before is lost and cannot sign for the new one; the reason is signed and shown from then on",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            key_id = ring().current
            if SigningKey.objects.filter(pk=key_id).exists():
                raise CommandError(f"key {key_id} signs already; put a new one, with a new number, in front of it")
            outcome = seal_ledger(sweep=True, even_if_empty=True, lost_key=options["without_endorsement"])
        except (LedgerUnavailable, ImproperlyConfigured) as refusal:
            raise CommandError(f"nothing was changed: {refusal}", returncode=2) from refusal
        if outcome.is_busy:
            raise CommandError("somebody else is sealing; try again", returncode=2)
        self.stdout.write(f"Key {key_id} signs from checkpoint {SigningKey.objects.get(pk=key_id).first_checkpoint} on.")
