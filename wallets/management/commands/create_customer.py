"""`create_customer`: a user with a wallet, for scripts."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from ledger.errors import Refusal
from ledger.retry import in_transaction
from wallets.services import create_customer


class Command(BaseCommand):
    help = "Make a customer with a wallet in the site's currency."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--password", required=True)
        parser.add_argument("--username", default="", help="the e-mail address unless said")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        given = {name: options[name] for name in ("email", "password", "username")}
        try:
            wallet = in_transaction(lambda: create_customer(**given))
        except ValidationError as wrong:
            raise CommandError(" ".join(wrong.messages)) from wrong
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        made = {"user_id": wallet.user_id, "wallet_id": wallet.pk, "currency": wallet.currency_code}
        self.stdout.write(json.dumps(made) if options["json"] else "\n".join(f"{name}: {value}" for name, value in made.items()))
