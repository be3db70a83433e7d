"""Letting a wallet follow one of a main site: what may become a mirror, and how its points and status are brought to it.

Locked are the user's row where a wallet is opened, then the mirror's, then its account.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from django.db import transaction
from django.db.models import Q

from audit.acts import ActName
from audit.services import record
from federation.errors import NotMirrorable
from federation.models import ExternalWalletSite, Mirror, Push
from federation.remote_wallets import RemoteWallet
from ledger.book import SERVICE, Book, lock_accounts
from ledger.kinds import House, Kind
from ledger.models import Account
from ledger.money import AMOUNT_MAX
from ledger.movements import Circumstances, Event, Movement
from people.models import User
from site_settings.reading import points_currency
from wallets.models import Wallet
from wallets.naming import free_name
from wallets.pending import pending_in
from wallets.services import change_wallet, open_wallet

REASON = "Points as at the main site"
UNSETTLED = (Push.Status.INTENT, Push.Status.UNKNOWN)
TOO_MUCH = "it differs by more than one movement may carry"


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


@transaction.atomic(savepoint=False)
def follow(*, wallet_id: int, remote: RemoteWallet, source: Source) -> Followed:
    """Bring a mirror to what the site says of its wallet: one entry of the difference, and the status.

    What the site said before a withdrawal was settled, or before it was asked again, is old: then nothing is done.

    Raises:
        NotMirrorable: the difference cannot be written.
    """
    mirror = Mirror.objects.select_for_update(no_key=True).get(pk=wallet_id)
    own = mirror.pushes.filter(Q(status__in=UNSETTLED) | Q(finished_at__gte=source.asked_at))
    if mirror.seen_at > source.asked_at or own.exists():
        return Followed.LEFT_ALONE
    book = lock_accounts(wallet_id)
    is_changed = _bring(book, wallet_id, remote, source)
    _note(mirror, remote, source)
    return Followed.CHANGED if is_changed else Followed.SAME


@transaction.atomic(savepoint=False)
def adopt(
    *,
    site: ExternalWalletSite,
    wallet: Wallet,
    remote: RemoteWallet,
    source: Source,
    actor: str = SERVICE,
    is_unmoved: bool = False,
    seen_minor: int | None = None,
) -> Mirror:
    """Let a wallet here follow one of the site, under its name, from now on.

    `is_unmoved`: only where nothing ever moved in it; `seen_minor`: only where it has just these minor units.

    Raises:
        NameInvalid, NameTaken: it cannot be called so here.
        NotMirrorable: it mirrors another one, something could still move it by itself, or it is not as said.
    """
    if wallet.name != remote.name:
        wallet = change_wallet(wallet=wallet, actor=actor, name=free_name(remote.name))
    book = lock_accounts(wallet.pk)
    wallet = Wallet.objects.get(pk=wallet.pk)
    if why := obstacle_to(book[wallet.pk], wallet):
        raise NotMirrorable(why)
    if is_unmoved and has_moved(book[wallet.pk]):
        raise NotMirrorable("points have moved in it at this moment")
    if seen_minor is not None and book[wallet.pk].balance != seen_minor:
        raise NotMirrorable("its points have changed since they were shown: look again")
    was_frozen = book[wallet.pk].is_frozen
    book.set_terms(wallet.pk, status=Account.Status.MIRRORED_FROZEN if was_frozen else Account.Status.MIRRORED)
    mirror = Mirror(wallet=wallet, site=site, created_at=book.now)
    _bring(book, wallet.pk, remote, source)
    _note(mirror, remote, source, is_new=True)
    record(ActName.WALLET_MIRRORED, actor=actor, subject=f"wallet:{wallet.pk}", facts={"site": site.pk})
    return mirror


@transaction.atomic(savepoint=False)
def open_mirror(*, site: ExternalWalletSite, user: User, remote: RemoteWallet, source: Source) -> Mirror:
    """Open a points wallet for `user`, who has none, and let it follow.

    Raises:
        WalletExists: he has one by now.
        NameInvalid, NameTaken, NotMirrorable: as for `adopt`.
    """
    asked: dict[str, Any] = {"currency": points_currency(), "name": remote.name, "is_only": True, "with_initial_points": False}
    wallet = open_wallet(user=user, actor=SERVICE, **asked)
    return adopt(site=site, wallet=wallet, remote=remote, source=source)


def has_moved(account: Account) -> bool:
    """Whether there is more in it than what the site gave when it was opened."""
    return account.sequence > 1 or (
        account.sequence == 1 and not account.entries.filter(key=f"wallet:{account.pk}:initial").exists()
    )


def obstacle_to(account: Account, wallet: Wallet) -> str:
    """Why it cannot become a mirror: it is one, or something could still move it by itself. Nothing but its site moves a mirror.

    What begins behind this look finds a mirror: a payment that comes for it waits for a person.
    """
    obstacles = {
        "it mirrors one already": account.is_mirror,
        "it is in another currency than points": wallet.currency_code != points_currency().code,
        "points are set aside by a hold": account.held,
        "points of it expire or may not be paid out": account.in_lots,
        "it owes something": account.owed,
        "it has a credit line, or is below zero": account.credit_line or account.balance < 0,
        "its auto-reload is on": wallet.auto_reload_enabled,
    }
    standing = next((why for why, is_so in obstacles.items() if is_so), "")
    return standing or pending_in([wallet.pk]).get(wallet.pk, "")


def _bring(book: Book, wallet_id: int, remote: RemoteWallet, source: Source) -> bool:
    """Write the difference and the status; whether there was one."""
    account = book[wallet_id]
    difference = remote.minor - account.balance
    if abs(difference) > AMOUNT_MAX:
        raise NotMirrorable(TOO_MUCH)
    if difference:
        # Its number within the account makes the event one of its own, also where the run is taken up again.
        event = Event.named(f"{source.key}:{wallet_id}:{account.sequence + 1}", difference)
        why = Circumstances(SERVICE, reason=REASON)
        movement = Movement(
            *(wallet_id, Kind.IMPORT, account.money(difference), House.ISSUED, why), is_bound=True, is_mirroring=True, shares=()
        )
        book.post(movement, event=event)
    status = Account.Status.MIRRORED if remote.is_active else Account.Status.MIRRORED_FROZEN
    was_frozen, has_other_status = account.is_frozen, account.status != status
    if has_other_status:
        book.set_terms(wallet_id, status=status)
    if account.is_frozen != was_frozen:
        act = ActName.WALLET_FROZEN if account.is_frozen else ActName.WALLET_UNFROZEN
        record(act, actor=SERVICE, subject=f"wallet:{wallet_id}")
    return bool(difference) or has_other_status


def _note(mirror: Mirror, remote: RemoteWallet, source: Source, *, is_new: bool = False) -> None:
    mirror.remote_name, mirror.remote_wallet_id, mirror.remote_user_id = remote.name, remote.wallet_id, remote.user_id
    mirror.remote_minor, mirror.is_active_there = remote.minor, remote.is_active
    mirror.seen_at, mirror.difference = source.asked_at, ""
    mirror.last_refresh_id = source.refresh_id or mirror.last_refresh_id
    mirror.save(force_insert=is_new)
