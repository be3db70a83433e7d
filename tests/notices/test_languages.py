"""German says everything that English says, and what is compiled is what was written."""

import gettext
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.core import mail
from django.utils import translation
from django.utils.translation.template import templatize

from notices.kinds import KINDS
from notices.preferences import set_contact
from notices.rendering import mail_of, sms_of
from notices.samples import SAMPLES
from notices.sending import send_waiting
from notices.services import send_notice
from people.models import User
from site_settings.declared import TEXT_MESSAGES

NOTICES = Path(__file__).parents[2] / "notices"
FACT = re.compile(r"%\(\w+\)s")
CATALOG = NOTICES / "locale" / "de" / "LC_MESSAGES"


def written() -> dict[str, str]:
    with (CATALOG / "django.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file, locale="de") if message.id}


def sentences() -> Iterator[str]:
    """Every sentence of the templates, and every word of their tags."""
    for template in sorted((NOTICES / "templates").rglob("*.txt")):
        source = templatize(template.read_text(encoding="utf-8"), origin=template.name)
        yield from (str(found[1]) for found in extract("python", BytesIO(source.encode()), keywords={"gettext": None, "_": None}))
    tags = (NOTICES / "templatetags" / "mails.py").read_bytes()
    yield from (str(found[1]) for found in extract("python", BytesIO(tags), keywords={"gettext_noop": None}))


def test_every_sentence_is_translated_with_its_facts():
    german = written()

    assert set(sentences()) == set(german), "make messages"
    for english, words in german.items():
        assert words, english
        assert sorted(FACT.findall(english)) == sorted(FACT.findall(words))


def test_what_is_compiled_is_what_was_written():
    with (CATALOG / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    german = written()

    assert {english: compiled.gettext(english) for english in german} == german, "make messages"
    with translation.override("de"):
        other = {english for english, words in german.items() if translation.gettext(english) != words}
    assert not other, "another app's German stands before this one's"


@pytest.mark.parametrize("name", KINDS)
def test_no_kind_says_in_english_what_it_says_in_german(name: str):
    german, english = (mail_of(name, SAMPLES[name], language=language) for language in ("de", "en"))

    assert german.subject != english.subject
    assert 'lang="de"' in german.html
    assert not {line for line in german.text.splitlines() if line.endswith(".")} & set(english.text.splitlines())
    if name in TEXT_MESSAGES:
        assert sms_of(name, SAMPLES[name], language="de") != sms_of(name, SAMPLES[name])


@pytest.mark.django_db
def test_each_reads_his_own_language(alice: User, bob: User):
    set_contact(user=alice, phone="", language="de")
    for user in (alice, bob):
        send_notice(to=user, kind="transfer.sent", facts=SAMPLES["transfer.sent"])
    send_waiting()

    assert {message.to[0]: message.subject for message in mail.outbox} == {
        "alice@example.test": "Wallet service: Sie haben $250.00 gesendet",
        "bob@example.test": "Wallet service: You sent $250.00",
    }
    assert translation.get_language() == "en-us", "and whoever sends goes on in his own"
