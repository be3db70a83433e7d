"""External wallets in the admin: a site is kept and checked, and what differs is settled there."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Act
from federation.models import Difference, ExternalWalletSite, Mirror, Push, Refresh
from federation.sites import add_site
from ledger.models import Account
from ledger.retry import in_transaction
from ledger.verifying import verify
from site_settings.services import change_settings
from tests.federation.double import KEY, MainSite
from tests.federation.making import external_of

pytestmark = pytest.mark.django_db


def page(model: str, name: str, row: Any = None) -> str:
    return reverse(f"admin:federation_{model}_{name}", args=[row.pk] if row else [])


def test_a_site_from_its_form_to_its_refresh(managers_browser: Client, settings: Any):
    settings.OUTBOUND_ALLOWED_HOSTS = ["127.0.0.1"]
    main = MainSite()
    add = page("externalwalletsite", "add")
    assert b"must be an http or https address" in managers_browser.post(add, {"name": "Main", "url": "x", "key": KEY}).content
    assert managers_browser.post(add, {"name": "Main", "url": f"{main.url}/", "key": KEY, "enabled": "on"}).status_code == 302
    site = ExternalWalletSite.objects.get()
    assert (site.url, KEY.encode() in bytes(site.key)) == (main.url, False)

    answer = managers_browser.post(page("externalwalletsite", "check_connection", site), follow=True)
    assert b"The connection is fine" in answer.content
    edit = page("externalwalletsite", "edit", site)
    assert managers_browser.post(edit, {"name": "Main shop", "url": main.url, "key": ""}).status_code == 302
    changed = ExternalWalletSite.objects.get()
    assert (changed.name, changed.enabled, bytes(changed.key)) == ("Main shop", False, bytes(site.key))

    refresh_now = page("externalwalletsite", "refresh_now", site)
    assert b"External wallets are switched off" in managers_browser.post(refresh_now).content
    change_settings({"external_wallets_enabled": True}, actor="test")
    assert b"The site is switched off" in managers_browser.post(refresh_now).content
    ExternalWalletSite.objects.update(enabled=True)
    answer = managers_browser.post(refresh_now, follow=True)
    assert (answer.status_code, answer["Refresh"]) == (200, "3")
    assert b"being refreshed already" in managers_browser.post(refresh_now).content
    Refresh.objects.update(finished_at=Refresh.objects.get().started_at)
    assert "Refresh" not in managers_browser.get(page("refresh", "change", Refresh.objects.get()))
    assert KEY not in "".join(Act.objects.values_list("facts", flat=True))
    main.stop()


def test_the_key_goes_to_nobody_else(managers_browser: Client, settings: Any):
    """Who may edit the site may not read its key, and could have it sent to himself."""
    settings.OUTBOUND_ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
    main, his = MainSite(), MainSite()
    site = in_transaction(lambda: add_site(name="Main", url=main.url, key=KEY))
    edit, check = page("externalwalletsite", "edit", site), page("externalwalletsite", "check_connection", site)
    for url in (his.url, his.url.replace("127.0.0.1", "localhost"), main.url.replace("http:", "https:")):
        answer = managers_browser.post(edit, {"name": "Main", "url": url, "key": "", "enabled": "on"})
        assert (answer.status_code, b"The key must be given anew" in answer.content) == (200, True), url
        managers_browser.post(check)
    assert (his.calls, len(main.calls)) == ([], 3)
    assert ExternalWalletSite.objects.get().url == main.url

    # Elsewhere at the same place the key is as safe as it was; the audit trail tells of the place, not of the path.
    for url, key in ((f"{main.url}/shop", ""), (f"{his.url}/x", "his-own")):
        assert managers_browser.post(edit, {"name": "Main", "url": url, "key": key, "enabled": "on"}).status_code == 302
        managers_browser.post(check)
    assert [asked["key"] for _action, asked in his.calls] == ["his-own"]
    told = Act.objects.filter(act="external_site.changed").order_by("pk").values_list("facts", flat=True)
    assert [*map(json.loads, told)] == [
        {"changed": ["url"], "origin": {"from": main.url, "to": main.url}},
        {"changed": ["url", "key"], "origin": {"from": main.url, "to": his.url}},
    ]
    main.stop()
    his.stop()


def test_what_differs_is_listed_and_settled(managers_browser: Client, clerks_browser: Client):
    push = external_of()
    difference = Difference.objects.get()
    listed = managers_browser.get(f"{page('mirror', 'changelist')}?differs=yes").content
    assert str(push.mirror.remote_name).encode() in listed
    assert str(push.pk).encode() in managers_browser.get(page("push", "changelist")).content

    for model, verb, row in (("push", "it_was_done", push), ("difference", "leave_apart", difference)):
        assert clerks_browser.post(page(model, verb, row)).status_code == 403
        assert managers_browser.get(page(model, verb, row)).status_code == 200
        assert managers_browser.post(page(model, verb, row)).status_code == 302
    assert Push.objects.get().status == "done"
    assert Difference.objects.get().outcome == "left_apart"
    assert Account.objects.get(pk=push.mirror_id).balance == 400
    assert Mirror.objects.count() == 1
    again = page("difference", "take_over", difference)
    assert b'name="seen_minor" value="7"' in managers_browser.get(again).content
    assert b"Somebody settled it before" in managers_browser.post(again, {"seen_minor": "7"}).content
    assert verify().findings == []
