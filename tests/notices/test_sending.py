"""The outbox: written with what it tells of, mailed once, tried again, parked in the end."""

import smtplib
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connections, transaction
from django.utils import timezone

from ledger.models import Alarm
from ledger.sealing import seal
from notices import sending
from notices.models import KEPT, PARKED_KEPT, Notice
from notices.sending import ATTEMPTS_MAX, CLAIM_SECONDS, RETRY_AFTER, send_waiting
from notices.services import send_again, send_notice
from people.models import User
from tests.admin.conftest import all_text_in_database
from wallet_service.forgetting import forget_notices

TEXT = "Your code is 123456."

pytestmark = pytest.mark.django_db


class Server(EmailBackend):
    """A mail server that takes mail, unless a test says what is wrong with it."""

    away: Exception | None = None
    refuses: Callable[[Any], Exception | None] = staticmethod(lambda message: None)

    def open(self) -> bool:
        if Server.away:
            raise Server.away
        return True

    def send_messages(self, messages: Any) -> int:
        for message in messages:
            if failure := Server.refuses(message):
                raise failure
        return int(super().send_messages(messages))


@pytest.fixture
def server(settings: Any) -> Iterator[type[Server]]:
    settings.EMAIL_BACKEND = f"{__name__}.Server"
    mail.outbox = []
    yield Server
    Server.away, Server.refuses = None, staticmethod(lambda message: None)


@pytest.fixture
def notice(alice: User, server: type[Server]) -> Notice:
    write(alice)
    return Notice.objects.get()


def write(to: User, **extra: Any) -> None:
    send_notice(**{"to": to, "kind": "test", "subject": "Hello", "text": TEXT, **extra})


def later(notice: Notice, **passed: Any) -> None:
    """Let so much time pass, as far as this notice is concerned."""
    notice.refresh_from_db()
    assert notice.next_attempt_at is not None
    Notice.objects.filter(pk=notice.pk).update(next_attempt_at=notice.next_attempt_at - timedelta(**passed))


def waits(notice: Notice) -> timedelta:
    """How long until the next attempt."""
    notice.refresh_from_db()
    assert notice.next_attempt_at is not None
    return notice.next_attempt_at - timezone.now()


def test_is_mailed_to_the_address_with_its_words(notice: Notice):
    assert send_waiting() == 1

    message = mail.outbox[0]
    assert (message.to, message.subject, message.body) == (["alice@example.test"], "Hello", TEXT)
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"


def test_is_mailed_once_and_then_has_no_words(notice: Notice):
    send_waiting()
    assert send_waiting() == 0

    notice.refresh_from_db()
    assert (bytes(notice.text), notice.attempts, notice.next_attempt_at) == (b"", 1, None)
    assert notice.sent_at is not None
    assert len(mail.outbox) == 1


def test_its_words_are_in_no_table(notice: Notice):
    assert "123456" not in all_text_in_database()


def test_belongs_to_the_transaction_that_writes_it(alice: User, server: type[Server]):
    with pytest.raises(RuntimeError), transaction.atomic():
        write(alice)
        raise RuntimeError

    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    "address", ["", "alice", "a@b.test\nBcc: mallory@example.test", "a@b.test, c@d.test", "a@b.test\0", f"{'a' * 250}@b.test"]
)
def test_who_has_no_address_is_written_nothing(alice: User, server: type[Server], address: str):
    alice.email = address
    write(alice)

    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    ("subject", "line"),
    [
        ("Hello\r\nBcc: mallory@example.test", "Hello Bcc: mallory@example.test"),
        ("  a\tb\0c\x85d\u2028e\ud800f ", "a b c d e f"),
        ("Zoë sent you ¥500 🎉", "Zoë sent you ¥500 🎉"),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_subject_is_one_header(alice: User, server: type[Server], subject: str, line: str):
    write(alice, subject=subject, text="\ud800 \0 ok")
    send_waiting()

    message = mail.outbox[0]
    assert message.subject == line
    assert message.message()["Bcc"] is None
    assert message.to == ["alice@example.test"]


def test_comes_back_after_each_failure_and_is_parked_after_the_last(notice: Notice, server: type[Server]):
    server.refuses = staticmethod(lambda message: smtplib.SMTPDataError(451, b"try later, alice@example.test: 123456"))

    for pause in RETRY_AFTER:
        assert send_waiting() == 0
        assert pause - timedelta(seconds=5) < waits(notice) <= pause
        assert send_waiting() == 0, "before its time"
        later(notice, seconds=pause.total_seconds())
    send_waiting()

    notice.refresh_from_db()
    assert (notice.attempts, notice.next_attempt_at) == (ATTEMPTS_MAX, None)
    assert notice.parked_at is not None
    assert notice.last_error == "SMTPDataError 451"
    assert Alarm.objects.open().get().name == "mail_parked"
    assert mail.outbox == []


def test_what_was_parked_is_sent_when_somebody_says_so(notice: Notice, server: type[Server]):
    server.refuses = staticmethod(lambda message: smtplib.SMTPRecipientsRefused({"alice@example.test": (550, b"who?")}))
    Notice.objects.update(attempts=ATTEMPTS_MAX - 1)
    send_waiting()
    notice.refresh_from_db()
    assert (notice.parked_at is not None, notice.last_error) == (True, "SMTPRecipientsRefused 550")
    server.refuses = staticmethod(lambda message: None)

    assert send_again(notice)
    assert not send_again(notice)
    assert send_waiting() == 1

    assert mail.outbox[0].body == TEXT
    assert not Alarm.objects.open().exists()


def test_one_that_fails_does_not_hold_up_the_next(notice: Notice, bob: User, server: type[Server]):
    write(bob)
    server.refuses = staticmethod(
        lambda message: UnicodeError("no such letter") if message.to == ["alice@example.test"] else None
    )

    assert send_waiting() == 1

    assert [message.to for message in mail.outbox] == [["bob@example.test"]]
    assert waits(notice) > timedelta()


def test_while_the_server_is_away_only_one_has_its_attempt_counted(notice: Notice, bob: User, server: type[Server]):
    write(bob)
    server.away = ConnectionRefusedError(111, "refused")

    assert send_waiting() == 0

    assert sorted(Notice.objects.values_list("attempts", flat=True)) == [0, 1]
    notice.refresh_from_db()
    assert notice.last_error == "ConnectionRefusedError 111"
    server.away = None
    later(notice, minutes=1)
    assert send_waiting() == 2


def test_who_died_with_it_leaves_it_to_the_next_when_his_claim_is_over(notice: Notice, monkeypatch: pytest.MonkeyPatch):
    def die(*args: Any, **columns: Any) -> bool:
        raise SystemExit

    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(sending, "_keep", die)
        send_waiting()
    assert len(mail.outbox) == 1, "it was mailed, and nobody marked it"

    assert send_waiting() == 0, "somebody may be at it still"
    later(notice, seconds=CLAIM_SECONDS)
    assert send_waiting() == 1

    first, second = (message.extra_headers["Message-ID"] for message in mail.outbox)
    assert first == second


def test_who_comes_back_late_does_not_undo_what_another_did(notice: Notice, server: type[Server]):
    def somebody_else_was_faster(message: Any) -> Exception:
        Notice.objects.update(attempts=2, sent_at=timezone.now(), next_attempt_at=None, text=b"")
        return TimeoutError()

    server.refuses = staticmethod(somebody_else_was_faster)
    send_waiting()

    notice.refresh_from_db()
    assert (notice.attempts, notice.next_attempt_at) == (2, None)


def test_one_that_kills_who_has_it_is_parked(notice: Notice):
    Notice.objects.update(attempts=ATTEMPTS_MAX)

    assert send_waiting() == 0

    notice.refresh_from_db()
    assert (notice.last_error, mail.outbox) == ("the worker died", [])
    assert notice.parked_at is not None


@pytest.mark.parametrize(
    "changed",
    [
        {"address": "mallory@example.test"},
        {"subject": "Other words"},
        {"address": "alice@example.test\nBcc: mallory@example.test"},
        {"text": seal(b"Other words", "elsewhere")},
    ],
)
def test_one_that_was_changed_behind_its_back_is_not_mailed(notice: Notice, changed: dict[str, Any]):
    Notice.objects.update(**changed)

    assert send_waiting() == 0

    notice.refresh_from_db()
    assert notice.parked_at is not None
    assert mail.outbox == []


def test_one_that_came_too_late_is_not_mailed_at_all(alice: User, server: type[Server]):
    write(alice, expires_in=timedelta(minutes=10))
    notice = Notice.objects.get()
    Notice.objects.update(expires_at=timezone.now())

    assert send_waiting() == 0

    notice.refresh_from_db()
    assert (mail.outbox, bytes(notice.text), notice.next_attempt_at) == ([], b"", None)
    assert notice.missed_at is not None


def test_is_forgotten_a_month_after_it_was_sent(notice: Notice, alice: User):
    write(alice, expires_in=timedelta(seconds=1))
    missed = Notice.objects.latest("pk")
    Notice.objects.filter(pk=missed.pk).update(expires_at=timezone.now())
    send_waiting()
    Notice.objects.filter(pk=notice.pk).update(sent_at=timezone.now() - KEPT + timedelta(minutes=1))
    assert forget_notices() == 0

    Notice.objects.filter(pk=notice.pk).update(sent_at=timezone.now() - KEPT)
    Notice.objects.filter(pk=missed.pk).update(missed_at=timezone.now() - KEPT)
    assert forget_notices() == 2


def test_one_that_waits_is_never_forgotten_and_a_parked_one_late(notice: Notice):
    Notice.objects.update(created_at=timezone.now() - timedelta(days=400))
    assert forget_notices() == 0

    Notice.objects.update(next_attempt_at=None, parked_at=timezone.now() - KEPT)
    assert forget_notices() == 0
    Notice.objects.update(parked_at=timezone.now() - PARKED_KEPT)
    assert forget_notices() == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_several_workers_at_once_mail_each_once(alice: User, server: type[Server]):
    for number in range(40):
        write(alice, subject=f"No. {number}")
    start, counts = threading.Barrier(4), []

    def work() -> None:
        start.wait()
        counts.append(send_waiting())
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(message.subject for message in mail.outbox) == sorted(f"No. {number}" for number in range(40))
    assert sum(counts) == 40
    assert Notice.objects.filter(attempts=1, sent_at__isnull=False).count() == 40
