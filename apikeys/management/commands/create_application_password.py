"""`create_application_password`: for scripts; the password is printed once."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apikeys.services import make_application_password
from people.models import User


class Command(BaseCommand):
    help = "Make an application password for a user and print it, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", required=True, metavar="USER", help="user name, e-mail or id")
        parser.add_argument("--name", required=True, metavar="TEXT", help="what the password is for")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.by_reference(options["user"])
        except User.DoesNotExist as wrong:
            raise CommandError(str(wrong)) from wrong
        _, password = make_application_password(user=user, name=options["name"])
        self.stdout.write(json.dumps({"password": password}) if options["json"] else password)
