"""Every kind has words, as text and as HTML, in every language that comes with the service."""

from typing import Any

import pytest

from notices.kinds import KINDS
from notices.rendering import mail_of, sms_of
from notices.samples import SAMPLES
from site_settings.declared import MAILS, TEXT_MESSAGES

SCRIPT = "<script>alert(1)</script>"
# Which way something is said, not what is said.
UNSAID = {"count", "more", "reason", "status", "method", "user"}


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", KINDS)
def test_every_kind_says_all_its_facts(name: str, language: str):
    sample = SAMPLES[name]
    words = mail_of(name, sample, language=language)

    assert words.subject.startswith("Wallet service: ")
    for fact in _facts(sample):
        assert fact in words.text and fact in words.html, fact  # noqa: PT018
    for part in (words.subject, words.text, words.html):
        assert "{{" not in part
    assert words.html.startswith("<!doctype html>")
    assert "http" not in words.html.replace(str(sample.get("url")), ""), "it loads nothing from anywhere"


def test_the_settings_know_every_kind_that_may_be_switched():
    codes = {"transfer.code", "qr_pay.code", "step_up.code", "totp.code", "totp.enrolled", "totp.removed"}

    assert set(KINDS) - set(MAILS) == codes
    assert set(MAILS) <= set(KINDS)
    assert all(sms_of(name, SAMPLES[name]).removeprefix("Wallet service: ") for name in TEXT_MESSAGES)


@pytest.mark.parametrize("name", KINDS)
def test_nobodys_words_are_markup(name: str):
    words = mail_of(name, {key: SCRIPT for key in SAMPLES[name] if key not in {"count", "more", "movements"}})

    assert "<script" not in words.html
    assert "\n" not in words.subject


def _facts(sample: Any) -> list[str]:
    return [str(fact) for name, fact in sample.items() if name not in UNSAID and isinstance(fact, str)]
