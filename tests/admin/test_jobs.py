"""Whoever opens the admin sees what is wrong: open alarms, jobs that fail, no worker at all."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Act
from ledger.alarms import clear_alarm, raise_alarm
from ledger.models import Alarm
from people.models import User
from wallet_service.asked_jobs import start_asked_jobs
from wallet_service.jobs import JOBS
from wallet_service.models import JobRun

ALARMS = "/admin/ledger/alarm/"
RUNS = "/admin/wallet_service/jobrun/"
QUEUE = "/admin/procrastinate/procrastinatejob/"

pytestmark = pytest.mark.django_db


def clear(client: Client, *alarms: Alarm) -> int:
    data = {"action": "clear", "_selected_action": [alarm.pk for alarm in alarms]}
    return client.post(ALARMS, data).status_code


@pytest.fixture
def all_is_well() -> None:
    now = timezone.now()
    for job in JOBS:
        JobRun.objects.create(name=job.name, started_at=now, finished_at=now, outcome="ok", told="5 things done")


def test_the_overview_says_nothing_while_all_is_well(managers_browser: Client, all_is_well: None):
    assert managers_browser.get("/admin/").context["warnings"] == []


def test_the_overview_shows_open_alarms_in_red(managers_browser: Client, all_is_well: None):
    raise_alarm("seal_late", "account 17", "not sealed for <5> minutes")
    raise_alarm("seal_late", "account 18", "late")
    clear_alarm("seal_late", "account 18")

    page = managers_browser.get("/admin/")
    at = reverse("admin:ledger_alarm_change", args=[Alarm.objects.open().get().pk])
    assert page.context["warnings"] == [("seal_late (account 17): not sealed for <5> minutes", at)]
    assert f'<a href="{at}" class="block' in page.content.decode()
    assert "not sealed for &lt;5&gt; minutes" in page.content.decode()


def test_the_overview_does_not_drown_in_alarms(managers_browser: Client, all_is_well: None):
    for number in range(15):
        raise_alarm("seal_late", f"account {number}", "late")

    shown = managers_browser.get("/admin/").context["warnings"]
    assert len(shown) == 11
    assert shown[-1] == ("There are more alarms.", ALARMS)


def test_the_overview_says_that_no_worker_runs(managers_browser: Client):
    assert managers_browser.get("/admin/").context["warnings"] == [("No job runs: start a worker.", RUNS)]


def test_the_overview_names_a_job_that_is_late(managers_browser: Client, all_is_well: None):
    late = JOBS[0]
    JobRun.objects.filter(pk=late.name).update(finished_at=timezone.now() - timedelta(days=1))

    shown = managers_browser.get("/admin/").context["warnings"]
    assert shown == [(f"The job {late.name!r} is late: no worker runs, or it hangs.", RUNS)]


def test_the_overview_tells_a_clerk_nothing(clerks_browser: Client):
    assert "warnings" not in clerks_browser.get("/admin/").context


def test_open_alarms_stand_first(managers_browser: Client):
    raise_alarm("old", "", "an open one")
    for number in range(3):
        raise_alarm("over", str(number), "cleared since")
    clear_alarm("over")

    listed = managers_browser.get(ALARMS).context["cl"].result_list
    assert [alarm.name for alarm in listed] == ["old", "over", "over", "over"]
    assert len(managers_browser.get(f"{ALARMS}?state=cleared").context["cl"].result_list) == 3
    assert len(managers_browser.get(f"{ALARMS}?state=open").context["cl"].result_list) == 1


def test_a_manager_clears_an_alarm(managers_browser: Client, caplog: pytest.LogCaptureFixture):
    raise_alarm("seal_late", "account 17", "late")
    raise_alarm("seal_late", "account 18", "late")

    assert clear(managers_browser, Alarm.objects.get(subject="account 17")) == 302
    assert Alarm.objects.open().get().subject == "account 18"
    assert "1 alarms cleared by manager" in caplog.messages


def test_who_may_only_look_clears_none(clerks_browser: Client, clerk_may: Callable[[str], None]):
    raise_alarm("seal_late", "account 17", "late")
    clerk_may("view_alarm")

    assert clerks_browser.get(ALARMS).status_code == 200
    clear(clerks_browser, Alarm.objects.get())
    assert Alarm.objects.open().exists()


@pytest.fixture
def clerk_may(clerk: User) -> Callable[[str], None]:
    return lambda right: clerk.user_permissions.add(Permission.objects.get(codename=right))


def test_nobody_edits_an_alarm_or_a_run(boss_browser: Client, all_is_well: None):
    raise_alarm("seal_late", "account 17", "late")
    run = reverse("admin:wallet_service_jobrun_change", args=[JOBS[0].name])

    for page in (f"{ALARMS}{Alarm.objects.get().pk}/change/", run):
        assert boss_browser.get(page).status_code == 200
        assert boss_browser.post(page, {}).status_code == 403
    for page in (f"{ALARMS}add/", f"{RUNS}add/", f"{QUEUE}add/"):
        assert boss_browser.get(page).status_code == 403


def test_the_runs_say_how_they_went(managers_browser: Client, all_is_well: None):
    page = managers_browser.get(RUNS).content.decode()

    for job in JOBS:
        assert job.name in page
    assert "5 things done" in page


def test_the_runs_say_when_they_run_and_how_long_it_took(managers_browser: Client, all_is_well: None):
    began = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
    told = {"started_at": began, "finished_at": began + timedelta(seconds=2.5), "last_success_at": began}
    JobRun.objects.filter(pk="verify the ledger").update(**told)
    JobRun.objects.filter(pk="sweep ledger").update(started_at=None, finished_at=None, outcome="")

    listed = text_of(managers_browser.get(RUNS))
    assert "daily at 03:17 UTC" in listed
    assert "2.5 s" in listed
    assert "Has not run" in listed
    page = text_of(managers_browser.get(page_of("verify the ledger")))
    for word in ("daily at 03:17 UTC", "2.5 s", "Nov. 21, 2026, noon", "3:17 a.m."):
        assert word in page, word


def test_a_run_of_a_job_that_is_no_more_is_shown_and_cannot_be_asked_for(managers_browser: Client):
    JobRun.objects.create(name="gone")

    assert "no more" in text_of(managers_browser.get(RUNS))
    assert "Run now" not in text_of(managers_browser.get(page_of("gone")))
    assert managers_browser.post(run_now("gone")).status_code == 404


def test_a_manager_asks_for_a_run_and_no_request_waits_for_it(managers_browser: Client, manager: User, all_is_well: None):
    assert "Run now" in text_of(managers_browser.get(page_of("verify the ledger")))
    assert managers_browser.get(run_now("verify the ledger")).status_code == 200
    assert not JobRun.objects.filter(asked_at__isnull=False).exists()

    for _ in range(2):
        answer = managers_browser.post(run_now("verify the ledger"), follow=True)
        assert "&#x27;verify the ledger&#x27; runs in a few seconds." in text_of(answer)
    assert JobRun.objects.get(asked_at__isnull=False).name == "verify the ledger"
    acts = [(act.act, act.actor, act.subject) for act in Act.objects.filter(act="job.asked")]
    assert acts == [("job.asked", f"user:{manager.pk} admin", "job:verify the ledger")] * 2

    assert (start_asked_jobs(), start_asked_jobs()) == (1, 0)
    assert queued() == [("verify the ledger", "verification", "verify the ledger")]


def test_what_waits_in_its_queue_already_is_not_queued_again(managers_browser: Client, all_is_well: None):
    for _ in range(2):
        managers_browser.post(run_now("seal ledger"))
        start_asked_jobs()

    assert queued() == [("seal ledger", "ledger", "seal ledger")]


def test_who_may_only_look_asks_for_none(clerks_browser: Client, clerk_may: Callable[[str], None], all_is_well: None):
    clerk_may("view_jobrun")

    assert "Run now" not in text_of(clerks_browser.get(page_of("seal ledger")))
    for verb in (clerks_browser.get, clerks_browser.post):
        assert verb(run_now("seal ledger")).status_code == 403
    assert not JobRun.objects.filter(asked_at__isnull=False).exists()


def page_of(name: str) -> str:
    return reverse("admin:wallet_service_jobrun_change", args=[name])


def run_now(name: str) -> str:
    return reverse("admin:wallet_service_jobrun_run_now", args=[name])


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def queued() -> list[tuple[str, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, queue_name, queueing_lock FROM procrastinate_jobs")
        return list(cursor.fetchall())


def test_the_queue_is_shown_with_its_events_and_without_buttons(managers_browser: Client):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('ledger', 'seal') RETURNING id")
        row = cursor.fetchone()
    assert row is not None

    listed = managers_browser.get(QUEUE).content.decode()
    assert "seal" in listed
    assert "Abort" not in listed
    page = managers_browser.get(f"{QUEUE}{row[0]}/change/").content.decode()
    assert "deferred" in page


@pytest.mark.parametrize("page", [ALARMS, RUNS, QUEUE])
def test_a_clerk_sees_none_of_it(clerks_browser: Client, page: str):
    assert clerks_browser.get(page).status_code == 403
