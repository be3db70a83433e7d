"""Refreshing the state: all wallets of a site, in batches, with a cursor, so that a run that was killed is taken up again.

One of us is read by pages, a plain plugin in one list. Who works on a run keeps `alive_until` ahead of him.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from audit.acts import ActName
from audit.services import record
from federation.errors import RefreshUnderWay, SiteRefused, SiteSilent
from federation.matching import DIFFERING, OPENED, match, note_unusable
from federation.mirroring import UNSETTLED, Followed, Source
from federation.models import NOTE_MAX, Difference, ExternalWalletSite, Mirror, Refresh
from federation.remote import ask
from federation.remote_wallets import RemoteWallet, Unusable, read_wallet
from ledger.book import SERVICE
from ledger.errors import Refusal
from ledger.retry import in_transaction
from site_settings.reading import current_settings, points_currency

PAGE = 500
# Longer than a list may take and a batch may need.
ALIVE = timedelta(minutes=5)
EVERY = {"12_hours": timedelta(hours=12), "day": timedelta(days=1)}
MISSING = "The site has no such wallet any more."
TWICE = "the site tells of it twice, and differently"
COUNTS = {Followed.CHANGED.value: "changed", Followed.LEFT_ALONE.value: "left_alone", OPENED: "opened", DIFFERING: "differing"}

Read = RemoteWallet | Unusable
Progress = Callable[[int], object]


def ask_refresh(*, site: ExternalWalletSite, actor: str) -> Refresh:
    """Note that the site's wallets are to be refreshed: a worker takes it up.

    Raises:
        RefreshUnderWay: a run of this site is not finished.
    """
    try:
        with transaction.atomic():
            now = timezone.now()
            refresh = Refresh.objects.create(site=site, actor=actor, started_at=now, alive_until=now)
            record(ActName.EXTERNAL_REFRESH_ASKED, actor=actor, subject=f"external_site:{site.pk}")
            return refresh
    except IntegrityError as there:
        raise RefreshUnderWay from there


def run_refreshes(progress: Progress = lambda count: None) -> int:
    """Begin what the schedule says is due, and work on all runs that nobody works on; how many there were."""
    if not current_settings().external_wallets_enabled:
        return 0
    _begin_due()
    waiting = list(Refresh.objects.filter(finished_at=None, alive_until__lte=timezone.now()).order_by("pk"))
    for refresh in waiting:
        run_refresh(refresh, progress)
    return len(waiting)


def run_refresh(refresh: Refresh, progress: Progress = lambda count: None) -> Refresh:
    """Work on a run to its end, or to an error, which ends it as well. Call it outside any transaction."""
    if not _is_had(refresh):
        return refresh
    refresh = Refresh.objects.select_related("site").get(pk=refresh.pk)
    try:
        for asked_at, rows, cursor in _batches(refresh):
            _work(refresh, Source(f"refresh:{refresh.pk}", asked_at, refresh.pk), rows, cursor)
            progress(len(rows))
        _note_missing(refresh)
        refresh.error = ""
    except (SiteRefused, SiteSilent) as failure:
        refresh.error = str(failure)[:NOTE_MAX]
    except Refusal:
        # Somebody is in the way, or a person has to look: the lease runs out, and it is taken up again.
        Refresh.objects.filter(pk=refresh.pk).update(error="interrupted")
        raise
    refresh.finished_at = timezone.now()
    refresh.save(update_fields=["error", "finished_at", "differing"])
    return refresh


def _begin_due() -> None:
    every = EVERY.get(current_settings().external_refresh)
    if every is None:
        return
    lately = Refresh.objects.filter(started_at__gt=timezone.now() - every).values("site")
    for site in ExternalWalletSite.objects.filter(enabled=True).exclude(pk__in=lately):
        try:
            ask_refresh(site=site, actor=SERVICE)
        except RefreshUnderWay:
            continue


def _is_had(refresh: Refresh) -> bool:
    """Whether this worker has it now: of two, one."""
    now = timezone.now()
    free = Refresh.objects.filter(pk=refresh.pk, finished_at=None, alive_until__lte=now)
    return bool(free.update(alive_until=now + ALIVE, error=""))


def _batches(refresh: Refresh) -> Iterator[tuple[Any, Sequence[Read], str]]:
    """What the site says of its wallets behind the cursor: when it was asked, a batch, and the cursor behind that."""
    if refresh.site.repeats_requests:
        yield from _pages(refresh)
    else:
        yield from _list(refresh)


def _pages(refresh: Refresh) -> Iterator[tuple[Any, Sequence[Read], str]]:
    unit, cursor = points_currency(), refresh.cursor or "0"
    while True:
        asked_at = timezone.now()
        told = _told(ask(refresh.site, "get_wallets", {"after": cursor, "limit": str(PAGE)}, is_list=True).message)
        if not told:
            return
        last = told[-1].get("wallet_id") if isinstance(told[-1], dict) else None
        if not isinstance(last, int | str) or not str(last).isdecimal() or int(last) <= int(cursor):
            raise SiteSilent("its pages do not go on")
        cursor = str(int(last))
        yield asked_at, [read_wallet(one, unit) for one in told], cursor


def _list(refresh: Refresh) -> Iterator[tuple[Any, Sequence[Read], str]]:
    """In the order of names, so that a run that is taken up again goes on behind the last one."""
    unit, asked_at = points_currency(), timezone.now()
    told = _told(ask(refresh.site, "get_wallets", is_list=True).message)
    Refresh.objects.filter(pk=refresh.pk).update(expected=len(told))
    rows = _without_doubles([read_wallet(one, unit) for one in told])
    rows.sort(key=lambda read: read.name)
    left = [read for read in rows if read.name > refresh.cursor] if refresh.cursor else rows
    for begin in range(0, len(left), PAGE):
        batch = left[begin : begin + PAGE]
        yield asked_at, batch, batch[-1].name


def _told(message: Any) -> list[Any]:
    if not isinstance(message, list):
        raise SiteSilent("it does not answer with its wallets")
    return message


def _without_doubles(rows: list[Read]) -> list[Read]:
    """Of what is told twice nothing is believed, unless it is the same."""
    names = Counter(read.name for read in set(rows) if read.name)
    once = dict.fromkeys(read if names[read.name] <= 1 else Unusable(read.name, TWICE) for read in rows if read.name)
    return [*once, *(read for read in rows if not read.name)]


def _work(refresh: Refresh, source: Source, rows: Sequence[Read], cursor: str) -> None:
    """One batch: what is as it was costs one statement for all, the others one transaction each."""
    refresh.site.refresh_from_db(fields=["enabled"])
    if not refresh.site.enabled:
        raise SiteSilent("it was switched off here meanwhile")
    counts: Counter[str] = Counter(seen=len(rows))
    same = _same(refresh.site, [read for read in rows if isinstance(read, RemoteWallet)], source)
    for position, read in enumerate(rows, refresh.seen + 1):
        if isinstance(read, Unusable):
            in_transaction(partial(note_unusable, refresh.site, read, source, position))
            counts["differing"] += 1
        elif read.name not in same:
            counts[COUNTS.get(match(site=refresh.site, remote=read, source=source), "")] += 1
    counts.pop("", None)
    refresh.seen += len(rows)
    refresh.differing += counts["differing"]
    told = {column: F(column) + count for column, count in counts.items()}
    Refresh.objects.filter(pk=refresh.pk).update(cursor=cursor, alive_until=timezone.now() + ALIVE, **told)


def _same(site: ExternalWalletSite, rows: Sequence[RemoteWallet], source: Source) -> set[str]:
    """The names of mirrors that are as the site says: they are noted as seen, and nothing else."""
    by_name = {remote.name: remote for remote in rows}
    mirrors = Mirror.objects.select_related("wallet__account", "wallet__user").filter(site=site, remote_name__in=by_name)
    same = {mirror.pk: mirror.remote_name for mirror in mirrors if _is_same(mirror, by_name[mirror.remote_name])}
    unsettled = Mirror.objects.filter(pk__in=same, pushes__status__in=UNSETTLED).values_list("pk", flat=True)
    for pk in set(unsettled):
        del same[pk]
    Mirror.objects.filter(pk__in=same, seen_at__lt=source.asked_at).update(seen_at=source.asked_at)
    Mirror.objects.filter(pk__in=same).update(last_refresh_id=source.refresh_id)
    return set(same.values())


def _is_same(mirror: Mirror, remote: RemoteWallet) -> bool:
    account, holder = mirror.wallet.account, mirror.wallet.user.email.lower()
    return (
        (account.balance, mirror.remote_minor, mirror.is_active_there) == (remote.minor, remote.minor, remote.is_active)
        and not account.held
        and account.is_frozen != remote.is_active
        and not mirror.difference
        and remote.email.lower() in ("", holder)
    )


def _note_missing(refresh: Refresh) -> None:
    """Mirrors that the site did not tell of; and differences of which it tells no more are gone."""
    unseen = Mirror.objects.filter(site=refresh.site, created_at__lt=refresh.started_at).exclude(last_refresh_id=refresh.pk)
    missing = unseen.update(difference=MISSING, last_refresh_id=refresh.pk)
    Difference.objects.filter(site=refresh.site, outcome=Difference.Outcome.OPEN).exclude(last_refresh_id=refresh.pk).delete()
    refresh.differing = Refresh.objects.values_list("differing", flat=True).get(pk=refresh.pk) + missing
