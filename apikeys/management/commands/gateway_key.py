"""`gateway_key`: the one key of cmmpexapi/v1, for scripts; it is printed once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apikeys.gateway import live_gateway_key, make_gateway_key, revoke_gateway_key
from ledger.retry import in_transaction


class Command(BaseCommand):
    help = "Say whether the external API gateway has a key; make a new one, which ends the one before, or switch it off."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--generate", action="store_true", help="make a new key and print it, alone; the one before is dead")
        what.add_argument("--revoke", action="store_true", help="switch the key off: nobody gets in before there is a new one")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["generate"]:
            self.stdout.write(in_transaction(make_gateway_key)[1])
        elif options["revoke"]:
            self.revoke()
        else:
            self.tell()

    def revoke(self) -> None:
        key = in_transaction(revoke_gateway_key)
        if key is None:
            raise CommandError("there is no gateway key")
        self.stdout.write(f"{key} is switched off.")

    def tell(self) -> None:
        key = live_gateway_key()
        if key is None:
            raise CommandError("there is no gateway key: make one with --generate")
        used = f"last used {key.last_used_at:%Y-%m-%d %H:%M} UTC" if key.last_used_at else "never used"
        self.stdout.write(f"{key}: made {key.created_at:%Y-%m-%d %H:%M} UTC, {used}.")
