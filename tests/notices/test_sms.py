"""Text messages go out beside mails, by a port of their own, and never in a mail's way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import DataError, IntegrityError, transaction

from audit.models import Act
from ledger.models import Alarm
from notices import sms
from notices.kinds import TRANSFER_RECEIVED_SMS
from notices.models import Contact, Notice
from notices.preferences import set_contact, set_preference
from notices.samples import SAMPLES
from notices.sending import ATTEMPTS_MAX, send_waiting, send_waiting_sms
from notices.services import send_notice
from notices.sms.port import SmsAway, SmsFailed
from people.models import User
from tests.admin.conftest import all_text_in_database

PHONE = "+4915100000017"
TEXT = "Wallet service: 123456 is the code that sends $250.00 to b…b@example.com. Tell it to nobody."

pytestmark = pytest.mark.django_db


class Provider:
    """Takes messages, unless a test says what is wrong with it."""

    taken: list[tuple[str, str]]
    failure: Exception | None = None

    def send(self, to: str, text: str) -> None:
        if Provider.failure:
            raise Provider.failure
        Provider.taken.append((to, text))


@pytest.fixture(autouse=True)
def provider(settings: Any, alice: User) -> type[Provider]:
    settings.SMS_ADAPTER = f"{__name__}.Provider"
    set_contact(user=alice, phone=PHONE, language="")
    Provider.taken, Provider.failure = [], None
    return Provider


def tell(user: User, kind: str = "transfer.code") -> list[str]:
    send_notice(to=user, kind=kind, facts=SAMPLES[kind])
    return list(Notice.objects.order_by("pk").values_list("channel", flat=True))


def test_goes_to_his_number_beside_the_mail(alice: User, provider: type[Provider]):
    assert tell(alice) == ["mail", "sms"]
    assert "123456" not in all_text_in_database()

    assert (send_waiting(), send_waiting_sms(), send_waiting_sms()) == (1, 1, 0)

    assert provider.taken == [(PHONE, TEXT)]
    assert [message.to for message in mail.outbox] == [["alice@example.test"]]
    sent = Notice.objects.get(channel="sms")
    assert (bytes(sent.text), sent.subject) == (b"", "")


def test_without_a_number_there_is_only_the_mail(bob: User):
    assert tell(bob) == ["mail"]


def test_only_where_the_shop_and_he_want_it(alice: User, site: Callable[..., None], settings: Any):
    assert tell(alice, "transfer.received") == ["mail"], "off unless it is chosen"
    site(sms_on=["transfer.received"])
    assert tell(alice, "transfer.received")[1:] == ["mail", "sms"]
    set_preference(alice, TRANSFER_RECEIVED_SMS, False)
    assert tell(alice, "transfer.received")[3:] == ["mail"]
    set_preference(alice, TRANSFER_RECEIVED_SMS, True)
    settings.SMS_ADAPTER = "none"
    assert tell(alice, "transfer.received")[4:] == ["mail"]


@pytest.mark.parametrize("failure", [SmsFailed("21211"), SmsAway("timeout"), TimeoutError()], ids=repr)
def test_a_provider_that_fails_holds_up_no_mail(alice: User, bob: User, provider: type[Provider], failure: Exception):
    tell(alice)
    provider.failure = failure

    assert send_waiting_sms() == 0
    assert send_waiting() == 1

    waits = Notice.objects.get(channel="sms")
    assert (waits.attempts, waits.next_attempt_at is not None) == (1, True)
    assert str(PHONE) not in waits.last_error
    Notice.objects.filter(pk=waits.pk).update(attempts=ATTEMPTS_MAX - 1, next_attempt_at=waits.created_at)
    send_waiting_sms()
    assert Notice.objects.filter(channel="sms", parked_at__isnull=False).exists()
    assert Alarm.objects.open().get().name == "mail_parked"


def test_one_that_was_sent_elsewhere_behind_its_back_does_not_open(alice: User, provider: type[Provider]):
    tell(alice)
    Notice.objects.filter(channel="sms").update(address="+12025550123")
    send_waiting_sms()

    assert provider.taken == []
    assert Notice.objects.get(channel="sms").last_error == "SealBroken"


def test_on_a_developers_machine_it_is_a_file(alice: User, settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    settings.SMS_ADAPTER, settings.DATA_DIR = "console", tmp_path
    tell(alice)
    send_waiting_sms()

    [file] = (tmp_path / "sms").iterdir()
    assert file.read_text() == f"To: {PHONE}\n\n{TEXT}\n"
    said = capsys.readouterr().out
    assert str(file) in said
    assert "123456" not in said + str(file)


def test_no_process_starts_with_an_adapter_that_is_none(settings: Any):
    settings.SMS_ADAPTER = "twillio"

    with pytest.raises(ImproperlyConfigured, match="twillio"):
        sms.require_known_adapter()


@pytest.mark.parametrize(
    "phone", ["015112345678", "+0151123456", "+49 1511", "+491510000001790123", "+4915\n112345678", "+٤٩١٥١١٢٣٤"]
)
def test_a_number_is_one_that_can_be_called_from_anywhere(alice: User, phone: str):
    with pytest.raises(ValidationError), transaction.atomic():
        set_contact(user=alice, phone=phone, language="")
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        Contact.objects.update(phone=phone)
    assert Contact.objects.get().phone == PHONE


def test_who_set_a_number_is_audited_without_it(alice: User, manager: User):
    set_contact(user=alice, phone="+12025550123", language="de", by=manager)

    act = Act.objects.filter(act="contact.set").latest("pk")
    assert act.subject == f"user:{alice.pk}"
    assert f"user:{manager.pk}" in act.actor
    assert act.facts == '{"has_phone":true,"language":"de"}'
    with pytest.raises(ValidationError), transaction.atomic():
        set_contact(user=alice, phone="", language="xx")
