"""Settling a difference: a wallet with points of its own follows the site from now on, or is left apart."""

from django.db import transaction
from django.utils import timezone

from audit.acts import ActName
from audit.services import actor_of, record
from federation.errors import DifferenceSettled, SiteSilent
from federation.mirroring import Source, adopt
from federation.models import Difference
from federation.remote import ask
from federation.remote_wallets import RemoteWallet, read_wallet
from ledger.money import Currency
from ledger.retry import in_transaction
from people.models import User
from wallets.approvals import require_manager
from wallets.models import Wallet

Outcome = Difference.Outcome


def take_over(*, difference_id: int, by: User | None, seen_minor: int | None = None) -> Difference:
    """Bring the wallet here to the site's figure of this moment, by one entry, and let it follow.

    With `seen_minor` only where it has the points that `by` was shown: what came since then he did not give up.
    Call it outside any transaction.

    Raises:
        ManagerRequired: `by` may not decide this.
        DifferenceSettled: somebody has, or it is of another kind.
        SiteRefused, SiteSilent: the site does not say what it has.
        NotMirrorable: something could still move the wallet by itself, or it has other points by now.
    """
    difference = _open(difference_id, by)
    source = Source(f"lookup:{difference.site_id}", timezone.now())
    remote = read_wallet(
        ask(difference.site, "get_wallet_by_name", {"wallet_name": difference.remote_name}).message, _unit(difference)
    )
    if not isinstance(remote, RemoteWallet) or remote.name != difference.remote_name:
        raise SiteSilent("what it says of the wallet cannot be used")
    return in_transaction(lambda: _take_over(difference_id, remote, source, by, seen_minor))


@transaction.atomic(savepoint=False)
def leave_apart(*, difference_id: int, by: User | None) -> Difference:
    """The two stay apart: no refresh lists them again.

    Raises:
        ManagerRequired, DifferenceSettled: as for `take_over`.
    """
    return _settled(_open(difference_id, by, is_locked=True), Outcome.LEFT_APART, by)


def _take_over(difference_id: int, remote: RemoteWallet, source: Source, by: User | None, seen_minor: int | None) -> Difference:
    difference = _open(difference_id, by, is_locked=True)
    wallet = difference.wallet
    assert wallet is not None, "one with points of its own has a wallet"
    adopt(site=difference.site, wallet=wallet, remote=remote, source=source, actor=actor_of(by), seen_minor=seen_minor)
    return _settled(difference, Outcome.TAKEN_OVER, by)


def _open(difference_id: int, by: User | None, *, is_locked: bool = False) -> Difference:
    if by is not None:
        require_manager(by)
    rows = Difference.objects.select_related("site", "wallet__account")
    rows = rows.select_for_update(no_key=True, of=("self",)) if is_locked else rows
    difference = rows.filter(pk=difference_id, kind=Difference.Kind.OWN_POINTS, outcome=Outcome.OPEN).first()
    if difference is None:
        raise DifferenceSettled
    return difference


def _settled(difference: Difference, outcome: Difference.Outcome, by: User | None) -> Difference:
    difference.outcome, difference.settled_at, difference.settled_by = outcome, timezone.now(), by
    difference.save(update_fields=["outcome", "settled_at", "settled_by"])
    facts = {"site": difference.site_id, "outcome": outcome.value}
    record(ActName.DIFFERENCE_SETTLED, actor=actor_of(by), subject=f"wallet:{difference.wallet_id}", facts=facts)
    return difference


def _unit(difference: Difference) -> Currency:
    wallet = difference.wallet
    assert isinstance(wallet, Wallet)
    return wallet.currency
