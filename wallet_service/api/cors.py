"""Which other origins a browser may call from."""

from django.conf import settings
from django.http import HttpRequest

from hooks.points import rest_cors_origins

# The namespaces that the operator's own app may open to further origins.
FILTERED = ("/wp-json/wkwp-wallet/", "/wp-json/wkwc_wallet/")


def is_allowed(origin: str, request: HttpRequest) -> bool:
    """Whether pages from this origin may call what was asked for: none but our own, unless configured."""
    origins: list[str] = settings.CORS_ORIGINS
    if rest_cors_origins.is_heard and request.path_info.startswith(FILTERED):
        origins = rest_cors_origins.apply(list(origins))
    return origin in origins
