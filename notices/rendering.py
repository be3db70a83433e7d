"""What a notice says: its kind's template filled with its facts, as subject, text, HTML or text message.

A kind is one file, `notices/<kind>.txt`: its sentences are blocks, and what they are put into (`layout`) makes a text or a page
of them, so the two parts of a mail never say different things. In `MAIL_TEMPLATES_DIR` an operator has files of his own of the
same names.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template import Context
from django.template.loader import get_template
from django.utils import translation

from notices.headers import one_line


@dataclass(frozen=True, slots=True)
class Words:
    """A mail."""

    subject: str
    text: str
    html: str


def mail_of(kind: str, facts: Mapping[str, Any], *, language: str = "") -> Words:
    """The mail of a kind, in a language, else in the site's."""
    with translation.override(language or settings.MAIL_LANGUAGE):
        subject = one_line(_rendered(kind, "layout.subject.txt", facts))
        text = _paragraphs(_rendered(kind, "layout.txt", facts))
        html = _page(kind, {**facts, "subject": subject})
    return Words(subject, text, html)


def sms_of(kind: str, facts: Mapping[str, Any], *, language: str = "") -> str:
    """The text message of a kind, on one line."""
    with translation.override(language or settings.MAIL_LANGUAGE):
        return one_line(_rendered(kind, "layout.sms.txt", facts))


def mail_of_text(subject: str, text: str) -> Words:
    """A mail that somebody has written out. Its page is made of the text."""
    return Words(subject, text, _page("plain", {"subject": subject, "text": text}))


def _page(kind: str, facts: Mapping[str, Any]) -> str:
    # Of a block that says nothing.
    return _rendered(kind, "layout.html", facts, is_html=True).replace("<p></p>\n", "")


def _rendered(kind: str, layout: str, facts: Mapping[str, Any], *, is_html: bool = False) -> str:
    template = get_template(f"notices/{kind}.txt").template  # type: ignore[attr-defined]
    frame = {"layout": f"notices/{layout}", "site": settings.SITE_NAME, "language": translation.get_language()}
    return str(template.render(Context({**facts, **frame}, autoescape=is_html)))


def _paragraphs(text: str) -> str:
    """Without the blank lines that empty blocks and tags leave."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n") + "\n"
