"""`allow_pay_later`: the list of those who may pay later, for scripts."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bnpl.models import Eligible
from bnpl.services import allow, disallow
from ledger.retry import in_transaction
from people.models import User


class Command(BaseCommand):
    help = "Put a customer on the list of those who may pay later (where bnpl_eligibility is `whitelist`), or take him off it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", required=True, help="user name, e-mail or id")
        parser.add_argument("--off", action="store_true", help="take him off; what he owes stays owed")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.by_reference(options["user"])
        except User.DoesNotExist as wrong:
            raise CommandError(str(wrong)) from wrong
        verb = disallow if options["off"] else allow
        is_changed = in_transaction(lambda: verb(user=user))
        made = {"user_id": user.pk, "may_pay_later": Eligible.objects.filter(user=user).exists(), "changed": is_changed}
        self.stdout.write(json.dumps(made) if options["json"] else "\n".join(f"{name}: {value}" for name, value in made.items()))
