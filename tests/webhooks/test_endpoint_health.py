"""What people are told of an endpoint that is paused."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from notices.sending import send_waiting
from people.models import User
from tests.webhooks.making import new_endpoint
from webhooks.endpoint_health import PAUSED_AFTER, note_failure

pytestmark = pytest.mark.django_db


def test_the_mail_names_the_host_and_nothing_that_stands_behind_it():
    User.objects.create_superuser("boss", "boss@example.test")
    endpoint, now = new_endpoint("https://shop.example/hooks/s3cret?k=s3cret"), timezone.now()
    note_failure(endpoint, now - PAUSED_AFTER - timedelta(minutes=1))
    note_failure(endpoint, now)

    assert send_waiting() == 1
    [told] = mail.outbox
    assert f"endpoint {endpoint.pk} at shop.example in" in told.body
    assert "s3cret" not in str(told.message())
