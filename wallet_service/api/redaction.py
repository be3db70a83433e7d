"""What of a request and its answer may be kept: everything but secrets, which one table here names.

Whoever adds a route that takes or tells a secret adds its name to SECRETS, or its place in a path to SECRET_PATHS; that of
an address somebody else answers at, to ADDRESSES.
Headers are never kept, and need no line here. What looks like the gateway's key is masked wherever it stands.
"""

import json
import re
from typing import Any
from urllib.parse import unquote_plus, urlencode, urlsplit

from django.http import QueryDict

REDACTED = "[redacted]"
# What is longer is cut, and says so.
BODY_BYTES_MAX = 8 * 1024
QUERY_BYTES_MAX = 2 * 1024

# Arguments and members with these names, in any case, at any depth, in query, form, JSON and answer.
SECRETS = frozenset(
    {
        *("authorization", "consumer_key", "oauth_consumer_key", "key", "pass", "passwd", "pin", "totp"),
        # A redemption code is money. A `code` that an error answers with is kept, see `_is_word_of_ours`.
        *("code", "codes_text", "redemption_code"),
        *("qr", "qr_code", "qr_payload", "step_up_url", "challenge"),
        # The provider's page shows whoever has the address what is paid, and by whom.
        "payment_url",
        # No secrets, but what a log has no business to know of a person.
        *("account_number", "document_number", "ifsc", "iban"),
        # Where money is paid out to. In an answer it is what was wrong with each argument.
        "details",
    }
)
# And those that end like this: consumer_secret, oauth_signature, _wpnonce, X-WP-Nonce, new_password, qr_token.
SECRET_ENDINGS = ("secret", "password", "passcode", "token", "otp", "nonce", "signature")
# Addresses that somebody gave us to call: what stands behind the host may be a password.
ADDRESSES = frozenset({"url"})
# What stands behind these in a path, also where that is no route.
_BEFORE_SECRETS = r"(/(?:codes|verify_otp|qr|step-up|step_up)/)"
SECRET_PATHS = re.compile(_BEFORE_SECRETS + r"[^/?#\s\"\\]+", re.IGNORECASE)
# In a path by itself, decoded, where anything but a slash may stand in a code.
WHOLE_SECRET_PATHS = re.compile(_BEFORE_SECRETS + "[^/]+", re.IGNORECASE)
# A query in any text: a line of a log, a traceback's last words, a path that lacks its question mark.
_QUERY_PAIRS = re.compile(r"([?&])([^?&=\s\"']+)=([^&\s\"'#)]*)")

# What the gateway's key looks like, wherever it stands: 48 letters and digits, give or take what was typed before or behind it.
# A MAC's 64, a UUID's 32 and their like are left, and so is what has no letter beyond f.
_KEYS = re.compile(r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2}))(?=[0-9A-Fa-f]*[G-Zg-z])[A-Za-z0-9]{44,56}(?![A-Za-z0-9])")

_SPLIT_NAME = re.compile(r"[\[\]]+")
# A number on its way through `json`: written as it came, 1250.00 too.
_NUMBER_MARK = "\ue000"
_MARKED = re.compile(rf'"{_NUMBER_MARK}(-?[0-9][0-9.eE+-]*)"')


def is_secret(name: str) -> bool:
    """Whether what is called so is not kept; of `login[password]` each part counts."""
    parts = _SPLIT_NAME.split(name.strip().lower())
    return any(part in SECRETS or part.endswith(SECRET_ENDINGS) for part in parts)


def is_address(name: str) -> bool:
    """Whether of what is called so its host is kept alone."""
    return not ADDRESSES.isdisjoint(_SPLIT_NAME.split(name.strip().lower()))


def safe_address(address: object) -> str:
    """Scheme and host."""
    try:
        parts = urlsplit(str(address))
        scheme, host = parts.scheme, parts.hostname
    except ValueError:
        return REDACTED
    return f"{scheme}://{host}/{REDACTED}" if scheme in {"http", "https"} and host else REDACTED


def safe_path(text: str) -> str:
    """Any text with paths in it."""
    return safe_keys(SECRET_PATHS.sub(rf"\1{REDACTED}", text))


def safe_keys(text: str) -> str:
    """Any text that somebody may have typed the gateway's key into."""
    return _KEYS.sub(REDACTED, text)


def safe_whole_path(path: str) -> str:
    """One decoded path, as a request has it."""
    return safe_queries(WHOLE_SECRET_PATHS.sub(rf"\1{REDACTED}", path))


def safe_queries(text: str) -> str:
    """Any text with addresses in it, and queries in those."""
    return safe_keys(_QUERY_PAIRS.sub(_safe_pair, text) if "=" in text else text)


def _safe_pair(pair: re.Match[str]) -> str:
    before, name, value = pair.groups()
    return f"{before}{name}={REDACTED if is_secret(unquote_plus(name)) else value}"


def safe_form(form: QueryDict, most: int = QUERY_BYTES_MAX) -> str:
    """Names and values of a query or a form."""
    pairs = [(name, _safe_value(name, value)) for name, values in form.lists() for value in values]
    return cut(safe_path(urlencode(pairs, safe="[]/:@")), most)


def _safe_value(name: str, value: str) -> str:
    if is_secret(name):
        return REDACTED
    return safe_address(value) if is_address(name) else value


def safe_json(body: bytes, *, is_answer: bool = False) -> str:
    """A JSON body, compact. One that nobody can read is not kept: what is a secret in it, nobody can tell.

    In an answer an error's `code` is a word of ours.
    """
    try:
        parsed = json.loads(body.decode(), parse_float=_marked, parse_int=_marked, parse_constant=_marked)
        text = json.dumps(_without_secrets(parsed, is_answer), ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        return not_kept("no JSON", len(body))
    return cut(safe_path(_MARKED.sub(r"\1", text)))


def not_kept(what: str, size: int) -> str:
    """In a body's place: what it was."""
    return f"[{what}, {size} bytes, not kept]"


def cut(text: str, most: int = BODY_BYTES_MAX) -> str:
    """At most so many bytes of UTF-8, and how many there were."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= most:
        return text
    return f"{encoded[:most].decode('utf-8', 'ignore')}… [cut: {len(encoded)} bytes]"


def _without_secrets(value: Any, is_answer: bool) -> Any:
    if isinstance(value, list):
        return [_without_secrets(item, is_answer) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: _safe_member(name, member, value, is_answer) for name, member in value.items()}


def _safe_member(name: str, member: Any, members: dict[str, Any], is_answer: bool) -> Any:
    if is_secret(name) and not _is_word_of_ours(name, members, is_answer):
        return REDACTED
    if is_address(name) and member is not None and not isinstance(member, dict):
        return safe_address(member)
    return _without_secrets(member, is_answer)


def _is_word_of_ours(name: str, members: dict[str, Any], is_answer: bool) -> bool:
    """`{"code":"rest_forbidden","message":…,"data":{"details":…}}`, a replay's as well."""
    return is_answer and (name == "details" or (name == "code" and {"message", "data"} <= members.keys()))


def _marked(digits: str) -> str:
    return _NUMBER_MARK + digits
