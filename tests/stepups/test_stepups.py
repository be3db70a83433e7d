"""Step-ups: asked for once, proved on a page, and good for one transfer of exactly what was refused."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pyotp
import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit.models import Act
from notices.models import Notice
from passcodes.errors import PasscodeExhausted, PasscodeTooSoon, PasscodeWrong, TooManyWrongCodes
from passcodes.models import Guesses
from people.models import User
from stepups.errors import ChallengeExpired, ChallengeSpent, NoWayToProve, StepUpRequired
from stepups.mails import masked
from stepups.models import OPEN_FOR, PASSED_FOR, SPENT_KEPT, Challenge
from stepups.services import UNSPENT_MAX, find_proof, open_challenge, pass_challenge, send_code, spend
from tests.passcodes.conftest import all_at_once, let_pass, other_than
from tests.stepups.conftest import SITE, dollars, last_mail, mailed_code, mails_written
from wallet_service.forgetting import forget_challenges

pytestmark = pytest.mark.django_db


def let_challenges_pass(passed: timedelta) -> None:
    with connection.cursor() as cursor:
        seconds = passed.total_seconds()
        columns = ("created_at", "expires_at", "passed_at", "spent_at")
        moved = ", ".join(f"{column} = {column} - make_interval(secs => {seconds})" for column in columns)
        cursor.execute(f"UPDATE stepups_challenge SET {moved}")
    let_pass(passed)


def passed(challenge: Challenge) -> Challenge:
    pass_challenge(challenge=challenge, code=mailed_code())
    return challenge


def fresh(challenge: Challenge) -> Challenge:
    return Challenge.objects.get(pk=challenge.pk)


def test_a_refusal_gets_a_page_and_its_code_by_mail(asked: dict[str, Any], alice: User):
    required = StepUpRequired(**asked)
    assert required.url == ""

    challenge = open_challenge(required, site_url=SITE)

    assert required.url == f"{SITE}/account/step-up/{challenge.pk}/"
    message = last_mail()
    assert message.to == [alice.email]
    for words in ("$120.00", "b…@example.test", required.url, "alice", "10 minutes"):
        assert words in message.body
    assert "bob@" not in message.body
    assert not any(character.isdigit() for character in message.subject)


def test_the_sites_own_address_wins(asked: dict[str, Any], settings: Any):
    settings.PUBLIC_URL = "https://wallet.example.test"
    required = StepUpRequired(**asked)
    open_challenge(required, site_url="https://elsewhere.test")

    assert required.url.startswith("https://wallet.example.test/account/step-up/")


def test_the_same_refusal_gets_the_same_page_and_no_second_mail(asked: dict[str, Any], challenge: Challenge):
    let_challenges_pass(timedelta(minutes=5))

    assert open_challenge(StepUpRequired(**asked)) == challenge

    assert mails_written() == 1


def test_proves_once_it_is_passed(asked: dict[str, Any], challenge: Challenge):
    assert find_proof(**asked) is None
    code = mailed_code()
    with pytest.raises(PasscodeWrong):
        pass_challenge(challenge=challenge, code=other_than(code))
    assert find_proof(**asked) is None

    pass_challenge(challenge=challenge, code=code)

    assert find_proof(**asked) == challenge
    assert fresh(challenge).how == "mail"
    act = Act.objects.get(act="step_up.passed")
    assert act.subject == f"user:{asked['user'].pk}"
    assert json.loads(act.facts) == {
        "step_up": str(challenge.pk),
        "how": "mail",
        "credential": asked["credential"],
        "recipient": asked["recipient"].pk,
        "amount_minor": 12_000,
        "currency": "USD",
    }


def test_pays_for_one(asked: dict[str, Any], challenge: Challenge):
    passed(challenge)
    proof = find_proof(**asked)
    assert proof is not None
    spend(proof)

    assert find_proof(**asked) is None
    with pytest.raises(ChallengeSpent):
        pass_challenge(challenge=fresh(challenge), code="123456")
    with pytest.raises(ChallengeSpent):
        send_code(challenge=fresh(challenge))
    assert open_challenge(StepUpRequired(**asked)) != challenge


def test_a_transfer_that_failed_leaves_it(asked: dict[str, Any], challenge: Challenge):
    passed(challenge)
    with pytest.raises(RuntimeError), transaction.atomic():
        proof = find_proof(**asked)
        assert proof is not None
        spend(proof)
        raise RuntimeError

    assert find_proof(**asked) == challenge


@pytest.mark.parametrize("change", ["user", "credential", "recipient", "amount", "less", "currency"])
def test_belongs_to_its_user_credential_recipient_and_amount(
    asked: dict[str, Any], challenge: Challenge, manager: User, change: str
):
    passed(challenge)
    changes: dict[str, dict[str, Any]] = {
        "user": {"user": manager},
        "credential": {"credential": "key:3 user:7"},
        "recipient": {"recipient": manager},
        "amount": {"amount": dollars(12_001)},
        "less": {"amount": dollars(11_999)},
        "currency": {"amount": type(asked["amount"])(12_000, type(asked["amount"].currency)("EUR", 2, "Euro", True))},
    }

    assert find_proof(**{**asked, **changes[change]}) is None


def test_a_passed_one_is_good_for_ten_minutes(asked: dict[str, Any], challenge: Challenge):
    let_challenges_pass(timedelta(minutes=8))
    passed(challenge)

    let_challenges_pass(PASSED_FOR - timedelta(seconds=5))
    assert find_proof(**asked) == challenge
    let_challenges_pass(timedelta(seconds=5))
    assert find_proof(**asked) is None
    with pytest.raises(ChallengeExpired):
        pass_challenge(challenge=fresh(challenge), code="123456")


def test_passing_twice_makes_it_no_longer(asked: dict[str, Any], challenge: Challenge):
    passed(challenge)
    let_challenges_pass(timedelta(minutes=9))

    pass_challenge(challenge=fresh(challenge), code="000000")

    let_challenges_pass(timedelta(minutes=1))
    assert find_proof(**asked) is None


def test_one_that_nobody_passed_is_over_and_gives_way(asked: dict[str, Any], challenge: Challenge):
    let_challenges_pass(OPEN_FOR)
    with pytest.raises(ChallengeExpired):
        pass_challenge(challenge=fresh(challenge), code="123456")
    with pytest.raises(ChallengeExpired):
        send_code(challenge=fresh(challenge))

    assert open_challenge(StepUpRequired(**asked)) != challenge
    assert Challenge.objects.count() == 1


def test_another_code_can_be_had_after_half_a_minute(challenge: Challenge):
    with pytest.raises(PasscodeTooSoon):
        send_code(challenge=challenge)
    assert mails_written() == 1

    let_challenges_pass(timedelta(seconds=30))
    first = mailed_code()
    send_code(challenge=challenge, site_url=SITE)
    second = mailed_code()

    if first != second:
        with pytest.raises(PasscodeWrong):
            pass_challenge(challenge=challenge, code=first)
    pass_challenge(challenge=challenge, code=second)


def test_the_code_of_one_does_not_pass_another(asked: dict[str, Any], challenge: Challenge):
    code = mailed_code()
    other = open_challenge(StepUpRequired(**{**asked, "amount": dollars(99_999)}))
    if mailed_code() != code:
        with pytest.raises(PasscodeWrong):
            pass_challenge(challenge=other, code=code)

        assert fresh(other).passed_at is None


def test_five_wrong_codes_end_the_code_and_not_the_challenge(challenge: Challenge):
    code = mailed_code()
    for _ in range(5):
        with pytest.raises(PasscodeWrong):
            pass_challenge(challenge=challenge, code=other_than(code))
    with pytest.raises(PasscodeExhausted):
        pass_challenge(challenge=challenge, code=code)

    let_challenges_pass(timedelta(seconds=30))
    send_code(challenge=challenge)
    pass_challenge(challenge=challenge, code=mailed_code())


def test_who_was_wrong_too_often_gets_a_page_and_no_code(asked: dict[str, Any], alice: User):
    now = timezone.now()
    Guesses.objects.create(user=alice, locked_until=now + timedelta(hours=1), updated_at=now)

    challenge = open_challenge(StepUpRequired(**asked))

    assert mails_written() == 0
    with pytest.raises(TooManyWrongCodes):
        send_code(challenge=challenge)


def test_with_an_app_its_code_is_asked_for_and_nothing_is_mailed(
    asked: dict[str, Any], alice: User, enrolled: Callable[[User], str]
):
    secret = enrolled(alice)
    challenge = open_challenge(StepUpRequired(**asked))
    send_code(challenge=challenge)
    assert mails_written() == 0

    pass_challenge(challenge=challenge, code=pyotp.TOTP(secret).now())

    assert fresh(challenge).how == "app"
    assert find_proof(**asked) == challenge


def test_with_an_app_a_mailed_code_of_before_counts_no_more(challenge: Challenge, alice: User, enrolled: Callable[[User], str]):
    code = mailed_code()
    secret = enrolled(alice)

    if not pyotp.TOTP(secret).verify(code, valid_window=1):
        with pytest.raises(PasscodeWrong):
            pass_challenge(challenge=challenge, code=code)


def test_who_has_neither_app_nor_address_gets_a_page_that_says_so(asked: dict[str, Any], alice: User):
    alice.email = ""
    alice.save()

    challenge = open_challenge(StepUpRequired(**asked))

    assert mails_written() == 0
    with pytest.raises(NoWayToProve):
        send_code(challenge=challenge)


def test_nobody_keeps_more_than_twenty(asked: dict[str, Any], challenge: Challenge, bob: User):
    others = open_challenge(StepUpRequired(**{**asked, "user": bob, "recipient": asked["user"]}))
    for minor in range(1, UNSPENT_MAX + 5):
        newest = open_challenge(StepUpRequired(**{**asked, "amount": dollars(minor)}))

    assert Challenge.objects.filter(user=asked["user"]).count() == UNSPENT_MAX
    assert not Challenge.objects.filter(pk=challenge.pk).exists()
    assert Challenge.objects.filter(pk__in=[newest.pk, others.pk]).count() == 2
    # And no more than twenty mails within the hour.
    assert Notice.objects.filter(user=asked["user"]).count() == 20


def test_spent_ones_are_kept_three_months_and_others_a_day(asked: dict[str, Any], challenge: Challenge):
    passed(challenge)
    spend(challenge)
    open_challenge(StepUpRequired(**asked))
    assert forget_challenges() == 0

    let_challenges_pass(timedelta(days=1, minutes=31))
    assert forget_challenges() == 1
    let_challenges_pass(SPENT_KEPT)
    assert forget_challenges() == 1


def test_the_table_refuses_what_cannot_be(challenge: Challenge):
    now = timezone.now()
    wrong: list[dict[str, Any]] = [
        {"spent_at": now},
        {"passed_at": now},
        {"how": "mail"},
        {"amount_minor": 0},
        {"passed_at": now, "how": "mail", "spent_at": now - timedelta(days=1)},
    ]
    for columns in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            Challenge.objects.update(**columns)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("bob@example.test", "b…@example.test"),
        ("b@example.test", "b…@example.test"),
        ("roberta@example.test", "r…a@example.test"),
        ("", "b…"),
    ],
)
def test_a_recipient_is_shown_in_part(bob: User, address: str, shown: str):
    bob.email = address

    assert masked(bob) == shown


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
class TestAtOnce:
    def test_pays_for_one(self, asked: dict[str, Any], challenge: Challenge):
        passed(challenge)

        def transfer() -> bool:
            with transaction.atomic():
                proof = find_proof(**asked)
                if proof is None:
                    return False
                spend(proof)
                return True

        assert sorted(all_at_once([transfer] * 8)) == [False] * 7 + [True]

    def test_the_same_refusal_gets_one_page_and_one_mail(self, asked: dict[str, Any]):
        opened = all_at_once([partial(open_challenge, StepUpRequired(**asked)) for _ in range(8)])

        assert {challenge.pk for challenge in opened} == {Challenge.objects.get().pk}
        assert mails_written() == 1

    def test_pages_for_many_amounts_stay_within_the_bound(self, asked: dict[str, Any]):
        asks = [StepUpRequired(**{**asked, "amount": dollars(minor)}) for minor in range(1, 41)]
        opened = [
            answer for n in range(0, 40, 10) for answer in all_at_once([partial(open_challenge, ask) for ask in asks[n : n + 10]])
        ]

        assert all(isinstance(challenge, Challenge) for challenge in opened)
        assert UNSPENT_MAX <= Challenge.objects.count() <= UNSPENT_MAX + 10
