"""`refresh_external_wallets`: bring all mirrored wallets to what their main site says, with a progress bar."""

import contextlib
import signal
from argparse import ArgumentParser
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from audit.context import COMMAND
from federation.errors import RefreshUnderWay
from federation.models import ExternalWalletSite, Refresh
from federation.refreshing import ask_refresh, run_refresh
from site_settings.reading import current_settings

COULD_NOT = 2


class Command(BaseCommand):
    help = "Refresh the state of external wallets. A run that was interrupted is taken up where it was."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--site", type=int, metavar="ID", help="this site only; else every one that is enabled")

    def handle(self, *args: Any, **options: Any) -> None:
        if not current_settings().external_wallets_enabled:
            raise CommandError("external wallets are switched off: manage.py site_setting external_wallets_enabled true")
        sites = ExternalWalletSite.objects.filter(enabled=True).order_by("pk")
        if options["site"] is not None:
            sites = sites.filter(pk=options["site"])
        if not sites:
            raise CommandError("there is no such site that is enabled")
        with _stoppable():
            failed = [refresh for refresh in map(self._refresh, sites) if refresh.error]
        if failed:
            raise CommandError(f"{len(failed)} of {len(sites)} sites could not be refreshed")

    def _refresh(self, site: ExternalWalletSite) -> Refresh:
        refresh = _begun(site)
        with tqdm(unit=" wallets", desc=str(site), initial=refresh.seen, disable=None, leave=False) as bar:
            done = run_refresh(refresh, partial(_moved, bar, refresh), partial(_reading, bar))
        done.refresh_from_db()
        told = f"{done.seen} wallets, {done.changed} changed, {done.opened} new here, {done.left_alone} left alone"
        self.stdout.write(f"{site}: {done.error or f'{told}, {done.differing} differ'}")
        return done


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """SIGTERM ends it as Ctrl-C does: the run is free for the next one at once."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        raise CommandError("interrupted; the next call goes on", returncode=COULD_NOT) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def _reading(bar: "tqdm[Any]", count: int) -> None:
    """While a list comes there is nothing else to be told."""
    bar.set_postfix_str(f"{count / 1_000_000:.1f} MB read")


def _moved(bar: "tqdm[Any]", refresh: Refresh, count: int) -> None:
    if count and bar.total is None:
        bar.total = Refresh.objects.values_list("expected", flat=True).get(pk=refresh.pk)
    bar.update(count)


def _begun(site: ExternalWalletSite) -> Refresh:
    """A new run, or the one that nobody works on."""
    try:
        return ask_refresh(site=site, actor=COMMAND)
    except RefreshUnderWay:
        refresh = Refresh.objects.get(site=site, finished_at=None)
        if refresh.alive_until > timezone.now():
            raise CommandError(f"{site} is being refreshed already") from None
        return refresh
