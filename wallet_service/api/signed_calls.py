"""Reading what a caller has signed by OAuth 1.0a, as WooCommerce does: from the query or an `Authorization: OAuth` header."""

from collections.abc import Iterator
from urllib.parse import quote

from django.http import HttpRequest, QueryDict
from oauthlib.oauth1.rfc5849.signature import base_string_uri  # type: ignore[import-untyped]
from oauthlib.oauth1.rfc5849.utils import parse_authorization_header, unescape  # type: ignore[import-untyped]

from apikeys.oauth import SignedCall
from wallet_service.api.bodies import WITHOUT_BODY, whole_body
from wallet_service.api.middleware import public_url

SIGNATURE = "oauth_signature"
# One of them is enough to be taken for a signed call, as in WooCommerce; without all of them it is a wrong one.
NAMES = ("oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature_method", SIGNATURE)
# What a path may hold unquoted (RFC 3986, pchar), and what its parts are divided by.
IN_PATHS = "/:@!$&'()*+,;=~"


def signed_call(request: HttpRequest) -> SignedCall | None:
    """The call as it was signed; None where nothing says that it was."""
    in_header = _in_header(request.headers.get("Authorization", ""))
    brought = {**request.GET.dict(), **dict(in_header)}
    if not any(brought.get(name) for name in NAMES):
        return None
    signed = [*_that_count(request.GET), *_that_count(_form(request)), *in_header]
    return SignedCall(
        # The verb that came over the wire: an override is no part of it, unless it stands in the query.
        verb=request.META["REQUEST_METHOD"],
        addresses=tuple(dict.fromkeys(_addresses(request))),
        parameters=tuple((name, value) for name, value in signed if name != SIGNATURE),
        # A `+` that nobody quoted came as a blank, which base64 has not.
        signature=str(brought.get(SIGNATURE, "")).replace(" ", "+"),
    )


def _in_header(text: str) -> list[tuple[str, str]]:
    """The OAuth parameters of a header; none of any other header, or of one that cannot be read."""
    try:
        given = parse_authorization_header(text)
    except ValueError:
        return []
    return [(name, unescape(value)) for name, value in given if name.startswith("oauth_")]


def _that_count(given: QueryDict) -> Iterator[tuple[str, str]]:
    """Clients repeat every parameter, and of a name that came twice the last counts; of a list, `x[]`, all do."""
    for name, values in given.lists():
        for value in values if name.endswith("[]") else values[-1:]:
            yield name, str(value)


def _form(request: HttpRequest) -> QueryDict:
    """A form in the body is signed like a query; a body of any other kind is not."""
    is_form = request.content_type == "application/x-www-form-urlencoded" and request.META["REQUEST_METHOD"] not in WITHOUT_BODY
    return QueryDict(whole_body(request), encoding="utf-8") if is_form else QueryDict()


def _addresses(request: HttpRequest) -> Iterator[str]:
    """Where the call was sent to: the site's public address, or this server's own where a program calls it directly.

    The path is as it was sent, with its slash at the end.
    """
    sent = (request.META.get("SCRIPT_NAME", "") + request.META["PATH_INFO"]).encode("latin-1")
    for site in (public_url(request), f"{request.scheme}://{request.get_host()}"):
        address = site + quote(sent, safe=IN_PATHS)
        try:
            base_string_uri(address)
        except ValueError:
            # A port that is none.
            continue
        yield address
