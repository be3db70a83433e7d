"""A step-up is worth what its audit row says: edited columns pay for nothing, and `verify_ledger` names them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audit.acts import ActName
from audit.models import Act
from audit.services import record
from ledger.verifying import verify
from people.models import User
from stepups.acts import facts_of, subject_of
from stepups.errors import StepUpRequired
from stepups.models import PASSED_FOR, Challenge
from stepups.services import find_proof, open_challenge, spend
from stepups.verifying import verify_step_ups
from tests.stepups.conftest import dollars, prove

pytestmark = pytest.mark.django_db

Sql = Callable[[str], int]
BY_HAND = "passed_at = now(), how = 'mail', expires_at = now() + interval '10 minutes'"


@pytest.fixture
def passed(challenge: Challenge) -> Challenge:
    prove(challenge)
    return challenge


def findings() -> list[str]:
    return [str(finding) for finding in verify().findings if "step-up" in str(finding)]


def named(challenge: Challenge, deed: str = "is passed") -> list[str]:
    return [f"step-up {challenge.pk} {deed}, and no audit row says that it was passed so"]


def test_finds_nothing_on_honest_data(asked: dict[str, Any], passed: Challenge):
    open_challenge(StepUpRequired(**{**asked, "amount": dollars(7)}))
    assert findings() == []

    spend(passed)
    assert findings() == []


def test_they_belong_to_no_account(challenge: Challenge, sql: Sql):
    sql(f"UPDATE stepups_challenge SET {BY_HAND}")
    assert list(verify_step_ups(17)) == []


def test_still_finds_nothing_after_the_people_are_renamed(passed: Challenge, sql: Sql):
    sql("UPDATE people_user SET username = 'erased-' || id, email = ''")
    assert findings() == []


def test_one_passed_by_hand_proves_nothing_and_is_named(asked: dict[str, Any], challenge: Challenge, sql: Sql):
    sql(f"UPDATE stepups_challenge SET {BY_HAND}")
    assert find_proof(**asked) is None
    assert findings() == named(challenge)

    sql("UPDATE stepups_challenge SET spent_at = now()")
    assert findings() == named(challenge, "has paid")


def test_an_act_of_another_bears_it_not_out(asked: dict[str, Any], passed: Challenge, sql: Sql):
    other = {**asked, "amount": dollars(99_999)}
    opened = open_challenge(StepUpRequired(**other))
    sql(f"UPDATE stepups_challenge SET {BY_HAND} WHERE id = '{opened.pk}'")

    assert find_proof(**other) is None
    assert find_proof(**asked) == passed
    assert findings() == named(opened)


@pytest.mark.parametrize("change", ["user", "recipient", "amount", "credential", "id"])
def test_a_passed_one_turned_to_something_else_proves_nothing(
    asked: dict[str, Any], passed: Challenge, manager: User, sql: Sql, change: str
):
    edits: dict[str, tuple[str, Any]] = {
        "user": (f"user_id = {manager.pk}", manager),
        "recipient": (f"recipient_id = {manager.pk}", manager),
        "amount": ("amount_minor = 1200000", dollars(1_200_000)),
        "credential": ("credential = 'key:3 user:7'", "key:3 user:7"),
        "id": ("id = '5f6d0e3c-0000-4000-8000-000000000000'", None),
    }
    edit, value = edits[change]
    sql(f"UPDATE stepups_challenge SET {edit}")

    assert find_proof(**{**asked, **({change: value} if change in asked else {})}) is None
    assert findings() == named(Challenge.objects.get())


@pytest.mark.parametrize("edit", ["mac = ''", "actor = 'user:1 session'", "at = at + interval '1 day'"])
def test_an_act_that_was_edited_bears_nothing_out(asked: dict[str, Any], passed: Challenge, sql: Sql, edit: str):
    sql(f"UPDATE audit_act SET {edit} WHERE act = 'step_up.passed'")

    assert find_proof(**asked) is None
    assert findings() == named(passed)


def test_its_end_cannot_be_put_off(asked: dict[str, Any], passed: Challenge, sql: Sql, monkeypatch: pytest.MonkeyPatch):
    now = timezone.now()
    sql("UPDATE stepups_challenge SET passed_at = now() + interval '8 minutes', expires_at = now() + interval '1 year'")
    assert find_proof(**asked) == passed

    monkeypatch.setattr(timezone, "now", lambda: now + PASSED_FOR - timedelta(minutes=1))
    assert find_proof(**asked) == passed
    monkeypatch.setattr(timezone, "now", lambda: now + PASSED_FOR + timedelta(minutes=1))
    assert find_proof(**asked) is None


def test_more_of_them_than_a_batch(asked: dict[str, Any], passed: Challenge, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("stepups.verifying.BATCH", 2)
    wrong = []
    for minor in range(1, 6):
        one = open_challenge(StepUpRequired(**{**asked, "amount": dollars(minor)}))
        Challenge.objects.filter(pk=one.pk).update(passed_at=timezone.now(), how="mail")
        one.refresh_from_db()
        if minor % 2:
            record(ActName.STEP_UP_PASSED, actor="test", subject=subject_of(one), facts=facts_of(one))
        else:
            wrong += named(one)

    assert sorted(findings()) == sorted(wrong)


def test_acts_are_kept_where_they_are_written(passed: Challenge):
    act = Act.objects.get(act="step_up.passed")
    assert (act.subject, str(passed.pk) in act.facts) == (subject_of(passed), True)
