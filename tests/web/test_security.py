"""The page where an authenticator app is set up, and given up."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.test import Client

from audit.models import Act
from notices.models import Notice
from passcodes.totp import has_totp
from people.models import User
from tests.conftest import PASSWORD
from tests.passcodes.conftest import let_pass, other_than
from tests.stepups.conftest import last_mail, mailed_code
from tests.web.test_step_up import text_of

PAGE = "/account/security/"


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def without_address(alice: User) -> None:
    alice.email = ""
    alice.save()


def do(browser: Client, step: str, **fields: str) -> Any:
    return browser.post(PAGE, {"do": step, **fields})


def secret_on(response: Any) -> str:
    found = re.search(r'<p class="key">([A-Z2-7 ]+)</p>', text_of(response))
    assert found is not None
    return found[1].replace(" ", "")


def begin(browser: Client) -> str:
    do(browser, "send")
    return secret_on(do(browser, "begin", code=mailed_code()))


def test_an_app_is_set_up_in_three_steps(browser: Client, alice: User):
    assert "Mail me a code" in text_of(browser.get(PAGE))
    assert do(browser, "send").status_code == 302
    assert "The code that we mailed you" in text_of(browser.get(PAGE))

    shown = do(browser, "begin", code=mailed_code())
    secret = secret_on(shown)
    assert "<svg" in text_of(shown)
    assert "otpauth://totp/" in text_of(shown)
    assert "no-store" in shown["Cache-Control"]
    assert not has_totp(alice)

    response = do(browser, "confirm", code=pyotp.TOTP(secret).now())
    assert (response.status_code, response["Location"]) == (302, PAGE)
    assert has_totp(alice)
    assert "Remove the app" in text_of(browser.get(PAGE))
    assert "Authenticator app added" in last_mail().subject
    act = Act.objects.get(act="totp.enrolled")
    assert (act.actor, act.subject) == (f"user:{alice.pk} session", f"user:{alice.pk}")


def test_the_secret_is_shown_once(browser: Client):
    secret = begin(browser)

    for response in (browser.get(PAGE), do(browser, "confirm", code="000000"), do(browser, "nothing")):
        assert "Confirm your app" in text_of(response)
        assert secret[:4] not in text_of(response)
        assert "<svg" not in text_of(response)


def test_nobody_begins_without_the_mailed_code(browser: Client, alice: User):
    do(browser, "send")
    wrong = do(browser, "begin", code=other_than(mailed_code()))

    assert "That is not the code" in text_of(wrong)
    assert "<svg" not in text_of(wrong)
    # His password is no way round it.
    assert do(browser, "password", password=PASSWORD).status_code == 302
    assert "was not begun" in text_of(do(browser, "confirm", code="123456"))
    assert not has_totp(alice)


def test_a_wrong_first_code_leaves_it_open(browser: Client, alice: User):
    secret = begin(browser)
    code = pyotp.TOTP(secret).now()

    assert "your app shows now" in text_of(do(browser, "confirm", code=other_than(code)))
    assert not has_totp(alice)
    do(browser, "confirm", code=code)
    assert has_totp(alice)


def test_beginning_again_takes_a_new_code_and_a_new_secret(browser: Client):
    first = begin(browser)
    assert do(browser, "send").status_code == 429
    let_pass(timedelta(seconds=30))

    assert begin(browser) != first


def test_is_removed_with_its_code_and_said_so_by_mail(browser: Client, alice: User, enrolled: Callable[[User], str]):
    code = pyotp.TOTP(enrolled(alice)).now()
    assert "your app shows now" in text_of(do(browser, "remove", code=other_than(code)))
    assert has_totp(alice)

    assert do(browser, "remove", code=code).status_code == 302

    assert not has_totp(alice)
    assert "Authenticator app removed" in last_mail().subject


@pytest.mark.parametrize("step", ["send", "begin", "password", "confirm"])
def test_who_has_one_begins_no_other(browser: Client, alice: User, enrolled: Callable[[User], str], step: str):
    enrolled(alice)

    assert do(browser, step, code="123456", password=PASSWORD).status_code == 302
    assert not Notice.objects.exists()


@pytest.mark.usefixtures("without_address")
def test_who_has_no_address_begins_with_his_password(browser: Client, alice: User):
    assert "Your password" in text_of(browser.get(PAGE))
    assert "not your password" in text_of(do(browser, "password", password="wrong"))
    assert Act.objects.get(act="sign_in.failed").count == 1

    secret = secret_on(do(browser, "password", password=PASSWORD))
    do(browser, "confirm", code=pyotp.TOTP(secret).now())

    assert has_totp(alice)


@pytest.mark.usefixtures("without_address")
def test_wrong_passwords_are_counted_by_address(browser: Client, limits: Any):
    limits(rate_failed_logins_per_minute=1)
    do(browser, "password", password="wrong")

    response = do(browser, "password", password="wrong")

    assert (response.status_code, int(response["Retry-After"]) > 0) == (429, True)


@pytest.mark.parametrize("verb", ["get", "head", "post"])
def test_a_stranger_is_shown_the_door(client: Client, db: None, verb: str):
    response = getattr(client, verb)(PAGE)

    assert response.status_code == 200
    assert "api.w.org" in response["Link"]
    if verb != "head":
        assert f'name="next" value="{PAGE}"' in text_of(response)


@pytest.mark.parametrize("step", ["", "nothing", "\0", "begin", "confirm", "remove"])
def test_what_is_no_step_or_has_no_code_changes_nothing(browser: Client, alice: User, step: str):
    assert do(browser, step).status_code == 200
    assert not has_totp(alice)


def test_a_post_from_elsewhere_is_refused(alice: User):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)

    assert do(client, "send").status_code == 403
    assert not Notice.objects.exists()


def test_home_leads_here(browser: Client, client: Client):
    assert PAGE in text_of(browser.get("/"))
    assert PAGE not in text_of(client.get("/"))


def test_every_field_has_a_label(browser: Client, alice: User):
    for response in (browser.get(PAGE), do(browser, "send"), browser.get(PAGE), do(browser, "begin", code=mailed_code())):
        for field in re.findall(r'<input(?![^>]*type="hidden")[^>]* id="([^"]+)"', text_of(response)):
            assert f'<label for="{field}"' in text_of(response)
