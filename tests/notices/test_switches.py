"""Who gets which notice: what the shop has switched off, what a customer has declined, and who stands for the shop."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as service
from django.core import mail

from notices.kinds import KINDS, KYC_MAIL, PREFERENCES
from notices.models import Notice
from notices.preferences import preferences_of, set_preference
from notices.samples import SAMPLES
from notices.sending import send_waiting
from notices.services import send_notice, tell_managers
from people.models import User
from site_settings.declared import SiteSettings
from tests.conftest import PASSWORD

DOCS = Path(service.BASE_DIR, "docs", "notifications.md").read_text()

pytestmark = pytest.mark.django_db

Site = Callable[..., None]


def tell(user: User, kind: str) -> int:
    send_notice(to=user, kind=kind, facts=SAMPLES[kind])
    return Notice.objects.count()


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.is_switchable], ids=lambda kind: kind.name)
def test_each_is_switched_by_itself(alice: User, site: Site, kind: Any):
    site(notices_off=[kind.name])
    send_notice(to=alice, kind=kind.name, facts=SAMPLES[kind.name])
    tell_managers(kind=kind.name, facts=SAMPLES[kind.name])
    assert not Notice.objects.exists()

    site(notices_off=[])
    assert tell(alice, kind.name) == 1


def test_what_a_customer_declines_he_does_not_get(alice: User, bob: User):
    assert preferences_of(alice) == dict.fromkeys(PREFERENCES, True)
    for _ in range(2):
        set_preference(alice, KYC_MAIL, False)
    assert preferences_of(alice) == {**dict.fromkeys(PREFERENCES, True), KYC_MAIL: False}

    assert tell(alice, "kyc.decided") == 0
    assert tell(alice, "transfer.sent") == 1
    assert tell(bob, "kyc.decided") == 2
    set_preference(alice, KYC_MAIL, True)
    assert tell(alice, "kyc.decided") == 3
    with pytest.raises(ValueError, match="no preference"):
        set_preference(alice, "_wkwp_notify_code_email", False)


def test_every_active_manager_is_told_or_the_addresses_that_are_set(manager: User, alice: User, site: Site):
    User.objects.create_superuser("boss", "boss@example.test", PASSWORD)
    User.objects.create_superuser("gone", "gone@example.test", PASSWORD, is_active=False)
    User.objects.create_superuser("mute", "", PASSWORD)
    tell_managers(kind="kyc.submitted", facts=SAMPLES["kyc.submitted"])
    assert set(Notice.objects.values_list("address", flat=True)) == {"manager@example.test", "boss@example.test"}

    Notice.objects.all().delete()
    site(manager_mail_to=["till@example.test"])
    tell_managers(kind="kyc.submitted", facts=SAMPLES["kyc.submitted"])
    assert send_waiting() == 1
    assert (mail.outbox[0].to, mail.outbox[0].subject) == (["till@example.test"], "Wallet service: An identity check waits")


def test_a_template_that_an_operator_broke_parks_the_mail_and_nothing_else(alice: User, settings: Any, tmp_path: Path):
    folder = tmp_path / "notices"
    folder.mkdir()
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [str(tmp_path)]}]
    (folder / "transfer.sent.txt").write_text("{% extends layout %}{% block subject %}{% nonsense %}{% endblock %}")
    (folder / "transfer.received.txt").write_text("{% extends layout %}{% block subject %}Hurray{% endblock %}")
    tell(alice, "transfer.sent")
    tell(alice, "transfer.received")

    assert send_waiting() == 1
    assert mail.outbox[0].subject == "Wallet service: Hurray"
    assert Notice.objects.parked().get().last_error == "TemplateSyntaxError"


def test_the_documents_table_is_the_registry():
    defaults = SiteSettings()
    for kind in KINDS.values():
        is_off = "off" if kind.name in defaults.notices_off else "on"
        has_sms = ("on" if kind.name in defaults.sms_on else "off") if kind.has_sms else ""
        keys = ", ".join(f"`{key}`" for key in (kind.mail_preference, kind.sms_preference) if key)
        cells = (f"`{kind.name}`", kind.title, kind.audience, is_off if kind.is_switchable else "always", has_sms, keys)
        assert "| " + " | ".join(cells) + " |" in DOCS
    assert DOCS.count("\n| `") == len(KINDS)
