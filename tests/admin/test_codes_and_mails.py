"""Parked mails are sent again; a lost authenticator app is taken off by a superuser."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Act
from notices.models import Notice
from notices.services import send_notice
from passcodes.models import Guesses, TotpDevice
from passcodes.totp import begin_enrolment
from people.models import User

LIST = reverse("admin:notices_notice_changelist")


@pytest.fixture
def parked(alice: User) -> Notice:
    send_notice(to=alice, kind="test", subject="Hello", text="Words")
    Notice.objects.update(next_attempt_at=None, parked_at=timezone.now(), attempts=7, last_error="TimeoutError")
    return Notice.objects.get()


@pytest.fixture
def remove_page(alice: User) -> str:
    begin_enrolment(user=alice)
    TotpDevice.objects.update(confirmed_at=timezone.now(), last_counter=1)
    return reverse("admin:passcodes_totpdevice_remove", args=[alice.pk])


def send_again(browser: Client, notice: Notice) -> None:
    browser.post(LIST, {"action": "send_again", "_selected_action": [str(notice.pk)]})
    notice.refresh_from_db()


def test_a_manager_has_a_parked_mail_sent_again(managers_browser: Client, parked: Notice):
    assert "Parked" in managers_browser.get(LIST, {"state": "parked"}).content.decode()

    send_again(managers_browser, parked)

    assert (parked.parked_at, parked.attempts) == (None, 0)
    assert parked.next_attempt_at is not None
    assert LogEntry.objects.count() == 1


def test_a_mail_that_was_sent_is_not_sent_again(managers_browser: Client, parked: Notice):
    Notice.objects.update(parked_at=None, sent_at=timezone.now(), text=b"")

    send_again(managers_browser, parked)

    assert parked.next_attempt_at is None
    assert not LogEntry.objects.exists()
    assert "none of these is." in managers_browser.get(LIST).content.decode()


def test_a_clerk_sends_nothing(clerks_browser: Client, parked: Notice):
    send_again(clerks_browser, parked)

    assert parked.parked_at is not None


@pytest.mark.parametrize("state", ["waiting", "sent", "parked", "missed", "nonsense", "\0"])
def test_mails_are_filtered_by_state(managers_browser: Client, parked: Notice, state: str):
    text = managers_browser.get(LIST, {"state": state}).content.decode()

    assert ("alice@example.test" in text) == (state not in {"waiting", "sent", "missed"})


def test_a_superuser_takes_a_lost_app_off(boss_browser: Client, boss: User, alice: User, remove_page: str):
    assert "Remove this authenticator app?" in boss_browser.get(remove_page).content.decode()

    assert boss_browser.post(remove_page).status_code == 302

    assert not TotpDevice.objects.exists()
    assert Act.objects.get(act="totp.removed").actor == f"user:{boss.pk} admin"
    assert Notice.objects.get().kind == "totp.removed"
    assert boss_browser.post(remove_page).status_code == 404


@pytest.mark.parametrize("verb", ["get", "post"])
def test_a_manager_does_not(managers_browser: Client, remove_page: str, verb: str):
    page = reverse("admin:passcodes_totpdevice_change", args=[TotpDevice.objects.get().pk])
    assert remove_page not in managers_browser.get(page).content.decode()

    assert getattr(managers_browser, verb)(remove_page).status_code == 403
    assert TotpDevice.objects.exists()


def test_who_is_locked_is_found(managers_browser: Client, alice: User, bob: User):
    now = timezone.now()
    Guesses.objects.create(user=alice, tries=[now] * 10, locked_until=now + timedelta(hours=1), updated_at=now)
    Guesses.objects.create(user=bob, tries=[now], updated_at=now)

    text = managers_browser.get(reverse("admin:passcodes_guesses_changelist"), {"locked": "now"}).content.decode()

    assert "alice" in text
    assert "bob" not in text


def searches() -> list[tuple[str, str]]:
    tables = ("passcodes_passcode", "passcodes_guesses", "passcodes_totpdevice", "stepups_challenge", "notices_notice")
    return [(table, text) for table in tables for text in ("alice", "\0", "'; --", "x" * 5000)]


@pytest.mark.parametrize(("table", "text"), searches())
def test_any_text_can_be_searched_for(managers_browser: Client, table: str, text: str, alice: User):
    assert managers_browser.get(reverse(f"admin:{table}_changelist"), {"q": text}).status_code == 200
