"""What happens to every request before a view is chosen."""

import ipaddress
import re
from collections.abc import Callable
from functools import lru_cache, partial
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from audit.context import Origin, coming_from

Respond = Callable[[HttpRequest], HttpResponse]

API_ROOT = "/wp-json"
CLIENT_ADDRESS = "wallet_service.client_address"
# Of a caller who came through a socket without addresses.
UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104  compared, not bound
# What a proxy's own id may look like: it is kept, logged and sent back.
REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:=+/-]{0,63}")


def client_address(request: HttpRequest) -> str:
    """The caller's address: the socket's, or what trusted proxies say, as far as they reach."""
    return str(request.META.get(CLIENT_ADDRESS, UNKNOWN_ADDRESS))


def plain_address(text: str) -> str:
    """In its canonical spelling, an IPv4 address that came over IPv6 as what it is; empty where it is no address."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)


def is_api(request: HttpRequest) -> bool:
    """Whether the request is for a program, under /wp-json/."""
    return request.path_info == API_ROOT or request.path_info.startswith(API_ROOT + "/")


class ClientAddressMiddleware:
    """Finds the caller's address and scheme behind proxies that the settings trust, and believes no other."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        peer = _peer(request)
        request.META[CLIENT_ADDRESS] = peer
        if _is_trusted(peer):
            request.META[CLIENT_ADDRESS] = _before_proxies(request.META.get("HTTP_X_FORWARDED_FOR", ""), peer)
            if request.META.get("HTTP_X_FORWARDED_PROTO") == "https":
                request.META["wsgi.url_scheme"] = "https"
        return self.get_response(request)


class RequestIdMiddleware:
    """Gives each request an id: in its answer, in the log lines and audit rows that come of it. Stands behind the address."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = _brought_id(request) or uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        with coming_from(Origin(client_address(request), request_id, partial(_who, request))):
            response = self.get_response(request)
        response["X-Request-Id"] = request_id
        return response


class WordPressMiddleware:
    """Makes a request under /wp-json/ look as WordPress takes it: no slash at the end, and the verb it means."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_api(request):
            request.path_info = request.path_info.rstrip("/")
            request.path = request.path.rstrip("/")
            if request.method == "POST":
                _override_verb(request)
            return self.get_response(request)
        response = self.get_response(request)
        # Clients look for the API with a HEAD of any page (wordpress.md 1).
        response.setdefault("Link", api_link(request))
        return response


def public_url(request: HttpRequest) -> str:
    """Where this site is seen from outside, without a slash at the end."""
    return settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"


def api_link(request: HttpRequest) -> str:
    """The header that leads clients to the discovery index."""
    return f'<{public_url(request)}{API_ROOT}/>; rel="https://api.w.org/"'


def _override_verb(request: HttpRequest) -> None:
    """`_method` in the query, else X-HTTP-Method-Override; a verb that is none matches no route."""
    verb = request.GET.get("_method", request.headers.get("X-HTTP-Method-Override"))
    if verb is not None:
        request.method = verb.upper()


def _peer(request: HttpRequest) -> str:
    """The address at the other end of the socket."""
    return plain_address(str(request.META.get("REMOTE_ADDR") or "")) or UNKNOWN_ADDRESS


def _brought_id(request: HttpRequest) -> str:
    """The id that a trusted proxy gave the request; what anybody else says of it could be anybody else's id."""
    brought = request.headers.get("X-Request-Id", "")
    return brought if REQUEST_ID.fullmatch(brought) and _is_trusted(_peer(request)) else ""


def _who(request: HttpRequest) -> str:
    """Who is signed in, for what happens below all services: a password saved by a page of Django's."""
    user = getattr(request, "user", None)
    return f"user:{user.pk} session" if user is not None and user.is_authenticated else "stranger"


def _before_proxies(forwarded_for: str, peer: str) -> str:
    """The last address in the chain that is not a trusted proxy's."""
    for part in reversed(forwarded_for.split(",")):
        hop = plain_address(part.strip())
        if not hop:
            return peer
        if not _is_trusted(hop):
            return hop
        peer = hop
    return peer


def _is_trusted(address: str) -> bool:
    if not settings.TRUSTED_PROXIES:
        return False
    return any(ipaddress.ip_address(address) in network for network in _trusted(tuple(settings.TRUSTED_PROXIES)))


@lru_cache(maxsize=4)
def _trusted(texts: tuple[str, ...]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(text, strict=False) for text in texts]


class PlainTextMiddleware:
    """Refuses NUL in a page's address: no row of ours has one in its id, and PostgreSQL takes none. The API says it itself."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info and not is_api(request):
            return HttpResponse("Bad request", status=400, content_type="text/plain")
        return self.get_response(request)
