"""External wallets in the admin: a site is kept and checked, and what differs is settled there."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Act
from federation.models import Difference, ExternalWalletSite, Mirror, Push, Refresh
from ledger.models import Account
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
