"""`gateway_key`: the one key of cmmpexapi/v1, for scripts; it is printed once."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apikeys.gateway import live_gateway_key, make_gateway_key, revoke_gateway_key
from apikeys.models import GatewayKey
from ledger.retry import in_transaction


class Command(BaseCommand):
    help = "Say whether the external API gateway has a key; make a new one, which ends the one before, or switch it off."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--generate", action="store_true", help="make a new key and print it, alone; the one before is dead")
        what.add_argument("--revoke", action="store_true", help="switch the key off: nobody gets in before there is a new one")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["generate"]:
            key, secret = in_transaction(make_gateway_key)
            self.stdout.write(json.dumps({"id": key.pk, "key": secret}) if options["json"] else secret)
            return
        key = required(in_transaction(revoke_gateway_key) if options["revoke"] else live_gateway_key())
        words = f"{key} is switched off." if options["revoke"] else f"{key}: made {at(key.created_at)}, {last_use(key)}."
        self.stdout.write(json.dumps(facts(key)) if options["json"] else words)


def required(key: GatewayKey | None) -> GatewayKey:
    if key is None:
        raise CommandError("there is no gateway key: make one with --generate")
    return key


def facts(key: GatewayKey) -> dict[str, Any]:
    """All but the key itself, which nobody can read."""
    times = {"created_at": key.created_at, "last_used_at": key.last_used_at, "revoked_at": key.revoked_at}
    return {"id": key.pk, **{name: time and f"{time:%Y-%m-%dT%H:%M:%SZ}" for name, time in times.items()}}


def last_use(key: GatewayKey) -> str:
    return f"last used {at(key.last_used_at)}" if key.last_used_at else "never used"


def at(time: Any) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"
