"""`sign_payment_notice`: what a till or a bank import would send, signed as it would sign it; for trying things out."""

import json
from argparse import ArgumentParser
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from payments.adapters.manual import KINDS, signed_notice
from payments.models import Topup


class Command(BaseCommand):
    help = (
        "Make and sign a notice of the manual provider, as a configuration that curl reads: "
        "manage.py sign_payment_notice topup.paid ID | curl -K - http://127.0.0.1:8000/payments/notices/manual/"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("type", choices=KINDS)
        parser.add_argument("topup", type=UUID, help="its id")
        parser.add_argument("--id", default="", help="the notice's own; the same one is the same notice")
        parser.add_argument("--amount", metavar="MINOR", help="minor units; what was asked for unless said")
        parser.add_argument("--case", default="", help="of what was taken back: the dispute's or refund's own name")
        parser.add_argument("--payment", default="", help="the payment's own name; of what was paid the id unless said")
        parser.add_argument("--reason", default="")
        parser.add_argument("--json", action="store_true", help="print body and headers as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.PAYMENT_NOTICE_SECRET:
            raise CommandError("PAYMENT_NOTICE_SECRET is not set")
        topup = Topup.objects.select_related("wallet__account").filter(pk=options["topup"]).first()
        if topup is None:
            raise CommandError(f"there is no top-up {options['topup']}")
        said = {
            "id": options["id"] or f"till-{uuid4().hex}",
            "type": options["type"],
            "topup_id": str(topup.pk),
            "amount": options["amount"] or str(topup.price.minor),
            "currency": topup.price.currency.code,
            **{name: options[name] for name in ("payment", "case", "reason") if options[name]},
        }
        body, headers = signed_notice(said)
        if options["json"]:
            self.stdout.write(json.dumps({"body": body, "headers": headers}))
            return
        for name, value in headers.items():
            self.stdout.write(f"header = {_quoted(f'{name}: {value}')}")
        self.stdout.write(f"data-raw = {_quoted(body)}")


def _quoted(text: str) -> str:
    """As curl reads it: JSON's own escapes of a text without control characters."""
    return json.dumps(text, ensure_ascii=False)
