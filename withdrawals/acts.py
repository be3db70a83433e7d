"""What audit rows say of a withdrawal: they have MACs and seals, its own row has none."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from audit.acts import ActName
from audit.encoding import is_intact
from audit.models import Act
from audit.services import record
from ledger.encoding import microseconds
from wallets.approvals import facts_in
from withdrawals.models import Withdrawal

STEPS = (
    *(ActName.WITHDRAWAL_REQUESTED, ActName.WITHDRAWAL_APPROVED, ActName.WITHDRAWAL_REJECTED),
    *(ActName.WITHDRAWAL_PAID, ActName.WITHDRAWAL_FAILED),
)

Step = tuple[ActName, dict[str, Any]]


def subject_of(withdrawal_id: int) -> str:
    """What audit rows call it."""
    return f"withdrawal:{withdrawal_id}"


def record_step(withdrawal: Withdrawal, *, actor: str) -> None:
    """Write its last step: what was asked for, or what has become of it."""
    act, facts = steps_of(withdrawal)[-1]
    record(act, actor=actor, subject=subject_of(withdrawal.pk), facts=facts)


def steps_of(withdrawal: Withdrawal) -> list[Step]:
    """The audit rows that a withdrawal as it is must have, in their order: none of them holds words, or where it is paid."""
    steps: list[Step] = [(ActName.WITHDRAWAL_REQUESTED, _asked(withdrawal))]
    if withdrawal.status == Withdrawal.Status.REJECTED:
        steps.append((ActName.WITHDRAWAL_REJECTED, _decided(withdrawal)))
    elif withdrawal.decided_at:
        steps.append((ActName.WITHDRAWAL_APPROVED, _decided(withdrawal)))
    if withdrawal.paid_at:
        reference = _digest(withdrawal.payout_reference)
        steps.append((ActName.WITHDRAWAL_PAID, {"paid_at": microseconds(withdrawal.paid_at), "reference_digest": reference}))
    if withdrawal.failed_at:
        steps.append((ActName.WITHDRAWAL_FAILED, _failed(withdrawal)))
    return steps


def acts_of(withdrawal: Withdrawal) -> list[Act]:
    """Its audit rows, in the order in which they were written: behind its lock."""
    return list(Act.objects.filter(subject=subject_of(withdrawal.pk), act__in=STEPS).order_by("pk"))


def problems(withdrawal: Withdrawal, acts: Iterable[Act]) -> Iterator[str]:
    """What of a withdrawal its audit rows do not bear out. One without its MAC says nothing.

    Raises:
        KeyMissing: an audit row was written under a key that is not in the ring.
    """
    (_, asked), *expected = steps_of(withdrawal)
    said = [(act.act, facts_in(act.facts)) for act in acts if act.act in STEPS and is_intact(act)]
    requested = [facts for act, facts in said if act == ActName.WITHDRAWAL_REQUESTED]
    if len(requested) != 1:
        yield "has no audit row of its own that says what was asked for"
    elif differing := [name for name, value in asked.items() if requested[0].get(name) != value]:
        yield f"is not what was asked for ({', '.join(differing)})"
    if said[len(requested) :] != [(act.value, facts) for act, facts in expected]:
        yield f"is {withdrawal.status}, and was not decided so by its audit rows"


def _asked(withdrawal: Withdrawal) -> dict[str, Any]:
    return {
        "wallet": withdrawal.wallet_id,
        "amount_minor": withdrawal.amount_minor,
        "fee_minor": withdrawal.fee_minor,
        "currency": withdrawal.currency_code,
        "method": withdrawal.method,
        "group": str(withdrawal.group),
        "entry": withdrawal.sequence,
        "created_at": microseconds(withdrawal.created_at),
    }


def _decided(withdrawal: Withdrawal) -> dict[str, Any]:
    assert withdrawal.decided_at is not None, "it was decided"
    payable_at = withdrawal.payable_at and microseconds(withdrawal.payable_at)
    return {"by": withdrawal.decided_by_id, "decided_at": microseconds(withdrawal.decided_at), "payable_at": payable_at}


def _failed(withdrawal: Withdrawal) -> dict[str, Any]:
    assert withdrawal.failed_at is not None, "it failed"
    return {
        "failed_at": microseconds(withdrawal.failed_at),
        "failure": withdrawal.failure,
        "reference_digest": _digest(withdrawal.payout_reference),
        "return_digest": _digest(withdrawal.return_reference),
    }


def _digest(reference: str) -> str | None:
    return sha256(reference.encode()).hexdigest() if reference else None
