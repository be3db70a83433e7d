"""The page that confirms a payment."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pyotp
import pytest
from django.test import Client
from django.utils import timezone

from passcodes.models import Passcode
from people.models import User
from stepups.models import OPEN_FOR, Challenge
from stepups.services import find_proof, spend
from tests.conftest import PASSWORD
from tests.passcodes.conftest import let_pass, other_than
from tests.stepups.conftest import mailed_code, mails_written


@pytest.fixture
def page(challenge: Challenge) -> str:
    return f"/account/step-up/{challenge.pk}/"


@pytest.fixture
def browser(alice: User) -> Client:
    """Alice's, signed in. It sends no token, which Django's test client need not."""
    client = Client()
    client.force_login(alice)
    return client


def text_of(response: Any) -> str:
    return str(response.content.decode())


def enter(browser: Client, page: str, code: str) -> Any:
    return browser.post(page, {"code": code})


def test_says_what_is_to_be_confirmed(browser: Client, page: str):
    response = browser.get(page)

    assert response.status_code == 200
    for words in ("$120.00", "b…@example.test", "a…e@example.test", 'autocomplete="one-time-code"', "Send a new code"):
        assert words in text_of(response)
    assert "no-store" in response["Cache-Control"]


def test_takes_the_code_and_says_so(browser: Client, page: str, asked: dict[str, Any], challenge: Challenge):
    response = enter(browser, page, mailed_code())

    assert (response.status_code, response["Location"]) == (302, page)
    assert "Confirmed" in text_of(browser.get(page))
    assert find_proof(**asked) == challenge


def test_takes_the_code_of_an_app(browser: Client, page: str, alice: User, enrolled: Callable[[User], str], asked: Any):
    secret = enrolled(alice)
    assert "authenticator app shows now" in text_of(browser.get(page))
    assert "Send a new code" not in text_of(browser.get(page))

    assert enter(browser, page, pyotp.TOTP(secret).now()).status_code == 302
    assert find_proof(**asked) is not None


def test_a_wrong_code_is_said_to_be_wrong(browser: Client, page: str, asked: dict[str, Any]):
    response = enter(browser, page, other_than(mailed_code()))

    assert (response.status_code, "That is not the code" in text_of(response)) == (200, True)
    assert find_proof(**asked) is None


def test_a_wrong_code_of_an_app_too(browser: Client, page: str, alice: User, enrolled: Callable[[User], str]):
    code = pyotp.TOTP(enrolled(alice)).now()

    assert "your app shows now" in text_of(enter(browser, page, other_than(code)))


@pytest.mark.parametrize("code", ["", " ", "9" * 21, "\0", "12345", "1234567", "12345a", "123-456", "１２３４５６"])
def test_what_is_no_code_is_not_even_tried(browser: Client, page: str, code: str, challenge: Challenge):
    response = enter(browser, page, code)

    assert response.status_code == 200
    assert response.context["form"].errors
    assert Passcode.objects.get().tries == 0


def test_what_is_no_code_is_said_to_be_none(browser: Client, page: str):
    assert "A code has six digits." in text_of(enter(browser, page, "12345"))


def test_blanks_in_a_code_do_not_count(browser: Client, page: str):
    code = mailed_code()

    assert enter(browser, page, f" {code[:3]} {code[3:]} ").status_code == 302


def test_five_wrong_ones_and_a_new_one(browser: Client, page: str):
    code = mailed_code()
    for _ in range(5):
        enter(browser, page, other_than(code))
    assert "Five wrong tries have ended this code" in text_of(enter(browser, page, code))

    let_pass(timedelta(seconds=30))
    sent = browser.post(page, {"send": "1"}, follow=True)

    assert "A new code is on its way" in text_of(sent)
    assert enter(browser, page, mailed_code()).status_code == 302


def test_another_code_can_be_had_after_half_a_minute(browser: Client, page: str):
    response = browser.post(page, {"send": "1"})

    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 30
    assert "You can have another one in" in text_of(response)
    assert mails_written() == 1


def test_ten_wrong_ones_lock_for_a_day(browser: Client, page: str):
    for _ in range(2):
        code = mailed_code()
        for _ in range(5):
            enter(browser, page, other_than(code))
        let_pass(timedelta(seconds=30))
        browser.post(page, {"send": "1"})

    response = enter(browser, page, code)

    assert response.status_code == 429
    assert 86_000 < int(response["Retry-After"]) <= 86_400
    assert "no code is taken now; try again in 24 hours" in text_of(response)


def test_a_code_past_its_time_is_said_to_be_old(browser: Client, page: str):
    code = mailed_code()
    let_pass(timedelta(minutes=10))

    assert "This code is too old" in text_of(enter(browser, page, code))


def test_once_no_code_waits_it_offers_one_and_no_field(browser: Client, page: str):
    let_pass(timedelta(minutes=10))
    text = text_of(browser.get(page))

    assert "Mail me a code" in text
    assert 'name="code"' not in text
    assert "we mailed you" in text_of(browser.post(page, {"send": "1"}, follow=True))


@pytest.mark.parametrize("posted", [{"code": "123456"}, {"send": "1"}])
def test_a_page_past_its_time_says_that_nothing_was_sent(browser: Client, page: str, posted: dict[str, str]):
    Challenge.objects.update(expires_at=timezone.now() - OPEN_FOR)

    assert "too old</h1>\n<p>Nothing was sent" in text_of(browser.get(page))
    assert "too old</h1>" in text_of(browser.post(page, posted, follow=True))


@pytest.mark.parametrize("posted", [{"code": "123456"}, {"send": "1"}])
def test_a_page_that_has_paid_says_so(browser: Client, page: str, asked: dict[str, Any], posted: dict[str, str]):
    enter(browser, page, mailed_code())
    proof = find_proof(**asked)
    assert proof is not None
    spend(proof)

    assert "This payment was made" in text_of(browser.get(page))
    assert "This payment was made" in text_of(browser.post(page, posted, follow=True))


def test_who_has_neither_app_nor_address_is_shown_the_way(browser: Client, page: str, alice: User):
    alice.email = ""
    alice.save()

    assert "/account/security/" in text_of(browser.get(page))
    assert "no e-mail address" in text_of(browser.post(page, {"send": "1"}))


@pytest.mark.parametrize("verb", ["get", "head", "post"])
def test_anothers_is_like_one_that_is_not_there(page: str, bob: User, verb: str):
    client = Client()
    client.force_login(bob)

    others, nobodys = (getattr(client, verb)(address) for address in (page, f"/account/step-up/{uuid4()}/"))

    assert (others.status_code, nobodys.status_code) == (404, 404)
    # What differs is the token of each form alone.
    assert len(others.content) == len(nobodys.content)


def test_nobody_enters_anothers_code(page: str, bob: User, asked: dict[str, Any]):
    client = Client()
    client.force_login(bob)

    assert enter(client, page, mailed_code()).status_code == 404
    assert find_proof(**asked) is None


@pytest.mark.parametrize("verb", ["get", "head", "post"])
def test_a_stranger_is_shown_the_door_and_nothing_else(client: Client, page: str, challenge: Challenge, verb: str):
    for address in (page, f"/account/step-up/{uuid4()}/"):
        response = getattr(client, verb)(address)

        assert response.status_code == 200
        assert "api.w.org" in response["Link"]
        assert "no-store" in response["Cache-Control"]
        assert "$120.00" not in text_of(response)


def test_a_stranger_comes_back_once_he_has_signed_in(client: Client, page: str):
    door = client.get(page)
    assert f'name="next" value="{page}"' in text_of(door)

    response = client.post("/account/login/", {"username": "alice", "password": PASSWORD, "next": page})

    assert (response.status_code, response["Location"]) == (302, page)


def test_a_post_from_elsewhere_is_refused(page: str, alice: User, asked: dict[str, Any]):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)

    assert enter(client, page, mailed_code()).status_code == 403
    assert find_proof(**asked) is None


@pytest.mark.parametrize("name", ["x", "1", "%00", "..", "0" * 32])
def test_an_odd_address_is_not_there(browser: Client, name: str):
    assert browser.get(f"/account/step-up/{name}/").status_code in {400, 404}
