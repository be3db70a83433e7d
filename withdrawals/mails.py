"""What people are told of withdrawals. Never where they are paid to."""

from typing import Any

from notices.services import send_notice, tell_managers
from withdrawals.models import Withdrawal


def tell_requested(withdrawal: Withdrawal) -> None:
    """The managers: somebody has to decide."""
    tell_managers(kind="withdrawal.requested", facts=_for_managers(withdrawal))


def tell_approved(withdrawal: Withdrawal) -> None:
    """The customer: also when, where it waits."""
    waits = withdrawal.payable_at is not None and withdrawal.payable_at != withdrawal.decided_at
    eta = f"{withdrawal.payable_at:%Y-%m-%d}" if waits else ""
    _tell_customer(withdrawal, "withdrawal.approved", eta=eta)


def tell_rejected(withdrawal: Withdrawal) -> None:
    """The customer: his money is back in his wallet."""
    _tell_customer(withdrawal, "withdrawal.rejected")


def tell_paid(withdrawal: Withdrawal) -> None:
    """The customer."""
    _tell_customer(withdrawal, "withdrawal.paid", reference=withdrawal.payout_reference)


def tell_failed(withdrawal: Withdrawal) -> None:
    """The managers: the money is back in the wallet, and its holder still wants it."""
    reason = withdrawal.note or withdrawal.failure
    tell_managers(kind="withdrawal.failed", facts={**_for_managers(withdrawal), "reason": reason})


def _tell_customer(withdrawal: Withdrawal, kind: str, **extra: Any) -> None:
    send_notice(to=withdrawal.wallet.user, kind=kind, facts={**_facts(withdrawal), **extra})


def _for_managers(withdrawal: Withdrawal) -> dict[str, Any]:
    user = withdrawal.wallet.user
    return {**_facts(withdrawal), "user": user.email or user.get_username()}


def _facts(withdrawal: Withdrawal) -> dict[str, Any]:
    return {
        "amount": withdrawal.amount,
        "fee": withdrawal.fee if withdrawal.fee_minor else "",
        "net": withdrawal.net,
        "method": withdrawal.method,
        "note": withdrawal.note,
        "number": withdrawal.pk,
    }
