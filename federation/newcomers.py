"""Users who have come since: the site is asked whether it has a wallet of theirs, by a job, never while they register."""

from datetime import timedelta

from django.utils import timezone

from federation.errors import SiteRefused, SiteSilent
from federation.matching import match, note_unusable
from federation.mirroring import Source
from federation.models import ExternalWalletSite
from federation.remote import ask
from federation.remote_wallets import Unusable, read_wallet
from ledger.models import Account
from people.models import User
from site_settings.reading import current_settings, points_currency
from wallets.models import Wallet

BATCH = 50
# Whoever drew his number earlier has committed by then; if not, the next refresh finds him.
SETTLED_AFTER = timedelta(seconds=10)


def look_up_newcomers() -> int:
    """Ask each site for the wallets of users who came since it was asked last; how many users."""
    if not current_settings().external_wallets_enabled:
        return 0
    return sum(_look_up(site) for site in ExternalWalletSite.objects.filter(enabled=True).order_by("pk"))


def _look_up(site: ExternalWalletSite) -> int:
    came = User.objects.filter(pk__gt=site.looked_up_user_id, date_joined__lte=timezone.now() - SETTLED_AFTER)
    for count, user in enumerate(came.order_by("pk")[:BATCH]):
        try:
            _ask_for(site, user)
        except SiteSilent:
            # He is asked for again, and those behind him.
            return count
        ExternalWalletSite.objects.filter(pk=site.pk).update(looked_up_user_id=user.pk)
    return min(BATCH, came.count())


def _ask_for(site: ExternalWalletSite, user: User) -> None:
    own = Wallet.objects.filter(user=user, currency_code=points_currency().code, is_default=True).first()
    # The answer names no address, and the database behind another program may take é for e.
    if not (user.email and user.email.isascii()) or (own and Account.objects.get(pk=own.pk).is_mirror):
        return
    source = Source(f"lookup:{site.pk}", timezone.now())
    try:
        told = ask(site, "get_wallet", {"email": user.email}).message
    except SiteRefused:
        # It has none.
        return
    read = read_wallet({"user_email": user.email, **told} if isinstance(told, dict) else told, points_currency())
    if isinstance(read, Unusable):
        note_unusable(site, {user.pk: read}, source)
    elif read.email.lower() == user.email.lower():
        match(site=site, remote=read, source=source)
