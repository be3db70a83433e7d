"""Main sites: where they are, and the key that opens them, which is sealed and never shown again."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from audit.acts import ActName
from audit.context import COMMAND
from audit.services import record
from federation.errors import SiteBusy, SiteInvalid
from federation.models import ExternalWalletSite, Push
from ledger.outbound_addresses import DEFAULT_PORTS, for_operators, is_allowed_host, objection_to, origin_of
from ledger.sealing import seal
from people.any_case import in_any_case
from people.models import User

URL_MAX, KEY_MAX, NAME_MAX = 500, 500, 100
PLAIN = re.compile(r"[!-~]+")
UNSETTLED = (Push.Status.INTENT, Push.Status.UNKNOWN)
# Of two at once with one name or address, the second one is refused in words.
LOCK_SITES = "SELECT pg_advisory_xact_lock(20072)"


@transaction.atomic(savepoint=False)
def add_site(*, name: str, url: str, key: str, enabled: bool = True, actor: str = COMMAND) -> ExternalWalletSite:
    """Keep a main site. Users who are there already are looked up by the first refresh, later ones as they come.

    Raises:
        SiteInvalid: name, address or key cannot be one, or another site's name or address is the same.
    """
    _lock_sites()
    site = proposed_site(ExternalWalletSite(), name=name, url=url, key=key)
    site.enabled = enabled
    site.looked_up_user_id = User.objects.aggregate(last=Max("pk"))["last"] or 0
    site.save(force_insert=True)
    facts = {"origin": _origin_text(site.url)}
    record(ActName.EXTERNAL_SITE_ADDED, actor=actor, subject=f"external_site:{site.pk}", facts=facts)
    return site


@transaction.atomic(savepoint=False)
def change_site(
    *,
    site_id: int,
    name: str | None = None,
    url: str | None = None,
    key: str = "",
    enabled: bool | None = None,
    actor: str = COMMAND,
) -> ExternalWalletSite:
    """Change what is given; an empty key stays as it is.

    Raises:
        SiteInvalid: name, address or key cannot be one, or are another site's; or the key that is kept would go elsewhere.
        SiteBusy: it would be at another address, and withdrawals there are not settled.
    """
    _lock_sites()
    site = ExternalWalletSite.objects.select_for_update(no_key=True).get(pk=site_id)
    before: dict[str, Any] = {"name": site.name, "url": site.url, "enabled": site.enabled}
    proposed_site(site, name=name, url=url, key=key)
    site.enabled = site.enabled if enabled is None else enabled
    if site.url != before["url"]:
        if Push.objects.filter(mirror__site=site, status__in=UNSETTLED).exists():
            raise SiteBusy
        # Another address may be another program.
        site.repeats_requests, site.checked_at, site.check_outcome = False, None, ""
    site.save()
    changed = [column for column, value in before.items() if getattr(site, column) != value] + (["key"] if key else [])
    facts: dict[str, Any] = {"changed": changed}
    if site.url != before["url"]:
        facts["origin"] = {"from": _origin_text(before["url"]), "to": _origin_text(site.url)}
    record(ActName.EXTERNAL_SITE_CHANGED, actor=actor, subject=f"external_site:{site.pk}", facts=facts)
    return site


def proposed_site(
    site: ExternalWalletSite, *, name: str | None = None, url: str | None = None, key: str = ""
) -> ExternalWalletSite:
    """`site`, which may be a new one, as it would be with what is given; nothing is kept.

    Raises:
        SiteInvalid: as for `add_site` and `change_site`.
    """
    before = site.url
    site.name = site.name if name is None else _checked_name(name, site.pk or 0)
    site.url = site.url if url is None else _own_url(url, site.pk or 0)
    if key or not site.key:
        site.key = seal(_checked_key(key).encode(), site.sealed_for)
    elif origin_of(urlsplit(site.url)) != origin_of(urlsplit(before)):
        # Whoever may edit the site may not read its key, and would have it sent to himself.
        raise SiteInvalid("key", "must be given anew: the one that is kept goes to no other scheme, host or port")
    return site


def site_called(name: str) -> ExternalWalletSite | None:
    return ExternalWalletSite.objects.filter(in_any_case(name.strip(), "name")).first()


def checked_url(url: str) -> str:
    """The site's address as it is kept, in one spelling: without a slash at its end, its host in small letters, no needless port.

    Raises:
        SiteInvalid: it cannot be called, or would tell the key to everybody on the way.
    """
    url = url.strip().rstrip("/")
    if len(url) > URL_MAX or not PLAIN.fullmatch(url):
        raise SiteInvalid("url", f"must be plain ASCII without blanks, at most {URL_MAX} characters")
    if why := objection_to(url):
        raise SiteInvalid("url", for_operators(why))
    parts = urlsplit(url)
    if "@" in parts.netloc or "?" in url or "#" in url:
        raise SiteInvalid("url", "must carry neither a user name nor a query nor a fragment")
    if settings.PRODUCTION and parts.scheme != "https" and not is_allowed_host(str(parts.hostname)):
        raise SiteInvalid("url", "must be an https address: the key is in every call")
    host = parts.netloc.lower().removesuffix(":").removesuffix(f":{DEFAULT_PORTS[parts.scheme]}")
    return parts._replace(netloc=host).geturl()


def _own_url(url: str, own_id: int) -> str:
    url = checked_url(url)
    if ExternalWalletSite.objects.filter(url=url).exclude(pk=own_id).exists():
        raise SiteInvalid("url", "is another site's")
    return url


def _origin_text(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _checked_key(key: str) -> str:
    key = key.strip()
    if not PLAIN.fullmatch(key) or len(key) > KEY_MAX:
        raise SiteInvalid("key", f"must be plain ASCII without blanks, at most {KEY_MAX} characters")
    return key


def _checked_name(name: str, own_id: int) -> str:
    name = name.strip()
    if not name or len(name) > NAME_MAX or not name.isprintable():
        raise SiteInvalid("name", f"must have 1 to {NAME_MAX} characters")
    if ExternalWalletSite.objects.filter(in_any_case(name, "name")).exclude(pk=own_id).exists():
        raise SiteInvalid("name", "is another site's")
    return name


def _lock_sites() -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOCK_SITES)
