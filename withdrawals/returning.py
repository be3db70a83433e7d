"""Giving a withdrawal back: the net from `payouts` and the fee from `fees`, once, to whoever asked for it."""

import logging
from uuid import uuid4

from ledger.book import lock_accounts
from ledger.errors import LedgerUnavailable
from ledger.kinds import House, Kind
from ledger.models import Entry
from ledger.movements import Circumstances, Event, Movement
from withdrawals.acts import acts_of, problems
from withdrawals.models import Withdrawal

logger = logging.getLogger(__name__)

# The words are the same for everybody, so they need no erasing.
REASONS = {Withdrawal.Status.REJECTED: "Withdrawal rejected", Withdrawal.Status.FAILED: "Withdrawal failed"}


def give_back(withdrawal: Withdrawal, *, actor: str) -> list[Entry]:
    """Post what a locked, rejected or failed withdrawal gives back. Frozen wallets take it, and debts are repaid from it.

    Raises:
        BalanceLimitExceeded: the wallet would hold more than any may.
        LedgerUnavailable: its entries did not take what it says.
        AccountNotIntact, KeyMissing: see `lock_accounts`.
    """
    book, wallet = lock_accounts(withdrawal.wallet_id), withdrawal.wallet
    why = Circumstances(
        actor,
        reason=REASONS[Withdrawal.Status(withdrawal.status)],
        reference=withdrawal.return_reference or withdrawal.payout_reference or None,
    )
    group = uuid4()
    movements = [
        Movement(
            *(wallet.pk, Kind.WITHDRAWAL_RETURN, wallet.money(-entry.amount), House(entry.house or ""), why),
            is_bound=True,
            of=entry.sequence,
            group=group,
            # It came from outside the lots.
            shares=(),
        )
        for entry in entries_of(withdrawal)
    ]
    event = Event.named(key_of_return(withdrawal.pk), withdrawal.amount_minor, withdrawal.fee_minor)
    return book.post(*movements, event=event)


def key_of_return(withdrawal_id: int) -> str:
    """The event under which the ledger knows it."""
    return f"withdrawal:{withdrawal_id}:return"


def entries_of(withdrawal: Withdrawal) -> list[Entry]:
    """The net, and the fee where there was one.

    Raises:
        LedgerUnavailable: they did not take what it says.
    """
    numbers = [withdrawal.sequence, withdrawal.sequence + 1]
    found = Entry.objects.filter(account_id=withdrawal.wallet_id, sequence__in=numbers, group=withdrawal.group)
    entries = list(found.order_by("sequence"))
    taken = [(entry.kind, entry.house, -entry.amount) for entry in entries]
    expected: list[tuple[str, str, int]] = [(Kind.WITHDRAWAL, House.PAYOUTS, withdrawal.amount_minor - withdrawal.fee_minor)]
    if withdrawal.fee_minor:
        expected.append((Kind.FEE, House.FEES, withdrawal.fee_minor))
    if taken != expected:
        _refuse(withdrawal, "is not what its entries say")
    return entries


def require_intact(withdrawal: Withdrawal) -> None:
    """The row has no MAC: what is decided, paid out or given back is what its audit rows and entries say was asked for.

    Raises:
        LedgerUnavailable: somebody changed it behind the service's back.
    """
    if found := list(problems(withdrawal, acts_of(withdrawal))):
        _refuse(withdrawal, "; ".join(found))
    entries_of(withdrawal)


def _refuse(withdrawal: Withdrawal, problem: str) -> None:
    told = f"{withdrawal} {problem}"
    # An alarm's row would be rolled back with the refusal.
    logger.critical("%s", told)
    raise LedgerUnavailable(told)
