"""`open_missing_wallets`: a wallet in the points currency for every active user who has none."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from ledger.errors import Refusal
from site_settings.reading import points_currency
from wallets.missing import open_missing, without_wallet


class Command(BaseCommand):
    help = "Open a wallet in the points currency for every active user who has none. May be interrupted and run again."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            # disable=None: no bar where nobody looks on.
            with tqdm(total=without_wallet().count(), unit=" wallets", disable=None, leave=False) as bar:
                opened = open_missing(progress=bar.update)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{opened} wallets opened in {points_currency().code}")
