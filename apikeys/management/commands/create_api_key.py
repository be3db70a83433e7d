"""`create_api_key`: for scripts; the secret is printed once."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apikeys.errors import AddressListInvalid
from apikeys.models import ApiKey
from apikeys.services import mint_key
from ledger.money import AMOUNT_MAX
from people.models import User


class Command(BaseCommand):
    help = "Mint an API key and print it with its secret, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--owner", required=True, metavar="USER", help="user name, e-mail or id: the key acts as this user")
        parser.add_argument("--scope", required=True, choices=ApiKey.Scope.values)
        parser.add_argument("--description", required=True, metavar="TEXT")
        parser.add_argument(
            "--allow-ip", action="append", default=[], metavar="CIDR", help="address or range; may be repeated; none: any"
        )
        parser.add_argument("--max-amount", metavar="MINOR", help="the most that one call may move; none: no maximum")
        parser.add_argument(
            "--oauth",
            action="store_true",
            help="let it sign its calls by OAuth 1.0a, as WooCommerce's clients do over plain http; its secret is then kept, "
            "sealed. A signature does not cover a JSON body: without --allow-ip it writes over https only",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        max_amount = _max_amount(options["max_amount"])
        try:
            owner = User.objects.by_reference(options["owner"])
            key, secret = mint_key(
                owner=owner,
                scope=options["scope"],
                description=options["description"],
                allowed_ips=options["allow_ip"],
                max_amount=max_amount,
                oauth_enabled=options["oauth"],
            )
        except (User.DoesNotExist, AddressListInvalid) as wrong:
            raise CommandError(str(wrong)) from wrong
        made = {"consumer_key": key.consumer_key, "consumer_secret": secret}
        self.stdout.write(json.dumps(made) if options["json"] else "\n".join(f"{name}: {value}" for name, value in made.items()))


def _max_amount(text: str | None) -> int | None:
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 16 and 1 <= int(text) <= AMOUNT_MAX:
        return int(text)
    raise CommandError(f"{text!r} is not a number of minor units from 1 to {AMOUNT_MAX}")
