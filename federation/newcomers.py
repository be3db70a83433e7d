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
from people.any_case import folded
from people.models import User
from site_settings.reading import current_settings, points_currency
from wallets.models import Wallet

BATCH = 50
NO_WALLET = ("Wallet does not exist",)
# What the gateway says to whatever is asked: the plugin's words, with or without a dot.
OF_THE_GATEWAY = ("Secure key is invalid", "External API gateway is closed", "Please provide ")
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
        except (SiteSilent, SiteRefused):
            # He is asked for again, and those behind him.
            return count
        ExternalWalletSite.objects.filter(pk=site.pk).update(looked_up_user_id=user.pk)
    return min(BATCH, came.count())


def _ask_for(site: ExternalWalletSite, user: User) -> None:
    """Bring the wallet that the site has of this user, if any, to him.

    Raises:
        SiteRefused, SiteSilent: whether it has one is not known.
    """
    own = Wallet.objects.filter(user=user, currency_code=points_currency().code, is_default=True).first()
    # The answer names no address, and the database behind another program may take é for e.
    if not (user.email and user.email.isascii()) or (own and Account.objects.get(pk=own.pk).is_mirror):
        return
    source = Source(f"lookup:{site.pk}", timezone.now())
    try:
        told = ask(site, "get_wallet", {"email": user.email}).message
    except SiteRefused as refused:
        if not _has_none(site, refused):
            raise
        return
    read = read_wallet({"user_email": user.email, **told} if isinstance(told, dict) else told, points_currency())
    if isinstance(read, Unusable):
        note_unusable(site, {user.pk: read}, source)
    elif folded(read.email) == folded(user.email):
        match(site=site, remote=read, source=source)


def _has_none(site: ExternalWalletSite, refused: SiteRefused) -> bool:
    """Whether a no says that there is no such wallet, and not that nothing is answered now.

    A plain plugin may say so in any language: if only the words above counted, the job would wait at one newcomer for ever.
    """
    if site.repeats_requests:
        return refused.messages == NO_WALLET
    return not any(words.startswith(OF_THE_GATEWAY) for words in refused.messages)
