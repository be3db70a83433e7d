"""Application passwords: made and revoked on the user, shown once."""

import re
from typing import Any

from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from apikeys.credentials import find_application_password
from apikeys.models import ApplicationPassword
from apikeys.services import make_application_password
from people.models import User
from tests.admin.conftest import all_text_in_database, errors_of

MAKE = "/admin/apikeys/applicationpassword/add/"


def password_on(response: Any) -> str:
    match = re.search(r'value="((?:[A-Za-z0-9]{4} ){5}[A-Za-z0-9]{4})"', response.content.decode())
    assert match is not None
    return match[1]


def test_the_users_page_has_the_form_that_makes_one(managers_browser: Client, alice: User):
    text = managers_browser.get(reverse("admin:people_user_change", args=[alice.pk])).content.decode()

    assert f'action="{MAKE}"' in text
    assert f'name="user" value="{alice.pk}"' in text


def test_a_password_is_shown_once_and_kept_nowhere(managers_browser: Client, alice: User):
    response = managers_browser.post(MAKE, {"user": alice.pk, "name": "phone"})
    password = password_on(response)

    assert "no-store" in response["Cache-Control"]
    credential = find_application_password("alice", password)
    assert credential is not None
    assert credential.user == alice
    for page in (reverse("admin:people_user_change", args=[alice.pk]), reverse("admin:apikeys_applicationpassword_changelist")):
        text = managers_browser.get(page).content.decode()
        assert password not in text
        assert password.replace(" ", "") not in text
    kept = all_text_in_database()
    assert password not in kept
    assert password.replace(" ", "") not in kept
    assert password not in str(response.cookies) + str(managers_browser.cookies)
    assert LogEntry.objects.get().change_message == "Made for alice."


def test_one_without_a_name_is_refused(managers_browser: Client, alice: User):
    assert list(errors_of(managers_browser.post(MAKE, {"user": alice.pk, "name": " "}))) == ["name"]
    assert not ApplicationPassword.objects.exists()


def test_a_manager_makes_none_for_who_may_do_more(managers_browser: Client, boss: User):
    assert list(errors_of(managers_browser.post(MAKE, {"user": boss.pk, "name": "mine"}))) == ["user"]
    assert not ApplicationPassword.objects.exists()


def test_one_is_revoked_by_post_and_leads_back_to_the_user(managers_browser: Client, alice: User):
    made, password = make_application_password(user=alice, name="phone")
    page = reverse("admin:apikeys_applicationpassword_revoke", args=[made.pk])
    here = reverse("admin:people_user_change", args=[alice.pk])
    assert page in managers_browser.get(here).content.decode()
    managers_browser.get(page)
    assert find_application_password("alice", password)

    response = managers_browser.post(page)

    assert response["Location"] == here
    assert find_application_password("alice", password) is None
    assert page not in managers_browser.get(here).content.decode()


def test_a_manager_revokes_none_of_who_may_do_more(managers_browser: Client, boss: User):
    made, password = make_application_password(user=boss, name="phone")

    assert managers_browser.post(reverse("admin:apikeys_applicationpassword_revoke", args=[made.pk])).status_code == 403

    assert find_application_password("boss", password)
