"""Looking at files is dear: who is let in, and that nobody waits for it."""

import time
from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from kyc.errors import DocumentsUnavailable, DocumentUnfit, StillLooking
from kyc.files import inspecting
from kyc.models import Submission
from kyc.turns import LOCK_CLASS, TRY_LOCK
from people.models import User
from tests.kyc.hostile import HTML
from tests.kyc.making import submitted
from wallet_service.environment import whole

pytestmark = pytest.mark.django_db


@pytest.fixture
def elsewhere() -> Iterator[BaseDatabaseWrapper]:
    """What another process has: a session of its own."""
    other = connection.copy()
    other.settings_dict = {**other.settings_dict, "OPTIONS": {**other.settings_dict["OPTIONS"]}}
    other.settings_dict["OPTIONS"].pop("pool", None)
    yield other
    other.close()


def test_one_customer_is_looked_at_once_over_all_processes(alice: User, bob: User, elsewhere: BaseDatabaseWrapper):
    with elsewhere.cursor() as cursor:
        cursor.execute(TRY_LOCK, [LOCK_CLASS, str(alice.pk)])

    with pytest.raises(StillLooking):
        submitted(alice)
    submitted(bob)
    # Killed, it lets go.
    elsewhere.close()
    submitted(alice)
    assert Submission.objects.count() == 2


def test_a_look_that_ends_in_a_refusal_is_over(alice: User, elsewhere: BaseDatabaseWrapper):
    with pytest.raises(DocumentUnfit):
        submitted(alice, HTML)

    with elsewhere.cursor() as cursor:
        cursor.execute(TRY_LOCK, [LOCK_CLASS, str(alice.pk)])
        assert cursor.fetchone() == (True,)


def test_nobody_waits_for_a_turn(alice: User):
    began = time.monotonic()
    with inspecting.turn(), pytest.raises(DocumentsUnavailable):
        submitted(alice)

    assert time.monotonic() - began < 5
    submitted(alice)


def test_looking_leaves_a_thread_for_everybody_else():
    assert whole("WEB_THREADS", 2) > inspecting.AT_ONCE
