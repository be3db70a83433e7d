"""Which wallet here a wallet of the site belongs to: by its name a mirror; by its holder's e-mail one that may become one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from federation.errors import NotMirrorable
from federation.mirroring import Followed, Source, adopt, follow, moved_of, obstacles_to, open_mirrors
from federation.models import NOTE_MAX, Difference, ExternalWalletSite, Mirror
from federation.remote_wallets import RemoteWallet, Unusable
from ledger.errors import AccountNotIntact, Refusal
from ledger.models import Account
from ledger.retry import in_transaction
from people.any_case import is_email
from people.models import User
from site_settings.reading import points_currency
from wallets.errors import NameInvalid, NameTaken, WalletExists
from wallets.models import Wallet

Kind, Outcome = Difference.Kind, Difference.Outcome
# What became of a wallet of the site, as a refresh counts it; nothing where nobody here is meant.
OPENED, DIFFERING = "opened", "differing"
COLUMNS = ("kind", "wallet_id", "remote_minor", "note", "outcome", "settled_at", "settled_by_id")
CHANGEABLE = ("kind", "wallet", "remote_minor", "note", "outcome", "settled_at", "settled_by")
WHY: dict[type[Refusal], str] = {
    AccountNotIntact: "its wallet here was changed outside the service, and refuses to move",
    WalletExists: "its holder was given a wallet at this moment",
    NameInvalid: "no wallet here can be called so",
    NameTaken: "another wallet here is called so",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A wallet of the site, and why nothing here mirrors it."""

    name: str
    kind: Difference.Kind
    note: str
    remote_minor: int | None = None
    wallet_id: int | None = None

    def changes(self, row: Difference) -> bool:
        """Whether it says something else than `row` did, which says it from now on; settled or not, it is open then."""
        said = (self.kind, self.wallet_id, self.remote_minor, self.note[:NOTE_MAX], Outcome.OPEN, None, None)
        before = tuple(getattr(row, column) for column in COLUMNS)
        for column, value in zip(COLUMNS, said, strict=True):
            setattr(row, column, value)
        return row.pk is None or before != said


def match(*, site: ExternalWalletSite, remote: RemoteWallet, source: Source) -> str:
    """Bring what belongs to the site's wallet to it, in one transaction, or list why not; what to count it as."""
    mirror = Mirror.objects.select_related("wallet__user").filter(site=site, remote_name=remote.name).first()
    try:
        if mirror is not None:
            return _follow(mirror, remote, source)
        return _find(site, remote, source)
    except (NotMirrorable, AccountNotIntact, WalletExists, NameInvalid, NameTaken) as refusal:
        why = refusal.why if isinstance(refusal, NotMirrorable) else WHY[type(refusal)]
        if mirror is not None:
            differs(mirror, f"It cannot be brought to what the site says: {why}.", source)
        else:
            note_difference(site, remote, source, kind=Kind.TAKEN, note=why)
        return DIFFERING


def note_unusable(site: ExternalWalletSite, told: Mapping[int, Unusable], source: Source) -> None:
    """List what cannot be read, each with the mirror that it is of, where there is one. What has no name goes by its number."""
    rows = Mirror.objects.filter(site=site, remote_name__in=[one.name for one in told.values() if one.name])
    mirrors = {row.remote_name: row for row in rows}
    for one in told.values():
        if one.name in mirrors:
            differs(mirrors[one.name], f"The site tells of it in a way that cannot be used: {one.why}.", source)
    listed = [
        Listed(one.name or f"(row {position})", Kind.UNUSABLE, one.why)
        for position, one in told.items()
        if one.name not in mirrors
    ]
    note_differences(site, listed, source)


def differs(mirror: Mirror, why: str, source: Source) -> None:
    """Show in what a mirror is not as at its site."""
    Mirror.objects.filter(pk=mirror.pk).update(difference=why[:NOTE_MAX], last_refresh_id=source.refresh_id)


def note_difference(
    site: ExternalWalletSite,
    remote: RemoteWallet,
    source: Source,
    *,
    kind: Difference.Kind,
    note: str,
    wallet: Wallet | None = None,
) -> None:
    """List a wallet of the site that nothing here mirrors. What a person left apart stays so."""
    note_differences(site, [Listed(remote.name, kind, note, remote.minor, wallet.pk if wallet else None)], source)


def note_differences(site: ExternalWalletSite, listed: Sequence[Listed], source: Source) -> None:
    """`note_difference` for many: what is listed just so already costs nothing of its own."""
    asked = {one.name: one for one in listed}
    there = Difference.objects.filter(site=site, remote_name__in=asked)
    by_name = {row.remote_name: row for row in there}
    for name in asked:
        if name not in by_name:
            by_name[name] = Difference(site=site, remote_name=name, found_at=source.asked_at)
    changed = [row for name, row in by_name.items() if row.outcome != Outcome.LEFT_APART and asked[name].changes(row)]
    Difference.objects.bulk_create([row for row in changed if row.pk is None], ignore_conflicts=True)
    Difference.objects.bulk_update([row for row in changed if row.pk is not None], CHANGEABLE)
    there.update(last_refresh_id=source.refresh_id)


def own_points(account: Account, remote: RemoteWallet, why: str) -> str:
    """What a person reads of a wallet with points of its own; `why` it cannot be taken over, as things are."""
    then = f"settle this first: {why}" if why else "take it over, or leave it apart"
    return f"{account.money(account.balance)} here, {account.money(remote.minor)} there: {then}"


def _follow(mirror: Mirror, remote: RemoteWallet, source: Source) -> str:
    if (other := _holder(remote)) and other.pk != mirror.wallet.user_id:
        differs(mirror, "At the site it belongs to another user of this one, by his e-mail.", source)
        return DIFFERING
    done = in_transaction(lambda: follow(wallet_id=mirror.pk, remote=remote, source=source))
    if done is Followed.LEFT_ALONE:
        Mirror.objects.filter(pk=mirror.pk).update(last_refresh_id=source.refresh_id)
    return done.value


def _find(site: ExternalWalletSite, remote: RemoteWallet, source: Source) -> str:
    user = _holder(remote)
    if user is None:
        return ""
    own = Wallet.objects.filter(user=user, currency_code=points_currency().code, is_default=True).first()
    if own is None:
        in_transaction(lambda: open_mirrors(site=site, remotes={user.pk: remote}, source=source))
        return OPENED
    account = Account.objects.get(pk=own.pk)
    if moved_of([account]) and not account.is_mirror:
        why = obstacles_to([account], {own.pk: own}).get(own.pk, "")
        note_difference(site, remote, source, kind=Kind.OWN_POINTS, note=own_points(account, remote, why), wallet=own)
        return DIFFERING
    in_transaction(lambda: adopt(site=site, wallet=own, remote=remote, source=source, is_unmoved=True))
    Difference.objects.filter(site=site, remote_name=remote.name).delete()
    return OPENED


def _holder(remote: RemoteWallet) -> User | None:
    return User.objects.filter(is_email(remote.email)).first()
