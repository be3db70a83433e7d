"""Checking the connection to a main site, and telling in words what is wrong."""

from django.utils import timezone

from federation.errors import SiteRefused, SiteSilent
from federation.models import NOTE_MAX, ExternalWalletSite
from federation.remote import Said, ask
from federation.remote_wallets import RemoteWallet, read_wallet
from site_settings.reading import points_currency

FINE = "The connection is fine"
REPEATS = "The site is one of ours: if its answer to a withdrawal gets lost, it is asked again, and takes the points once."
PLAIN = "The site runs a plain plugin: if its answer to a withdrawal gets lost, a person has to look there what became of it."


def check_connection(site: ExternalWalletSite) -> str:
    """Ask the site for its wallets, keep what came of it, and return it in words. Call it outside any transaction."""
    outcome = connection_to(site)
    ExternalWalletSite.objects.filter(pk=site.pk).update(checked_at=timezone.now(), check_outcome=outcome)
    return outcome


def connection_to(site: ExternalWalletSite) -> str:
    """`check_connection` of a site that need not be kept so: nothing is."""
    try:
        outcome = _judged(ask(site, "get_wallets", {"limit": "1"}, is_list=True, is_check=True))
    except SiteRefused as refused:
        outcome = f"The site refuses: {'; '.join(refused.messages)}."
    except SiteSilent as silent:
        outcome = f"The site cannot be used: {silent.why}."
    return outcome[:NOTE_MAX]


def _judged(said: Said) -> str:
    if not isinstance(said.message, list):
        return "The site answers, but not with its wallets: this is no cmmpexapi/v1 with external wallets."
    unit = points_currency()
    unusable = [read for told in said.message[:1] if not isinstance(read := read_wallet(told, unit), RemoteWallet)]
    if unusable:
        return f"The site answers, but its first wallet cannot be used: {unusable[0].why}."
    return f"{FINE}. {REPEATS if said.repeats else PLAIN} It has {'wallets' if said.message else 'no wallets yet'}."
