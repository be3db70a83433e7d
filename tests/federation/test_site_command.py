"""`external_site`: a main site is kept and checked by a script, which never names its key where others read it."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from federation.models import ExternalWalletSite
from federation.remote import ask
from tests.federation import double
from tests.federation.double import KEY, MainSite

pytestmark = pytest.mark.django_db


def run(monkeypatch: pytest.MonkeyPatch, key: str, url: str, *more: str, name: str = "Main") -> str:
    monkeypatch.setattr("sys.stdin", StringIO(f"{key}\n"))
    said = StringIO()
    call_command("external_site", "--name", name, "--url", url, *more, stdout=said)
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
    with pytest.raises(CommandError, match="nothing was kept or changed.* status 500"):
        run(monkeypatch, KEY, main.url)
    assert not ExternalWalletSite.objects.exists()
    with pytest.raises(CommandError, match="is kept, and cannot be used"):
        run(monkeypatch, KEY, main.url, "--force")
    assert "500" in ExternalWalletSite.objects.get().check_outcome


def test_a_site_that_works_is_not_changed_into_one_that_does_not(main: MainSite, monkeypatch: pytest.MonkeyPatch):
    other = MainSite()
    run(monkeypatch, KEY, main.url)
    before = ExternalWalletSite.objects.values().get()
    other.mood = double.says(b"", 500)
    for key, url, why in (
        ("", other.url, "the key must be given anew"),
        (KEY, other.url, "nothing was kept or changed"),
        ("wrong", main.url, "nothing was kept or changed.* Secure key is invalid"),
    ):
        with pytest.raises(CommandError, match=why):
            run(monkeypatch, key, url)
    assert ExternalWalletSite.objects.values().get() == before
    assert not other.calls

    # Of one name whatever its case there is one site, and of one address as well.
    run(monkeypatch, "", main.url, name="mAIN")
    with pytest.raises(CommandError, match="the url is another site's"):
        run(monkeypatch, KEY, f"HTTP{main.url[4:]}/", name="Another")
    assert ExternalWalletSite.objects.get().name == "Main"
    with pytest.raises(IntegrityError), transaction.atomic():
        ExternalWalletSite.objects.create(name="main", url="https://main.example", key=b"")
    other.mood = None
    run(monkeypatch, KEY, other.url)
    assert ExternalWalletSite.objects.get().url == other.url
    other.stop()
