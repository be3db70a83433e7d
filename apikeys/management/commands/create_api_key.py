"""`create_api_key`: for scripts; the secret is printed once."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apikeys.errors import AddressListInvalid
from apikeys.models import ApiKey
from apikeys.services import mint_key
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
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            owner = User.objects.by_reference(options["owner"])
            key, secret = mint_key(
                owner=owner, scope=options["scope"], description=options["description"], allowed_ips=options["allow_ip"]
            )
        except (User.DoesNotExist, AddressListInvalid) as wrong:
            raise CommandError(str(wrong)) from wrong
        made = {"consumer_key": key.consumer_key, "consumer_secret": secret}
        self.stdout.write(json.dumps(made) if options["json"] else "\n".join(f"{name}: {value}" for name, value in made.items()))
