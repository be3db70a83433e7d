"""Authenticator apps: enrolled with a right code, no code twice, removed with a right one."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pyotp
import pytest
from django.db import transaction

from audit.models import Act
from passcodes import totp
from passcodes.errors import PasscodeWrong, TooManyWrongCodes, TotpAlreadyEnrolled, TotpNotEnrolled
from passcodes.models import Guesses, TotpDevice
from passcodes.services import check, issue
from passcodes.totp import (
    begin_enrolment,
    check_totp,
    confirm_enrolment,
    has_totp,
    is_enrolling,
    remove_totp,
    remove_totp_of,
)
from people.models import User
from tests.admin.conftest import all_text_in_database
from tests.passcodes.conftest import all_at_once, let_pass, other_than
from wallet_service.forgetting import forget_codes

pytestmark = pytest.mark.django_db


class App:
    """Alice's phone, and a clock that stands still unless somebody moves it."""

    def __init__(self, user: User, secret: str) -> None:
        self.user = user
        self.secret = secret

    def code(self, *, steps: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(Clock.now + 30 * steps)


class Clock:
    now = 0


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """`clock(2)`: two steps of 30 seconds later. It stands in the middle of a step."""
    Clock.now = int(time.time()) // 30 * 30 + 15

    def move(steps: int) -> None:
        Clock.now += 30 * steps

    def counter_of(secret: str, code: str, now: Any) -> int | None:
        return plain(secret, code, now + timedelta(seconds=Clock.now - now.timestamp()))

    plain = totp._counter_of
    monkeypatch.setattr(totp, "_counter_of", counter_of)
    return move


@pytest.fixture
def app(alice: User, clock: Callable[[int], None]) -> App:
    """Enrolled, and its first code is behind it."""
    app = App(alice, begin_enrolment(user=alice))
    confirm_enrolment(user=alice, code=app.code())
    clock(5)
    return app


def test_counts_once_a_first_right_code_confirmed_it(alice: User):
    app = App(alice, begin_enrolment(user=alice))
    assert (has_totp(alice), is_enrolling(alice)) == (False, True)
    with pytest.raises(TotpNotEnrolled):
        check_totp(user=alice, code=app.code())
    with pytest.raises(PasscodeWrong):
        confirm_enrolment(user=alice, code=other_than(app.code()))
    assert not has_totp(alice)

    confirm_enrolment(user=alice, code=app.code())

    assert (has_totp(alice), is_enrolling(alice)) == (True, False)
    assert Act.objects.get(act="totp.enrolled").subject == f"user:{alice.pk}"
    with pytest.raises(TotpAlreadyEnrolled):
        confirm_enrolment(user=alice, code=app.code(steps=1))
    with pytest.raises(TotpAlreadyEnrolled), transaction.atomic():
        begin_enrolment(user=alice)


def test_beginning_again_ends_the_first_secret(alice: User):
    first = App(alice, begin_enrolment(user=alice))
    second = App(alice, begin_enrolment(user=alice))

    with pytest.raises(PasscodeWrong):
        confirm_enrolment(user=alice, code=first.code())
    confirm_enrolment(user=alice, code=second.code())


def test_an_app_that_nobody_confirms_is_over_in_an_hour(alice: User):
    app = App(alice, begin_enrolment(user=alice))
    let_pass(timedelta(minutes=61))

    assert not is_enrolling(alice)
    with pytest.raises(TotpNotEnrolled):
        confirm_enrolment(user=alice, code=app.code())
    assert forget_codes() == 1


def test_a_confirmed_app_is_never_forgotten(app: App):
    let_pass(timedelta(days=4000))
    forget_codes()

    assert has_totp(app.user)


@pytest.mark.parametrize("drift", [-1, 0, 1])
def test_a_phone_may_be_one_step_off(app: App, drift: int):
    check_totp(user=app.user, code=app.code(steps=drift))


@pytest.mark.parametrize("drift", [-2, 2])
def test_and_no_more(app: App, drift: int):
    with pytest.raises(PasscodeWrong):
        check_totp(user=app.user, code=app.code(steps=drift))


def test_a_code_is_taken_once_and_no_earlier_one_after_it(app: App):
    check_totp(user=app.user, code=app.code())

    for steps in (0, -1):
        with pytest.raises(PasscodeWrong):
            check_totp(user=app.user, code=app.code(steps=steps))
    check_totp(user=app.user, code=app.code(steps=1))


def test_the_code_that_confirmed_it_is_used_up(alice: User):
    app = App(alice, begin_enrolment(user=alice))
    confirm_enrolment(user=alice, code=app.code())

    with pytest.raises(PasscodeWrong):
        check_totp(user=alice, code=app.code())


@pytest.mark.parametrize("typed", ["", "\0", "\ud800", "१२३४५६", "9" * 100_000])
def test_any_other_text_is_a_wrong_code(app: App, typed: str):
    with pytest.raises(PasscodeWrong):
        check_totp(user=app.user, code=typed)


def test_wrong_ones_of_every_kind_count_together(app: App):
    mailed = issue(user=app.user, purpose="test", subject="")
    for _ in range(5):
        with pytest.raises(PasscodeWrong):
            check(user=app.user, purpose="test", subject="", code=other_than(mailed))
        with pytest.raises(PasscodeWrong):
            check_totp(user=app.user, code=other_than(app.code()))

    with pytest.raises(TooManyWrongCodes):
        check_totp(user=app.user, code=app.code())
    with pytest.raises(TooManyWrongCodes), transaction.atomic():
        issue(user=app.user, purpose="other", subject="")
    with pytest.raises(TooManyWrongCodes):
        remove_totp(user=app.user, code=app.code())
    assert has_totp(app.user)


def test_is_removed_with_a_right_code_only(app: App):
    with pytest.raises(PasscodeWrong):
        remove_totp(user=app.user, code=other_than(app.code()))
    assert has_totp(app.user)

    remove_totp(user=app.user, code=app.code())

    assert not TotpDevice.objects.exists()
    assert Act.objects.get(act="totp.removed").subject == f"user:{app.user.pk}"
    with pytest.raises(TotpNotEnrolled):
        check_totp(user=app.user, code=app.code(steps=1))


def test_a_lost_one_is_removed_without(app: App, manager: User):
    remove_totp_of(user=app.user, removed_by=manager)

    assert not has_totp(app.user)
    assert Act.objects.get(act="totp.removed").actor == f"user:{manager.pk} admin"
    with pytest.raises(TotpNotEnrolled), transaction.atomic():
        remove_totp_of(user=app.user, removed_by=manager)


def test_its_secret_is_in_no_table_and_fits_no_other_user(app: App, bob: User):
    assert app.secret not in all_text_in_database()
    device = TotpDevice.objects.get()

    assert TotpDevice(user=bob, secret=device.secret).sealed_for != device.sealed_for


def test_an_address_for_apps_names_site_and_user(alice: User):
    uri = totp.enrolment_uri(user=alice, secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", site="Bob: Shop & Co")

    parsed = pyotp.parse_uri(uri)
    assert (parsed.name, parsed.secret) == ("alice", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    assert parsed.issuer == "Bob  Shop & Co"


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
class TestAtOnce:
    def test_a_code_is_taken_once(self, app: App):
        answers = all_at_once([partial(check_totp, user=app.user, code=app.code())] * 8)

        assert answers.count(None) == 1
        assert sum(isinstance(answer, PasscodeWrong) for answer in answers) == 7
        assert len(Guesses.objects.get().tries) == 7

    def test_of_twenty_wrong_ones_ten_are_compared(self, app: App):
        answers = all_at_once([partial(check_totp, user=app.user, code=other_than(app.code()))] * 20)

        kinds = [type(answer) for answer in answers]
        assert (kinds.count(PasscodeWrong), kinds.count(TooManyWrongCodes)) == (10, 10)
