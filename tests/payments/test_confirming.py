"""What was paid is credited, once."""

import json
import time
from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from django.db import transaction

from ledger.errors import AccountNotIntact
from ledger.models import Account, Alarm, Entry, Lot, Outbox
from ledger.money import BALANCE_MAX, Money, currency
from ledger.retry import in_transaction
from payments.errors import TopupUnknown
from payments.models import Topup
from payments.services import confirm_topup, fail_topup
from tests.payments.conftest import all_at_once
from wallets.models import Wallet
from wallets.services import change_wallet

pytestmark = pytest.mark.django_db
Start = Callable[..., Topup]


def confirm(topup: Topup, minor: int = 0, **extra: Any) -> Topup:
    asked = {"paid": topup.wallet.money(minor or topup.amount_minor), "actor": "provider:manual", **extra}
    return in_transaction(lambda: confirm_topup(topup_id=topup.pk, **asked))


def balance(topup: Topup) -> int:
    return Account.objects.get(pk=topup.wallet_id).balance


def test_credits_what_was_paid(topup: Topup):
    done = confirm(topup, reference="till-1")

    entry = Entry.objects.get()
    assert done == Topup.objects.get()
    assert (done.status, done.entry_id, done.reference) == ("completed", entry.pk, "till-1")
    assert (entry.kind, entry.amount, entry.key, entry.house) == ("topup", 5000, f"topup:{topup.pk}", "issued")
    assert (entry.actor, entry.reason, entry.reference) == ("provider:manual", "Top-up", "till-1")
    assert not Lot.objects.exists()
    assert list(Outbox.objects.values_list("type", flat=True)) == ["wallet.credited", "wallet.topup.completed"]


@pytest.mark.parametrize(("lot_kinds", "in_lots"), [(["bonus"], 500), ([], 0)])
def test_the_bonus_is_an_entry_of_its_own_behind_it(
    wallet: Wallet, start: Start, site: Callable[..., None], lot_kinds: list[str], in_lots: int
):
    site(topup_bonus_percent=10, lot_kinds=lot_kinds)
    topup = confirm(start(wallet))

    paid, bonus = Entry.objects.order_by("sequence")
    assert [(entry.kind, entry.amount, entry.key, entry.leg) for entry in (paid, bonus)] == [
        ("topup", 5000, f"topup:{topup.pk}", 0),
        ("bonus", 500, f"topup:{topup.pk}", 1),
    ]
    assert topup.entry == paid
    assert Account.objects.get(pk=wallet.pk).in_lots == in_lots


def test_five_in_a_row_are_one(topup: Topup):
    for _ in range(5):
        confirm(topup, reference="till-1")

    assert (Entry.objects.count(), balance(topup)) == (1, 5000)
    assert not Alarm.objects.exists()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_five_at_once_are_one(topup: Topup):
    done = all_at_once([lambda: confirm(topup, reference="till-1")] * 5)

    assert [topup.status for topup in done] == ["completed"] * 5
    assert (Entry.objects.count(), balance(topup)) == (1, 5000)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_who_fails_it_waits_for_who_is_crediting_it(topup: Topup):
    credited = Event()

    def pay() -> Topup:
        with transaction.atomic():
            done = confirm_topup(topup_id=topup.pk, paid=topup.amount, actor="test")
            credited.set()
            time.sleep(0.3)
        return done

    def fail() -> Topup:
        credited.wait(10)
        return in_transaction(lambda: fail_topup(topup_id=topup.pk, reason="expired"))

    assert [done.status for done in all_at_once([pay, fail])] == ["completed", "completed"]
    assert (Topup.objects.get().status, balance(topup)) == ("completed", 5000)
    assert not Outbox.objects.filter(type="wallet.topup.failed").exists()


def test_a_frozen_wallet_takes_what_was_paid(topup: Topup):
    change_wallet(wallet=topup.wallet, status="frozen")

    assert (confirm(topup).status, balance(topup)) == ("completed", 5000)


@pytest.mark.parametrize("status", ["created", "pending", "charging", "unknown"])
def test_whatever_it_was_waiting_for(topup: Topup, status: str):
    Topup.objects.update(status=status)

    assert confirm(topup).status == "completed"


def test_nobody_knows_of_it(wallet: Wallet):
    stranger = Topup(wallet=wallet, amount_minor=5000)
    with pytest.raises(TopupUnknown), transaction.atomic():
        confirm_topup(topup_id=stranger.pk, paid=wallet.money(5000), actor="test")
    with pytest.raises(TopupUnknown), transaction.atomic():
        fail_topup(topup_id=stranger.pk, reason="expired")


@pytest.mark.parametrize("paid", [4999, 5001, 1])
def test_another_amount_is_for_a_person(topup: Topup, paid: int):
    done = confirm(topup, paid, reference="till-1")

    assert (done.status, done.failure, done.paid_minor, done.paid_currency) == ("review", "amount_differs", paid, "USD")
    assert not Entry.objects.exists()
    assert Alarm.objects.open().get().name == "topup_review"


def test_another_currency_is_too(topup: Topup):
    done = confirm(topup, paid=Money(5000, currency("EUR")))

    assert (done.status, done.failure, done.paid_currency) == ("review", "amount_differs", "EUR")
    assert not Entry.objects.exists()


def test_what_is_looked_at_is_not_booked_by_another_notice(topup: Topup):
    confirm(topup, 4000)
    confirm(topup, 4000)
    assert confirm(topup).status == "review"
    assert fail_topup(topup_id=topup.pk, reason="expired").status == "review"

    assert not Entry.objects.exists()
    assert {alarm.name for alarm in Alarm.objects.open()} == {"topup_review", "topup_paid_again"}


def test_what_does_not_fit_is_kept_and_booked_when_it_does(topup: Topup, give: Callable[..., Entry], sql: Callable[[str], int]):
    fill(topup, BALANCE_MAX - 4999, sql)
    assert (confirm(topup).status, Topup.objects.get().failure) == ("review", "balance_limit")
    assert Alarm.objects.open().get().name == "topup_review"

    fill(topup, 0, sql)
    assert (confirm(topup).status, balance(topup)) == ("completed", 5000)
    assert not Alarm.objects.open().exists()


def test_another_payment_takes_no_place_of_one_that_waits_for_room(topup: Topup, sql: Callable[[str], int]):
    fill(topup, BALANCE_MAX - 4999, sql)
    confirm(topup, reference="pi_A")
    fill(topup, 0, sql)

    waiting = confirm(topup, reference="pi_B")
    assert (waiting.status, waiting.failure, waiting.reference) == ("review", "balance_limit", "pi_A")
    assert not Entry.objects.exists()
    again = Alarm.objects.open().get(name="topup_paid_again")
    assert "pi_A" in again.message
    assert "pi_B" in again.message

    done = confirm(topup, reference="pi_A")
    assert (done.status, done.reference, balance(topup)) == ("completed", "pi_A", 5000)
    assert list(Alarm.objects.open()) == [again]


def test_a_bonus_that_does_not_fit_takes_the_payment_with_it(
    wallet: Wallet, start: Start, site: Callable[..., None], sql: Callable[[str], int]
):
    site(topup_bonus_percent=10)
    topup = start(wallet)
    fill(topup, BALANCE_MAX - 5001, sql)

    assert confirm(topup).status == "review"
    assert not Entry.objects.exists()


def fill(topup: Topup, minor: int, sql: Callable[[str], int]) -> None:
    """A balance that nobody could give it, under its own seal."""
    from ledger.seals import seal_account

    account = Account.objects.get(pk=topup.wallet_id)
    account.balance = minor
    seal_account(account)
    sql(f"UPDATE ledger_account SET balance = {minor}, mac = '\\x{bytes(account.mac).hex()}' WHERE id = {account.pk}")


def test_what_failed_and_is_paid_after_all_is_completed(topup: Topup):
    assert fail_topup(topup_id=topup.pk, reason="expired").status == "failed"

    done = confirm(topup)
    assert (done.status, done.failure, balance(topup)) == ("completed", "", 5000)


def test_what_is_completed_never_fails(topup: Topup):
    confirm(topup)

    assert fail_topup(topup_id=topup.pk, reason="expired").status == "completed"
    assert not Outbox.objects.filter(type="wallet.topup.failed").exists()


def test_a_failure_is_told_once(topup: Topup):
    for _ in range(3):
        fail_topup(topup_id=topup.pk, reason="expired")

    told = Outbox.objects.get()
    assert (told.type, told.account_id, told.sequence) == ("wallet.topup.failed", topup.wallet_id, None)
    assert json.loads(told.facts) == {
        "topup_id": str(topup.pk),
        "amount": "5000",
        "currency": "USD",
        "origin": "customer",
        "reason": "expired",
    }
    failed = Topup.objects.get()
    assert (failed.status, failed.failure, failed.finished_at is None) == ("failed", "expired", False)


@pytest.mark.parametrize(("amount", "reference"), [(5000, "till-2"), (4000, "till-1"), (4000, "")])
def test_a_second_payment_for_the_same_is_for_a_person(topup: Topup, amount: int, reference: str):
    confirm(topup, reference="till-1")
    confirm(topup, amount, reference=reference)

    assert (Entry.objects.count(), balance(topup)) == (1, 5000)
    assert Alarm.objects.open().get().name == "topup_paid_again"


def test_the_payments_name_may_come_later(topup: Topup):
    confirm(topup)
    confirm(topup, reference="till-1")

    assert Topup.objects.get().reference == "till-1"
    assert not Alarm.objects.exists()


def test_a_wallet_that_was_changed_behind_our_back_takes_nothing(topup: Topup, sql: Callable[[str], int]):
    sql("UPDATE ledger_account SET balance = 7")
    with pytest.raises(AccountNotIntact):
        confirm(topup)
    assert Topup.objects.get().status == "pending"


@pytest.mark.parametrize(("column", "value"), [("amount_minor", 500_000), ("bonus_minor", 500_000)])
def test_a_topup_that_was_set_back_to_be_paid_again_is_not(topup: Topup, sql: Callable[[str], int], column: str, value: int):
    confirm(topup)
    sql(f"UPDATE payments_topup SET status = 'pending', entry_id = NULL, finished_at = NULL, {column} = {value}")
    changed = Topup.objects.get()

    assert confirm(changed).failure == "booked_otherwise"
    assert (Entry.objects.count(), balance(topup)) == (1, 5000)


def test_a_topup_that_was_only_set_back_is_put_right(topup: Topup, sql: Callable[[str], int]):
    confirm(topup)
    sql("UPDATE payments_topup SET status = 'pending', entry_id = NULL, finished_at = NULL")

    assert (confirm(topup).status, Entry.objects.count()) == ("completed", 1)
