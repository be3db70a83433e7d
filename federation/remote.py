"""Speaking to a main site: one GET per question, the key in its query, `success` and `message` in the answer.

That is what the plugin of the document speaks. The address holds the key, so nothing here ever tells an address.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from federation.errors import SiteNotReached, SiteRefused, SiteSilent
from federation.models import ExternalWalletSite
from ledger.outbound import Answer, OutboundFailed, OutboundNotSent, Watch, call
from ledger.sealing import unseal

ROOT = "/wp-json/cmmpexapi/v1/"
# A plain plugin sends all its wallets at once: some hundred bytes each.
LIST_BYTES_MAX = 64 * 1024 * 1024
LIST_SECONDS = 120.0
ONE_BYTES_MAX = 64 * 1024
ONE_SECONDS = 10.0
# By this header one of us says that a withdrawal repeated under its id is answered as the first time.
REPEATABLE = ("X-Repeatable-By", "request_id")
# And by this one for which id it has decided what it answers.
DECIDED_FOR = "X-Decided-For"
MESSAGE_MAX = 300


@dataclass(frozen=True, slots=True)
class Said:
    """A yes of the site. `message` is what it carries; `repeats` whether it is one of us."""

    message: Any
    repeats: bool


def ask(
    site: ExternalWalletSite,
    action: str,
    arguments: Mapping[str, str] | None = None,
    *,
    is_list: bool = False,
    is_check: bool = False,
    watch: Watch | None = None,
) -> Said:
    """Call `action` of the site. Hold no lock and no transaction meanwhile. `watch` as for `ledger.outbound.call`.

    Raises:
        SiteRefused: it said no, in its own words.
        SiteNotReached: it never heard of it; or it is switched off here, and this is no check of it.
        SiteSilent: whatever came back is no answer, and what it did is not known.
        LedgerUnavailable: its key does not open.
    """
    if not (site.enabled or is_check):
        raise SiteNotReached("it is switched off here")
    query = urlencode({"key": unseal(bytes(site.key), site.sealed_for).decode(), **(arguments or {})})
    seconds, most = (LIST_SECONDS, LIST_BYTES_MAX) if is_list else (ONE_SECONDS, ONE_BYTES_MAX)
    try:
        answer = call("GET", f"{site.url}{ROOT}{action}?{query}", deadline_seconds=seconds, bytes_max=most, watch=watch)
    except OutboundNotSent as failure:
        # Not chained: what lies beneath may name the address.
        raise SiteNotReached(str(failure)) from None
    except OutboundFailed as failure:
        raise SiteSilent(str(failure)) from None
    said = read_answer(answer)
    note_kind(site, said)
    return said


def note_kind(site: ExternalWalletSite, said: Said) -> None:
    """Keep whether it is one of us, as its yes says: what is withdrawn from now on goes by it.

    What is not settled goes by both, what was known when it was asked and what is known now (`Push.is_asked_again`).
    """
    if said.repeats != site.repeats_requests:
        ExternalWalletSite.objects.filter(pk=site.pk, url=site.url).update(repeats_requests=said.repeats)


def read_answer(answer: Answer) -> Said:
    """What an answer says.

    Raises:
        SiteRefused, SiteSilent: as for `ask`.
    """
    if answer.status != 200:
        redirects = " and leads elsewhere, where nobody follows" if 300 <= answer.status < 400 else ""
        raise SiteSilent(f"it answered with status {answer.status}{redirects}")
    body = _json(answer.body)
    if not isinstance(body, dict) or not isinstance(body.get("success"), bool):
        raise SiteSilent("its answer is JSON, but not that of cmmpexapi/v1")
    message = body.get("message")
    if not body["success"]:
        if not isinstance(message, list) or not all(isinstance(words, str) for words in message):
            raise SiteSilent("it said no, in a way that is not that of cmmpexapi/v1")
        words = [legible(words) for words in message] or ["no reason given"]
        raise SiteRefused(words, decided_for=str(answer.headers.get(DECIDED_FOR, "")))
    name, by = REPEATABLE
    return Said(message, answer.headers.get(name) == by)


def legible(words: str) -> str:
    """As a column and a page can hold it: on one line, neither NUL nor half a character, and not without end."""
    return words.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}").replace("\n", " ")[:MESSAGE_MAX]


def _json(body: bytes) -> Any:
    """Exact: a number with a point stays what was written, and what is named twice is not guessed."""
    try:
        text = body.decode("utf-8-sig")
        return json.loads(text, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_named_once)
    except NamedTwice as twice:
        raise SiteSilent(f"its answer says {legible(str(twice))!r} twice") from None
    except (ValueError, ArithmeticError, RecursionError):
        raise SiteSilent("its answer is not JSON") from None


class NamedTwice(ValueError):
    """An object of JSON has two members of one name."""


def _named_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(members)
    if len(named) != len(members):
        raise NamedTwice(next(name for name, count in Counter(name for name, _ in members).items() if count > 1))
    return named


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number")
