"""`external_site`: keep a main site, for scripts; its key comes on the standard input, where no list of processes shows it."""

import json
import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from federation.checking import FINE, check_connection, connection_to
from federation.models import ExternalWalletSite
from federation.sites import add_site, change_site, proposed_site, site_called
from ledger.errors import Refusal
from ledger.retry import in_transaction


class Command(BaseCommand):
    help = (
        "Check the connection to a main site, whose secure key is read from the standard input, and keep it if it is fine."
        " One of this name is changed; an empty input leaves its key as it is, where scheme, host and port are the same."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True)
        parser.add_argument("--url", required=True, help="of the site itself; what follows, /wp-json/…, is added")
        parser.add_argument("--force", action="store_true", help="keep it though the connection is not fine")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        key = getpass("Secure key: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
        asked = {"name": options["name"], "url": options["url"], "key": key}
        try:
            if not options["force"]:
                require_connection(**asked)
            site = in_transaction(lambda: kept(**asked))
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        outcome = check_connection(site)
        told = {"id": site.pk, "name": site.name, "url": site.url, "connection": outcome}
        self.stdout.write(json.dumps(told) if options["json"] else f"{site} is kept as site {site.pk}. {outcome}")
        if not outcome.startswith(FINE):
            raise CommandError("the site is kept, and cannot be used as it is")


def require_connection(*, name: str, url: str, key: str) -> None:
    """Ask the site as it would be: one that works is not changed into one that does not."""
    there = site_called(name)
    new = {} if there else {"name": name}
    outcome = connection_to(proposed_site(there or ExternalWalletSite(), **new, url=url, key=key))
    if not outcome.startswith(FINE):
        raise CommandError(f"nothing was kept or changed (--force does it all the same). {outcome}")


def kept(*, name: str, url: str, key: str) -> ExternalWalletSite:
    there = site_called(name)
    return add_site(name=name, url=url, key=key) if there is None else change_site(site_id=there.pk, url=url, key=key)
