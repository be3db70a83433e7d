"""What notices say can be looked at; where text messages go is set by a manager."""

from django.test import Client
from django.urls import reverse

from notices.kinds import KINDS
from notices.models import Contact
from people.models import User


def test_a_manager_looks_at_the_words(managers_browser: Client, clerks_browser: Client):
    page = reverse("admin:notices_notice_look_at_words")

    text = managers_browser.get(page, {"language": "de"}).content.decode()
    assert all(f'id="{name}"' in text for name in KINDS)
    assert "Sie haben $250.00 gesendet" in text
    assert "You sent $250.00" in managers_browser.get(page, {"language": "\0"}).content.decode()
    assert clerks_browser.get(page).status_code == 403


def test_a_manager_sets_a_number(managers_browser: Client, clerks_browser: Client, alice: User):
    page = reverse("admin:notices_contact_set_new")
    asked = {"user": alice.pk, "phone": "+4915112345678", "language": "de"}
    assert clerks_browser.post(page, asked).status_code == 403
    assert "E.164" in managers_browser.post(page, {**asked, "phone": "0151"}).content.decode()
    assert not Contact.objects.exists()

    assert managers_browser.post(page, asked).status_code == 302
    assert Contact.objects.get().phone == "+4915112345678"
