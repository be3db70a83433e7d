"""The two doors, and the pages behind them."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from people.models import User
from tests.conftest import PASSWORD

DOORS = ["/account/login/", "/admin/login/"]
PAGES = ["/", "/account/login/", "/account/logout/", "/admin/login/"]


def sign_in(client: Client, door: str, name: str, password: str = PASSWORD, **extra: Any) -> Any:
    return client.post(door, {"username": name, "password": password, **extra})


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss", "boss@example.test", PASSWORD)


@pytest.mark.parametrize("name", ["alice", "ALICE", "alice@example.test", "Alice@Example.test"])
def test_a_customer_signs_in_by_name_or_address(client: Client, alice: User, name: str):
    response = sign_in(client, "/account/login/", name)

    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(alice.pk)


@pytest.mark.parametrize("door", DOORS)
def test_wrong_words_open_neither_door(client: Client, boss: User, door: str):
    response = sign_in(client, door, "boss", "wrong")

    assert response.status_code == 200
    assert response.context["form"].errors
    assert "_auth_user_id" not in client.session


def test_the_admins_door_lets_in_staff_only(client: Client, alice: User, manager: User):
    assert sign_in(client, "/admin/login/", "alice").status_code == 200
    assert "_auth_user_id" not in client.session

    response = sign_in(client, "/admin/login/?next=/admin/", "manager")
    assert (response.status_code, response["Location"]) == (302, "/admin/")


@pytest.mark.parametrize("door", DOORS)
def test_wrong_tries_are_counted_and_right_ones_pass(client: Client, boss: User, limits: Any, door: str):
    limits(rate_failed_logins_per_minute=2)

    for _ in range(2):
        assert "Too many" not in sign_in(client, door, "boss", "wrong").content.decode()
    refused = sign_in(client, door, "boss", "wrong")
    assert "Too many failed logins" in refused.content.decode()
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0

    assert sign_in(client, door, "boss").status_code == 302


def test_both_doors_count_together(client: Client, boss: User, limits: Any):
    limits(rate_failed_logins_per_minute=1)
    sign_in(client, "/admin/login/", "boss", "wrong")

    response = sign_in(client, "/account/login/", "boss", "wrong")

    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0


def test_nobody_is_led_to_another_site(client: Client, alice: User):
    assert sign_in(client, "/account/login/", "alice", next="https://evil.test/")["Location"] == "/"


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("verb", ["get", "head"])
@pytest.mark.parametrize("who", ["stranger", "boss"])
def test_every_page_answers_and_names_the_api(client: Client, boss: User, page: str, verb: str, who: str):
    if who == "boss":
        client.force_login(boss)

    response = getattr(client, verb)(page)

    # Django's admin leads who is in already to its index.
    is_inside = (page, verb, who) == ("/admin/login/", "get", "boss")
    assert response.status_code == (302 if is_inside else 200)
    assert response["Link"] == '<http://testserver/wp-json/>; rel="https://api.w.org/"'


@pytest.mark.parametrize("page", PAGES[:3])
def test_a_page_embeds_the_nonce_of_who_is_signed_in(client: Client, alice: User, page: str):
    assert embedded(client.get(page))["nonce"] == ""

    client.force_login(alice)
    response = client.get(page)

    assert embedded(response) == {"root": "http://testserver/wp-json/", "nonce": client.get("/account/nonce/").content.decode()}
    assert "no-store" in response["Cache-Control"]


def embedded(response: Any) -> Any:
    match = re.search(r'<script id="wp-api-settings" type="application/json">(.*?)</script>', response.content.decode())
    assert match is not None
    return json.loads(match[1])


def test_the_nonce_page_gives_a_stranger_a_zero(client: Client, db: None):
    response = client.get("/account/nonce/")

    assert (response.status_code, response.content) == (400, b"0")
    assert response["Content-Type"].startswith("text/plain")


def test_signing_out_is_asked_first_and_ends_the_session(client: Client, alice: User):
    client.force_login(alice)
    client.get("/account/logout/")
    assert "_auth_user_id" in client.session

    response = client.post("/account/logout/")

    assert (response.status_code, response["Location"]) == (302, "/")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("page", PAGES[:3])
def test_every_field_has_a_label_and_every_form_works_without_scripts(client: Client, db: None, page: str):
    text = client.get(page).content.decode()

    for field in re.findall(r'<input(?![^>]*type="hidden")[^>]* id="([^"]+)"', text):
        assert f'<label for="{field}"' in text
    assert not re.search(r'(?:src|href)="(?:https?:)?//(?!testserver)', text)


def test_a_post_from_elsewhere_is_refused(alice: User):
    client = Client(enforce_csrf_checks=True)

    assert sign_in(client, reverse("login"), "alice").status_code == 403
