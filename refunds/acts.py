"""What audit rows say of a refund request: they have MACs and seals, its own row has none."""

from collections.abc import Iterable, Iterator
from typing import Any

from audit.acts import ActName
from audit.encoding import is_intact
from audit.models import Act
from audit.services import record
from ledger.encoding import microseconds
from refunds.models import RefundRequest
from wallets.approvals import facts_in

Status = RefundRequest.Status

ACTS: dict[str, ActName] = {
    Status.APPROVED: ActName.REFUND_REQUEST_APPROVED,
    Status.REJECTED: ActName.REFUND_REQUEST_REJECTED,
}


def reference_of(request_id: int) -> str:
    """How entries say which request they are: their reference and their event's key. Audit rows call it so as well."""
    return f"refund_request:{request_id}"


def record_asked(request: RefundRequest, *, actor: str) -> None:
    """Write what was asked for."""
    record(ActName.REFUND_REQUEST_ASKED, actor=actor, subject=reference_of(request.pk), facts=asked(request))


def record_decided(request: RefundRequest, *, actor: str) -> None:
    """Write what has become of it."""
    record(ACTS[request.status], actor=actor, subject=reference_of(request.pk), facts=decided(request))


def asked(request: RefundRequest) -> dict[str, Any]:
    """What the audit row of the asking says: none of the words, which can be erased."""
    return {
        "amount_minor": request.amount_minor,
        "at": microseconds(request.created_at),
        "currency": request.currency_code,
        "order": request.order_id,
        "user": request.user_id,
        "wallet": request.wallet_id,
    }


def decided(request: RefundRequest) -> dict[str, Any]:
    """What the audit row of a decision says."""
    at = None if request.decided_at is None else microseconds(request.decided_at)
    return {"approved_minor": request.approved_minor, "at": at, "by": request.decided_by_id}


def acts_of(request: RefundRequest) -> list[Act]:
    """Its audit rows, in the order in which they were written: behind its lock."""
    return list(Act.objects.filter(subject=reference_of(request.pk)).order_by("pk"))


def problems(request: RefundRequest, acts: Iterable[Act]) -> Iterator[str]:
    """What of a request its audit rows do not bear out. One without its MAC says nothing.

    Raises:
        KeyMissing: an audit row was written under a key that is not in the ring.
    """
    intact = [act for act in acts if is_intact(act)]
    first = [facts_in(act.facts) for act in intact if act.act == ActName.REFUND_REQUEST_ASKED]
    if len(first) != 1:
        yield "has no audit row of its own that says what was asked for"
    elif differing := [name for name, value in asked(request).items() if first[0].get(name) != value]:
        yield f"is not what was asked for ({', '.join(differing)})"
    said = [(act.act, facts_in(act.facts)) for act in intact if act.act != ActName.REFUND_REQUEST_ASKED]
    if said != ([] if request.is_pending else [(ACTS[request.status].value, decided(request))]):
        yield "was not decided as its audit rows say"
