"""Mounts the families and the pages; says 404 and 500 in the right envelope."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views import defaults

from wallet_service import payment_notices
from wallet_service.api import wordpress
from wallet_service.api.cmmp.base import NAMESPACE as GATEWAY
from wallet_service.api.cmmp.errors import BROKEN, UNREADABLE, said
from wallet_service.api.documents import Document
from wallet_service.api.family import Answer, Facts, envelope
from wallet_service.api.middleware import is_api
from wallet_service.api.site import DocumentMixin, IndexViewSet, NoRouteMixin, SiteNoRoute
from wallet_service.api.walletpro.store import urls as store
from wallet_service.api.walletpro.store.base import StoreViewSet
from wallet_service.api.wordpress import WordPressViewSet
from wallet_service.families import DOCUMENTS, FAMILIES
from wallet_service.web.documents import pages_of
from wallet_service.web.views import staff_door

READ: dict[str, Any] = {"get": "list"}
# Every verb reaches the view, which says no in the order of complaints.
NOTHING: dict[str, Any] = {"get": "nothing"}


def mount(document: Document, viewset: type[WordPressViewSet]) -> list[URLPattern | URLResolver]:
    """A family's routes, its document at the namespace's root and at openapi.json, and its 404 for all else below."""
    namespace = document.router.namespace
    no_route = _mixed(NoRouteMixin, viewset).as_view(NOTHING)
    return [
        *document_at(namespace, document, viewset),
        path(f"wp-json/{namespace}/", include(document.router.urls)),
        re_path(rf"^wp-json/{namespace}/", no_route),
    ]


def document_at(root: str, document: Document, viewset: type[WordPressViewSet]) -> list[URLPattern | URLResolver]:
    """A namespace's document, at `root` itself and at its openapi.json."""
    documented = _mixed(DocumentMixin, viewset).as_view(READ, document=document)
    return [
        path(f"wp-json/{root}", documented),
        path(f"wp-json/{root}/openapi.json", documented, name=f"{root}/openapi.json"),
    ]


def _mixed(mixin: type[WordPressViewSet], viewset: type[WordPressViewSet]) -> type[WordPressViewSet]:
    """A view that is `mixin`, with the family's policy."""
    return type(mixin.__name__, (mixin, viewset), {})


urlpatterns: list[URLPattern | URLResolver] = [
    path("wp-json", IndexViewSet.as_view(READ, documents=DOCUMENTS)),
    # The namespace is WooCommerce's; the corner of it that is ours answers as its root does.
    *document_at(f"{store.router.namespace}/walletpro", store.document, StoreViewSet),
    *(pattern for document, viewset in FAMILIES for pattern in mount(document, viewset)),
    re_path(r"^wp-json/", SiteNoRoute.as_view(NOTHING)),
    *(page for document in DOCUMENTS for page in pages_of(document)),
    # With or without the slash: no provider follows a redirect.
    re_path(r"^payments/notices/(?P<provider>[a-z_]{1,20})/?$", payment_notices.take, name="payment-notices"),
    path("admin/login/", staff_door),
    path("admin/", admin.site.urls),
    path("", include("wallet_service.web.urls")),
]


# As PHP writes it.
COMPACT = {"ensure_ascii": False, "separators": (",", ":")}


def _answer(
    request: HttpRequest, answer: Answer, exception: Exception | None = None, *, body: Facts | None = None
) -> HttpResponse:
    response = JsonResponse(body or envelope(answer, {}), status=answer.status, json_dumps_params=COMPACT)
    response["Content-Type"] = "application/json; charset=UTF-8"
    if not isinstance(exception, DisallowedHost):
        # Else nobody knows where this site is seen from.
        wordpress.set_stock_headers(response, request)
    for name, value in wordpress.NO_CACHE.items():
        response[name] = value
    return response


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that Django itself refuses to read, a host that is not ours for instance."""
    if not is_api(request):
        return defaults.bad_request(request, exception)
    if _is_gateways(request):
        return _gateways_no(request, UNREADABLE, exception)
    return _answer(request, wordpress.UNREADABLE, exception)


def handler500(request: HttpRequest) -> HttpResponse:
    """A bug: Django has logged it, the caller is told nothing of it."""
    if not is_api(request):
        return defaults.server_error(request)
    return _gateways_no(request, BROKEN) if _is_gateways(request) else _answer(request, wordpress.INTERNAL_ERROR)


def _is_gateways(request: HttpRequest) -> bool:
    return request.path_info.startswith(f"/wp-json/{GATEWAY}")


def _gateways_no(request: HttpRequest, answer: Answer, exception: Exception | None = None) -> HttpResponse:
    """In that family's two members; the key may be in the address, so that nobody on the way keeps it."""
    response = _answer(request, answer, exception, body=said(answer))
    response["Cache-Control"] = "no-store"
    return response
