"""A notice does what it says once, however often it is sent, and again where it could not be done."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from ledger.errors import AccountNotIntact
from ledger.models import Account, Alarm, Entry
from ledger.money import Money
from ledger.retry import in_transaction
from payments.errors import TopupNotCompleted
from payments.models import ReceivedNotice, Topup
from payments.port import NoticeKind, ProviderNotice
from payments.receiving import take_notice
from tests.payments.conftest import all_at_once

pytestmark = pytest.mark.django_db


def paid(topup: Topup, notice_id: str = "n-1", **extra: Any) -> ProviderNotice:
    said = {"kind": NoticeKind.PAID, "topup_id": topup.pk, "amount": topup.amount, "reference": "till-1", **extra}
    return ProviderNotice(notice_id, **said)


def take(notice: ProviderNotice, provider: str = "manual") -> str:
    return in_transaction(lambda: take_notice(provider=provider, notice=notice))


def balance(topup: Topup) -> int:
    return Account.objects.get(pk=topup.wallet_id).balance


def test_a_notice_delivered_five_times_credits_once(topup: Topup):
    assert {take(paid(topup)) for _ in range(5)} == {"completed"}

    assert (Entry.objects.count(), balance(topup)) == (1, 5000)
    kept = ReceivedNotice.objects.get()
    assert (kept.provider, kept.notice_id, kept.kind, kept.topup, kept.outcome) == ("manual", "n-1", "paid", topup, "completed")
    assert kept.times == 5
    assert kept.last_received_at > kept.received_at
    assert not Alarm.objects.exists()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_five_deliveries_at_once_credit_once(topup: Topup):
    assert all_at_once([lambda: take(paid(topup))] * 5) == ["completed"] * 5

    assert (Entry.objects.count(), balance(topup), ReceivedNotice.objects.get().times) == (1, 5000, 5)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_five_notices_of_one_payment_at_once_credit_once(topup: Topup):
    notices = [paid(topup, f"n-{number}") for number in range(5)]
    assert all_at_once([lambda notice=notice: take(notice) for notice in notices]) == ["completed"] * 5  # type: ignore[misc]

    assert (Entry.objects.count(), balance(topup), ReceivedNotice.objects.count()) == (1, 5000, 5)


def test_another_providers_notice_of_the_same_id_is_another_one(topup: Topup):
    assert take(paid(topup), provider="stripe") == "another provider's top-up"
    assert take(paid(topup)) == "completed"

    assert ReceivedNotice.objects.count() == 2
    assert Entry.objects.get().actor == "provider:manual"


def test_a_notice_of_nothing_that_is_here_is_kept(topup: Topup):
    assert take(paid(topup, topup_id=uuid4())) == "no such top-up"
    assert take(ProviderNotice("n-2", NoticeKind.OTHER)) == "nothing to do"

    kept = ReceivedNotice.objects.order_by("pk")
    assert [(notice.topup, notice.outcome) for notice in kept] == [(None, "no such top-up"), (None, "nothing to do")]
    assert not Entry.objects.exists()


def test_what_says_no_amount_books_nothing(topup: Topup):
    assert take(paid(topup, amount=None)) == "said no amount"

    assert (Topup.objects.get().status, Alarm.objects.get().name) == ("pending", "payment_notice")


def test_failed_behind_paid_and_paid_behind_failed(topup: Topup):
    failed = ProviderNotice("n-0", NoticeKind.FAILED, topup_id=topup.pk, reason="expired")
    assert [take(failed), take(paid(topup)), take(failed)] == ["failed", "completed", "failed"]
    assert take(ProviderNotice("n-9", NoticeKind.FAILED, topup_id=topup.pk)) == "completed"

    assert (Topup.objects.get().status, Entry.objects.count()) == ("completed", 1)


def test_another_amount_is_kept_for_a_person(topup: Topup):
    assert take(paid(topup, amount=Money(4999, topup.amount.currency))) == "review"


def test_what_could_not_be_done_is_done_when_it_is_sent_again(topup: Topup, sql: Callable[[str], int]):
    sql("UPDATE ledger_account SET balance = 7")
    with pytest.raises(AccountNotIntact):
        take(paid(topup))
    assert not ReceivedNotice.objects.exists()

    sql("UPDATE ledger_account SET balance = 0")
    assert (take(paid(topup)), balance(topup)) == ("completed", 5000)


def test_what_goes_back_before_it_came_is_to_be_sent_again(topup: Topup):
    back = ProviderNotice("n-2", NoticeKind.TAKEN_BACK, topup_id=topup.pk, case="dispute-1", amount=topup.amount)
    with pytest.raises(TopupNotCompleted), transaction.atomic():
        take_notice(provider="manual", notice=back)
    assert not ReceivedNotice.objects.exists()


def test_a_dispute_that_was_won_is_told(topup: Topup):
    take(paid(topup))
    assert take(ProviderNotice("n-2", NoticeKind.WON, topup_id=topup.pk, case="dispute-1", amount=topup.amount)) == "won"

    assert (Entry.objects.count(), Alarm.objects.get().name) == (1, "dispute_won")
