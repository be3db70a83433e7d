"""`credit`: credit a wallet from the console, for scripts."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.errors import Refusal
from ledger.models import Entry
from ledger.movements import Circumstances, Event
from ledger.retry import in_transaction
from wallets.models import Wallet
from wallets.services import credit

REASON_MAX = 255


class Command(BaseCommand):
    help = "Credit a wallet. The amount is in minor units: 500 is $5.00."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--wallet", required=True, type=int, metavar="ID")
        parser.add_argument("--amount", required=True, metavar="MINOR", help="minor units, digits only")
        parser.add_argument("--reason", required=True, metavar="TEXT")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        amount = options["amount"]
        if not (amount.isascii() and amount.isdigit() and len(amount) <= 16):
            raise CommandError(f"{amount!r} is not a number of minor units")
        if not 1 <= len(options["reason"]) <= REASON_MAX or "\0" in options["reason"]:
            raise CommandError(f"the reason must have 1 to {REASON_MAX} characters")
        try:
            entry, currency = in_transaction(lambda: _credit(options["wallet"], int(amount), options["reason"]))
        except (Wallet.DoesNotExist, OverflowError):
            raise CommandError(f"there is no wallet {options['wallet']}") from None
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        made = {
            "transaction_id": entry.pk,
            "wallet_id": entry.account_id,
            "amount": str(entry.amount),
            "balance_after": str(entry.balance),
            "currency": currency,
        }
        self.stdout.write(json.dumps(made) if options["json"] else f"Credited {amount} {currency}, balance {entry.balance}.")


def _credit(wallet_id: int, amount_minor: int, reason: str) -> tuple[Entry, str]:
    wallet = Wallet.objects.select_related("account").get(pk=wallet_id)
    why = Circumstances(actor="command", reason=reason)
    return credit(wallet=wallet, amount=wallet.money(amount_minor), event=Event.once("command"), why=why), wallet.currency_code
