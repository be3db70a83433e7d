"""`confirm_topup`: say from the console that a top-up was paid."""

import json
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from ledger.errors import Refusal
from ledger.retry import in_transaction
from payments.by_hand import confirm_by_hand
from payments.errors import TopupUnknown
from payments.models import Topup


class Command(BaseCommand):
    help = "Credit a top-up that was paid where no provider tells of it. The amount is in minor units: 500 is $5.00."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("topup", type=UUID, help="its id")
        parser.add_argument("--amount", metavar="MINOR", help="what was paid, minor units; what was asked for unless said")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        amount = options["amount"]
        if amount is not None and not (amount.isascii() and amount.isdigit() and len(amount) <= 16):
            raise CommandError(f"{amount!r} is not a number of minor units")
        try:
            topup = in_transaction(lambda: _confirm(options["topup"], amount))
        except TopupUnknown:
            raise CommandError(f"there is no top-up {options['topup']}") from None
        except Refusal as refusal:
            raise CommandError(str(refusal) or type(refusal).__doc__) from refusal
        made = {
            "topup_id": str(topup.pk),
            "wallet_id": topup.wallet_id,
            "amount": str(topup.amount_minor),
            "bonus": str(topup.bonus_minor),
            "currency": topup.currency_code,
            "status": str(topup.status),
            "transaction_id": topup.entry_id,
        }
        if topup.is_sale:
            made |= {"item": topup.item, "price": str(topup.price_minor), "price_currency": topup.price_currency}
        self.stdout.write(json.dumps(made) if options["json"] else f"{topup} is completed: {topup.amount} credited.")


def _confirm(topup_id: UUID, amount: str | None) -> Topup:
    topup = Topup.objects.select_related("wallet__account").filter(pk=topup_id).first()
    if topup is None:
        raise TopupUnknown
    paid = topup.price if amount is None else topup.payment(int(amount))
    return confirm_by_hand(topup_id=topup_id, amount=paid, by=None)
