"""What is wrong is said in the log at once, and stays in the admin until it is over."""

import logging

import pytest
from django.db import transaction

from ledger.alarms import clear_alarm, raise_alarm
from ledger.models import Alarm

pytestmark = pytest.mark.django_db


def test_is_logged_and_kept_open(caplog: pytest.LogCaptureFixture):
    raise_alarm("seal_late", "account 17", "not sealed for 5 minutes")

    alarm = Alarm.objects.open().get()
    assert (alarm.name, alarm.subject, alarm.message) == ("seal_late", "account 17", "not sealed for 5 minutes")
    assert (alarm.times, alarm.is_open) == (1, True)
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.CRITICAL, "alarm seal_late (account 17): not sealed for 5 minutes")
    ]


def test_raised_again_while_open_it_counts():
    raise_alarm("seal_late", "account 17", "not sealed for 5 minutes")
    first = Alarm.objects.get()
    raise_alarm("seal_late", "account 17", "not sealed for 6 minutes")

    again = Alarm.objects.get()
    assert (again.pk, again.times, again.message) == (first.pk, 2, "not sealed for 6 minutes")
    assert again.raised_at == first.raised_at
    assert again.last_seen_at > first.last_seen_at


def test_each_subject_has_its_own():
    raise_alarm("seal_late", "account 17", "late")
    raise_alarm("seal_late", "account 18", "late")
    raise_alarm("anchor_failed", "account 17", "refused")

    assert Alarm.objects.open().count() == 3


def test_cleared_for_one_subject_the_others_stay_open():
    raise_alarm("seal_late", "account 17", "late")
    raise_alarm("seal_late", "account 18", "late")

    assert clear_alarm("seal_late", "account 17") == 1
    assert [alarm.subject for alarm in Alarm.objects.open()] == ["account 18"]


def test_cleared_for_all_subjects():
    raise_alarm("seal_late", "account 17", "late")
    raise_alarm("seal_late", "account 18", "late")
    raise_alarm("anchor_failed", "", "refused")

    assert clear_alarm("seal_late") == 2
    assert [str(alarm) for alarm in Alarm.objects.open()] == ["anchor_failed"]
    assert clear_alarm("seal_late") == 0


def test_raised_after_it_was_cleared_it_is_a_new_one():
    raise_alarm("seal_late", "account 17", "late")
    clear_alarm("seal_late")
    raise_alarm("seal_late", "account 17", "late again")

    assert [(alarm.message, alarm.is_open) for alarm in Alarm.objects.open_first()] == [("late again", True), ("late", False)]


def test_outlives_the_work_that_failed():
    with pytest.raises(RuntimeError), transaction.atomic():
        raise RuntimeError
    raise_alarm("job_failed", "seal", "RuntimeError")

    assert Alarm.objects.open().count() == 1


def test_takes_any_text():
    raise_alarm("odd", "", "\0" + "x" * 10_000)

    assert len(Alarm.objects.get().message) == 2000
