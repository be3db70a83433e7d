"""Logging requests and answers of the API while the operator wants it (site setting `request_logging`), without secrets.

Off, it costs a look at a value in memory. On, it costs one statement, when the answer is made and the money's
transaction is over; where that fails, the log says so and the answer is what it would have been.
"""

import logging
import time
from datetime import timedelta
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.request import RawPostDataException, UnreadablePostError
from django.utils import timezone

from audit.context import origin
from audit.models import RequestLog
from audit.requests import keep_request
from people.models import User
from site_settings.reading import current_settings
from wallet_service.api.authentication import Caller
from wallet_service.api.bodies import JSON_TYPE
from wallet_service.api.middleware import Respond, client_address, is_api
from wallet_service.api.redaction import BODY_BYTES_MAX, cut, not_kept, safe_form, safe_json, safe_keys, safe_whole_path
from wallet_service.api.routes import operation_for

logger = logging.getLogger(__name__)

MILLISECONDS_MAX = 2**31 - 1
FORM_TYPE = "application/x-www-form-urlencoded"


class RequestLogMiddleware:
    """Stands behind the request's id, and before everything that could answer."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_api(request):
            return self.get_response(request)
        # As it came: the path loses its last slash on its way.
        path, started = request.path_info, time.monotonic()
        response = self.get_response(request)
        try:
            if current_settings().request_logging:
                keep_request(_row(request, response, path, time.monotonic() - started))
        except Exception:
            # Whatever it is: what was asked for is done, and the caller has to hear of that.
            logger.exception("a request could not be logged")
        return response


def _row(request: HttpRequest, response: HttpResponse, path: str, seconds: float) -> RequestLog:
    caller = getattr(request, "auth", None)
    user = getattr(request, "user", None) if isinstance(caller, Caller) else None
    return RequestLog(
        at=timezone.now() - timedelta(seconds=seconds),
        request_id=origin().request_id,
        method=safe_keys(request.method or ""),
        path=safe_whole_path(path),
        query=_query(request),
        operation=_operation(request),
        status=response.status_code,
        duration_ms=min(round(seconds * 1000), MILLISECONDS_MAX),
        caller=caller.actor if isinstance(caller, Caller) else "stranger",
        user=user if isinstance(user, User) else None,
        address=client_address(request),
        request_body=_request_body(request),
        response_body=_response_body(request, response),
    )


def _operation(request: HttpRequest) -> str:
    """The operation's name, as the OpenAPI document has it; empty where there was none."""
    view: Any = getattr(request.resolver_match, "func", None)
    action = getattr(view, "actions", {}).get((request.method or "").lower())
    return operation_for(view.cls, action).id if action else ""


def _query(request: HttpRequest) -> str:
    try:
        return safe_form(request.GET)
    except SuspiciousOperation:
        return not_kept("too many names", len(request.META.get("QUERY_STRING", "")))


def _request_body(request: HttpRequest) -> str:
    """What was read of the body: one that no route wanted is not waited for, as long as its sender likes."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    announced = int(length) if length.isdecimal() else 0
    if announced and not (hasattr(request, "_body") or request._read_started):  # type: ignore[attr-defined]
        return not_kept("not read", announced)
    try:
        body = request.body
    except RequestDataTooBig:
        return not_kept("too large", announced)
    except RawPostDataException:
        return not_kept("read as it came", announced)
    except (UnreadablePostError, SuspiciousOperation):
        return "[broke off]"
    if not body:
        return ""
    kind = (request.content_type or "").lower()
    if JSON_TYPE.fullmatch(kind):
        return safe_json(body)
    try:
        if kind == FORM_TYPE:
            return safe_form(QueryDict(body, encoding="utf-8"), BODY_BYTES_MAX)
        if kind == "multipart/form-data" and hasattr(request, "_post"):
            return safe_form(request.POST, BODY_BYTES_MAX)
    except SuspiciousOperation:
        kind = "too many names"
    return not_kept(cut(safe_keys(kind), 100) or "of no type", len(body))


def _response_body(request: HttpRequest, response: HttpResponse) -> str:
    if response.streaming:
        return "[streamed, not kept]"
    if request.method == "HEAD" or not response.content:
        return ""
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
    if JSON_TYPE.fullmatch(kind):
        return safe_json(response.content, is_answer=True)
    return not_kept(kind or "of no type", len(response.content))
