"""What a site says of all its wallets, batch by batch: one of us is read by pages, a plain plugin in one list."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from federation.errors import SiteSilent
from federation.models import ExternalWalletSite
from federation.remote import ask
from federation.remote_wallets import RemoteWallet, Unusable, read_wallet
from ledger.outbound import Watch
from site_settings.reading import points_currency

PAGE = 500
NUMBER = re.compile(r"[0-9]{1,19}")
TWICE = "the site tells of it twice, and differently"

Read = RemoteWallet | Unusable


@dataclass(frozen=True, slots=True)
class Batch:
    """Some wallets of a site: when it was asked, the cursor behind them, and how many there are in all where that is known."""

    asked_at: datetime
    rows: Sequence[Read]
    cursor: str
    expected: int | None = None


def batches_of(site: ExternalWalletSite, cursor: str, watch: Watch) -> Iterator[Batch]:
    """The wallets behind `cursor`. `watch` is told of the bytes of a list while it comes, and may raise.

    A run that is taken up goes on as it began, whatever the site was found to be since: the one cursor is no other one's.

    Raises:
        SiteRefused, SiteSilent: see `federation.remote.ask`; or what comes is no list of wallets.
    """
    is_paged = bool(NUMBER.fullmatch(cursor)) if cursor else site.repeats_requests
    return _pages(site, cursor or "0", watch) if is_paged else _list(site, cursor, watch)


def _pages(site: ExternalWalletSite, cursor: str, watch: Watch) -> Iterator[Batch]:
    unit = points_currency()
    while True:
        asked_at = timezone.now()
        told = _told(ask(site, "get_wallets", {"after": cursor, "limit": str(PAGE)}, is_list=True, watch=watch).message)
        if not told:
            return
        last = told[-1].get("wallet_id") if isinstance(told[-1], dict) else None
        if not isinstance(last, int | str) or not NUMBER.fullmatch(str(last)) or int(last) <= int(cursor):
            raise SiteSilent("its pages do not go on")
        cursor = str(int(last))
        yield Batch(asked_at, _without_doubles([read_wallet(one, unit) for one in told]), cursor)


def _list(site: ExternalWalletSite, cursor: str, watch: Watch) -> Iterator[Batch]:
    """In the order of names, so that a run that is taken up again goes on behind the last one."""
    unit, asked_at = points_currency(), timezone.now()
    told = _told(ask(site, "get_wallets", is_list=True, watch=watch).message)
    rows = _without_doubles([read_wallet(one, unit) for one in told])
    rows.sort(key=lambda read: read.name)
    left = [read for read in rows if read.name > cursor] if cursor else rows
    for begin in range(0, len(left), PAGE):
        batch = left[begin : begin + PAGE]
        yield Batch(asked_at, batch, batch[-1].name, len(rows))


def _told(message: Any) -> list[Any]:
    if not isinstance(message, list):
        raise SiteSilent("it does not answer with its wallets")
    return message


def _without_doubles(rows: list[Read]) -> list[Read]:
    """Of what is told twice nothing is believed, unless it is the same."""
    names = Counter(read.name for read in set(rows) if read.name)
    once = dict.fromkeys(read if names[read.name] <= 1 else Unusable(read.name, TWICE) for read in rows if read.name)
    return [*once, *(read for read in rows if not read.name)]
