"""`external_site`: keep a main site, for scripts; its key comes on the standard input, where no list of processes shows it."""

import json
import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from federation.checking import FINE, check_connection
from federation.models import ExternalWalletSite
from federation.sites import add_site, change_site
from ledger.errors import Refusal
from ledger.retry import in_transaction


class Command(BaseCommand):
    help = (
        "Keep a main site, whose secure key is read from the standard input, and check the connection."
        " One of this name is changed; an empty input leaves its key as it is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True)
        parser.add_argument("--url", required=True, help="of the site itself; what follows, /wp-json/…, is added")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        key = getpass("Secure key: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
        try:
            site = in_transaction(lambda: kept(name=options["name"], url=options["url"], key=key))
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        outcome = check_connection(site)
        told = {"id": site.pk, "name": site.name, "url": site.url, "connection": outcome}
        self.stdout.write(json.dumps(told) if options["json"] else f"{site} is kept as site {site.pk}. {outcome}")
        if not outcome.startswith(FINE):
            raise CommandError("the site is kept, and cannot be used as it is")


def kept(*, name: str, url: str, key: str) -> ExternalWalletSite:
    site = ExternalWalletSite.objects.filter(name=name.strip()).first()
    if site is None:
        return add_site(name=name, url=url, key=key)
    return change_site(site_id=site.pk, url=url, key=key)
