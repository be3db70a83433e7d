"""What never got as far as its provider does not wait for ever."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from ledger.models import Outbox
from payments.models import Topup
from payments.port import PaymentProviderAway
from payments.services import confirm_topup
from payments.unstarted import fail_unstarted
from tests.payments.double import DoubleProvider
from wallets.models import Wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def unstarted(wallet: Wallet, provider: DoubleProvider, start: Callable[..., Topup]) -> Topup:
    provider.is_away = True
    with pytest.raises(PaymentProviderAway):
        start(wallet)
    return Topup.objects.get()


def age(hours: int) -> None:
    Topup.objects.update(created_at=timezone.now() - timedelta(hours=hours))


def test_it_is_left_for_a_day_and_then_failed_once(unstarted: Topup):
    age(23)
    assert fail_unstarted() == 0
    age(25)
    assert [fail_unstarted(), fail_unstarted()] == [1, 0]

    failed = Topup.objects.get()
    assert (failed.status, failed.failure) == ("failed", "not_started")
    assert Outbox.objects.get().type == "wallet.topup.failed"


@pytest.mark.parametrize("status", ["pending", "charging", "unknown"])
def test_what_was_asked_for_is_left_alone(unstarted: Topup, status: str):
    age(1000)
    Topup.objects.update(status=status)

    assert fail_unstarted() == 0


def test_paid_all_the_same_it_is_completed(unstarted: Topup):
    age(25)
    fail_unstarted()

    assert confirm_topup(topup_id=unstarted.pk, paid=unstarted.amount, actor="test").status == "completed"
