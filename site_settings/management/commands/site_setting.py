"""`site_setting NAME [VALUE]`: read or set what the operator changes without a deploy."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.context import COMMAND
from ledger.errors import Refusal
from ledger.retry import in_transaction
from site_settings.declared import declarations
from site_settings.reading import current_settings, default_values
from site_settings.services import change_settings
from site_settings.values import declared, typed, written


class Command(BaseCommand):
    help = "Read one site setting, set it to VALUE (JSON; a bare word is a string), or list all with their defaults."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", help="for instance transfers_enabled")
        parser.add_argument("value", nargs="?", help='true, 120, ["transfer"], percent')
        parser.add_argument("--list", action="store_true", help="all settings, with their defaults")
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *args: Any, name: str | None, value: str | None, **options: Any) -> None:
        if options["list"] == bool(name):
            raise CommandError("say the name of a setting, or --list")
        try:
            if name is None:
                self._list(as_json=options["json"])
            else:
                self._one(name.lower(), value, as_json=options["json"])
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal

    def _one(self, name: str, value: str | None, *, as_json: bool) -> None:
        declared(name)
        if value is not None:
            in_transaction(lambda: change_settings({name: typed(name, value)}, actor=COMMAND))
        now = getattr(current_settings(), name)
        self.stdout.write(written(_described(name)) if as_json else now if isinstance(now, str) else written(now))

    def _list(self, *, as_json: bool) -> None:
        rows = [_described(name) for name, _type, _declaration in declarations()]
        if as_json:
            self.stdout.write(written(rows))
            return
        width = max(len(row["name"]) for row in rows)
        for row in rows:
            mark = "*" if row["value"] != row["default"] else " "
            shown = f"{written(row['value'])}  (default {written(row['default'])})"
            self.stdout.write(f"{mark} {row['name']:{width}}  {shown}  {row['help']}")


def _described(name: str) -> dict[str, Any]:
    _type, declaration = declared(name)
    value, default = getattr(current_settings(), name), default_values()[name]
    return {"name": name, "value": value, "default": default, "group": declaration.group, "help": declaration.help}
