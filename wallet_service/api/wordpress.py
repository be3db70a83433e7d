"""What the two families share that speak WordPress: stock errors, the envelope, headers, and the order of complaints."""

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, ClassVar

import simplejson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from people.rights import Right
from site_settings.reading import current_settings
from wallet_service.api.arguments import InvalidArguments, MissingArguments
from wallet_service.api.authentication import Caller, InvalidNonce
from wallet_service.api.bodies import BodyIncomplete, InvalidJson, read_arguments
from wallet_service.api.cors import is_allowed
from wallet_service.api.family import Answer, Answers, Facts, FamilyViewSet, envelope
from wallet_service.api.middleware import api_link
from wallet_service.api.operations import Access, Operation, operation_of
from wallet_service.api.routes import route_entry, verbs_of
from wallet_service.api.uploads import UploadTooLarge, expect_upload, read_upload

NO_CACHE = {"Expires": "Wed, 11 Jan 1984 05:00:00 GMT", "Cache-Control": "no-cache, must-revalidate, max-age=0"}
EXPOSED = "X-WP-Total, X-WP-TotalPages, Link"
ALLOWED = "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type"
OWN_EXPOSED = (
    "Retry-After, Idempotent-Replay, X-Request-Id, X-WP-Nonce, "
    "X-WalletPro-RateLimit-Limit, X-WalletPro-RateLimit-Remaining, X-WalletPro-RateLimit-Reset"
)
OWN_ALLOWED = "Idempotency-Key, Nonce, X-HTTP-Method-Override"
# Where a request keeps what its family says on every answer, also on one that a bug ends in.
STOCK_HEADERS = "wallet_service.stock_headers"
# What `_envelope` moves from the real headers into the body.
ENVELOPED = ("Allow", "X-WP-Total", "X-WP-TotalPages", "Link", "Location", "Retry-After")


class NoRoute(exceptions.NotFound):
    """No such path, or not with this verb: WordPress answers both alike."""


class HttpsRequired(exceptions.PermissionDenied):
    """The operator wants https, and this is not."""


class JsonpDisabled(exceptions.ParseError):
    """JSONP is off."""


def invalid_params(exc: InvalidArguments) -> Facts:
    return {
        "names": ", ".join(exc.wrong),
        "params": {name: wrong.message for name, wrong in exc.wrong.items()},
        "details": {
            name: {"code": wrong.code, "message": wrong.message, "data": wrong.data} for name, wrong in exc.wrong.items()
        },
    }


INTERNAL_ERROR = Answer(500, "internal_server_error", "There has been a critical error on this website.")
FORBIDDEN = Answer(403, "rest_forbidden", "Sorry, you are not allowed to do that.")
INVALID_PARAM = Answer(
    400,
    "rest_invalid_param",
    "Invalid parameter(s): {names}",
    invalid_params,
    sample={
        "names": "page",
        "params": {"page": "page is not of type integer."},
        "details": {"page": {"code": "rest_invalid_type", "message": "page is not of type integer.", "data": {"param": "page"}}},
    },
)
UNREADABLE = Answer(400, "rest_invalid_request", "The request could not be read.")
NO_ROUTE = Answer(404, "rest_no_route", "No route was found matching the URL and request method.")

ANSWERS: Answers = {
    exceptions.NotAuthenticated: Answer(401, "rest_not_logged_in", "You are not currently logged in."),
    exceptions.PermissionDenied: FORBIDDEN,
    exceptions.NotFound: NO_ROUTE,
    exceptions.MethodNotAllowed: NO_ROUTE,
    exceptions.ParseError: UNREADABLE,
    exceptions.UnsupportedMediaType: UNREADABLE,
    exceptions.NotAcceptable: UNREADABLE,
    exceptions.ValidationError: UNREADABLE,
    # What DRF raises without a class of its own is a bug of ours.
    exceptions.APIException: INTERNAL_ERROR,
    HttpsRequired: Answer(403, "rest_ssl_required", "This site takes requests over https only."),
    JsonpDisabled: Answer(400, "rest_callback_disabled", "JSONP support is disabled on this site."),
    InvalidNonce: Answer(403, "rest_cookie_invalid_nonce", "Cookie check failed"),
    InvalidJson: Answer(
        400,
        "rest_invalid_json",
        "Invalid JSON body passed.",
        lambda exc: {"json_error_code": exc.number, "json_error_message": exc.words},
        sample={"json_error_code": 4, "json_error_message": "Syntax error"},
    ),
    MissingArguments: Answer(
        400,
        "rest_missing_callback_param",
        "Missing parameter(s): {names}",
        lambda exc: {"names": ", ".join(exc.names), "params": exc.names},
        sample={"names": "amount, reason", "params": ["amount", "reason"]},
    ),
    InvalidArguments: INVALID_PARAM,
    UploadTooLarge: Answer(
        413,
        "rest_request_too_large",
        "The request body is larger than {most_mb} MiB.",
        lambda exc: {"most_mb": exc.most_mb},
        sample={"most_mb": 11},
    ),
    RequestDataTooBig: Answer(413, "rest_request_too_large", "The request body is larger than 1 MiB."),
    SuspiciousOperation: UNREADABLE,
    UnreadablePostError: UNREADABLE,
    BodyIncomplete: UNREADABLE,
}

# The database is away, starts up, or has no connection left: as much a "try again" as a lock that was not had.
UNREACHABLE = (OperationalError, InterfaceError)


class RawJson(str):
    """A body that is JSON text already."""


class WordPressRenderer(JSONRenderer):
    """`application/json; charset=UTF-8`; `_pretty` indents."""

    charset = "UTF-8"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        if isinstance(data, bytes):
            return data
        request = (renderer_context or {})["request"]
        if "_pretty" in request.query_params:
            return dump(load(data) if isinstance(data, RawJson) else data, indent=4).encode()
        return data.encode() if isinstance(data, RawJson) else dump(data).encode()


def dump(data: Any, indent: int | None = None) -> str:
    """JSON as it goes out: compact, text as it is, and a Decimal as a number with exactly its digits."""
    return _encoder(indent).encode(data)


def load(text: str) -> Any:
    """What `dump` wrote: every number as exact as it was, and with as many digits."""
    return json.loads(text, parse_float=Decimal)


@lru_cache(maxsize=4)
def _encoder(indent: int | None) -> simplejson.JSONEncoder:
    return simplejson.JSONEncoder(
        ensure_ascii=False,
        separators=(",", ": ") if indent else (",", ":"),
        indent=indent,
        # Its own way with Decimals writes 5E-8.
        use_decimal=False,
        default=_number,
        namedtuple_as_object=False,
    )


def _number(value: Any) -> simplejson.RawJSON:
    if not isinstance(value, Decimal) or not value.is_finite():
        raise TypeError(f"{value!r} is no JSON")
    return simplejson.RawJSON(f"{value:f}")


class OneAnswer(BaseContentNegotiation):
    """JSON, whatever the caller says he accepts."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return None

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class HasRight(BasePermission):
    """The right that the route's operation names: a stranger is told to log in, a known caller that he may not."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        assert isinstance(view, WordPressViewSet)
        access = operation_of(view).access
        if access.is_open:
            return True
        if not isinstance(request.auth, Caller):
            raise exceptions.NotAuthenticated
        return access.is_granted_to(request.auth.rights)


def is_namespace_on(namespace: str) -> bool:
    """Whether the operator lets a namespace be called; those without a switch always."""
    return namespace != "walletpro/v1" or current_settings().walletpro_api_enabled


class WordPressViewSet(FamilyViewSet):
    """A route that behaves as one of WordPress's.

    First complaint wins: credentials and nonce, the rate limit, the route, login
    and right, JSON, missing arguments, invalid ones, the route's own.
    """

    answers: ClassVar[Answers]
    namespace: ClassVar[str] = ""
    # Off for what answers a path that is no route: that names no verbs.
    is_route: ClassVar[bool] = True
    # Whether `_fields` and `_envelope` trim and wrap its answers.
    has_habits: ClassVar[bool] = True
    action_map: dict[str, str]
    permission_classes = (HasRight,)
    renderer_classes = (WordPressRenderer,)
    content_negotiation_class = OneAnswer

    @classmethod
    def response_headers(cls) -> Iterable[OpenApiParameter]:
        """The headers of every answer of this family, for its OpenAPI document."""
        return ()

    @classmethod
    def request_headers(cls, operation: Operation) -> Iterable[OpenApiParameter]:
        """The headers that an operation of this family takes as arguments, for its OpenAPI document."""
        return ()

    @property
    def is_public(self) -> bool:
        """For strangers, and not counted: the index and the documents."""
        return operation_of(self).access is Access.PUBLIC

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if settings.REQUIRE_HTTPS and not request.is_secure() and not self.is_public:
            raise HttpsRequired
        if operation_of(self).upload_bytes:
            expect_upload(request._request)
        try:
            self.perform_authentication(request)
        finally:
            # A stranger and a wrong credential count by address, so that neither spends somebody's own calls.
            self.count_call(request)
        if request.query_params.get("_jsonp"):
            raise JsonpDisabled
        if request.method not in self.allowed_methods or not self.is_switched_on:
            raise NoRoute
        if request.method != "OPTIONS":
            self.check_permissions(request)

    @property
    def is_switched_on(self) -> bool:
        """Off: the operator has switched the namespace off, and its routes are none."""
        return is_namespace_on(self.namespace)

    def count_call(self, request: Request) -> None:
        """The family's rate limit."""

    def arguments(self) -> dict[str, Any]:
        """What this call asks for: read, validated, with defaults."""
        declared, request = operation_of(self), self.request._request
        given = read_upload(request, declared.upload_bytes()) if declared.upload_bytes else read_arguments(request)
        return declared.arguments.validate(given)

    def given_arguments(self) -> dict[str, Any]:
        """Only what was sent, for a route that changes what it is told to."""
        given = read_arguments(self.request._request)
        valid = operation_of(self).arguments.validate(given)
        return {name: value for name, value in valid.items() if name in given}

    def has_right(self, right: Right) -> bool:
        """Whether the caller may do what `right` says; managing implies the others."""
        return bool({right, Right.MANAGE} & self.credential.rights)

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """The route's entry in the discovery index."""
        return Response(route_entry(self.namespace, type(self), self.action_map))

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        raise NoRoute

    def answer_exception(self, answer: Answer, exc: Exception) -> Response:
        facts = answer.facts(exc)
        response = Response(envelope(answer, facts), status=answer.status)
        if isinstance(exc, JsonpDisabled):
            # As WordPress has it: the only error without `data`.
            del response.data["data"]
        for fact, header in answer.headers.items():
            response[header] = str(facts[fact])
        response.hides_verbs = isinstance(exc, NoRoute | exceptions.AuthenticationFailed)  # type: ignore[attr-defined]
        return response

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        del response["Allow"]
        if self.is_route and not getattr(response, "hides_verbs", False):
            response["Allow"] = ", ".join(verbs_of(self.action_map))
        self._set_caller_headers(request, response)
        if self.has_habits:
            trim_and_wrap(response, request)
        set_stock_headers(response, request._request)
        if request.method == "HEAD" != request.META["REQUEST_METHOD"]:
            # A HEAD that came as a POST: the server sees no HEAD and would send the body.
            response.add_post_render_callback(_empty)
        return response

    def _set_caller_headers(self, request: Request, response: HttpResponse) -> None:
        caller = getattr(request, "_auth", None)
        overridden = "X-HTTP-Method-Override" in request.headers and 400 <= response.status_code < 500
        refused_nonce = response.status_code == 403 and _code_of(response) == "rest_cookie_invalid_nonce"
        if caller or overridden or refused_nonce:
            for name, value in NO_CACHE.items():
                response[name] = value
        if isinstance(caller, Caller) and caller.nonce:
            response["X-WP-Nonce"] = caller.nonce
        if "Origin" in request.headers or (request.method == "GET" and not caller):
            response["Vary"] = "Origin"


def _empty(response: HttpResponse) -> None:
    response.content = b""


def _code_of(response: HttpResponse) -> Any:
    data = getattr(response, "data", None)
    return data.get("code") if isinstance(data, dict) else None


def set_stock_headers(response: HttpResponse, request: HttpRequest) -> None:
    """The headers that every answer under /wp-json/ has (wordpress.md 0); a Link of its own stays."""
    response.setdefault("Link", api_link(request))
    for name, value in request.META.get(STOCK_HEADERS, {}).items():
        response[name] = value
    response["X-Robots-Tag"] = "noindex"
    response["X-Content-Type-Options"] = "nosniff"
    origin = request.headers.get("Origin")
    response["Access-Control-Expose-Headers"] = EXPOSED
    response["Access-Control-Allow-Headers"] = ALLOWED
    if origin and is_allowed(origin, request):
        response["Access-Control-Expose-Headers"] = f"{EXPOSED}, {OWN_EXPOSED}"
        response["Access-Control-Allow-Headers"] = f"{ALLOWED}, {OWN_ALLOWED}"
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Allow-Credentials"] = "true"
        response["Access-Control-Allow-Methods"] = "OPTIONS, GET, POST, PUT, PATCH, DELETE"


def trim_and_wrap(response: Response, request: Request) -> None:
    """`_fields` on what succeeded, then `_envelope` on everything."""
    if isinstance(response.data, bytes):
        # A file is no JSON that could be trimmed or wrapped.
        return
    query = request.query_params
    wanted = wanted_fields(request) if response.status_code < 400 else None
    if wanted is None and "_envelope" not in query:
        return
    data = load(response.data) if isinstance(response.data, RawJson) else response.data
    if wanted is not None:
        data = trim(data, wanted)
    if "_envelope" in query:
        moved = {name: response.headers[name] for name in ENVELOPED if name in response.headers}
        for name in moved:
            del response.headers[name]
        shown = {name: int(value) if name.startswith("X-WP-Total") else value for name, value in moved.items()}
        data = {"body": data, "status": response.status_code, "headers": shown}
        response.status_code = 200
    response.data = data


FIELD_DEPTH_MAX = 16
FieldTree = dict[str, "FieldTree | None"]


def wanted_fields(request: Request) -> FieldTree | None:
    """The members that `_fields` names, as a tree; None for all of them."""
    try:
        given = read_arguments(request._request).get("_fields")
    except (InvalidJson, BodyIncomplete, SuspiciousOperation):
        given = None
    names = given if isinstance(given, list) else re.split(r"[\s,]+", given) if isinstance(given, str) else []
    tree: FieldTree = {}
    for name in filter(None, map(str, names)):
        # No answer is this deep; what is behind that is not looked at, and cannot fail behind the work that was done.
        _plant(tree, name.strip().split(".", FIELD_DEPTH_MAX)[:FIELD_DEPTH_MAX])
    # Links stay, whatever was asked for.
    return {**tree, "_links": None} if tree else None


def _plant(tree: FieldTree, path: list[str]) -> None:
    head, *rest = path
    if not rest or (head in tree and tree[head] is None):
        tree[head] = None
        return
    branch = tree.setdefault(head, {})
    assert branch is not None
    _plant(branch, rest)


def trim(data: Any, wanted: FieldTree) -> Any:
    """Only the wanted members, in the order they have. Lists are trimmed item by item, also within; `data.0` is one item."""
    if isinstance(data, list):
        if any(name.isdigit() for name in wanted):
            return list(trim({str(position): item for position, item in enumerate(data)}, wanted).values())
        return [trim(item, wanted) for item in data]
    if not isinstance(data, dict):
        return data
    kept = {}
    for name, value in data.items():
        if name in wanted:
            branch = wanted[name]
            kept[name] = value if branch is None else trim(value, branch)
    return kept
