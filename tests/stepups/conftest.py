"""Who proves himself, and the code that was mailed to him."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from ledger.money import Money, currency
from notices.models import Notice
from notices.sending import send_waiting
from passcodes.models import TotpDevice
from passcodes.totp import begin_enrolment
from people.models import User
from stepups.errors import StepUpRequired
from stepups.models import Challenge
from stepups.services import open_challenge, pass_challenge

SITE = "https://shop.example.test"


def dollars(minor: int) -> Money:
    return Money(minor, currency("USD"))


@pytest.fixture
def asked(alice: User, bob: User) -> dict[str, Any]:
    """Alice's session wants to send $120.00 to Bob."""
    return {"user": alice, "credential": f"user:{alice.pk} session", "recipient": bob, "amount": dollars(12_000)}


@pytest.fixture
def challenge(asked: dict[str, Any]) -> Challenge:
    return open_challenge(StepUpRequired(**asked), site_url=SITE)


@pytest.fixture
def enrolled() -> Callable[[User], str]:
    """`enrolled(alice)`: she has an app; its secret."""

    def enrolled(user: User) -> str:
        secret = begin_enrolment(user=user)
        TotpDevice.objects.filter(user=user).update(confirmed_at=timezone.now(), last_counter=0)
        return secret

    return enrolled


def last_mail() -> Any:
    """The newest mail in the outbox, sent."""
    send_waiting()
    return mail.outbox[-1]


def mailed_code() -> str:
    """The code in it."""
    found = re.search(r"^ {4}(\d{6})$", last_mail().body, re.MULTILINE)
    assert found is not None
    return found[1]


def prove(challenge: Challenge) -> None:
    """As its user does on the page, with the code that was mailed to him last."""
    pass_challenge(challenge=challenge, code=mailed_code())


def mails_written() -> int:
    return Notice.objects.count()
