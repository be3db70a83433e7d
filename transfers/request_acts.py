"""What audit rows and entries say of a money request: they have MACs and seals, its own row has none."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from audit.acts import ActName
from audit.encoding import is_intact
from audit.models import Act
from audit.services import record
from ledger.encoding import mac, microseconds
from ledger.keys import keyring
from transfers.models import MoneyRequest
from wallets.approvals import facts_in

Status = MoneyRequest.Status

ACTS: dict[str, ActName] = {
    Status.ACCEPTED: ActName.MONEY_REQUEST_ACCEPTED,
    Status.DECLINED: ActName.MONEY_REQUEST_DECLINED,
    Status.CANCELLED: ActName.MONEY_REQUEST_CANCELLED,
    Status.FAILED: ActName.MONEY_REQUEST_FAILED,
    Status.EXPIRED: ActName.MONEY_REQUEST_EXPIRED,
}
ADDRESS = b"transfers.MoneyRequest.payer_email\0"


def reference_of(request_id: int) -> str:
    """How both entries of a transfer say which request it paid: it stands in the chain. Audit rows call it so as well."""
    return f"money_request:{request_id}"


def record_asked(request: MoneyRequest, *, actor: str) -> None:
    """Write what was asked for, of whom."""
    facts = {
        **_asked(request),
        "request": request.pk,
        "payer": request.payer_id,
        "address_key": keyring().current,
        "address_mac": _address_mac(request, keyring().current),
    }
    record(ActName.MONEY_REQUEST_ASKED, actor=actor, subject=reference_of(request.pk), facts=facts)


def record_decided(request: MoneyRequest, *, actor: str) -> None:
    """Write what has become of it."""
    record(ACTS[request.status], actor=actor, subject=reference_of(request.pk), facts=decided(request))


def decided(request: MoneyRequest) -> dict[str, Any]:
    """What the audit row of a decision says."""
    transfer = str(request.transfer_id) if request.transfer_id else None
    return {"request": request.pk, "payer": request.payer_id, "transfer": transfer}


def acts_of(request: MoneyRequest) -> list[Act]:
    """Its audit rows, in the order in which they were written: behind its lock."""
    return list(Act.objects.filter(subject=reference_of(request.pk)).order_by("pk"))


def problems(request: MoneyRequest, acts: Iterable[Act]) -> Iterator[str]:
    """What of a request its audit rows do not bear out. One without its MAC says nothing.

    Raises:
        KeyMissing: an audit row was written under a key that is not in the ring.
    """
    intact = [act for act in acts if is_intact(act)]
    asked = [facts_in(act.facts) for act in intact if act.act == ActName.MONEY_REQUEST_ASKED]
    if len(asked) != 1:
        yield "has no audit row of its own that says what was asked for"
    elif differing := _differing(request, asked[0]):
        yield f"is not what was asked for ({', '.join(differing)})"
    said = [(act.act, facts_in(act.facts)) for act in intact if act.act != ActName.MONEY_REQUEST_ASKED]
    if said != ([] if request.status == Status.PENDING else [(ACTS[request.status].value, decided(request))]):
        yield "was not decided as its audit rows say"


def _asked(request: MoneyRequest) -> dict[str, Any]:
    return {
        "amount_minor": request.amount_minor,
        "currency": request.currency_code,
        "requester": request.requester_id,
        "expires_at": microseconds(request.expires_at),
    }


def _differing(request: MoneyRequest, told: Mapping[str, Any]) -> list[str]:
    differing = [name for name, value in _asked(request).items() if told.get(name) != value]
    # Whom nobody knew when it was asked is known once he has answered; the row of that names him.
    is_open_to_address = told.get("payer") is None and request.status != Status.PENDING
    differing += ["payer"] * (told.get("payer") != request.payer_id and not is_open_to_address)
    # An empty address was erased.
    is_same = not request.payer_email or told.get("address_mac") == _address_mac(request, told.get("address_key", 0))
    return differing + ["address"] * (not is_same)


def _address_mac(request: MoneyRequest, key_id: int) -> str:
    """With a key, and bound to the request: nobody tries out on it, once it is erased, whose address it was."""
    return mac(keyring().key(key_id), ADDRESS, str(request.pk).encode(), b"\0", request.payer_email.encode()).hex()
