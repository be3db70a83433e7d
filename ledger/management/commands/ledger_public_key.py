"""`ledger_public_key`: what checkpoints are verified with."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from ledger.models import SigningKey


class Command(BaseCommand):
    help = "Print the public keys that checkpoints are signed with: number, key in hex, first checkpoint, who speaks for it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON array")

    def handle(self, *args: Any, **options: Any) -> None:
        keys = [
            {
                "id": key.pk,
                "public_key": bytes(key.public_key).hex(),
                "first_checkpoint": key.first_checkpoint,
                "endorsement": key.how_endorsed,
            }
            for key in SigningKey.objects.order_by("first_checkpoint")
        ]
        if options["json"]:
            self.stdout.write(json.dumps(keys))
            return
        for key in keys:
            self.stdout.write("{id}  {public_key}  from checkpoint {first_checkpoint}, {endorsement}".format(**key))
        if not keys:
            self.stdout.write("No key yet: the first checkpoint brings it.")
