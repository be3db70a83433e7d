"""Where a customer may be sent back to once he has paid: this site, and what its operator names. Nobody else's page.

An address of any site would make of ours a door to it, that looks like ours.
"""

import re
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from ledger.outbound_addresses import DEFAULT_PORTS, origin_of

URL_MAX = 2000
# A browser reads a backslash as a slash, and passes over tabs and line breaks: what is not printable ASCII is not taken.
PLAIN = re.compile(r"[!-\[\]-~]+")


def is_return_url(url: str, *, site: str) -> bool:
    """Whether `url` leads to this site, whose address is `site`, or to an origin of TOPUP_RETURN_ORIGINS."""
    origin = _origin(url)
    return origin is not None and origin in {_origin(allowed) for allowed in (site, *settings.TOPUP_RETURN_ORIGINS)}


def _origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None for what is no plain http address."""
    if len(url) > URL_MAX or not PLAIN.fullmatch(url):
        return None
    try:
        parts = urlsplit(url)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname or _has_user(parts):
            return None
        return origin_of(parts)
    except ValueError:
        # A port that is none.
        return None


def _has_user(parts: SplitResult) -> bool:
    return "@" in parts.netloc
