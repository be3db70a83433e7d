"""Withdrawals as the service takes and gives them back, for histories that are about something else."""

from typing import Any

from ledger.models import Entry
from ledger.movements import Event
from wallets.models import Wallet
from withdrawals.models import Withdrawal
from withdrawals.services import approve_withdrawal, mark_failed, mark_paid, reject_withdrawal, request_withdrawal

COMES_BACK = ("rejected", "failed", "came back")
BY: dict[str, Any] = {"by": None, "actor": "test"}


def withdraw(wallet: Wallet, amount: int, event: Event) -> list[Entry]:
    """The entries: the net, and the fee where there is one."""
    where = {"email": "alice@example.test"}
    request_withdrawal(wallet=wallet, amount=wallet.money(amount), method="paypal", details=where, event=event, actor="test")
    return _entries_of(event.key)


def give_back(number: int, how: str) -> list[Entry]:
    """What comes back of the withdrawal that was made as the `number`th, with what is repaid of it."""
    withdrawal_id = Withdrawal.objects.order_by("pk")[number].pk
    if how == "rejected":
        reject_withdrawal(withdrawal_id=withdrawal_id, **BY)
    else:
        approve_withdrawal(withdrawal_id=withdrawal_id, **BY)
        if how == "came back":
            mark_paid(withdrawal_id=withdrawal_id, **BY)
        mark_failed(withdrawal_id=withdrawal_id, **BY)
    return _entries_of(f"withdrawal:{withdrawal_id}:return")


def _entries_of(key: str) -> list[Entry]:
    return list(Entry.objects.filter(key=key).order_by("id"))
