"""Six-digit codes: issued, tried, used once, and locked after too many wrong ones."""

import re
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from audit.models import Act
from passcodes import services
from passcodes.digests import code_digest
from passcodes.errors import (
    PasscodeExhausted,
    PasscodeExpired,
    PasscodeTooSoon,
    PasscodeUsed,
    PasscodeWrong,
    TooManyWrongCodes,
)
from passcodes.models import LIFETIME, Guesses, Passcode
from passcodes.services import RESEND_AFTER, check, is_waited_for, issue, resend_after
from people.models import User
from tests.admin.conftest import all_text_in_database
from tests.passcodes.conftest import all_at_once, let_pass, other_than
from wallet_service.forgetting import forget_codes

SECOND = timedelta(seconds=1)
DAY = timedelta(hours=24)

pytestmark = pytest.mark.django_db


def about(user: User, subject: str = "10 to bob", purpose: str = "test") -> dict[str, Any]:
    return {"user": user, "purpose": purpose, "subject": subject}


def be_wrong(user: User, times: int, **extra: Any) -> None:
    """As often as it takes, with codes enough."""
    for number in range(times):
        if number % 5 == 0:
            code = issue(**about(user, f"guess {number}"))
        with pytest.raises(PasscodeWrong):
            check(**about(user, f"guess {number - number % 5}"), code=other_than(code))


def wrong_codes(user: User) -> int:
    return len(Guesses.objects.get(user=user).tries)


def test_has_six_digits_of_any_kind(alice: User):
    codes = [issue(**about(alice, str(number))) for number in range(20)]

    assert all(re.fullmatch(r"[0-9]{6}", code) for code in codes)
    assert len(set(codes)) > 15


def test_the_right_code_is_taken_once(alice: User):
    code = issue(**about(alice))
    assert is_waited_for(**about(alice))

    check(**about(alice), code=code)

    assert not is_waited_for(**about(alice))
    with pytest.raises(PasscodeUsed):
        check(**about(alice), code=code)


@pytest.mark.parametrize("typed", ["{0} ", " {1} {2}", "{1}\u00a0{2}\n"])
def test_spaces_do_not_matter(alice: User, typed: str):
    code = issue(**about(alice))

    check(**about(alice), code=typed.format(code, code[:3], code[3:]))


@pytest.mark.parametrize("typed", ["", "0", "-1", "१२३४५६", "\0", "\ud800", "9" * 100_000, "' OR 1=1 --"])
def test_any_other_text_is_a_wrong_code(alice: User, typed: str):
    code = issue(**about(alice))

    with pytest.raises(PasscodeWrong):
        check(**about(alice), code=typed)

    assert Passcode.objects.get().tries == 1
    check(**about(alice), code=code)


def test_without_a_code_everything_is_wrong_and_nothing_is_counted(alice: User):
    with pytest.raises(PasscodeWrong):
        check(**about(alice), code="123456")

    assert not Guesses.objects.exists()


@pytest.mark.parametrize("change", ["user", "purpose", "subject"])
def test_belongs_to_its_user_purpose_and_subject(alice: User, bob: User, change: str):
    code = issue(**about(alice))
    elsewhere = {**about(alice), change: bob if change == "user" else "another"}
    # One in a million is the same.
    while issue(**elsewhere) == code:
        let_pass(RESEND_AFTER)

    with pytest.raises(PasscodeWrong):
        check(**elsewhere, code=code)
    check(**about(alice), code=code)


def test_a_subject_may_be_any_text(alice: User):
    for subject in ("", "x" * 100_000, "\0", "日本 🎉", "\ud800"):
        check(**about(alice, subject), code=issue(**about(alice, subject)))


def test_is_over_after_ten_minutes(alice: User):
    code = issue(**about(alice))
    let_pass(LIFETIME)

    with pytest.raises(PasscodeExpired) as expired:
        check(**about(alice), code=code)

    assert type(expired.value) is PasscodeExpired
    assert not is_waited_for(**about(alice))


def test_is_taken_until_then(alice: User):
    code = issue(**about(alice))
    let_pass(LIFETIME - 5 * SECOND)

    check(**about(alice), code=code)


def test_another_one_can_be_had_after_half_a_minute_and_ends_the_first(alice: User):
    first = issue(**about(alice))
    with pytest.raises(PasscodeTooSoon) as refused, transaction.atomic():
        issue(**about(alice))
    assert 25 < refused.value.retry_after <= 30
    assert resend_after(**about(alice)) == refused.value.retry_after

    let_pass(RESEND_AFTER)
    assert resend_after(**about(alice)) == 0
    second = issue(**about(alice))

    if first != second:
        with pytest.raises(PasscodeWrong):
            check(**about(alice), code=first)
    check(**about(alice), code=second)


def test_five_wrong_tries_end_it(alice: User):
    code = issue(**about(alice))
    for _ in range(5):
        with pytest.raises(PasscodeWrong):
            check(**about(alice), code=other_than(code))

    with pytest.raises(PasscodeExhausted):
        check(**about(alice), code=code)

    assert wrong_codes(alice) == 5
    assert not is_waited_for(**about(alice))


def test_a_new_one_has_its_own_five(alice: User):
    be_wrong(alice, 5)
    let_pass(RESEND_AFTER)

    check(**about(alice, "guess 0"), code=issue(**about(alice, "guess 0")))


def test_after_ten_wrong_ones_a_right_one_is_refused_for_a_day(alice: User):
    code = issue(**about(alice))
    be_wrong(alice, 10)

    with pytest.raises(TooManyWrongCodes) as refused:
        check(**about(alice), code=code)

    assert 86_390 < refused.value.retry_after <= 86_400
    assert Passcode.objects.earliest("created_at").tries == 0


def test_after_ten_wrong_ones_none_is_issued_for_a_day_and_then_again(alice: User):
    be_wrong(alice, 10)
    with pytest.raises(TooManyWrongCodes), transaction.atomic():
        issue(**about(alice))

    let_pass(DAY - 5 * SECOND)
    with pytest.raises(TooManyWrongCodes) as refused, transaction.atomic():
        issue(**about(alice))
    assert refused.value.retry_after <= 5

    let_pass(5 * SECOND)
    check(**about(alice), code=issue(**about(alice)))


def test_the_day_begins_with_the_tenth(alice: User):
    be_wrong(alice, 9)
    let_pass(timedelta(hours=23))
    code = issue(**about(alice))
    with pytest.raises(PasscodeWrong):
        check(**about(alice), code=other_than(code))

    let_pass(timedelta(hours=2))

    with pytest.raises(TooManyWrongCodes), transaction.atomic():
        issue(**about(alice))


def test_wrong_ones_of_yesterday_do_not_count(alice: User):
    be_wrong(alice, 9)
    let_pass(DAY)
    be_wrong(alice, 9)

    check(**about(alice), code=issue(**about(alice)))


def test_right_ones_do_not_count_and_do_not_forgive_wrong_ones(alice: User):
    be_wrong(alice, 9)
    for number in range(5):
        check(**about(alice, str(number)), code=issue(**about(alice, str(number))))
    assert wrong_codes(alice) == 9

    code = issue(**about(alice))
    with pytest.raises(PasscodeWrong):
        check(**about(alice), code=other_than(code))
    with pytest.raises(TooManyWrongCodes):
        check(**about(alice), code=code)


def test_another_user_is_not_held_up(alice: User, bob: User):
    be_wrong(alice, 10)

    check(**about(bob), code=issue(**about(bob)))


def test_twenty_an_hour_are_issued(alice: User):
    for number in range(20):
        issue(**about(alice, str(number)))

    with pytest.raises(PasscodeTooSoon) as refused, transaction.atomic():
        issue(**about(alice, "one more"))

    assert 3500 < refused.value.retry_after <= 3600
    assert Passcode.objects.count() == 20
    let_pass(timedelta(hours=1))
    for number in range(20):
        issue(**about(alice, str(number)))


def test_no_table_tells_the_code_and_no_digest_fits_another_row(alice: User, settings: Any):
    code = issue(**about(alice, "a long subject"))
    text = all_text_in_database()

    assert "a long subject" not in text
    assert not re.search(rf"(?<![0-9.]){code}(?![0-9+])", text)
    kept = bytes(Passcode.objects.get().digest)
    settings.CREDENTIAL_PEPPER = "another"
    assert code_digest(Passcode.objects.get().pk, code) != kept


def test_wrong_codes_and_the_lock_are_in_the_audit_trail(alice: User):
    be_wrong(alice, 10)

    assert sum(Act.objects.filter(act="code.wrong").values_list("count", flat=True)) == 10
    assert Act.objects.get(act="passcodes.locked").subject == f"user:{alice.pk}"


def test_is_forgotten_a_day_later_and_wrong_ones_with_it(alice: User):
    be_wrong(alice, 1)
    let_pass(DAY - 5 * SECOND)
    assert forget_codes() == 0, "it counts still"

    let_pass(timedelta(minutes=11))
    assert forget_codes() == 2
    assert not Passcode.objects.exists()
    assert not Guesses.objects.exists()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
class TestAtOnce:
    def test_a_hundred_wrong_codes_count_five_comparisons(self, alice: User, monkeypatch: pytest.MonkeyPatch):
        code = issue(**about(alice))
        compared: list[bytes] = []

        class Counting:
            @staticmethod
            def compare_digest(given: bytes, kept: bytes) -> bool:
                # Each comparison finds its try committed. Those before it are counted first: others go on meanwhile.
                before = len(compared)
                assert Passcode.objects.get().tries > before
                compared.append(given)
                return given == kept

        monkeypatch.setattr(services, "hmac", Counting)
        tries = [partial(check, **about(alice), code=f"{(int(code) + n) % 10**6:06d}") for n in range(1, 101)]

        answers = [answer for start in range(0, 100, 20) for answer in all_at_once(tries[start : start + 20])]

        assert len(compared) == 5
        kinds = [type(answer) for answer in answers]
        assert (kinds.count(PasscodeWrong), kinds.count(PasscodeExhausted)) == (5, 95)
        assert wrong_codes(alice) == 5

    def test_over_many_codes_ten_are_compared(self, alice: User):
        codes = [issue(**about(alice, str(number))) for number in range(10)]
        tries = [partial(check, **about(alice, str(n)), code=other_than(code)) for n, code in enumerate(codes)] * 2

        kinds = [type(answer) for answer in all_at_once(tries)]

        assert (kinds.count(PasscodeWrong), kinds.count(TooManyWrongCodes)) == (10, 10)
        assert wrong_codes(alice) == 10

    def test_the_right_code_is_taken_once(self, alice: User):
        code = issue(**about(alice))

        answers = all_at_once([partial(check, **about(alice), code=code)] * 8)

        assert answers.count(None) == 1
        assert {type(answer) for answer in answers} <= {type(None), PasscodeUsed, PasscodeExhausted}

    def test_one_code_is_issued(self, alice: User):
        answers = all_at_once([partial(issue, **about(alice))] * 8)

        assert sum(isinstance(answer, str) for answer in answers) == 1
        assert sum(isinstance(answer, PasscodeTooSoon) for answer in answers) == 7
