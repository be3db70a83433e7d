"""What belongs to no family: the discovery index, and paths under /wp-json/ that are none."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from ledger.errors import Busy
from wallet_service.api import wordpress
from wallet_service.api.authentication import (
    BasicAuthentication,
    CallerAddressForbidden,
    OAuthAuthentication,
    QueryKeyAuthentication,
    SessionNonceAuthentication,
    TooManyFailedLogins,
)
from wallet_service.api.documents import Document, document_text
from wallet_service.api.family import Answer, Answers
from wallet_service.api.middleware import public_url
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.routes import route_entry
from wallet_service.api.wordpress import NoRoute, RawJson, WordPressViewSet, is_namespace_on

HELP = "https://developer.wordpress.org/rest-api/"

RETRY_AFTER = {"retry_after": "Retry-After"}

ANSWERS: Answers = {
    **wordpress.ANSWERS,
    **dict.fromkeys(
        (*wordpress.UNREACHABLE, Busy),
        Answer(503, "busy", "The service is busy.", lambda exc: {"retry_after": 1}, RETRY_AFTER),
    ),
    Throttled: Answer(429, "too_many_requests", "Too many requests.", lambda exc: {"retry_after": 1}, RETRY_AFTER),
    AuthenticationFailed: Answer(401, "invalid_credentials", "The credentials are not valid."),
    CallerAddressForbidden: Answer(403, "forbidden_caller_ip", "This key may not be used from this address."),
    TooManyFailedLogins: Answer(
        429, "too_many_requests", "Too many failed logins.", lambda exc: {"retry_after": exc.retry_after}, RETRY_AFTER
    ),
}


class SiteViewSet(WordPressViewSet):
    """A route of the site itself. It takes the credentials that its families take, and refuses wrong ones as they do."""

    answers: ClassVar[Answers] = ANSWERS
    schema = None
    authentication_classes = (BasicAuthentication, QueryKeyAuthentication, OAuthAuthentication, SessionNonceAuthentication)


class IndexViewSet(SiteViewSet):
    """WordPress's discovery index (wordpress.md 1), which clients like npm's wpapi build themselves from."""

    documents: ClassVar[tuple[Document, ...]] = ()

    @operation(Operation("index", "The discovery index", Access.PUBLIC))
    def list(self, request: Request) -> Response:
        site = public_url(request._request)
        return Response(
            {
                "name": settings.SITE_NAME,
                "description": "",
                "url": site,
                "home": site,
                "gmt_offset": "0",
                "timezone_string": "UTC",
                "namespaces": [document.router.namespace for document in self._live()],
                "authentication": _authentication(request, site),
                "routes": self._routes(site),
                "_links": {"help": [{"href": HELP}]},
            }
        )

    def _live(self) -> Sequence[Document]:
        return [document for document in self.documents if is_namespace_on(document.router.namespace)]

    def _routes(self, site: str) -> dict[str, Any]:
        root = f"{site}/wp-json"
        routes = {"/": route_entry("", type(self), {"get": "list"}, f"{root}/")}
        for document in self._live():
            namespace = document.router.namespace
            for path in (f"/{namespace}", f"/{namespace}/openapi.json"):
                routes[path] = route_entry(namespace, type(self), {"get": "list"}, root + path)
            for pattern, viewset, actions in document.router.live_routes():
                href = "" if "(" in pattern else root + pattern
                routes[pattern] = route_entry(namespace, viewset, actions, href)
        return routes


def _authentication(request: Request, site: str) -> dict[str, Any]:
    """Where an application password is made; empty where none can be used."""
    if settings.REQUIRE_HTTPS and not request.is_secure():
        return {}
    return {"application-passwords": {"endpoints": {"authorization": f"{site}/admin/"}}}


class NoRouteMixin(WordPressViewSet):
    """Any path that is no route: credentials first, then `rest_no_route`; OPTIONS is 200, so that a browser's page sees why."""

    is_route = False
    schema = None

    def check_permissions(self, request: Request) -> None:
        raise NoRoute

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        return Response([])

    def nothing(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        raise NoRoute


class DocumentMixin(WordPressViewSet):
    """A namespace's OpenAPI document, for anybody."""

    document: Document | None = None
    schema = None

    @operation(Operation("document", "This namespace's OpenAPI document", Access.PUBLIC))
    def list(self, request: Request) -> Response:
        assert self.document is not None, "`as_view` was handed none"
        return Response(RawJson(document_text(self.document, public_url(request._request))))


class SiteNoRoute(NoRouteMixin, SiteViewSet):
    pass
