"""What was paid is credited, once."""

import pytest

from ledger.models import Entry
from payments.models import Topup
from payments.services import confirm_topup

pytestmark = pytest.mark.django_db


def test_credits_what_was_paid(topup: Topup):
    done = confirm_topup(topup_id=topup.pk, paid=topup.amount, actor="provider:manual", reference="till-1")

    entry = Entry.objects.get()
    assert (done.status, done.entry_id, done.reference) == ("completed", entry.pk, "till-1")
    assert (entry.kind, entry.amount, entry.key, entry.house) == ("topup", 5000, f"topup:{topup.pk}", "issued")
