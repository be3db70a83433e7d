"""One of each of what external wallets have, for tests of the admin: no site is called."""

from django.utils import timezone

from federation.errors import SiteSilent
from federation.matching import note_difference
from federation.mirroring import Source, adopt
from federation.models import Difference, ExternalWalletSite, Push
from federation.refreshing import ask_refresh
from federation.remote_wallets import RemoteWallet
from federation.services import _booked, _intent
from federation.sites import add_site
from ledger.movements import Event
from tests.conftest import PASSWORD, WHY
from wallets.models import Wallet
from wallets.services import create_customer, credit


def external_of() -> Push:
    """A push that is a person's, of a customer of its own; its site, refresh and a difference."""
    wallet = create_customer(email="mirrored@example.test", password=PASSWORD, username="mirrored")
    site = add_site(name="Main", url="https://main.example", key="a-key")
    source = Source(f"lookup:{site.pk}", timezone.now())
    adopt(site=site, wallet=wallet, remote=RemoteWallet("f" * 32, 500, is_active=True), source=source)
    ask_refresh(site=site, actor="test")
    apart(site, source)
    push, _ = _intent(Wallet.objects.get(pk=wallet.pk), wallet.money(100), WHY, Event.once("test"))
    return _booked(push.pk, SiteSilent("no answer in time"), is_first=True)


def apart(site: ExternalWalletSite, source: Source) -> None:
    """A customer with points of his own, and more there."""
    own = create_customer(email="apart@example.test", password=PASSWORD, username="apart")
    credit(wallet=own, amount=own.money(7), event=Event.once("test"), why=WHY)
    there = RemoteWallet("e" * 32, 9, is_active=True)
    note_difference(site, there, source, kind=Difference.Kind.OWN_POINTS, note="7 here, 9 there", wallet=own)
