"""Transfers as the service sends them, for histories that are about something else."""

from ledger.models import Entry
from ledger.movements import Event
from site_settings.services import change_settings
from transfers.services import send_transfer
from wallets.models import Wallet


def switch_on(fee: int = 0) -> None:
    """Transfers and withdrawals are on, and each costs so much."""
    values = {"transfers_enabled": True, "transfer_fee_type": "fixed", "transfer_fee_amount": fee}
    values |= {"withdrawals_enabled": True, "withdrawal_min": 1, "withdrawal_fee_type": "fixed", "withdrawal_fee_amount": fee}
    change_settings(values, actor="test")


def transfer(sender: Wallet, recipient: Wallet, amount: int, event: Event | None = None, **extra: object) -> list[Entry]:
    """The entries: out, in, and the fee where there is one."""
    return send_transfer(
        sender=sender,
        recipient=recipient,
        amount=sender.money(amount),
        event=event or Event.once("test"),
        actor="test",
        **extra,  # type: ignore[arg-type]
    ).entries
