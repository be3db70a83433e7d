"""Which wallets here the wallets of a site belong to: many of them at once, in a handful of statements however many.

It is what `federation.matching.match` does of each, and where anything is in the way of a batch, that is who does it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Value
from django.db.models.functions import Lower

from federation.matching import DIFFERING, OPENED, Listed, match, note_differences, own_points
from federation.mirroring import Source, adopt_all, follow_all, moved_of, obstacles_to, open_mirrors
from federation.models import Difference, ExternalWalletSite, Mirror
from federation.remote_wallets import RemoteWallet
from ledger.errors import Refusal
from ledger.retry import in_transaction
from people.any_case import folded
from people.models import User
from site_settings.reading import points_currency
from wallets.models import Wallet

Kind = Difference.Kind
Group = dict[int, RemoteWallet]


@dataclass(slots=True)
class SortedOut:
    """Wallets of a site by what becomes of them: by the wallets here, or the users, whose they are."""

    followed: Group = field(default_factory=dict)
    adopted: Group = field(default_factory=dict)
    opened: Group = field(default_factory=dict)
    listed: list[Listed] = field(default_factory=list)
    alone: list[RemoteWallet] = field(default_factory=list)


def match_all(*, site: ExternalWalletSite, remotes: Sequence[RemoteWallet], source: Source) -> Counter[str]:
    """Bring what belongs to these, no two of one name, to them, or list why not; how many became what.

    Accounts are locked together, for as long as a batch takes: some hundred are enough.
    """
    found = _sort_out(site, remotes)
    counts = Counter({DIFFERING: len(found.listed)})
    in_transaction(lambda: note_differences(site, found.listed, source))
    alone = list(found.alone)
    works: tuple[tuple[Group, Callable[[], Iterable[str]]], ...] = (
        (found.followed, lambda: [done.value for done in follow_all(remotes=found.followed, source=source).values()]),
        (found.adopted, lambda: _adopt(site, found.adopted, source)),
        (found.opened, lambda: [OPENED for _ in open_mirrors(site=site, remotes=found.opened, source=source)]),
    )
    for group, work in works:
        try:
            counts.update(in_transaction(work) if group else ())
        except Refusal:
            # Of one, or of somebody who holds one: who it is shows when each goes alone.
            alone += group.values()
    counts.update(match(site=site, remote=remote, source=source) for remote in alone)
    return counts


def _sort_out(site: ExternalWalletSite, remotes: Sequence[RemoteWallet]) -> SortedOut:
    """As things are; what is decided behind the locks may be otherwise, and refused."""
    found, names = SortedOut(), [remote.name for remote in remotes]
    rows = Mirror.objects.filter(site=site, remote_name__in=names).values_list("remote_name", "pk", "wallet__user_id")
    mirrors = {name: (wallet_id, user_id) for name, wallet_id, user_id in rows}
    holders = _holders(remotes)
    own = _own_wallets({holders.get(folded(remote.email), 0) for remote in remotes if remote.name not in mirrors})
    candidates: dict[int, RemoteWallet] = {}
    for remote in remotes:
        holder = holders.get(folded(remote.email))
        if remote.name in mirrors:
            wallet_id, user_id = mirrors[remote.name]
            if holder in (None, user_id):
                found.followed[wallet_id] = remote
            else:
                found.alone.append(remote)
        elif holder is not None:
            wallet = own.get(holder)
            group, key = (found.opened, holder) if wallet is None else (candidates, wallet.pk)
            if key in group:
                # A second one of his.
                found.alone.append(remote)
            else:
                group[key] = remote
    _sort_out_own(found, candidates, {wallet.pk: wallet for wallet in own.values()})
    return found


def _sort_out_own(found: SortedOut, candidates: Group, own: Mapping[int, Wallet]) -> None:
    """Those whose holders have a points wallet that mirrors none of this name."""
    wallets = {pk: own[pk] for pk in candidates}
    accounts = [wallet.account for wallet in wallets.values()]
    moved, obstacles = moved_of(accounts), obstacles_to(accounts, wallets)
    for pk, remote in candidates.items():
        account, why = wallets[pk].account, obstacles.get(pk, "")
        if pk in moved and not account.is_mirror:
            found.listed.append(Listed(remote.name, Kind.OWN_POINTS, own_points(account, remote, why), remote.minor, pk))
        elif why:
            found.listed.append(Listed(remote.name, Kind.TAKEN, why, remote.minor))
        else:
            found.adopted[pk] = remote


def _adopt(site: ExternalWalletSite, group: Group, source: Source) -> list[str]:
    adopt_all(site=site, remotes=group, source=source, is_unmoved=True)
    Difference.objects.filter(site=site, remote_name__in=[remote.name for remote in group.values()]).delete()
    return [OPENED] * len(group)


def _holders(remotes: Iterable[RemoteWallet]) -> dict[str, int]:
    """The users here who have these addresses, by them as `folded`; and some whose address the index takes for the same."""
    addresses = [Lower(Value(email)) for email in {remote.email for remote in remotes if remote.email}]
    users = User.objects.exclude(email="").alias(address=Lower("email")).filter(address__in=addresses)
    return {folded(email): user_id for email, user_id in users.values_list("email", "pk")}


def _own_wallets(user_ids: Iterable[int]) -> dict[int, Wallet]:
    """Their default wallets in points."""
    found = Wallet.objects.filter(user__in=user_ids, currency_code=points_currency().code, is_default=True)
    return {wallet.user_id: wallet for wallet in found.select_related("account")}
