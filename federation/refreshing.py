"""Refreshing the state: all wallets of a site, in batches, with a cursor, so that a run that was killed is taken up again.

Who works on a run keeps `alive_until` ahead of him.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from audit.acts import ActName
from audit.services import record
from federation.batches import match_all
from federation.errors import RefreshUnderWay, SiteRefused, SiteSilent
from federation.listing import Batch, batches_of
from federation.matching import DIFFERING, OPENED, note_unusable
from federation.mirroring import UNSETTLED, Followed, Source
from federation.models import NOTE_MAX, Difference, ExternalWalletSite, Mirror, Push, Refresh
from federation.remote_wallets import RemoteWallet, Unusable
from ledger.book import SERVICE
from ledger.errors import Refusal
from ledger.models import FROZEN_STATUSES
from ledger.outbound import Watch
from ledger.retry import in_transaction
from people.any_case import folded
from site_settings.reading import current_settings

# Wallets whose accounts are locked at once, and for as long as they take together: a tenth of a second or two.
TOGETHER = 100
# Longer than a list may take and a batch may need.
ALIVE = timedelta(minutes=5)
EVERY = {"12_hours": timedelta(hours=12), "day": timedelta(days=1)}
MISSING = "The site has no such wallet any more."
INTERRUPTED = "interrupted"
COUNTS = {Followed.CHANGED.value: "changed", Followed.LEFT_ALONE.value: "left_alone", OPENED: "opened", DIFFERING: "differing"}

AS_TOLD = ("wallet__account__balance", "remote_minor", "wallet__account__status", "is_active_there", "wallet__user__email")

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


def run_refresh(refresh: Refresh, progress: Progress = lambda count: None, reading: Watch = lambda count: None) -> Refresh:
    """Work on a run to its end, or to an error, which ends it as well. Call it outside any transaction.

    `progress` is told of wallets, `reading` of the bytes of a list while it comes; both may raise: what is committed stays,
    and the next one may go on at once. Who is killed leaves it to him in five minutes.
    """
    if not _is_had(refresh):
        return refresh
    refresh = Refresh.objects.select_related("site").get(pk=refresh.pk)
    try:
        for batch in batches_of(refresh.site, refresh.cursor, partial(_note_bytes, refresh, progress, reading)):
            _work(refresh, Source(f"refresh:{refresh.pk}", batch.asked_at, refresh.pk), batch)
            progress(len(batch.rows))
        _note_missing(refresh)
        refresh.error = ""
    except (SiteRefused, SiteSilent) as failure:
        refresh.error = str(failure)[:NOTE_MAX]
    except Refusal:
        # Somebody is in the way, or a person has to look: the lease runs out, and it is taken up again.
        _held(refresh).update(error=INTERRUPTED)
        raise
    except BaseException:
        _held(refresh).update(error=INTERRUPTED, alive_until=timezone.now())
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
    return bool(free.update(alive_until=now + ALIVE, error="", bytes_read=0))


def _held(refresh: Refresh) -> QuerySet[Refresh]:
    """Its row, while it is this worker's."""
    return Refresh.objects.filter(pk=refresh.pk, finished_at=None, alive_until=refresh.alive_until)


def _go_on(refresh: Refresh, **columns: Any) -> None:
    """Write how far it is, and keep it.

    Raises:
        RefreshUnderWay: this worker was held up for so long that another one has it.
    """
    until = timezone.now() + ALIVE
    if not _held(refresh).update(alive_until=until, **columns):
        raise RefreshUnderWay
    refresh.alive_until = until


def _note_bytes(refresh: Refresh, progress: Progress, reading: Watch, count: int) -> None:
    """While a list comes there are no wallets to be counted yet."""
    _go_on(refresh, bytes_read=count)
    progress(0)
    reading(count)


def _work(refresh: Refresh, source: Source, batch: Batch) -> None:
    """One batch: what is as it was costs one statement for all, the others go through together."""
    refresh.site.refresh_from_db(fields=["enabled"])
    if not refresh.site.enabled:
        raise SiteSilent("it was switched off here meanwhile")
    counts: Counter[str] = Counter(seen=len(batch.rows))
    told = [read for read in batch.rows if isinstance(read, RemoteWallet)]
    same = _same(refresh.site, told, source)
    other = [read for read in told if read.name not in same]
    for begin in range(0, len(other), TOGETHER):
        done = match_all(site=refresh.site, remotes=other[begin : begin + TOGETHER], source=source)
        counts.update({COUNTS[outcome]: count for outcome, count in done.items() if outcome in COUNTS})
    if unusable := {at: read for at, read in enumerate(batch.rows, refresh.seen + 1) if isinstance(read, Unusable)}:
        in_transaction(lambda: note_unusable(refresh.site, unusable, source))
        counts["differing"] += len(unusable)
    refresh.seen += len(batch.rows)
    refresh.differing += counts["differing"]
    sums = {column: F(column) + count for column, count in counts.items()}
    _go_on(refresh, cursor=batch.cursor, expected=batch.expected, **sums)


def _same(site: ExternalWalletSite, rows: Sequence[RemoteWallet], source: Source) -> set[str]:
    """The names of mirrors that are as the site says: they are noted as seen, and nothing else."""
    by_name = {remote.name: remote for remote in rows}
    mirrors = Mirror.objects.filter(site=site, remote_name__in=by_name, difference="", wallet__account__held=0)
    told = mirrors.values_list("pk", "remote_name", *AS_TOLD)
    same = {pk: name for pk, name, *facts in told if _is_same(by_name[name], *facts)}
    unsettled = Push.objects.filter(mirror__in=same, status__in=UNSETTLED).values_list("mirror_id", flat=True)
    for pk in set(unsettled):
        del same[pk]
    seen_at = Greatest(F("seen_at"), Value(source.asked_at))
    Mirror.objects.filter(pk__in=same).update(last_refresh_id=source.refresh_id, seen_at=seen_at)
    return set(same.values())


def _is_same(remote: RemoteWallet, balance: int, minor: int, status: str, is_active: bool, email: str) -> bool:
    here = (balance, minor, status in FROZEN_STATUSES, is_active)
    there = (remote.minor, remote.minor, not remote.is_active, remote.is_active)
    return here == there and folded(remote.email) in ("", folded(email))


def _note_missing(refresh: Refresh) -> None:
    """Mirrors that the site did not tell of; and differences of which it tells no more are gone."""
    unseen = Mirror.objects.filter(site=refresh.site, created_at__lt=refresh.started_at).exclude(last_refresh_id=refresh.pk)
    missing = unseen.update(difference=MISSING, last_refresh_id=refresh.pk)
    Difference.objects.filter(site=refresh.site, outcome=Difference.Outcome.OPEN).exclude(last_refresh_id=refresh.pk).delete()
    refresh.differing = Refresh.objects.values_list("differing", flat=True).get(pk=refresh.pk) + missing
