"""API keys: minted here, shown once, revoked for ever."""

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from apikeys.credentials import find_key, find_signing_key
from apikeys.models import ApiKey
from apikeys.services import mint_key
from people.models import User
from tests.admin.conftest import all_text_in_database, browser_of, errors_of

MINT = "/admin/apikeys/apikey/add/"


def mint(client: Client, owner: User, **fields: Any) -> Any:
    return client.post(MINT, asked_for(owner, **fields))


def asked_for(user: User, **fields: Any) -> dict[str, Any]:
    return {"owner": user.pk, "description": "till", "scope": "read", "allowed_ips": "", **fields}


def secrets_on(response: Any) -> tuple[str, str]:
    text = response.content.decode()
    key, secret = re.search(r"ck_[0-9a-f]{40}", text), re.search(r"cs_[0-9a-f]{40}", text)
    assert key is not None
    assert secret is not None
    return key[0], secret[0]


def test_a_minted_key_works_and_its_page_is_never_cached(managers_browser: Client, manager: User, alice: User):
    response = mint(managers_browser, alice, allowed_ips="10.0.0.1\n\n 10.1.0.0/16\n")

    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    credential = find_key(*secrets_on(response))
    assert credential is not None
    assert credential.user == alice
    assert credential.allowed_ips == ("10.0.0.1/32", "10.1.0.0/16")
    assert ApiKey.objects.get().created_by == manager


@pytest.mark.parametrize(("given", "kept", "told"), [("5000", 5000, "5000 minor units"), ("", None, "no maximum")])
def test_a_key_has_a_maximum_where_one_was_said(managers_browser: Client, alice: User, given: str, kept: int | None, told: str):
    credential = find_key(*secrets_on(mint(managers_browser, alice, max_amount=given)))

    assert credential is not None
    assert credential.max_amount == kept
    page = reverse("admin:apikeys_apikey_change", args=[ApiKey.objects.get().pk])
    assert told in managers_browser.get(page).content.decode()


@pytest.mark.parametrize("chosen", [True, False])
def test_a_key_signs_its_calls_where_that_was_chosen(managers_browser: Client, alice: User, chosen: bool):
    response = mint(managers_browser, alice, **({"oauth_enabled": "on"} if chosen else {}))
    key, secret = secrets_on(response)

    found = find_signing_key(key)
    assert (found is not None and found[1] == secret) is chosen
    page = managers_browser.get(reverse("admin:apikeys_apikey_change", args=[ApiKey.objects.get().pk])).content.decode()
    for text in (response.content.decode(), page):
        assert ("not a JSON body" in text) is chosen


def test_the_form_says_what_a_signature_covers(managers_browser: Client):
    text = managers_browser.get(MINT).content.decode()

    assert "A signature covers method, URL and query, not a JSON body." in text
    assert "writes only from the addresses that it lists" in text


@pytest.mark.parametrize("fields", [{}, {"oauth_enabled": "on"}], ids=["digest", "sealed"])
def test_the_secret_is_shown_once_and_kept_nowhere(
    managers_browser: Client, alice: User, caplog: pytest.LogCaptureFixture, fields: dict[str, str]
):
    response = mint(managers_browser, alice, **fields)
    _, secret = secrets_on(response)

    key = ApiKey.objects.get()
    for page in (
        *(reverse("admin:apikeys_apikey_change", args=[key.pk]), reverse("admin:apikeys_apikey_changelist"), MINT),
        *(reverse("admin:people_user_change", args=[alice.pk]), reverse("admin:apikeys_apikey_history", args=[key.pk])),
    ):
        assert secret not in managers_browser.get(page).content.decode(), page
    assert LogEntry.objects.exists()
    assert secret not in all_text_in_database()
    assert secret not in caplog.text
    assert secret not in str(response.cookies) + str(managers_browser.cookies)


def test_a_key_is_shown_by_its_last_digits_only(managers_browser: Client, alice: User):
    key, _ = mint_key(owner=alice, scope="read", description="till")

    for page in (reverse("admin:apikeys_apikey_change", args=[key.pk]), reverse("admin:apikeys_apikey_changelist")):
        text = managers_browser.get(page).content.decode()
        assert f"ck_…{key.consumer_key[-7:]}" in text
        assert key.consumer_key not in text


@pytest.mark.parametrize(
    "wrong",
    [
        *({"owner": owner} for owner in ("", "0", "alice", "9" * 30)),
        *({"description": text} for text in ("", "x" * 201, "a\0b")),
        *({"max_amount": amount} for amount in ("0", "-5", "x", "12.50", str(10**15 + 1))),
        *({"scope": "all"}, {"allowed_ips": "10.0.0.1\nhome"}, {"allowed_ips": "10.0.0.1/99"}),
    ],
    ids=str,
)
def test_a_field_that_is_wrong_is_named_and_nothing_is_minted(managers_browser: Client, alice: User, wrong: dict[str, str]):
    response = managers_browser.post(MINT, {**asked_for(alice), **wrong})

    assert list(errors_of(response)) == list(wrong)
    assert not ApiKey.objects.exists()


def test_a_manager_mints_for_nobody_who_may_do_more(managers_browser: Client, boss: User):
    response = mint(managers_browser, boss)

    assert list(errors_of(response)) == ["owner"]
    assert not ApiKey.objects.exists()


def test_a_key_is_revoked_by_post_only(managers_browser: Client, alice: User):
    key, secret = mint_key(owner=alice, scope="read", description="till")
    page = reverse("admin:apikeys_apikey_revoke", args=[key.pk])

    assert managers_browser.get(page).status_code == 200
    assert find_key(key.consumer_key, secret)

    assert managers_browser.post(page).status_code == 302
    assert find_key(key.consumer_key, secret) is None
    assert LogEntry.objects.get().change_message == "Revoked."


def test_a_manager_revokes_nothing_of_who_may_do_more(managers_browser: Client, boss: User):
    key, _ = mint_key(owner=boss, scope="read", description="till")

    assert managers_browser.post(reverse("admin:apikeys_apikey_revoke", args=[key.pk])).status_code == 403

    key.refresh_from_db()
    assert key.revoked_at is None


def test_the_boss_mints_for_anybody(boss_browser: Client, manager: User):
    assert find_key(*secrets_on(mint(boss_browser, manager)))


def test_the_owner_is_found_by_typing(managers_browser: Client, alice: User, clerk: User):
    asked = {"term": "ali", "app_label": "apikeys", "model_name": "apikey", "field_name": "owner"}

    found = managers_browser.get(reverse("admin:autocomplete"), asked).json()["results"]

    assert [row["text"] for row in found] == ["alice"]
    assert browser_of(clerk).get(reverse("admin:autocomplete"), asked).status_code == 403


@pytest.mark.parametrize("owner", ["", "x", "9" * 30, "\0"])
def test_a_strange_owner_in_the_address_is_nobody(managers_browser: Client, owner: str):
    assert managers_browser.get(MINT, {"owner": owner}).status_code == 200
