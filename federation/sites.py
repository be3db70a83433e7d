"""Main sites: where they are, and the key that opens them, which is sealed and never shown again."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from audit.acts import ActName
from audit.context import COMMAND
from audit.services import record
from federation.errors import SiteBusy, SiteInvalid
from federation.models import ExternalWalletSite, Push
from ledger.outbound_addresses import for_operators, is_allowed_host, objection_to
from ledger.sealing import seal
from people.models import User

URL_MAX, KEY_MAX, NAME_MAX = 500, 500, 100
PLAIN = re.compile(r"[!-~]+")
UNSETTLED = (Push.Status.INTENT, Push.Status.UNKNOWN)


@transaction.atomic(savepoint=False)
def add_site(*, name: str, url: str, key: str, enabled: bool = True, actor: str = COMMAND) -> ExternalWalletSite:
    """Keep a main site. Users who are there already are looked up by the first refresh, later ones as they come.

    Raises:
        SiteInvalid: name, address or key cannot be one.
    """
    site = ExternalWalletSite(name=_checked_name(name), url=checked_url(url), enabled=enabled)
    site.key = seal(_checked_key(key).encode(), site.sealed_for)
    site.looked_up_user_id = User.objects.aggregate(last=Max("pk"))["last"] or 0
    site.save(force_insert=True)
    record(ActName.EXTERNAL_SITE_ADDED, actor=actor, subject=f"external_site:{site.pk}")
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
        SiteInvalid: name, address or key cannot be one.
        SiteBusy: it would be at another address, and withdrawals there are not settled.
    """
    site = ExternalWalletSite.objects.select_for_update(no_key=True).get(pk=site_id)
    before: dict[str, Any] = {"name": site.name, "url": site.url, "enabled": site.enabled}
    site.name = site.name if name is None else _checked_name(name, site.pk)
    site.enabled = site.enabled if enabled is None else enabled
    if url is not None and checked_url(url) != site.url:
        if Push.objects.filter(mirror__site=site, status__in=UNSETTLED).exists():
            raise SiteBusy
        # Another address may be another program.
        site.url, site.repeats_requests, site.checked_at, site.check_outcome = checked_url(url), False, None, ""
    if key:
        site.key = seal(_checked_key(key).encode(), site.sealed_for)
    site.save()
    changed = [column for column, value in before.items() if getattr(site, column) != value] + (["key"] if key else [])
    record(ActName.EXTERNAL_SITE_CHANGED, actor=actor, subject=f"external_site:{site.pk}", facts={"changed": changed})
    return site


def checked_url(url: str) -> str:
    """The site's address without a slash at its end.

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
    return url


def _checked_key(key: str) -> str:
    key = key.strip()
    if not PLAIN.fullmatch(key) or len(key) > KEY_MAX:
        raise SiteInvalid("key", f"must be plain ASCII without blanks, at most {KEY_MAX} characters")
    return key


def _checked_name(name: str, own_id: int = 0) -> str:
    name = name.strip()
    if not name or len(name) > NAME_MAX or not name.isprintable():
        raise SiteInvalid("name", f"must have 1 to {NAME_MAX} characters")
    if ExternalWalletSite.objects.filter(name=name).exclude(pk=own_id).exists():
        raise SiteInvalid("name", "is another site's")
    return name
