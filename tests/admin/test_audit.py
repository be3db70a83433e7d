"""The audit trail in the admin: for shop managers, to look at only."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apikeys.models import ApiKey
from apikeys.services import mint_key
from audit.acts import ActName
from audit.admin import ActAdmin
from audit.context import Origin, coming_from
from audit.models import Act
from audit.services import record, record_attempt
from people.models import User
from wallet_service.admin_navigation import GROUPS

LIST = "/admin/audit/act/"


@pytest.fixture
def acts(alice: User, manager: User) -> list[Act]:
    """A key minted and revoked, and wrong credentials."""
    key, _ = mint_key(owner=alice, scope="read", description="till", minted_by=manager)
    with coming_from(Origin(address="192.0.2.7", request_id="req-1")):
        record(ActName.KEY_REVOKED, actor=f"key:{key.pk} user:{alice.pk}", subject=f"key:{key.pk}", facts={"owner": alice.pk})
    record(
        *(ActName.RIGHTS_CHANGED,),
        actor=f"user:{manager.pk} admin",
        subject=f"user:{alice.pk}",
        facts={"is_staff": {"from": False, "to": True}, "groups": {"from": [], "to": ["Customer"]}, "limit": 1},
    )
    record_attempt(ActName.SIGN_IN_FAILED, network="198.51.100.0/32")
    return list(Act.objects.order_by("pk"))


def listed(client: Client, **query: Any) -> list[int]:
    response = client.get(LIST, query)
    assert response.status_code == 200
    return sorted(act.pk for act in response.context["cl"].result_list)


def test_the_list_says_who_did_what_to_whom(managers_browser: Client, acts: list[Act], alice: User, manager: User):
    text = managers_browser.get(LIST).content.decode()

    key = ApiKey.objects.get()
    for told in ("API key minted", "Rights changed", "is staff: no → yes", "groups: none → Customer", "limit: 1", "192.0.2.7"):
        assert told in text
    assert reverse("admin:apikeys_apikey_change", args=[key.pk]) in text
    assert reverse("admin:people_user_change", args=[manager.pk]) in text
    assert "198.51.100.0/32" in text
    assert "1 times" in text


def test_each_has_a_page(managers_browser: Client, acts: list[Act]):
    for act in acts:
        text = managers_browser.get(f"{LIST}{act.pk}/change/").content.decode()
        assert bytes(act.mac).hex() in text
        assert act.get_act_display() in text


def test_is_found_by_what_is_known_in_full(managers_browser: Client, acts: list[Act], alice: User, manager: User):
    by = {act.act: act.pk for act in acts}
    key = f"key:{ApiKey.objects.get().pk}"

    both = sorted([by["key.minted"], by["key.revoked"]])
    assert listed(managers_browser, q=key) == both
    assert listed(managers_browser, q="req-1") == [by["key.revoked"]]
    assert listed(managers_browser, q="192.0.2.7") == [by["key.revoked"]]
    assert by["user.rights_changed"] in listed(managers_browser, q=f"user:{manager.pk}")
    assert listed(managers_browser, q=key[:-1]) == []
    assert listed(managers_browser, act="key.revoked") == [by["key.revoked"]]
    assert by["key.revoked"] in listed(managers_browser, month=f"{acts[0].at:%Y-%m}")


def test_nobody_counts_or_sorts_the_whole_table(managers_browser: Client, acts: list[Act], monkeypatch: pytest.MonkeyPatch):
    # A list of one page is shown whole.
    monkeypatch.setattr(ActAdmin, "list_per_page", 2)
    with CaptureQueriesContext(connection) as queries:
        managers_browser.get(LIST)

    asked = [query["sql"] for query in queries.captured_queries if '"audit_act"' in query["sql"]]
    assert all("LIMIT" in sql for sql in asked), asked


@pytest.mark.parametrize("browser", ["clerks_browser", "alices_browser"])
def test_is_for_shop_managers(request: pytest.FixtureRequest, acts: list[Act], clerk: User, browser: str):
    clerk.user_permissions.add(Permission.objects.get(codename="view_act"))
    client = request.getfixturevalue(browser)

    for page in (LIST, f"{LIST}{acts[0].pk}/change/"):
        assert client.get(page).status_code in {302, 403}


def test_is_written_by_nobody(boss_browser: Client, acts: list[Act]):
    page = f"{LIST}{acts[0].pk}"

    assert boss_browser.post(f"{page}/change/", {"actor": "nobody"}).status_code == 403
    assert boss_browser.post(f"{page}/delete/", {"post": "yes"}).status_code == 403
    assert boss_browser.get(f"{LIST}add/").status_code == 403
    assert Act.objects.filter(pk__in=[act.pk for act in acts]).count() == len(acts)


def test_a_users_page_shows_what_was_done_to_him(managers_browser: Client, acts: list[Act], alice: User):
    text = managers_browser.get(reverse("admin:people_user_change", args=[alice.pk])).content.decode()

    assert "Latest acts" in text
    assert "Rights changed" in text
    assert f"{LIST}?q=user%3A{alice.pk}" in text


def test_facts_that_are_none_are_shown_as_they_stand(managers_browser: Client, acts: list[Act]):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE audit_act SET facts = '<b>[' WHERE id = %s", [acts[0].pk])
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")

    assert "&lt;b&gt;[" in managers_browser.get(LIST).content.decode()


def test_stands_in_the_sidebar():
    assert ("history", "audit", "act") in [page for _, pages in GROUPS for page in pages]
    assert admin.site.is_registered(Act)
