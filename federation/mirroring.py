"""Letting a wallet follow one of a main site: what may become a mirror, and how its points and status are brought to it.

Locked are the users' rows where wallets are opened, then the mirrors', then their accounts, each by number. Many at once
cost a handful of statements; where one of them is refused nothing is done, and whoever asked goes one by one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from audit.acts import ActName
from audit.services import record_all
from federation.errors import NotMirrorable
from federation.models import ExternalWalletSite, Mirror, Push
from federation.remote_wallets import RemoteWallet
from ledger.book import SERVICE, Book, lock_accounts
from ledger.kinds import House, Kind
from ledger.models import Account, Entry
from ledger.money import AMOUNT_MAX
from ledger.movements import Circumstances, Event, Movement
from site_settings.reading import points_currency
from wallets.models import Wallet
from wallets.naming import rename_wallets, require_free
from wallets.opening import open_wallets
from wallets.pending import pending_in

REASON = "Points as at the main site"
UNSETTLED = (Push.Status.INTENT, Push.Status.UNKNOWN)
TOO_MUCH = "it differs by more than one movement may carry"

# By wallet, where nothing else is said.
Remotes = Mapping[int, RemoteWallet]

NOTE = """
UPDATE federation_mirror m SET seen_at = %s, last_refresh_id = coalesce(%s, m.last_refresh_id), difference = '',
    remote_name = r.name, remote_wallet_id = r.wallet_id, remote_user_id = r.user_id, remote_minor = r.minor,
    is_active_there = r.is_active
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::boolean[])
    AS r (id, name, wallet_id, user_id, minor, is_active)
WHERE m.wallet_id = r.id"""


class Followed(Enum):
    """What became of one wallet."""

    SAME = "same"
    CHANGED = "changed"
    LEFT_ALONE = "left_alone"


@dataclass(frozen=True, slots=True)
class Source:
    """Who asked the site, and when: `key` begins the events' keys (`refresh:7`), `asked_at` is from before the call."""

    key: str
    asked_at: datetime
    refresh_id: int | None = None


def follow(*, wallet_id: int, remote: RemoteWallet, source: Source) -> Followed:
    """`follow_all` for one mirror.

    Raises:
        NotMirrorable: the difference cannot be written.
    """
    return follow_all(remotes={wallet_id: remote}, source=source)[wallet_id]


@transaction.atomic(savepoint=False)
def follow_all(*, remotes: Remotes, source: Source) -> dict[int, Followed]:
    """Bring mirrors to what the site says of their wallets: one entry of the difference, and the status, each or none.

    What the site said before a withdrawal was settled, or before it was asked again, is old: then nothing is done.

    Raises:
        NotMirrorable: a difference cannot be written.
    """
    mirrors = {row.pk: row for row in Mirror.objects.select_for_update(no_key=True).filter(pk__in=remotes).order_by("pk")}
    newer = Push.objects.filter(Q(status__in=UNSETTLED) | Q(finished_at__gte=source.asked_at), mirror__in=mirrors)
    left = {row.pk for row in mirrors.values() if row.seen_at > source.asked_at} | set(newer.values_list("mirror_id", flat=True))
    asked = {wallet_id: remotes[wallet_id] for wallet_id in mirrors if wallet_id not in left}
    changed = _bring(lock_accounts(*asked), asked, source)
    if asked:
        _note_all(asked, source)
    followed = {pk: Followed.CHANGED if pk in changed else Followed.SAME for pk in asked}
    return {**followed, **dict.fromkeys(left, Followed.LEFT_ALONE)}


def adopt(*, site: ExternalWalletSite, wallet: Wallet, remote: RemoteWallet, source: Source, **terms: Any) -> Mirror:
    """`adopt_all` for one wallet."""
    return adopt_all(site=site, remotes={wallet.pk: remote}, source=source, **terms)[0]


@transaction.atomic(savepoint=False)
def adopt_all(
    *,
    site: ExternalWalletSite,
    remotes: Remotes,
    source: Source,
    actor: str = SERVICE,
    is_unmoved: bool = False,
    seen_minor: int | None = None,
) -> list[Mirror]:
    """Let wallets here follow those of the site, under their names, from now on: all or none.

    `is_unmoved`: only where nothing ever moved in them; `seen_minor`: only where they have just these minor units.

    Raises:
        NameInvalid, NameTaken: one cannot be called so here.
        NotMirrorable: one mirrors another one, something could still move it by itself, or it is not as said.
    """
    called = Wallet.objects.filter(pk__in=remotes).values_list("pk", "name")
    names = {pk: remotes[pk].name for pk, name in called if name != remotes[pk].name}
    require_free(list(names.values()))
    book = lock_accounts(*remotes)
    wallets = Wallet.objects.in_bulk(remotes)
    accounts = [book[pk] for pk in sorted(wallets)]
    _require_mirrorable(accounts, wallets, is_unmoved=is_unmoved, seen_minor=seen_minor)
    rename_wallets({wallets[pk]: name for pk, name in names.items()}, at=book.now, actor=actor)
    _bring(book, remotes, source)
    subjects = [(f"wallet:{account.pk}", {"site": site.pk}) for account in accounts]
    mirrors = [_mirror(site, wallets[account.pk], remotes[account.pk], source, book.now) for account in accounts]
    Mirror.objects.bulk_create(mirrors)
    record_all(ActName.WALLET_MIRRORED, actor=actor, subjects=subjects)
    return mirrors


@transaction.atomic(savepoint=False)
def open_mirrors(*, site: ExternalWalletSite, remotes: Remotes, source: Source) -> list[Mirror]:
    """Open a points wallet for each of these users, who have none, and let it follow: all or none.

    `remotes` are by the users' ids.

    Raises:
        WalletExists: one has one by now.
        NameInvalid, NameTaken, NotMirrorable: as for `adopt_all`.
    """
    names = {user_id: remote.name for user_id, remote in remotes.items()}
    wallets = open_wallets(names=names, currency=points_currency(), actor=SERVICE)
    return adopt_all(site=site, remotes={wallet.pk: remotes[wallet.user_id] for wallet in wallets}, source=source)


def moved_of(accounts: Iterable[Account]) -> set[int]:
    """In which of them there is more than what the site gave when it was opened."""
    moved = {account.pk: account.sequence for account in accounts if account.sequence}
    keys = [f"wallet:{pk}:initial" for pk, sequence in moved.items() if sequence == 1]
    initial = Entry.objects.filter(account_id__in=moved, sequence=1, key__in=keys).values_list("account_id", flat=True)
    return set(moved) - {pk for pk in initial if moved[pk] == 1}


def obstacles_to(accounts: Iterable[Account], wallets: Mapping[int, Wallet]) -> dict[int, str]:
    """Which cannot become mirrors, and why: they are, or something could still move them by itself.

    What begins behind this look finds a mirror: a payment that comes for it waits for a person.
    """
    standing = {account.pk: why for account in accounts if (why := _obstacle_in(account, wallets[account.pk]))}
    return {**pending_in(wallets), **standing}


def _obstacle_in(account: Account, wallet: Wallet) -> str:
    """What stands in its account or terms."""
    obstacles = {
        "it mirrors one already": account.is_mirror,
        "it is in another currency than points": wallet.currency_code != points_currency().code,
        "points are set aside by a hold": account.held,
        "points of it expire or may not be paid out": account.in_lots,
        "it owes something": account.owed,
        "it has a credit line, or is below zero": account.credit_line or account.balance < 0,
        "its auto-reload is on": wallet.auto_reload_enabled,
    }
    return next((why for why, is_so in obstacles.items() if is_so), "")


def _require_mirrorable(
    accounts: Sequence[Account], wallets: Mapping[int, Wallet], *, is_unmoved: bool, seen_minor: int | None
) -> None:
    """Behind the accounts' lock.

    Raises:
        NotMirrorable: see `adopt_all`.
    """
    for why in obstacles_to(accounts, wallets).values():
        raise NotMirrorable(why)
    if is_unmoved and moved_of(accounts):
        raise NotMirrorable("points have moved in it at this moment")
    if seen_minor is not None and any(account.balance != seen_minor for account in accounts):
        raise NotMirrorable("its points have changed since they were shown: look again")


def _bring(book: Book, remotes: Remotes, source: Source) -> set[int]:
    """Write differences and status; of which there was one."""
    acts: list[tuple[ActName, int]] = []
    changed = set()
    with book.sending_together():
        for wallet_id, remote in remotes.items():
            was_frozen = book[wallet_id].is_frozen
            # Both, always: the second is of no matter to the first.
            if _set_status(book, wallet_id, remote) | _post_difference(book, wallet_id, remote, source):
                changed.add(wallet_id)
            if was_frozen == remote.is_active:
                acts.append((ActName.WALLET_UNFROZEN if was_frozen else ActName.WALLET_FROZEN, wallet_id))
    for act in {act for act, _ in acts}:
        record_all(act, actor=SERVICE, subjects=[(f"wallet:{wallet_id}", {}) for told, wallet_id in acts if told == act])
    return changed


def _set_status(book: Book, wallet_id: int, remote: RemoteWallet) -> bool:
    status = Account.Status.MIRRORED if remote.is_active else Account.Status.MIRRORED_FROZEN
    if book[wallet_id].status == status:
        return False
    book.set_terms(wallet_id, status=status)
    return True


def _post_difference(book: Book, wallet_id: int, remote: RemoteWallet, source: Source) -> bool:
    account = book[wallet_id]
    difference = remote.minor - account.balance
    if abs(difference) > AMOUNT_MAX:
        raise NotMirrorable(TOO_MUCH)
    if not difference:
        return False
    # Its number within the account makes the event one of its own, also where the run is taken up again.
    event = Event.named(f"{source.key}:{wallet_id}:{account.sequence + 1}", difference)
    why = Circumstances(SERVICE, reason=REASON)
    movement = Movement(
        *(wallet_id, Kind.IMPORT, account.money(difference), House.ISSUED, why), is_bound=True, is_mirroring=True, shares=()
    )
    book.post(movement, event=replace(event, is_new=True))
    return True


def _mirror(site: ExternalWalletSite, wallet: Wallet, remote: RemoteWallet, source: Source, now: datetime) -> Mirror:
    return Mirror(
        wallet=wallet,
        site=site,
        remote_name=remote.name,
        remote_wallet_id=remote.wallet_id,
        remote_user_id=remote.user_id,
        remote_minor=remote.minor,
        is_active_there=remote.is_active,
        seen_at=source.asked_at,
        last_refresh_id=source.refresh_id,
        created_at=now,
    )


def _note_all(remotes: Remotes, source: Source) -> None:
    """What the site says now, in locked mirrors."""
    rows = [(pk, one.name, one.wallet_id, one.user_id, one.minor, one.is_active) for pk, one in remotes.items()]
    with connection.cursor() as cursor:
        cursor.execute(NOTE, [source.asked_at, source.refresh_id, *map(list, zip(*rows, strict=True))])
