"""Which addresses events are sent to. What a name leads to is asked at each call, by ledger.outbound."""

import re
from urllib.parse import urlsplit

from django.conf import settings

from ledger.outbound_addresses import is_allowed_host, objection_to
from webhooks.errors import EndpointUrlInvalid
from webhooks.models import Endpoint

URL_MAX = Endpoint._meta.get_field("url").max_length
# A name in other letters is written as `xn--…`. Two readers of an address differ over everything else.
PLAIN = re.compile(r"[!-\[\]-~]+")


def checked_url(url: str) -> str:
    """`url`, as events may be sent there.

    In production that is https, so that nobody on the way reads who was paid what: they are signed, not encrypted.
    A host that the operator allows by name may be called over http, and in a private network.

    Raises:
        EndpointUrlInvalid: it may not be.
    """
    url = url.strip()
    if URL_MAX is not None and len(url) > URL_MAX:
        raise EndpointUrlInvalid(f"must be at most {URL_MAX} characters long")
    if not PLAIN.fullmatch(url):
        raise EndpointUrlInvalid("must be plain ASCII without blanks")
    if why := objection_to(url):
        raise EndpointUrlInvalid(why)
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise EndpointUrlInvalid("must not carry a user name or a password")
    if parts.fragment:
        raise EndpointUrlInvalid("must not have a fragment")
    if settings.PRODUCTION and parts.scheme != "https" and not is_allowed_host(str(parts.hostname)):
        raise EndpointUrlInvalid("must be an https address")
    return url
