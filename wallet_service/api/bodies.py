"""Reading arguments as WordPress does: JSON wins over form, form over query; the path is never among them."""

import json
import re
from decimal import Decimal
from typing import Any, NoReturn

from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParserError

# Set by wsgi.py: the body came in chunks, and nobody can tell whether the last one did.
CHUNKED = "wallet_service.chunked"
# Set by uploads.py: the form of a body that brings files; empty until somebody may send them, and they are read.
FORM = "wallet_service.form"
DEPTH_MAX = 512
DIGITS_MAX = 60
WITHOUT_BODY = {"GET", "HEAD", "OPTIONS"}
JSON_TYPE = re.compile(r"application/(?:json|[a-z0-9!#$&^_.+-]+\+json)", re.IGNORECASE)
# Never tried twice from the same place: a string that does not end reaches to the end.
STRING = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
BRACKETS = re.compile(r"([^\[\]]+)\[([^\[\]]*)\]")


class InvalidJson(Exception):
    """The body is not the JSON that its type promises; PHP's number for why, and its words."""

    def __init__(self, number: int = 4, words: str = "Syntax error") -> None:
        super().__init__(words)
        self.number = number
        self.words = words


class BodyIncomplete(Exception):
    """The body broke off, or its kind and framing do not let anybody see whether it did."""


def read_arguments(request: HttpRequest) -> dict[str, Any]:
    """All that came with the request, by name.

    Raises:
        InvalidJson: the body is of a JSON type and no JSON.
        BodyIncomplete: it broke off: an amount may have lost its last digits.
        RequestDataTooBig: the body is larger than one may be.
    """
    given = from_form(request.GET)
    if request.method in WITHOUT_BODY:
        return given
    if JSON_TYPE.fullmatch(request.content_type or ""):
        given.update(from_json(whole_body(request)))
    else:
        given.update(from_form(form_of(request)))
    return given


def form_of(request: HttpRequest) -> QueryDict:
    """The form in the body: urlencoded with every verb that has a body, multipart with POST only."""
    is_form = request.content_type == "application/x-www-form-urlencoded" and request.method not in WITHOUT_BODY
    is_multipart = request.content_type == "multipart/form-data" and request.method == "POST"
    if (is_form or is_multipart) and request.META.get(CHUNKED):
        # JSON says itself where it ends; half a form is a form.
        raise BodyIncomplete
    if is_form:
        return QueryDict(whole_body(request), encoding="utf-8")
    return _multipart(request) if is_multipart else QueryDict()


def whole_body(request: HttpRequest) -> bytes:
    """The body, as long as it was announced to be: a client or a proxy may have been cut off in the middle of it."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if announced.isdigit() and len(request.body) < int(announced):
        raise BodyIncomplete
    return request.body


def _multipart(request: HttpRequest) -> QueryDict:
    if FORM in request.META:
        return request.META[FORM]  # type: ignore[no-any-return]
    whole_body(request)
    try:
        return request.POST
    except MultiPartParserError:
        return QueryDict()


def from_form(form: QueryDict) -> dict[str, Any]:
    """Names and values as PHP reads them: the last one counts, `x[]` makes a list, `x[a]` an object."""
    given: dict[str, Any] = {}
    for name in form:
        values = form.getlist(name)
        match = BRACKETS.fullmatch(name)
        if match is None:
            given[name] = values[-1]
        elif match[2]:
            inside = given.get(match[1])
            given[match[1]] = {**(inside if isinstance(inside, dict) else {}), match[2]: values[-1]}
        else:
            given[match[1]] = values
    return given


def from_json(body: bytes) -> dict[str, Any]:
    """The members of a JSON object (RFC 8259); nothing of an empty body, a list or a scalar.

    Numbers with a fraction or an exponent become Decimal; absurdly long ones the
    largest that is still cheap, which no argument takes.
    """
    if not body:
        return {}
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidJson(5, "Malformed UTF-8 characters, possibly incorrectly encoded") from None
    if body.count(b"[") + body.count(b"{") >= DEPTH_MAX and _depth(text) >= DEPTH_MAX:
        raise InvalidJson(1, "Maximum stack depth exceeded")
    try:
        parsed = json.loads(text, parse_int=_integer, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, ArithmeticError, RecursionError) as wrong:
        control = "Invalid control character" in str(wrong)
        raise InvalidJson(*((3, "Control character error, possibly incorrectly encoded") if control else ())) from None
    if b"\\u" in body and _has_lone_surrogate(parsed):
        raise InvalidJson(10, "Single unpaired high surrogate in Unicode escape")
    return parsed if isinstance(parsed, dict) else {}


def _integer(digits: str) -> int:
    return int(digits) if len(digits) <= DIGITS_MAX else (-1 if digits[0] == "-" else 1) * 10**DIGITS_MAX


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _depth(text: str) -> int:
    """How deep the brackets outside strings nest."""
    deepest = depth = 0
    for bracket in STRING.sub("", text):
        if bracket in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif bracket in "]}":
            depth -= 1
    return deepest


def _has_lone_surrogate(parsed: Any) -> bool:
    try:
        json.dumps(parsed, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return True
    return False
