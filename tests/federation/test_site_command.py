"""`external_site`: a main site is kept and checked by a script, which never names its key where others read it."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from federation.models import ExternalWalletSite
from federation.remote import ask
from tests.federation import double
from tests.federation.double import KEY, MainSite

pytestmark = pytest.mark.django_db


def run(monkeypatch: pytest.MonkeyPatch, key: str, url: str, *more: str) -> str:
    monkeypatch.setattr("sys.stdin", StringIO(f"{key}\n"))
    said = StringIO()
    call_command("external_site", "--name", "Main", "--url", url, *more, stdout=said)
    assert KEY not in said.getvalue()
    return said.getvalue()


def test_keeps_a_site_once_and_says_whether_it_can_be_used(main: MainSite, monkeypatch: pytest.MonkeyPatch):
    assert "The connection is fine" in run(monkeypatch, KEY, main.url)
    site = ExternalWalletSite.objects.get()
    assert (site.name, site.url, KEY.encode() in bytes(site.key)) == ("Main", main.url, False)

    told: dict[str, Any] = json.loads(run(monkeypatch, "", f"{main.url}/", "--json"))
    assert (told["id"], told["url"]) == (site.pk, main.url)
    assert ask(ExternalWalletSite.objects.get(), "get_wallets").message == []


def test_says_why_a_site_cannot_be_used(main: MainSite, monkeypatch: pytest.MonkeyPatch):
    for key, url, why in (
        ("", main.url, "the key must"),
        (KEY, "ftp://main", "the url must"),
        ("\u00e9", main.url, "the key must"),
    ):
        with pytest.raises(CommandError, match=why):
            run(monkeypatch, key, url)
    assert not ExternalWalletSite.objects.exists()

    main.mood = double.says(b"", 500)
    with pytest.raises(CommandError, match="is kept, and cannot be used"):
        run(monkeypatch, KEY, main.url)
    assert "500" in ExternalWalletSite.objects.get().check_outcome
