"""Holds, lots and debts have no MAC of their own: what their rows say is believed as far as the account's row bears it out."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event as Flag
from threading import Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone

from ledger.book import lock_accounts
from ledger.debts import loan
from ledger.due import settle_due, show_settled
from ledger.errors import AccountNotIntact
from ledger.models import Account, Entry, Hold, Lot
from ledger.movements import Event
from tests.conftest import WHY
from tests.ledger.clock import Clock
from wallets.holds import capture_hold, place_hold, void_hold
from wallets.models import Wallet
from wallets.services import debit

pytestmark = pytest.mark.django_db

Give = Callable[..., Entry]


def hold(wallet: Wallet, amount: int) -> Hold:
    soon = timedelta(minutes=15)
    entry = place_hold(wallet=wallet, amount=wallet.money(amount), event=Event.once("test"), why=WHY, expires_in=soon)
    return Hold.objects.get(pk=entry.pk)


@pytest.mark.parametrize(
    "edit", ["amount = 4000", "ends = NULL", "ends = ends + interval '1 hour'", "sequence = 9", "closed_by = sequence + 1"]
)
@pytest.mark.parametrize("verb", [capture_hold, void_hold])
def test_a_hold_that_was_edited_gives_nothing(
    wallet: Wallet, give: Give, sql: Callable[[str], int], edit: str, verb: Callable[..., Entry]
):
    give(wallet, 10000)
    first, _second = hold(wallet, 10), hold(wallet, 5000)
    sql(f"UPDATE ledger_hold SET {edit} WHERE id = {first.pk}")

    with pytest.raises((AccountNotIntact, KeyError)) as raised, transaction.atomic():
        verb(hold=first, event=Event.once("test"), why=WHY)
    assert raised.type is AccountNotIntact
    assert Account.objects.get(pk=wallet.pk).balance == 10000


def test_a_hold_that_was_opened_again_gives_nothing(wallet: Wallet, give: Give, sql: Callable[[str], int]):
    give(wallet, 10000)
    taken = hold(wallet, 10)
    capture_hold(hold=taken, event=Event.once("test"), why=WHY)
    sql(f"UPDATE ledger_hold SET closed_by = NULL WHERE id = {taken.pk}")

    for verb in (capture_hold, void_hold):
        with pytest.raises(AccountNotIntact), transaction.atomic():
            verb(hold=taken, event=Event.once("test"), why=WHY)


def test_lots_that_were_edited_pay_nothing(wallet: Wallet, give: Give, sql: Callable[[str], int]):
    give(wallet, 100, expires_at=datetime(2099, 1, 1, tzinfo=UTC))
    sql("UPDATE ledger_lot SET rest = 90")

    with pytest.raises(AccountNotIntact), transaction.atomic():
        debit(wallet=wallet, amount=wallet.money(95), event=Event.once("test"), why=WHY)


@pytest.mark.parametrize("edit", ["UPDATE ledger_debt SET principal = 10", "DELETE FROM ledger_debt"])
def test_debts_that_were_edited_are_not_repaid(wallet: Wallet, give: Give, sql: Callable[[str], int], edit: str):
    with transaction.atomic():
        book = lock_accounts(wallet.pk)
        book.post(loan(book[wallet.pk], wallet.money(60), WHY), event=Event.once("test"))
    sql(edit)

    with pytest.raises(AccountNotIntact), transaction.atomic():
        give(wallet, 100)
    assert Account.objects.get(pk=wallet.pk).balance == 60


def test_an_account_that_cannot_be_settled_keeps_no_other_waiting(
    wallet: Wallet, bobs_wallet: Wallet, give: Give, sql: Callable[[str], int], monkeypatch: pytest.MonkeyPatch
):
    for holder in (wallet, bobs_wallet):
        give(holder, 1000)
        hold(holder, 10)
    sql(f"DELETE FROM ledger_hold WHERE account_id = {wallet.pk}")
    Clock(monkeypatch).set(timezone.now() + timedelta(hours=1))

    assert settle_due() == 1
    assert Account.objects.get(pk=bobs_wallet.pk).held == 0
    assert Account.objects.get(pk=wallet.pk).held == 10


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_reader_sees_either_what_is_due_subtracted_or_what_was_settled(wallet: Wallet, give: Give):
    give(wallet, 1000, expires_at=timezone.now() + timedelta(seconds=2))
    shown, is_over = set(), Flag()

    def read() -> None:
        while not is_over.is_set():
            account = Account.objects.get(pk=wallet.pk)
            show_settled([account], account.due_at)
            shown.add(account.balance if account.due_at else 0)
        connection.close()

    reader = Thread(target=read)
    reader.start()
    while timezone.now() < Lot.objects.get().ends:  # type: ignore[operator]
        pass
    with transaction.atomic():
        lock_accounts(wallet.pk)
    is_over.set()
    reader.join()

    assert shown == {0}
