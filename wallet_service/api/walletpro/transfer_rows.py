"""Transfers and money requests as this family writes them."""

from typing import Any

from people.models import User
from transfers.mails import name_of
from transfers.models import MoneyRequest
from transfers.services import SentTransfer
from wallet_service.api.walletpro.fields import moment, transaction_row

# What tells of somebody else's wallet: how much is in it, how much goes on there, and which one it is.
PRIVATE = frozenset({"wallet_id", "balance_before", "balance_after", "sequence", "hmac_chain"})


def transfer_row(sent: SentTransfer, *, sees_recipient: bool) -> dict[str, Any]:
    """What a transfer answers: its two sides. `sees_recipient` is for who may read the recipient's wallet."""
    transfer = sent.transfer
    received = transaction_row(sent.received, transfer.currency_code, with_note=False)
    if not sees_recipient:
        received = {name: value for name, value in received.items() if name not in PRIVATE}
    return {
        "transfer_group_id": str(transfer.group),
        "currency": transfer.currency_code,
        "amount": str(transfer.amount_minor),
        "fee": str(transfer.fee_minor),
        "transfer_out": transaction_row(sent.sent, transfer.currency_code, with_note=False),
        "transfer_in": received,
    }


def money_request_row(request: MoneyRequest, reader: User) -> dict[str, Any]:
    """A money request as either of the two is shown it. Whether its address is anybody's is not told."""
    return {
        "id": request.pk,
        "direction": "sent" if request.requester_id == reader.pk else "received",
        "from_user_email": request.payer_email,
        "requester_email": name_of(request.requester),
        "amount": str(request.amount_minor),
        "currency": request.currency_code,
        "note": request.note or None,
        "status": request.state.value,
        "transfer_group_id": str(request.transfer_id) if request.transfer_id else None,
        "created_at": moment(request.created_at),
        "expires_at": moment(request.expires_at),
        "decided_at": moment(request.decided_at or (request.expires_at if request.state == "expired" else None)),
    }
